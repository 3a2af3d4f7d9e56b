//! WebP, lossy and lossless; of an animation the first frame.

use super::shrink::Shrinker;
use crate::bytes::{Endian, le32, slice, u16_at};
use crate::image_info::{DecodeError, Format, ImageInfo, corrupt};
use crate::picture::Raw;
use image_webp::{DecodingError, WebPDecoder};
use std::io::Cursor;

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let u24 = |at| Some(le32(bytes, at)? & 0x00ff_ffff);
    let read = || match slice(bytes, 12, 4)? {
        b"VP8X" => Some(ImageInfo::whole(
            Format::WebP,
            (u24(24)? + 1, u24(27)? + 1),
            9,
        )),
        b"VP8L" => {
            let bits = le32(bytes, 21)?;
            Some(ImageInfo::whole(
                Format::WebP,
                ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1),
                9,
            ))
        }
        b"VP8 " => {
            let side = |at| Some(u32::from(u16_at(bytes, at, Endian::Little)? & 0x3fff));
            Some(ImageInfo::whole(Format::WebP, (side(26)?, side(28)?), 6))
        }
        _ => None,
    };
    read().ok_or_else(|| corrupt(Format::WebP, "truncated or unknown header"))
}

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
    let mut shrinker = Shrinker::of(info, alpha, short_side);
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
