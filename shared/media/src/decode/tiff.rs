//! TIFF by strips or tiles: grey, palettes, RGB, YCbCr and CMYK, in one plane or several, also with JPEG inside.

use super::band::Band;
use super::shrink::Shrinker;
use super::tiff_jpeg::{self, Pieces};
use super::tiff_open::{Reader, entries, failure, open};
use crate::bytes::{self, u16_at, u32_at};
use crate::color;
use crate::image_info::{DecodeError, Format, ImageInfo, PER_ROW, unsupported};
use crate::picture::Raw;
use tiff::ColorType;
use tiff::decoder::DecodingResult;
use tiff::tags::Tag;

const DNG_VERSION: u16 = 0xc612;
const NEW_SUBFILE_TYPE: u16 = 0x00fe;
const SUB_IFDS: u16 = 0x014a;
/// Whether the TIFF structure is a camera raw file: DNG, or a first directory that is only a
/// reduced image beside others (NEF, ARW and their like).
pub fn is_raw(bytes: &[u8]) -> bool {
    let Some((endian, entries)) = entries(bytes) else {
        return false;
    };
    let (mut reduced, mut nested) = (false, false);
    for entry in entries {
        match u16_at(bytes, entry, endian) {
            Some(DNG_VERSION) => return true,
            Some(NEW_SUBFILE_TYPE) => {
                reduced = u32_at(bytes, entry + 8, endian).is_some_and(|v| v & 1 == 1);
            }
            Some(SUB_IFDS) => nested = true,
            Some(_) => {}
            None => break,
        }
    }
    reduced && nested
}

/// Reads the first directory.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let (mut reader, has_palette) = open(bytes)?;
    let size = reader.dimensions().map_err(failure)?;
    let (columns, rows) = reader.chunk_dimensions();
    let color = reader.colortype().map_err(failure)?;
    let samples = u64::from(color.num_samples());
    let depth = if color.bit_depth() > 8 { 2 } else { 1 };
    let channels = channels(color)? as u64;
    let is_rgb = matches!(color, ColorType::RGB(8) | ColorType::RGBA(8)) && !has_palette;
    let is_jpeg = tiff_jpeg::is_inside(&mut reader);
    // the decoded samples, their planes or JPEG's copy, their colours, and the band of tiles side by side
    let mut per_pixel = samples * depth;
    if is_jpeg || is_planar(&mut reader)? {
        per_pixel += samples * depth;
    }
    if !is_rgb {
        per_pixel += channels + samples * (depth - 1);
    }
    if columns < size.0 {
        per_pixel += channels;
    }
    let mut per_column = u64::from(rows.min(size.1)) * per_pixel + 64;
    if has_palette || is_jpeg {
        // a copy of the file, or two of the largest strip's data
        per_column += 2 * bytes.len() as u64 / u64::from(size.0.max(1)) + 1;
    }
    let mut info = ImageInfo::banded(Format::Tiff, size, per_column, channels);
    info.cost.steps = samples * depth + channels;
    let across = size.0.div_ceil(columns.max(1));
    let chunks = u64::from(across) * u64::from(size.1.div_ceil(rows.max(1)));
    info.cost.extra_steps = chunks.saturating_mul(samples * PER_ROW);
    Ok(info)
}

/// Bytes a pixel of the result. Errors: colours that are not decoded here.
fn channels(color: ColorType) -> Result<usize, DecodeError> {
    match color {
        ColorType::Gray(1 | 2 | 4 | 8 | 16)
        | ColorType::RGB(8 | 16)
        | ColorType::YCbCr(8)
        | ColorType::CMYK(8) => Ok(3),
        ColorType::GrayA(8 | 16) | ColorType::RGBA(8 | 16) => Ok(4),
        other => Err(unsupported(Format::Tiff, format!("{other:?}"))),
    }
}

fn is_planar(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    let planar = reader.find_tag_unsigned::<u16>(Tag::PlanarConfiguration);
    Ok(planar.map_err(failure)? == Some(2))
}

/// Decodes chunk by chunk.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let (mut reader, has_palette) = open(bytes)?;
    let color = reader.colortype().map_err(failure)?;
    let channels = channels(color)?;
    let palette = has_palette
        .then(|| palette(&mut reader, color))
        .transpose()?;
    let jpeg = Pieces::of(&mut reader)?;
    let icc = reader.get_tag_u8_vec(Tag::IccProfile).ok();
    let (chunk_width, chunk_height) = reader.chunk_dimensions();
    let (chunk_width, chunk_height) = (
        chunk_width.clamp(1, info.width),
        chunk_height.clamp(1, info.height),
    );
    let across = info.width.div_ceil(chunk_width);
    let down = info.height.div_ceil(chunk_height);
    let planes = if is_planar(&mut reader)? {
        color.num_samples()
    } else {
        1
    };
    let mut band = (across > 1).then(|| Band::new(info.width, chunk_height, channels));
    let mut shrinker = Shrinker::of(info, channels == 4, short_side);
    for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
        let chunk = y * across + x;
        let (width, _) = reader.chunk_data_dimensions(chunk);
        let pieces = (0..u32::from(planes)).map(|plane| plane * across * down + chunk);
        if let Some(jpeg) = &jpeg {
            let size = (chunk_width, chunk_height);
            pieces
                .clone()
                .try_for_each(|piece| jpeg.check(bytes, piece, size))?;
        }
        let samples = read(&mut reader, pieces)?;
        let pixels = match &palette {
            Some(palette) => look_up(&samples, color.bit_depth(), width as usize, palette),
            None => to_rgb(samples, color, width as usize, icc.as_deref()),
        };
        let Some(band) = &mut band else {
            let rows = pixels.chunks_exact((width as usize * channels).max(1));
            rows.for_each(|row| shrinker.push(row));
            continue;
        };
        band.place((x * chunk_width) as usize, &pixels, width as usize);
        if x + 1 == across {
            let rows = chunk_height.min(info.height - y * chunk_height);
            band.flush(rows as usize, &mut shrinker);
        }
    }
    let icc = icc.filter(|_| !matches!(color, ColorType::CMYK(_)));
    Ok(Raw {
        picture: shrinker.finish(),
        icc,
        oriented: false,
        damage: None,
    })
}

/// The samples of a chunk, their eight upper bits; those of separate planes are put together.
fn read(
    reader: &mut Reader<'_>,
    planes: impl ExactSizeIterator<Item = u32>,
) -> Result<Vec<u8>, DecodeError> {
    let mut read = |chunk: u32| {
        let samples = reader.read_chunk(chunk);
        match samples.map_err(failure)? {
            DecodingResult::U8(samples) => Ok(samples),
            DecodingResult::U16(samples) => {
                Ok(samples.into_iter().map(|s| s.to_be_bytes()[0]).collect())
            }
            _ => Err(unsupported(Format::Tiff, "sample type")),
        }
    };
    let step = planes.len();
    let mut pixels = Vec::new();
    for (n, chunk) in planes.enumerate() {
        let plane = read(chunk)?;
        if step == 1 {
            return Ok(plane);
        }
        pixels.resize(plane.len() * step, 0);
        let targets = pixels.iter_mut().skip(n).step_by(step);
        targets.zip(&plane).for_each(|(to, from)| *to = *from);
    }
    Ok(pixels)
}

/// The colours of a palette: 16 bits each, all reds first (TIFF 6.0 section 5).
fn palette(reader: &mut Reader<'_>, color: ColorType) -> Result<Vec<[u8; 3]>, DecodeError> {
    if !matches!(color, ColorType::Gray(1 | 2 | 4 | 8)) {
        return Err(unsupported(Format::Tiff, "a palette of this depth"));
    }
    let values = reader.get_tag_u16_vec(Tag::ColorMap).map_err(failure)?;
    let third = values.len() / 3;
    let level = |n: usize| values.get(n).map_or(0, |value| value.to_be_bytes()[0]);
    let colour = |n| [level(n), level(third + n), level(2 * third + n)];
    Ok((0..third).map(colour).collect())
}

fn look_up(samples: &[u8], bits: u8, width: usize, palette: &[[u8; 3]]) -> Vec<u8> {
    let indices = unpack(samples, bits, width);
    let colour = |index: u8| palette.get(usize::from(index)).copied().unwrap_or_default();
    indices.flat_map(colour).collect()
}

/// Samples of less than eight bits, whose rows begin at whole bytes.
fn unpack(samples: &[u8], bits: u8, width: usize) -> impl Iterator<Item = u8> {
    let bits = if matches!(bits, 1 | 2 | 4) { bits } else { 8 };
    let row = (width * usize::from(bits)).div_ceil(8).max(1);
    let rows = samples.chunks(row);
    rows.flat_map(move |row| bytes::samples(row, bits.into()).take(width))
}

fn to_rgb(bytes: Vec<u8>, color: ColorType, width: usize, icc: Option<&[u8]>) -> Vec<u8> {
    match color {
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let most = u8::MAX >> (8 - bits);
            let levels = unpack(&bytes, bits, width);
            levels.flat_map(|l| [l * (u8::MAX / most); 3]).collect()
        }
        ColorType::Gray(_) => bytes.into_iter().flat_map(|l| [l; 3]).collect(),
        ColorType::GrayA(_) => bytes
            .as_chunks::<2>()
            .0
            .iter()
            .flat_map(|[l, a]| [*l, *l, *l, *a])
            .collect(),
        ColorType::CMYK(_) => color::cmyk_to_rgb(&bytes, icc),
        ColorType::YCbCr(_) => bytes
            .as_chunks::<3>()
            .0
            .iter()
            .flat_map(|p| ycc_to_rgb(*p))
            .collect(),
        _ => bytes,
    }
}

/// A pixel in the colours of JPEG (ITU-T T.871 section 7), with 16 bits behind the point.
fn ycc_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + 91_881 * cr;
    let green = y - 22_554 * cb - 46_802 * cr;
    let blue = y + 116_130 * cb;
    [red, green, blue].map(|v| u8::try_from(((v + (1 << 15)) >> 16).clamp(0, 255)).unwrap_or(0))
}
