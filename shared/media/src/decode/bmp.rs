//! Windows bitmaps.

use super::header::ImageInfo;
use super::{DecodeError, Format, Raw, corrupt, shrinker, unsupported};
use zune_bmp::BmpDecoder;
use zune_bmp::zune_core::bytestream::ZCursor;
use zune_bmp::zune_core::colorspace::ColorSpace;

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
    let mut shrinker = shrinker(info, channels == 4, short_side);
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
