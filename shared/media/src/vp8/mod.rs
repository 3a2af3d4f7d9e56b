//! An encoder of VP8 key frames (RFC 6386), the pictures in lossy WebP files.
//!
//! One pass chooses predictions by their squared error and the bits of their mode, a second adapts the probabilities of tokens,
//! a third writes. Sizes are fixed by the format, so blocks are indexed; the only input, the number of pixels, is checked in front.
//! What it gives is near libwebp's `method 2` in size, error and time; the scale of qualities is libwebp's.

mod bits;
mod macroblock;
mod planes;
mod predict;
mod quant;
mod tables;
mod tokens;
mod transform;

use bits::Writer;
use macroblock::{BLOCK_MODE_PATHS, Coder, Luma, Macroblock};
use planes::Planes;
use quant::{CHROMA_DC_DELTA, Quantisers};
use tables::{BLOCK_MODE_PROBS, DEFAULT_PROBS, TokenProbs, UPDATE_PROBS};
use tokens::{Counts, Output};

/// Longest side a frame can have, pixels.
pub const MAX_SIDE: u32 = 16_383;

/// Bytes the first partition can have.
const MAX_FIRST: usize = (1 << 19) - 1;

/// A frame of `width` x `height` pixels of three bytes, or four with `alpha`, which only weighs colours. `quality` is 1 to 100.
/// `None` when a side is 0 or too long, the pixels are of another number, or the frame has no room for its modes.
pub fn encode(pixels: &[u8], width: u32, height: u32, alpha: bool, quality: u8) -> Option<Vec<u8>> {
    let channels = if alpha { 4 } else { 3 };
    let (across, down) = (width as usize, height as usize);
    let sides = 1..=MAX_SIDE;
    if !sides.contains(&width)
        || !sides.contains(&height)
        || pixels.len() != across * down * channels
    {
        return None;
    }
    let source = Planes::convert(pixels, across, down, channels);
    let quantisers = Quantisers::new(quality);
    [true, false].into_iter().find_map(|blocks| {
        let macroblocks = Coder::new(&source, &quantisers, blocks).run();
        frame((width, height), source.across, &quantisers, &macroblocks)
    })
}

fn frame(
    (width, height): (u32, u32),
    across: usize,
    quantisers: &Quantisers,
    macroblocks: &[Macroblock],
) -> Option<Vec<u8>> {
    let mut counts = Counts::new();
    tokens::walk(macroblocks, across, &mut counts);
    let probs = counts.probabilities();
    let first = first_partition(across, quantisers, macroblocks, &probs);
    if first.len() > MAX_FIRST {
        return None;
    }
    let mut output = Output {
        writer: Writer::new(),
        probs: &probs,
    };
    tokens::walk(macroblocks, across, &mut output);
    let second = output.writer.finish();
    // key frame, version 0, to be shown
    let tag = u32::try_from(first.len()).ok()? << 5 | 1 << 4;
    let mut out = Vec::with_capacity(10 + first.len() + second.len());
    out.extend(tag.to_le_bytes().into_iter().take(3));
    out.extend([0x9d, 0x01, 0x2a]);
    for side in [width, height] {
        out.extend(u16::try_from(side).ok()?.to_le_bytes());
    }
    out.extend(first);
    out.extend(second);
    Some(out)
}

/// The header and the modes of all macroblocks (RFC 6386 section 9.2 to 9.11 and 11).
fn first_partition(
    across: usize,
    quantisers: &Quantisers,
    macroblocks: &[Macroblock],
    probs: &TokenProbs,
) -> Vec<u8> {
    let mut out = Writer::new();
    // colour space and clamping; no segments; the normal loop filter without sharpness or adjustments; one token partition
    out.literal(0, 2);
    out.literal(0, 1);
    out.literal(0, 1);
    out.literal(quantisers.filter_level(), 6);
    out.literal(0, 3);
    out.literal(0, 1);
    out.literal(0, 2);
    out.literal(u32::try_from(quantisers.index).unwrap_or(0), 7);
    for delta in [0, 0, 0, CHROMA_DC_DELTA, 0] {
        out.literal(u32::from(delta != 0), 1);
        if delta != 0 {
            out.literal(delta.unsigned_abs(), 4);
            out.literal(u32::from(delta < 0), 1);
        }
    }
    // the probabilities are for this frame only
    out.literal(0, 1);
    let tables = probs.as_flattened().as_flattened().as_flattened();
    let defaults = DEFAULT_PROBS.as_flattened().as_flattened().as_flattened();
    let updates = UPDATE_PROBS.as_flattened().as_flattened().as_flattened();
    for ((prob, default), update) in tables.iter().zip(defaults).zip(updates) {
        out.bit(*update, prob != default);
        if prob != default {
            out.literal(u32::from(*prob), 8);
        }
    }
    let skipped = macroblocks
        .iter()
        .filter(|macroblock| !macroblock.any)
        .count();
    let coded = (macroblocks.len() - skipped) * 255 / macroblocks.len().max(1);
    let skip = (skipped > 0).then(|| u8::try_from(coded).unwrap_or(255).max(1));
    out.literal(u32::from(skip.is_some()), 1);
    if let Some(prob) = skip {
        out.literal(u32::from(prob), 8);
    }
    modes(&mut out, across, macroblocks, skip);
    out.finish()
}

fn modes(out: &mut Writer, across: usize, macroblocks: &[Macroblock], skip: Option<u8>) {
    /// Block modes in contexts: of whole macroblocks, and outside the picture.
    const IMPLIED: [u8; 4] = [0, 2, 3, 1];
    let mut above = vec![[0; 4]; across];
    for row in macroblocks.chunks(across) {
        let mut left = [0; 4];
        for (macroblock, above) in row.iter().zip(&mut above) {
            if let Some(prob) = skip {
                out.bit(prob, !macroblock.any);
            }
            match macroblock.luma {
                Luma::Whole(mode) => {
                    out.bit(145, true);
                    out.bit(156, mode >= 2);
                    out.bit(if mode >= 2 { 128 } else { 163 }, mode % 2 == 1);
                    *above = [IMPLIED[mode]; 4];
                    left = [IMPLIED[mode]; 4];
                }
                Luma::Blocks(modes) => {
                    out.bit(145, false);
                    for (n, mode) in modes.into_iter().enumerate() {
                        let (above, left) = (&mut above[n % 4], &mut left[n / 4]);
                        let probs = &BLOCK_MODE_PROBS[usize::from(*above)][usize::from(*left)];
                        for (node, bit) in BLOCK_MODE_PATHS[usize::from(mode)] {
                            out.bit(probs[*node], *bit);
                        }
                        (*above, *left) = (mode, mode);
                    }
                }
            }
            for (node, prob) in [142, 114, 183]
                .into_iter()
                .enumerate()
                .take(macroblock.chroma + 1)
            {
                out.bit(prob, node < macroblock.chroma);
            }
        }
    }
}
