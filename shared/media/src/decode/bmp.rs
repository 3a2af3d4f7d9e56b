//! Windows bitmaps.

use super::shrink::Shrinker;
use crate::bytes::{Endian, le32, u16_at, u32_at};
use crate::image_info::{DecodeError, Format, ImageInfo, corrupt, unsupported};
use crate::picture::Raw;
use zune_bmp::BmpDecoder;
use zune_bmp::zune_core::bytestream::ZCursor;
use zune_bmp::zune_core::colorspace::ColorSpace;

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let read = || {
        let size = match u32_at(bytes, 14, Endian::Little)? {
            12 => (
                u32::from(u16_at(bytes, 18, Endian::Little)?),
                u32::from(u16_at(bytes, 20, Endian::Little)?),
            ),
            40.. => (
                le32(bytes, 18)?,
                le32(bytes, 22)?.cast_signed().unsigned_abs(),
            ),
            _ => return None,
        };
        Some(ImageInfo::whole(Format::Bmp, size, 4))
    };
    read().ok_or_else(|| corrupt(Format::Bmp, "truncated header"))
}

/// Decodes in full, then shrinks.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let failure = |error: zune_bmp::BmpDecoderErrors| corrupt(Format::Bmp, format!("{error:?}"));
    let mut decoder = BmpDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().map_err(failure)?;
    if decoder.dimensions() != Some((info.width as usize, info.height as usize)) {
        return Err(corrupt(Format::Bmp, "contradicting dimensions"));
    }
    let channels = match decoder.colorspace() {
        Some(ColorSpace::RGB) => 3,
        Some(ColorSpace::RGBA) => 4,
        Some(ColorSpace::Luma) => 1,
        other => return Err(unsupported(Format::Bmp, format!("{other:?}"))),
    };
    let pixels = decoder.decode().map_err(failure)?;
    let mut shrinker = Shrinker::of(info, channels == 4, short_side);
    let mut wide = Vec::new();
    for row in pixels.chunks_exact((info.width as usize * channels).max(1)) {
        if channels == 1 {
            wide.clear();
            wide.extend(row.iter().flat_map(|l| [*l; 3]));
            shrinker.push(&wide);
        } else {
            shrinker.push(row);
        }
    }
    Ok(Raw {
        picture: shrinker.finish(),
        icc: None,
        oriented: false,
    })
}
