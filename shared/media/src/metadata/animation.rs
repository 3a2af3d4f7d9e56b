//! How long animated pictures run: the sum of their frame delays.

use super::tags::Tags;
use crate::bytes::{Endian, index, le32, slice, u16_at};

/// Sets Duration (seconds) when there is more than one frame.
fn set(frames: u32, milliseconds: u64, tags: &mut Tags) {
    if frames > 1 {
        #[expect(clippy::cast_precision_loss, reason = "durations are far below 2^52")]
        tags.set_number("Duration", milliseconds as f64 / 1000.0);
    }
}

/// Walks the blocks of a GIF.
pub fn gif(bytes: &[u8], tags: &mut Tags) {
    let palette = |flags: u8| {
        if flags & 0x80 != 0 {
            3 << ((flags & 7) + 1)
        } else {
            0_usize
        }
    };
    let (mut frames, mut total) = (0, 0);
    let mut at = 13 + bytes.get(10).map_or(0, |f| palette(*f));
    while let Some(kind) = bytes.get(at) {
        at = match kind {
            0x21 => {
                if bytes.get(at + 1) == Some(&0xf9) {
                    let hundredths = u16_at(bytes, at + 4, Endian::Little).unwrap_or(0);
                    total += u64::from(hundredths) * 10;
                }
                skip_blocks(bytes, at + 2)
            }
            0x2c => {
                frames += 1;
                let flags = bytes.get(at + 9).copied().unwrap_or(0);
                // descriptor, palette, code size
                skip_blocks(bytes, at + 10 + palette(flags) + 1)
            }
            _ => break,
        };
    }
    set(frames, total, tags);
}

/// The offset behind a chain of data blocks.
fn skip_blocks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(length) = bytes.get(at).filter(|l| **l > 0) {
        at += 1 + usize::from(*length);
    }
    at + 1
}

/// Walks the frames of an animated WebP.
pub fn webp(bytes: &[u8], tags: &mut Tags) {
    let (mut frames, mut total) = (0, 0);
    let mut at = 12;
    while let (Some(kind), Some(length)) = (slice(bytes, at, 4), le32(bytes, at + 4)) {
        if kind == b"ANMF" {
            frames += 1;
            total += u64::from(le32(bytes, at + 8 + 12).unwrap_or(0) & 0x00ff_ffff);
        }
        let length = index(length.into());
        at = at
            .saturating_add(8)
            .saturating_add(length)
            .saturating_add(length % 2);
    }
    set(frames, total, tags);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_of_a_gif_are_added_up() {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, 2, 2, &[0, 0, 0, 9, 9, 9]).unwrap();
        for _ in 0..3 {
            let frame = gif::Frame {
                width: 2,
                height: 2,
                delay: 50,
                buffer: vec![1; 4].into(),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        let mut tags = Tags::new();
        super::gif(&bytes, &mut tags);
        assert_eq!(tags.number("Duration"), Some(1.5));
        for length in 0..bytes.len() {
            super::gif(&bytes[..length], &mut Tags::new());
        }
    }

    #[test]
    fn delays_of_a_webp_are_added_up() {
        let frame = [b"ANMF\x10\0\0\0".as_slice(), &[0; 12], &[0xe8, 3, 0, 0]].concat();
        let bytes = [b"RIFF\0\0\0\0WEBP".to_vec(), frame.clone(), frame].concat();
        let mut tags = Tags::new();
        super::webp(&bytes, &mut tags);
        assert_eq!(tags.number("Duration"), Some(2.0));
    }
}
