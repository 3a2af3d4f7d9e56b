//! WebP, lossy and lossless; of an animation the first frame.

use super::shrink::Shrinker;
use crate::bytes::{Endian, le32, slice, u16_at};
use crate::image_info::{DecodeError, Format, ImageInfo, corrupt};
use crate::picture::Raw;
use image_webp::{DecodingError, WebPDecoder};
use std::io::Cursor;

/// Eighths of a byte a pixel that the decoder holds beside the pixels: planes in 4:2:0 with a margin, or four channels.
const LOSSY: u32 = 13;
const LOSSLESS: u32 = 8 * 4;

fn whole(size: (u32, u32), beside: u32, channels: u32) -> ImageInfo {
    let per_pixel = u64::from(beside + 8 * channels);
    ImageInfo::whole(Format::WebP, size, per_pixel, channels.into(), true)
}

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let u24 = |at| Some(le32(bytes, at)? & 0x00ff_ffff);
    let read = || match slice(bytes, 12, 4)? {
        b"VP8X" => {
            // transparency takes a plane of its own; without it the pixels may still be lossless
            let channels = if bytes.get(20)? & 0x10 == 0 { 3 } else { 4 };
            let size = (u24(24)? + 1, u24(27)? + 1);
            Some(whole(size, LOSSLESS, channels))
        }
        b"VP8L" => {
            let bits = le32(bytes, 21)?;
            let size = ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
            Some(whole(size, LOSSLESS, 3 + ((bits >> 28) & 1)))
        }
        b"VP8 " => {
            let side = |at| Some(u32::from(u16_at(bytes, at, Endian::Little)? & 0x3fff));
            Some(whole((side(26)?, side(28)?), LOSSY, 3))
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
    Ok(Raw {
        picture: Shrinker::whole(info, alpha, short_side, pixels),
        icc,
        oriented: false,
        damage: None,
    })
}

fn failure(error: DecodingError) -> DecodeError {
    corrupt(Format::WebP, error)
}
