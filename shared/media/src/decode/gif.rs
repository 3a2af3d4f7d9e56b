//! The first frame of a GIF, placed on its screen.

use super::shrink::Shrinker;
use crate::bytes::{Endian, u16_at};
use crate::image_info::{DecodeError, Format, ImageInfo, corrupt};
use crate::picture::Raw;
use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, Frame, MemoryLimit};
use std::num::NonZeroU64;

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let read = |at| u16_at(bytes, at, Endian::Little).map(u32::from);
    let size = read(6)
        .zip(read(8))
        .ok_or_else(|| corrupt(Format::Gif, "truncated header"))?;
    // one palette index a pixel
    Ok(ImageInfo::whole(Format::Gif, size, 8, 4, false))
}

/// Decodes the first frame as palette indices and expands it row by row.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let failure = |error| corrupt(Format::Gif, error);
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let pixels = u64::from(info.width) * u64::from(info.height);
    // A frame larger than the screen would not be shown and must not be allocated.
    options.set_memory_limit(
        NonZeroU64::new(pixels + 65_536).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes),
    );
    let mut decoder = options.read_info(bytes).map_err(failure)?;
    let global = decoder
        .global_palette()
        .map(<[u8]>::to_vec)
        .unwrap_or_default();
    let frame = decoder.next_frame_info().map_err(failure)?.cloned();
    let mut frame = frame.ok_or_else(|| corrupt(Format::Gif, "no frame"))?;
    if u64::from(frame.width) * u64::from(frame.height) > pixels + 65_536 {
        return Err(corrupt(Format::Gif, "a frame larger than the screen"));
    }
    let (buffer, cut) = indices(&mut decoder, &frame).map_err(failure)?;
    frame.buffer = buffer.into();
    let palette = frame.palette.as_deref().unwrap_or(&global);
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (width, height) = (usize::from(frame.width).max(1), usize::from(frame.height));
    let mut shrinker = Shrinker::of(info, true, short_side);
    let mut row = vec![0; info.width as usize * 4];
    for y in 0..info.height as usize {
        row.fill(0);
        let line = y
            .checked_sub(top)
            .filter(|y| *y < height)
            .and_then(|y| frame.buffer.chunks_exact(width).nth(y));
        let targets = row.as_chunks_mut::<4>().0.iter_mut().skip(left);
        for (index, target) in line.unwrap_or_default().iter().zip(targets) {
            if frame.transparent == Some(*index) {
                continue;
            }
            let at = usize::from(*index) * 3;
            if let Some([r, g, b]) = palette.get(at..at + 3) {
                *target = [*r, *g, *b, 255];
            }
        }
        shrinker.push(&row);
    }
    Ok(Raw {
        picture: shrinker.finish(),
        icc: None,
        oriented: false,
        damage: cut.map(|error| failure(error).to_string()),
    })
}

/// The palette indices of a frame, row by row from the top, and why some are missing: rows that a cut file has no more are the first
/// colour.
///
/// Errors: there is not even one row.
fn indices(
    decoder: &mut Decoder<&[u8]>,
    frame: &Frame<'_>,
) -> Result<(Vec<u8>, Option<DecodingError>), DecodingError> {
    /// First row and distance of the four passes of an interlaced frame (GIF89a, appendix E).
    const PASSES: [(usize, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    let mut indices = vec![0; width * height];
    let passes: &[(usize, usize)] = if frame.interlaced { &PASSES } else { &[(0, 1)] };
    let order = passes
        .iter()
        .flat_map(|(first, step)| (*first..height).step_by(*step));
    for (n, y) in order.enumerate() {
        let Some(row) = indices.get_mut(y * width..(y + 1) * width) else {
            break;
        };
        match decoder.fill_buffer(row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) if n == 0 => return Err(error),
            Err(cut) => return Ok((indices, Some(cut))),
        }
    }
    Ok((indices, None))
}
