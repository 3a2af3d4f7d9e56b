//! HEIC in pure Rust, tile by tile: phones store a photo as a grid of 512 x 512 pictures, so only
//! one row of them is ever in memory.

use super::band::Band;
use super::orient;
use super::shrink::Shrinker;
use crate::image_info::{DecodeError, Format, ImageInfo, PER_ROW, corrupt, unsupported};
use crate::picture::{Picture, Raw};
use heic_decoder::bitreader::strip_emulation_prevention;
use heic_decoder::hevc::nal::{NAL_SPS, parse_nal_header};
use heic_decoder::hevc::params::{Sps, parse_sps};
use heic_decoder::isobmff::{CleanAperture, ParsedHeif, ResolvedImage, Transform, parse};
use heic_decoder::{ChromaSampling, ColorInfo, DecodedImage, HeifError, RgbImage};

/// Colours of a picture that says nothing about them: BT.601 in full range, which JPEG means too. ISO/IEC 23008-12 names no default.
const UNDESCRIBED: ColorInfo = ColorInfo {
    color_primaries: 1,
    transfer_characteristics: 13,
    matrix_coefficients: 6,
    full_range: true,
};

/// A description without the code that means "unspecified" (ISO/IEC 23091-2, table 4).
fn described(colours: Option<ColorInfo>) -> ColorInfo {
    let colours = colours.unwrap_or(UNDESCRIBED);
    if colours.matrix_coefficients == 2 {
        return ColorInfo {
            matrix_coefficients: UNDESCRIBED.matrix_coefficients,
            ..colours
        };
    }
    colours
}

/// Sides of the tiles every phone uses. A smaller picture may be a part of one.
const USUAL_TILE: u32 = 512;

/// What the decoder allocates for the pictures of a file, whatever is shown of them.
#[derive(Default)]
struct Tiles {
    /// Pixels of the largest one.
    largest: u64,
    /// Rows of the tallest one.
    rows: u64,
    /// Pixels of all.
    all: u64,
}

/// Errors: one is larger than the picture it is a part of, beyond the padding to whole blocks.
fn tiles(parsed: &ParsedHeif, (width, height): (u32, u32)) -> Result<Tiles, DecodeError> {
    let most = |side: u32| side.saturating_add(MOST_PADDING).max(USUAL_TILE);
    let mut tiles = Tiles::default();
    for image in &parsed.images {
        let sps = sps(image)?;
        let (columns, rows) = (
            sps.pic_width_in_luma_samples,
            sps.pic_height_in_luma_samples,
        );
        if columns > most(width) || rows > most(height) {
            return Err(corrupt(Format::Heic, "a tile is larger than the picture"));
        }
        let pixels = u64::from(columns) * u64::from(rows);
        tiles.largest = tiles.largest.max(pixels);
        tiles.rows = tiles.rows.max(rows.into());
        tiles.all += pixels;
    }
    Ok(tiles)
}

/// Columns and rows that fill the last block, less than the largest one has (H.265 section 7.4.3.2.1).
const MOST_PADDING: u32 = 63;

/// The parameters by which the decoder allocates, the first of the base layer.
fn sps(image: &ResolvedImage) -> Result<Sps, DecodeError> {
    for unit in image.hevc_config.nalus_of_type(NAL_SPS) {
        let (header, payload) = parse_nal_header(unit).map_err(failure)?;
        if header.nal_unit_type == NAL_SPS && header.nuh_layer_id == 0 {
            return parse_sps(&strip_emulation_prevention(payload)).map_err(failure);
        }
    }
    Err(corrupt(Format::Heic, "no sequence parameters"))
}

/// Reads the container; the size is the one before rotation and cropping.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let info = heic_decoder::probe(bytes).map_err(failure)?;
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let size = (size(info.coded_width), size(info.coded_height));
    let parsed = parse(bytes).map_err(failure)?;
    let tiles = tiles(&parsed, size)?;
    // the parser's copy of the coded data
    let copy = bytes.len() as u64 / u64::from(size.0).max(1) + 1;
    // 32-bit planes, a flag for each sample, and the copy that the last filter reads
    let samples_x2 = [2, 3, 4, 6];
    let samples = samples_x2.get(info.chroma_format_idc as usize);
    let per_pixel = samples.unwrap_or(&6) * (4 + 1 + 4) * 8 / 2;
    let mut info = if parsed.grid.is_some() {
        // the RGB band, and one tile in its planes
        let usual = u64::from(USUAL_TILE);
        let planes = (tiles.largest * per_pixel / 8).div_ceil(size.0.max(1).into());
        let band = usual.max(tiles.rows) * 3 + planes.max(usual * 16 / 4);
        ImageInfo::banded(Format::Heic, size, band + copy, 3)
    } else {
        let mut info = ImageInfo::whole(Format::Heic, size, per_pixel, 3, true);
        info.cost.per_column = 2 * copy;
        info
    };
    let shown = u64::from(size.0) * u64::from(size.1);
    info.cost.extra_steps =
        tiles.all.saturating_sub(shown) * info.cost.steps + parsed.images.len() as u64 * PER_ROW;
    Ok(info)
}

/// Decodes the primary picture without its alpha plane, upright.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    #[cfg(target_os = "wasi")]
    without_threads();
    let mut parsed = parse(bytes).map_err(failure)?;
    let icc = parsed.metadata.icc_profile.take();
    let mut picture = match parsed.grid {
        Some(grid) => decode_grid(&parsed, grid.columns as usize, info, short_side)?,
        None => decode_single(&parsed, info, short_side)?,
    };
    let scale = (
        f64::from(picture.width) / f64::from(info.width),
        f64::from(picture.height) / f64::from(info.height),
    );
    // Without a turn in the container the one of EXIF counts.
    let oriented = parsed
        .transforms
        .iter()
        .any(|transform| !matches!(transform, Transform::CleanAperture(_)));
    for transform in parsed.transforms {
        picture = match transform {
            Transform::Rotate90Ccw(1) => orient::apply(picture, 8),
            Transform::Rotate90Ccw(2) => orient::apply(picture, 3),
            Transform::Rotate90Ccw(3) => orient::apply(picture, 6),
            Transform::Rotate90Ccw(_) => picture,
            Transform::MirrorVertical => orient::apply(picture, 4),
            Transform::MirrorHorizontal => orient::apply(picture, 2),
            Transform::CleanAperture(aperture) => crop(&picture, &aperture, scale),
        };
    }
    Ok(Raw {
        picture,
        icc,
        oriented,
        damage: None,
    })
}

/// The decoder asks rayon for threads, and rayon fails where WASI has none to give, unless it is told to
/// make do with this one.
#[cfg(target_os = "wasi")]
fn without_threads() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread();
    // An error says that this was done before.
    drop(pool.build_global());
}

fn decode_grid(
    parsed: &ParsedHeif,
    columns: usize,
    info: &ImageInfo,
    side: u32,
) -> Result<Picture, DecodeError> {
    let mut shrinker = Shrinker::of(info, false, side);
    let mut band: Option<Band> = None;
    let mut rows_left = info.height as usize;
    for row in parsed.images.chunks(columns.max(1)) {
        let mut x = 0;
        let mut tile_height = 0;
        for image in row {
            let tile = decode_tile(parsed, image)?;
            let band = band.get_or_insert_with(|| {
                Band::new(info.width, u32::try_from(tile.height).unwrap_or(1), 3)
            });
            band.place(x, &tile.data, tile.width);
            x += tile.width;
            tile_height = tile.height;
        }
        if let Some(band) = &mut band {
            let rows = tile_height.min(rows_left);
            band.flush(rows, &mut shrinker);
            rows_left -= rows;
        }
    }
    Ok(shrinker.finish())
}

/// One tile as RGB, with its conformance window cut out.
fn decode_tile(parsed: &ParsedHeif, image: &ResolvedImage) -> Result<RgbImage<u8>, DecodeError> {
    let (sps, coded) = heic_decoder::decode_one_image(image).map_err(failure)?;
    let [left, right, top, bottom] = sps.conformance_window.map(|v| v as usize);
    let planes = DecodedImage {
        alpha: None,
        width: coded.y.width,
        height: coded.y.height,
        bit_depth_luma: sps.bit_depth_luma,
        bit_depth_chroma: sps.bit_depth_chroma,
        chroma_format_idc: sps.chroma_format_idc,
        // the container's description overrules the one in the bitstream
        color_info: Some(described(parsed.metadata.color_info.or(sps.color_info))),
        chroma_sampling: chroma_sampling(&sps),
        cb_width: coded.cb.width,
        cb_height: coded.cb.height,
        y: coded.y.into_samples(),
        cb: coded.cb.into_samples(),
        cr: coded.cr.into_samples(),
        metadata: heic_decoder::Metadata::default(),
    };
    let rgb = planes.to_rgb8().map_err(failure)?;
    if [left, right, top, bottom] == [0; 4] {
        return Ok(rgb);
    }
    Ok(cut(rgb, [left, right, top, bottom]))
}

/// Cuts columns and rows off, in place.
fn cut(mut rgb: RgbImage<u8>, [left, right, top, bottom]: [usize; 4]) -> RgbImage<u8> {
    let width = rgb.width.saturating_sub(left + right);
    let height = rgb.height.saturating_sub(top + bottom);
    for y in 0..height {
        let from = ((y + top) * rgb.width + left) * 3;
        rgb.data.copy_within(from..from + width * 3, y * width * 3);
    }
    rgb.data.truncate(width * height * 3);
    RgbImage {
        width,
        height,
        data: rgb.data,
    }
}

/// Where chroma samples sit (H.265 table E.2 and figure E.1).
fn chroma_sampling(sps: &Sps) -> ChromaSampling {
    let (origin_x, origin_y) = match (sps.chroma_format_idc, sps.chroma_location.unwrap_or(0)) {
        (1, 1) => (0.5, 0.5),
        (1, 2) => (0.0, 0.0),
        (1, 3) => (0.5, 0.0),
        (1, 4) => (0.0, 1.0),
        (1, 5) => (0.5, 1.0),
        (1, _) => (0.0, 0.5),
        _ => (0.0, 0.0),
    };
    ChromaSampling {
        sub_x: sps.sub_width_c(),
        sub_y: sps.sub_height_c(),
        origin_x,
        origin_y,
    }
}

fn decode_single(
    parsed: &ParsedHeif,
    info: &ImageInfo,
    short_side: u32,
) -> Result<Picture, DecodeError> {
    let image = parsed.images.first();
    let image = image.ok_or_else(|| corrupt(Format::Heic, "no picture"))?;
    if parsed.reference_image.is_some() {
        return Err(unsupported(Format::Heic, "a picture made from another"));
    }
    let rgb = decode_tile(parsed, image)?;
    if (rgb.width, rgb.height) != (info.width as usize, info.height as usize) {
        return Err(corrupt(Format::Heic, "contradicting dimensions"));
    }
    Ok(Shrinker::whole(info, false, short_side, rgb.data))
}

/// Cuts the clean aperture (ISO/IEC 14496-12 section 12.1.4) out of the shrunk picture.
fn crop(picture: &Picture, aperture: &CleanAperture, (scale_x, scale_y): (f64, f64)) -> Picture {
    let span = |full: u32, size: (u32, u32), offset: (i32, u32), scale: f64| {
        let size = f64::from(size.0) / f64::from(size.1.max(1)) * scale;
        let offset = f64::from(offset.0) / f64::from(offset.1.max(1)) * scale;
        let start = ((f64::from(full) - size) / 2.0 + offset)
            .round()
            .clamp(0.0, f64::from(full - 1));
        let size = size.round().clamp(1.0, f64::from(full) - start);
        (start, size)
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=full above"
    )]
    let whole = |(start, size): (f64, f64)| (start as usize, size as usize);
    let (left, width) = whole(span(
        picture.width,
        aperture.width,
        aperture.horizontal_offset,
        scale_x,
    ));
    let (top, height) = whole(span(
        picture.height,
        aperture.height,
        aperture.vertical_offset,
        scale_y,
    ));
    let channels = picture.channels();
    let rows = picture
        .pixels
        .chunks_exact(picture.width as usize * channels)
        .skip(top)
        .take(height);
    let cut = rows.filter_map(|row| row.get(left * channels..(left + width) * channels));
    let pixels = cut.flatten().copied().collect();
    let size = |n: usize| u32::try_from(n).unwrap_or(1);
    Picture {
        width: size(width),
        height: size(height),
        pixels,
        ..*picture
    }
}

fn failure(error: HeifError) -> DecodeError {
    match error {
        HeifError::Unsupported(what) => unsupported(Format::Heic, what),
        HeifError::LimitExceeded(_) => DecodeError::TooLarge {
            width: u32::MAX,
            height: u32::MAX,
        },
        other => corrupt(Format::Heic, other),
    }
}
