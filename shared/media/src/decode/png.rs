//! PNG row by row; only interlaced files are held in full.

use super::header::ImageInfo;
use super::{DecodeError, Format, Raw, corrupt, shrinker};
use png::{ColorType, Decoder, DecodingError, Limits, Transformations};
use std::io::Cursor;

/// Decodes the first picture.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 8 << 20 });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.ignore_checksums(true);
    let mut reader = decoder.read_info().map_err(failure)?;
    let icc = reader.info().icc_profile.as_deref().map(<[u8]>::to_vec);
    let (color, _) = reader.output_color_type();
    let alpha = matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let mut shrinker = shrinker(info, alpha, short_side);
    let mut wide = Vec::new();
    if info.progressive {
        let size = reader
            .output_buffer_size()
            .ok_or_else(|| corrupt(Format::Png, "too large"))?;
        let mut whole = vec![0; size];
        let frame = reader.next_frame(&mut whole).map_err(failure)?;
        for row in whole.chunks_exact(frame.line_size.max(1)) {
            shrinker.push(widen(row, color, &mut wide));
        }
    } else {
        while let Some(row) = reader.next_row().map_err(failure)? {
            shrinker.push(widen(row.data(), color, &mut wide));
        }
    }
    Ok(Raw {
        picture: shrinker.finish(),
        icc,
        oriented: false,
    })
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
