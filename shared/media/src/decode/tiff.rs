//! TIFF by strips or tiles: grey, RGB, RGBA and CMYK with 8 or 16 bits.

use super::band::Band;
use super::shrink::Shrinker;
use crate::bytes::{Endian, index, u16_at, u32_at};
use crate::color;
use crate::image_info::{DecodeError, Format, ImageInfo, PER_ROW, corrupt, unsupported};
use crate::picture::Raw;
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

const DNG_VERSION: u16 = 0xc612;
const NEW_SUBFILE_TYPE: u16 = 0x00fe;
const SUB_IFDS: u16 = 0x014a;

/// Whether the TIFF structure is a camera raw file: DNG, or a first directory that is only a
/// reduced image beside others (NEF, ARW and their like).
pub fn is_raw(bytes: &[u8]) -> bool {
    let endian = if bytes.starts_with(b"II") {
        Endian::Little
    } else {
        Endian::Big
    };
    let Some(start) = u32_at(bytes, 4, endian).map(|o| index(o.into())) else {
        return false;
    };
    let count = u16_at(bytes, start, endian).unwrap_or(0);
    let (mut reduced, mut nested) = (false, false);
    for entry in (0..usize::from(count)).map(|i| start.saturating_add(2 + i * 12)) {
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

fn open(bytes: &[u8]) -> Result<Reader<'_>, DecodeError> {
    let mut limits = Limits::default();
    limits.ifd_value_size = 8 << 20;
    Ok(Decoder::new(Cursor::new(bytes))
        .map_err(failure)?
        .with_limits(limits))
}

/// Reads the first directory.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let mut reader = open(bytes)?;
    let size = reader.dimensions().map_err(failure)?;
    let (columns, rows) = reader.chunk_dimensions();
    let color = reader.colortype().map_err(failure)?;
    let samples = u64::from(color.num_samples());
    let is_deep = color.bit_depth() > 8;
    let channels = if matches!(color, ColorType::GrayA(_) | ColorType::RGBA(_)) {
        4
    } else {
        3
    };
    // the decoded samples, their eight upper bits, their colours, and the band of tiles side by side
    let mut per_pixel = samples * if is_deep { 2 + 1 } else { 1 };
    if !matches!(color, ColorType::RGB(_) | ColorType::RGBA(_)) {
        per_pixel += channels;
    }
    if columns < size.0 {
        per_pixel += channels;
    }
    let per_column = u64::from(rows.min(size.1)) * per_pixel + 64;
    let mut info = ImageInfo::banded(Format::Tiff, size, per_column, channels);
    info.cost.steps = samples * if is_deep { 2 } else { 1 } + channels;
    let across = size.0.div_ceil(columns.max(1));
    info.cost.extra_steps = u64::from(across) * u64::from(size.1.div_ceil(rows.max(1))) * PER_ROW;
    Ok(info)
}

/// Decodes chunk by chunk.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let mut reader = open(bytes)?;
    let color = reader.colortype().map_err(failure)?;
    let channels = match color {
        ColorType::Gray(8 | 16) | ColorType::RGB(8 | 16) | ColorType::CMYK(8) => 3,
        ColorType::GrayA(8 | 16) | ColorType::RGBA(8 | 16) => 4,
        other => return Err(unsupported(Format::Tiff, format!("{other:?}"))),
    };
    let planar = reader
        .find_tag_unsigned::<u16>(Tag::PlanarConfiguration)
        .map_err(failure)?;
    if planar == Some(2) {
        return Err(unsupported(Format::Tiff, "separate planes"));
    }
    let icc = reader.get_tag_u8_vec(Tag::IccProfile).ok();
    let (chunk_width, chunk_height) = reader.chunk_dimensions();
    let (chunk_width, chunk_height) = (
        chunk_width.clamp(1, info.width),
        chunk_height.clamp(1, info.height),
    );
    let across = info.width.div_ceil(chunk_width);
    let mut band = (across > 1).then(|| Band::new(info.width, chunk_height, channels));
    let mut shrinker = Shrinker::of(info, channels == 4, short_side);
    for down in 0..info.height.div_ceil(chunk_height) {
        for column in 0..across {
            let chunk = down * across + column;
            let (width, _) = reader.chunk_data_dimensions(chunk);
            let samples = reader.read_chunk(chunk).map_err(failure)?;
            let pixels = to_rgb(samples, color, icc.as_deref())?;
            match &mut band {
                Some(band) => {
                    band.place((column * chunk_width) as usize, &pixels, width as usize);
                }
                None => pixels
                    .chunks_exact((width as usize * channels).max(1))
                    .for_each(|row| shrinker.push(row)),
            }
        }
        if let Some(band) = &mut band {
            let rows = chunk_height.min(info.height - down * chunk_height);
            band.flush(rows as usize, &mut shrinker);
        }
    }
    let icc = icc.filter(|_| !matches!(color, ColorType::CMYK(_)));
    Ok(Raw {
        picture: shrinker.finish(),
        icc,
        oriented: false,
    })
}

fn to_rgb(
    samples: DecodingResult,
    color: ColorType,
    icc: Option<&[u8]>,
) -> Result<Vec<u8>, DecodeError> {
    let bytes = match samples {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.into_iter().map(|s| s.to_be_bytes()[0]).collect(),
        _ => return Err(unsupported(Format::Tiff, "sample type")),
    };
    Ok(match color {
        ColorType::Gray(_) => bytes.into_iter().flat_map(|l| [l; 3]).collect(),
        ColorType::GrayA(_) => bytes
            .as_chunks::<2>()
            .0
            .iter()
            .flat_map(|[l, a]| [*l, *l, *l, *a])
            .collect(),
        ColorType::CMYK(_) => color::cmyk_to_rgb(&bytes, icc),
        _ => bytes,
    })
}

fn failure(error: TiffError) -> DecodeError {
    match error {
        TiffError::UnsupportedError(feature) => unsupported(Format::Tiff, feature),
        other => corrupt(Format::Tiff, other),
    }
}
