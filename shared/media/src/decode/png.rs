//! PNG row by row; only interlaced files are held in full.

use super::shrink::Shrinker;
use crate::bytes::{be32, find, slice};
use crate::image_info::{Cost, DecodeError, Format, ImageInfo, corrupt};
use crate::picture::{Picture, Raw};
use png::{ColorType, Decoder, DecodingError, Limits, Transformations};
use std::io::Cursor;

/// Up to here a chunk in front of the pixels may make a colour transparent, bytes.
const TRANSPARENT: usize = 1 << 20;

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let read = || {
        let (width, height) = (be32(bytes, 16)?, be32(bytes, 20)?);
        let [depth, colour, .., interlace] = slice(bytes, 24, 5)? else {
            return None;
        };
        let channels: u64 = match colour {
            0 => 1,
            3 | 6 => 4,
            4 => 2,
            _ => 3,
        };
        let interlaced = *interlace != 0;
        let head = bytes.get(..TRANSPARENT.min(bytes.len()))?;
        let is_opaque = matches!(colour, 0 | 2 | 3) && find(head, b"tRNS", 0).is_none();
        let kept = if is_opaque { 3 } else { 4 };
        // a full copy of the 8-bit pixels, only when Adam7 delivers them out of order
        let per_pixel = if interlaced { 8 * kept } else { 0 };
        let per_column = channels * u64::from(*depth).div_ceil(8) * 6;
        let cost = Cost {
            per_pixel,
            per_kept: 8 * kept,
            is_moved: interlaced,
            channels: kept,
            per_column,
            steps: (channels * u64::from(*depth)).div_ceil(8).max(kept),
            extra_steps: 0,
            dct: false,
        };
        Some(ImageInfo::of(
            Format::Png,
            (width, height),
            interlaced,
            cost,
        ))
    };
    read().ok_or_else(|| corrupt(Format::Png, "truncated header"))
}

/// Decodes the first picture.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 8 << 20 });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.ignore_checksums(true);
    let mut reader = decoder.read_info().map_err(failure)?;
    let icc = reader.info().icc_profile.as_deref().map(<[u8]>::to_vec);
    let (color, _) = reader.output_color_type();
    let alpha = matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let mut shrinker = Shrinker::of(info, alpha, short_side);
    let mut wide = Vec::new();
    let mut damage = None;
    if info.progressive {
        let size = reader
            .output_buffer_size()
            .ok_or_else(|| corrupt(Format::Png, "too large"))?;
        let mut whole = vec![0; size];
        let frame = reader.next_frame(&mut whole).map_err(failure)?;
        if matches!(color, ColorType::Rgb | ColorType::Rgba) {
            drop(shrinker);
            let picture = Shrinker::whole(info, alpha, short_side, whole);
            return Ok(raw(picture, icc, None));
        }
        for row in whole.chunks_exact(frame.line_size.max(1)) {
            shrinker.push(widen(row, color, &mut wide));
        }
    } else {
        let mut rows = 0_u32;
        loop {
            match reader.next_row() {
                Ok(Some(row)) => shrinker.push(widen(row.data(), color, &mut wide)),
                Ok(None) => break,
                // The file ends early or is damaged from here on: what came is shown.
                Err(error) if rows > 0 => {
                    damage = Some(failure(error).to_string());
                    break;
                }
                Err(error) => return Err(failure(error)),
            }
            rows += 1;
        }
    }
    Ok(raw(shrinker.finish(), icc, damage))
}

fn raw(picture: Picture, icc: Option<Vec<u8>>, damage: Option<String>) -> Raw {
    Raw {
        picture,
        icc,
        oriented: false,
        damage,
    }
}

/// Grey rows as colour rows.
fn widen<'a>(row: &'a [u8], color: ColorType, wide: &'a mut Vec<u8>) -> &'a [u8] {
    match color {
        ColorType::Grayscale => {
            wide.clear();
            wide.extend(row.iter().flat_map(|l| [*l; 3]));
            wide
        }
        ColorType::GrayscaleAlpha => {
            wide.clear();
            wide.extend(
                row.as_chunks::<2>()
                    .0
                    .iter()
                    .flat_map(|[l, a]| [*l, *l, *l, *a]),
            );
            wide
        }
        ColorType::Rgb | ColorType::Rgba | ColorType::Indexed => row,
    }
}

fn failure(error: DecodingError) -> DecodeError {
    corrupt(Format::Png, error)
}
