//! How macroblocks are coded: the prediction that comes closest, and what is left of the difference.

use super::bits::cost;
use super::planes::{Planes, byte};
use super::predict::{self, Around, BLOCK_MODES, Edge, LOOK_RIGHT};
use super::quant::{Levels, Quantisers};
use super::tables::BLOCK_MODE_PROBS;
use super::transform::{self, Block};

/// How luma is predicted.
#[derive(Clone, Copy)]
pub enum Luma {
    /// In one piece, by one of the four modes.
    Whole(usize),
    /// Block by block, each by one of the ten modes.
    Blocks([u8; 16]),
}

/// What is written of a macroblock.
pub struct Macroblock {
    /// How luma is predicted.
    pub luma: Luma,
    /// How chroma is predicted, one of the four modes.
    pub chroma: usize,
    /// Levels of the sixteen luma blocks.
    pub luma_levels: [Levels; 16],
    /// Levels of the four blocks of each chroma plane.
    pub chroma_levels: [[Levels; 4]; 2],
    /// Levels of the block of first coefficients, for luma in one piece.
    pub second: Levels,
    /// Whether any level is not zero.
    pub any: bool,
}

/// Squared difference, in units of cost.
const DISTORTION: i64 = 256;
/// Worth of a 256th of a bit for modes of luma in one piece, luma blocks, chroma.
const WHOLE_RATE: i64 = 106;
const BLOCK_RATE: i64 = 11;
const CHROMA_RATE: i64 = 120;
/// Bits of the modes DC, vertical, horizontal, gradient, by 256 (from the fixed probabilities of section 11.2).
const WHOLE_COSTS: [i64; 4] = [663, 872, 919, 919];
const CHROMA_COSTS: [i64; 4] = [302, 439, 642, 984];

/// Bits of a block mode by the modes above and to the left, by 256.
pub struct ModeCosts(Vec<[[i64; BLOCK_MODES]; BLOCK_MODES]>);

/// The decisions in front of each block mode: node of the tree and direction (section 11.2).
pub const BLOCK_MODE_PATHS: [&[(usize, bool)]; BLOCK_MODES] = [
    &[(0, false)],
    &[(0, true), (1, false)],
    &[(0, true), (1, true), (2, false)],
    &[(0, true), (1, true), (2, true), (3, false), (4, false)],
    &[(0, true), (1, true), (2, true), (3, true), (6, false)],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, false),
        (4, true),
        (5, false),
    ],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, false),
        (4, true),
        (5, true),
    ],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, true),
        (6, true),
        (7, false),
    ],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, true),
        (6, true),
        (7, true),
        (8, false),
    ],
    &[
        (0, true),
        (1, true),
        (2, true),
        (3, true),
        (6, true),
        (7, true),
        (8, true),
    ],
];

impl ModeCosts {
    /// From the fixed probabilities.
    pub fn new() -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "some thousands at most")]
        let path = |probs: &[u8; 9], path: &[(usize, bool)]| {
            path.iter()
                .map(|(node, bit)| cost(probs[*node], *bit))
                .sum::<f64>() as i64
        };
        let costs = BLOCK_MODE_PROBS
            .iter()
            .map(|left| left.map(|probs| BLOCK_MODE_PATHS.map(|steps| path(&probs, steps))));
        Self(costs.collect())
    }
}

/// Chooses and codes macroblocks in reading order.
pub struct Coder<'a> {
    source: &'a Planes,
    /// What decoders will have, before the loop filter.
    seen: Planes,
    quantisers: &'a Quantisers,
    costs: ModeCosts,
    /// Block modes of the lowest row above, four for each macroblock.
    modes_above: Vec<[u8; 4]>,
    modes_left: [u8; 4],
    /// Whether luma may be coded block by block.
    blocks: bool,
}

/// Block mode that stands for a mode of a whole macroblock in contexts.
const IMPLIED: [u8; 4] = [0, 2, 3, 1];

impl<'a> Coder<'a> {
    /// A coder of `source`; without `blocks` it needs less room for modes.
    pub fn new(source: &'a Planes, quantisers: &'a Quantisers, blocks: bool) -> Self {
        Self {
            source,
            seen: Planes::new(source.across * 16, source.down * 16),
            quantisers,
            costs: ModeCosts::new(),
            modes_above: vec![[0; 4]; source.across],
            modes_left: [0; 4],
            blocks,
        }
    }

    /// Codes the whole picture.
    pub fn run(mut self) -> Vec<Macroblock> {
        let (across, down) = (self.source.across, self.source.down);
        let mut out = Vec::with_capacity(across * down);
        for y in 0..down {
            self.modes_left = [0; 4];
            for x in 0..across {
                out.push(self.macroblock(x, y));
            }
        }
        out
    }

    fn macroblock(&mut self, x: usize, y: usize) -> Macroblock {
        let mut source = [0; 256];
        copy(
            &self.source.samples[0],
            self.source.across * 16,
            (x * 16, y * 16),
            16,
            &mut source,
        );
        let edge = self.edge(0, 16, x, y);
        let mut whole = ([0; 256], 0, i64::MAX);
        for (mode, bits) in WHOLE_COSTS.into_iter().enumerate() {
            let mut predicted = [0; 256];
            predict::square(mode, &edge, 16, &mut predicted);
            let score = difference(&source, &predicted) * DISTORTION + bits * WHOLE_RATE;
            if score < whole.2 {
                whole = (predicted, mode, score);
            }
        }
        let mut out = Macroblock {
            luma: Luma::Whole(whole.1),
            chroma: 0,
            luma_levels: [[0; 16]; 16],
            chroma_levels: [[[0; 16]; 4]; 2],
            second: [0; 16],
            any: false,
        };
        let is_blocks = self.blocks && self.luma_blocks(x, y, &source, whole.2, &mut out);
        if !is_blocks {
            self.luma_whole(x, y, &source, &whole.0, &mut out);
            let implied = IMPLIED[whole.1];
            self.modes_above[x] = [implied; 4];
            self.modes_left = [implied; 4];
        }
        self.chroma(x, y, &mut out);
        out
    }

    fn luma_whole(
        &mut self,
        x: usize,
        y: usize,
        source: &[u8; 256],
        predicted: &[u8; 256],
        out: &mut Macroblock,
    ) {
        let mut blocks = [[0; 16]; 16];
        let mut first = [0; 16];
        for (n, block) in blocks.iter_mut().enumerate() {
            let at = (n / 4 * 4) * 16 + n % 4 * 4;
            *block = transform::forward(&residual(source, predicted, at, 16));
            first[n] = block[0];
        }
        let mut second = transform::forward_walsh(&first);
        let (levels, any) = self.quantisers.second.quantise(&mut second, 0);
        out.second = levels;
        out.any |= any;
        let first = transform::inverse_walsh(&second);
        let mut seen = *predicted;
        for (n, block) in blocks.iter_mut().enumerate() {
            let (levels, any) = self.quantisers.luma.quantise(block, 1);
            out.luma_levels[n] = levels;
            out.any |= any;
            block[0] = first[n];
            add(&mut seen, (n / 4 * 4) * 16 + n % 4 * 4, 16, block);
        }
        let stride = self.seen.across * 16;
        paste(
            &mut self.seen.samples[0],
            stride,
            (x * 16, y * 16),
            16,
            &seen,
        );
    }

    /// Codes luma block by block, unless that turns out dearer than `limit`.
    fn luma_blocks(
        &mut self,
        x: usize,
        y: usize,
        source: &[u8; 256],
        limit: i64,
        out: &mut Macroblock,
    ) -> bool {
        let mean = i64::from(self.quantisers.mean);
        let mut score = 1000 * mean * mean;
        let mut modes = [0; 16];
        let mut levels = [[0; 16]; 16];
        let (mut above, mut left) = (self.modes_above[x], self.modes_left);
        let mut any = false;
        for n in 0..16 {
            let (column, row) = (n % 4, n / 4);
            let around = self.around(x, y, column, row);
            let all = predict::blocks(&around);
            let costs = &self.costs.0[usize::from(above[column])][usize::from(left[row])];
            let at = row * 4 * 16 + column * 4;
            let wanted = block_of(source, at, 16);
            // Decoders differ in what is to the right of the last macroblock.
            let is_last = column == 3 && x + 1 == self.source.across;
            let best = (0..BLOCK_MODES)
                .filter(|mode| !(is_last && LOOK_RIGHT.contains(mode)))
                .map(|mode| {
                    (
                        difference(&wanted, &all[mode]) * DISTORTION + costs[mode] * BLOCK_RATE,
                        mode,
                    )
                })
                .min()
                .unwrap_or((0, 0));
            score += best.0;
            if score >= limit {
                return false;
            }
            let mode = u8::try_from(best.1).unwrap_or(0);
            (modes[n], above[column], left[row]) = (mode, mode, mode);
            let mut seen = all[best.1];
            let mut block = transform::forward(&residual(&wanted, &seen, 0, 4));
            let (coded, is_any) = self.quantisers.luma.quantise(&mut block, 0);
            levels[n] = coded;
            any |= is_any;
            add(&mut seen, 0, 4, &block);
            let stride = self.seen.across * 16;
            paste(
                &mut self.seen.samples[0],
                stride,
                (x * 16 + column * 4, y * 16 + row * 4),
                4,
                &seen,
            );
        }
        out.luma = Luma::Blocks(modes);
        out.luma_levels = levels;
        out.any |= any;
        self.modes_above[x] = above;
        self.modes_left = left;
        true
    }

    fn chroma(&mut self, x: usize, y: usize, out: &mut Macroblock) {
        let edges = [1, 2].map(|plane| self.edge(plane, 8, x, y));
        let mut source = [[0; 64]; 2];
        let stride = self.seen.across * 8;
        for (plane, source) in self.source.samples.iter().skip(1).zip(&mut source) {
            copy(plane, stride, (x * 8, y * 8), 8, source);
        }
        let mut best = ([[0; 64]; 2], i64::MAX);
        for (mode, bits) in CHROMA_COSTS.into_iter().enumerate() {
            let mut predicted = [[0; 64]; 2];
            let mut score = bits * CHROMA_RATE;
            for ((out, edge), source) in predicted.iter_mut().zip(&edges).zip(&source) {
                predict::square(mode, edge, 8, out);
                score += difference(source, out) * DISTORTION;
            }
            if score < best.1 {
                best = (predicted, score);
                out.chroma = mode;
            }
        }
        for (plane, (source, mut seen)) in source.iter().zip(best.0).enumerate() {
            for n in 0..4 {
                let at = (n / 2 * 4) * 8 + n % 2 * 4;
                let mut block = transform::forward(&residual(source, &seen, at, 8));
                let (levels, any) = self.quantisers.chroma.quantise(&mut block, 0);
                out.chroma_levels[plane][n] = levels;
                out.any |= any;
                add(&mut seen, at, 8, &block);
            }
            paste(
                &mut self.seen.samples[plane + 1],
                stride,
                (x * 8, y * 8),
                8,
                &seen,
            );
        }
    }

    /// What is above and to the left of a macroblock in a plane.
    fn edge(&self, plane: usize, side: usize, x: usize, y: usize) -> Edge {
        let (samples, stride) = (&self.seen.samples[plane], self.seen.across * side);
        let start = y * side * stride + x * side;
        let mut edge = Edge {
            above: [127; 16],
            left: [129; 16],
            corner: if y == 0 { 127 } else { 129 },
            inside: (y > 0, x > 0),
        };
        if y > 0 {
            edge.above[..side].copy_from_slice(&samples[start - stride..][..side]);
        }
        if x > 0 {
            for (n, left) in edge.left.iter_mut().take(side).enumerate() {
                *left = samples[start + n * stride - 1];
            }
            if y > 0 {
                edge.corner = samples[start - stride - 1];
            }
        }
        edge
    }

    /// What is around a luma block.
    fn around(&self, x: usize, y: usize, column: usize, row: usize) -> Around {
        let (samples, stride) = (&self.seen.samples[0], self.seen.across * 16);
        let (left, top) = (x * 16 + column * 4, y * 16 + row * 4);
        let at = top * stride + left;
        let mut around = [129; 15];
        if left > 0 {
            for n in 0..4 {
                around[4 - n] = samples[at + n * stride - 1];
            }
        }
        around[0] = around[1];
        around[5] = match (left, top) {
            (_, 0) => 127,
            (0, _) => 129,
            _ => samples[at - stride - 1],
        };
        around[6..].fill(127);
        if top > 0 {
            around[6..10].copy_from_slice(&samples[at - stride..][..4]);
        }
        // Above and to the right: blocks of the last column all take the row above the macroblock.
        let right_top = if column == 3 { y * 16 } else { top };
        if right_top > 0 && left + 8 <= stride {
            around[10..14].copy_from_slice(&samples[(right_top - 1) * stride + left + 4..][..4]);
        }
        around[14] = around[13];
        around
    }
}

/// Copies a square out of a plane.
fn copy(plane: &[u8], stride: usize, (x, y): (usize, usize), side: usize, out: &mut [u8]) {
    let rows = plane.chunks_exact(stride).skip(y);
    for (out, row) in out.chunks_exact_mut(side).zip(rows) {
        out.copy_from_slice(&row[x..x + side]);
    }
}

/// Copies a square into a plane.
fn paste(plane: &mut [u8], stride: usize, (x, y): (usize, usize), side: usize, square: &[u8]) {
    let rows = plane.chunks_exact_mut(stride).skip(y);
    for (square, row) in square.chunks_exact(side).zip(rows) {
        row[x..x + side].copy_from_slice(square);
    }
}

/// Sum of squared differences.
fn difference(a: &[u8], b: &[u8]) -> i64 {
    let sum: i32 = a
        .iter()
        .zip(b)
        .map(|(a, b)| {
            let d = i32::from(*a) - i32::from(*b);
            d * d
        })
        .sum();
    i64::from(sum)
}

/// A 4 x 4 block out of a square.
fn block_of(square: &[u8; 256], at: usize, side: usize) -> [u8; 16] {
    let mut out = [0; 16];
    for (row, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        out.copy_from_slice(&square[at + row * side..][..4]);
    }
    out
}

/// What the prediction misses of the block at `at`.
fn residual(source: &[u8], predicted: &[u8], at: usize, side: usize) -> Block {
    let mut out = [0; 16];
    for (row, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let start = at + row * side;
        let pairs = source[start..start + 4]
            .iter()
            .zip(&predicted[start..start + 4]);
        for (out, (s, p)) in out.iter_mut().zip(pairs) {
            *out = i32::from(*s) - i32::from(*p);
        }
    }
    out
}

/// Adds a block of coefficients, as decoders do.
fn add(seen: &mut [u8], at: usize, side: usize, coefficients: &Block) {
    for (row, add) in transform::inverse(coefficients)
        .as_chunks::<4>()
        .0
        .iter()
        .enumerate()
    {
        let start = at + row * side;
        for (seen, add) in seen[start..start + 4].iter_mut().zip(add) {
            *seen = byte(i32::from(*seen) + add);
        }
    }
}
