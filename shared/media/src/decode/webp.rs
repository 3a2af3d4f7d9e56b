//! WebP, lossy and lossless; of an animation the first frame.

use super::header::ImageInfo;
use super::{DecodeError, Format, Raw, corrupt, shrinker};
use image_webp::{DecodingError, WebPDecoder};
use std::io::Cursor;

/// Decodes in full, then shrinks.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(failure)?;
    if decoder.dimensions() != (info.width, info.height) {
        return Err(corrupt(Format::WebP, "contradicting dimensions"));
    }
    let alpha = decoder.has_alpha();
    let size = decoder
        .output_buffer_size()
        .ok_or_else(|| corrupt(Format::WebP, "too large"))?;
    let mut pixels = vec![0; size];
    decoder.read_image(&mut pixels).map_err(failure)?;
    let icc = decoder.icc_profile().unwrap_or_default();
    let mut shrinker = shrinker(info, alpha, short_side);
    let row = info.width as usize * if alpha { 4 } else { 3 };
    for row in pixels.chunks_exact(row.max(1)) {
        shrinker.push(row);
    }
    drop(pixels);
    Ok(Raw {
        picture: shrinker.finish(),
        icc,
        oriented: false,
    })
}

fn failure(error: DecodingError) -> DecodeError {
    corrupt(Format::WebP, error)
}
