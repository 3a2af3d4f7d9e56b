//! Prediction of blocks from their neighbours (RFC 6386 section 12).

use super::planes::byte;

/// Modes of whole macroblocks beside 0, the average: the row above.
const VERTICAL: usize = 1;
/// The column to the left.
const HORIZONTAL: usize = 2;
/// Left plus above less corner.
const GRADIENT: usize = 3;

/// What is above and to the left of a square of up to 16 samples.
pub struct Edge {
    /// The row above; 127 outside the picture.
    pub above: [u8; 16],
    /// The column to the left; 129 outside the picture.
    pub left: [u8; 16],
    /// The sample above the left one.
    pub corner: u8,
    /// Whether there is a row above, and a column to the left.
    pub inside: (bool, bool),
}

/// The square of `side` x `side` samples that a mode predicts.
pub fn square(mode: usize, edge: &Edge, side: usize, out: &mut [u8]) {
    let above = edge.above.get(..side).unwrap_or_default();
    let rows = out.chunks_exact_mut(side).zip(&edge.left);
    match mode {
        VERTICAL => rows.for_each(|(row, _)| row.copy_from_slice(above)),
        HORIZONTAL => rows.for_each(|(row, left)| row.fill(*left)),
        GRADIENT => rows.for_each(|(row, left)| {
            let base = i32::from(*left) - i32::from(edge.corner);
            for (out, above) in row.iter_mut().zip(above) {
                *out = byte(base + i32::from(*above));
            }
        }),
        _ => out.fill(average(edge, side)),
    }
}

fn average(edge: &Edge, side: usize) -> u8 {
    let sum = |samples: &[u8; 16]| {
        samples
            .iter()
            .take(side)
            .map(|s| u32::from(*s))
            .sum::<u32>()
    };
    let count = u32::try_from(side).unwrap_or(16);
    let mean = match edge.inside {
        (true, true) => (sum(&edge.above) + sum(&edge.left) + count) / (2 * count),
        (true, false) => (sum(&edge.above) + count / 2) / count,
        (false, true) => (sum(&edge.left) + count / 2) / count,
        (false, false) => 128,
    };
    u8::try_from(mean).unwrap_or(128)
}

/// Number of modes of a block of 4 x 4 samples, in the order of the format: DC, TM, VE, HE, LD, RD, VR, VL, HD, HU.
pub const BLOCK_MODES: usize = 10;

/// Modes that look at the four samples above and to the right.
pub const LOOK_RIGHT: [usize; 2] = [4, 7];

/// Fifteen samples around a block from its lower left up and to the right: the lowest to the left twice, the three above it, the
/// corner, eight above, the last of them twice.
pub type Around = [u8; 15];

/// Means of two neighbours in [`Around`] (`0..14`), followed by weighted means of three (`14..27`).
struct Means([u8; 27]);

impl Means {
    fn of(around: &Around) -> Self {
        let mut means = [0; 27];
        for (i, pair) in around.windows(2).enumerate() {
            let [a, b] = [pair[0], pair[1]].map(u16::from);
            means[i] = ((a + b + 1) >> 1).to_le_bytes()[0];
        }
        for (i, trio) in around.windows(3).enumerate() {
            let [a, b, c] = [trio[0], trio[1], trio[2]].map(u16::from);
            means[14 + i] = ((a + 2 * b + c + 2) >> 2).to_le_bytes()[0];
        }
        Self(means)
    }
}

const fn d(i: u8) -> u8 {
    i
}

const fn t(i: u8) -> u8 {
    14 + i
}

/// Which mean each sample of a block is, for the modes from VE on.
#[rustfmt::skip]
const PATTERNS: [[u8; 16]; 8] = [
    // VE
    [t(5), t(6), t(7), t(8), t(5), t(6), t(7), t(8), t(5), t(6), t(7), t(8), t(5), t(6), t(7), t(8)],
    // HE
    [t(3), t(3), t(3), t(3), t(2), t(2), t(2), t(2), t(1), t(1), t(1), t(1), t(0), t(0), t(0), t(0)],
    // LD
    [t(6), t(7), t(8), t(9), t(7), t(8), t(9), t(10), t(8), t(9), t(10), t(11), t(9), t(10), t(11), t(12)],
    // RD
    [t(4), t(5), t(6), t(7), t(3), t(4), t(5), t(6), t(2), t(3), t(4), t(5), t(1), t(2), t(3), t(4)],
    // VR
    [d(5), d(6), d(7), d(8), t(4), t(5), t(6), t(7), t(3), d(5), d(6), d(7), t(2), t(4), t(5), t(6)],
    // VL
    [d(6), d(7), d(8), d(9), t(6), t(7), t(8), t(9), d(7), d(8), d(9), t(10), t(7), t(8), t(9), t(11)],
    // HD
    [d(4), t(4), t(5), t(6), d(3), t(3), d(4), t(4), d(2), t(2), d(3), t(3), d(1), t(1), d(2), t(2)],
    // HU
    [d(3), t(2), d(2), t(1), d(2), t(1), d(1), t(0), d(1), t(0), d(0), d(0), d(0), d(0), d(0), d(0)],
];

/// What each of the ten modes predicts for a block.
pub fn blocks(around: &Around) -> [[u8; 16]; BLOCK_MODES] {
    let means = Means::of(around).0;
    let mut out = [[0; 16]; BLOCK_MODES];
    let (corner, above) = (around[5], [around[6], around[7], around[8], around[9]]);
    let left = [around[4], around[3], around[2], around[1]];
    let sum: u16 = above.iter().chain(&left).map(|s| u16::from(*s)).sum();
    let [dc, gradient, patterns @ ..] = &mut out;
    dc.fill(((sum + 4) >> 3).to_le_bytes()[0]);
    for (row, left) in gradient.as_chunks_mut::<4>().0.iter_mut().zip(left) {
        let base = i32::from(left) - i32::from(corner);
        *row = above.map(|above| byte(base + i32::from(above)));
    }
    for (out, pattern) in patterns.iter_mut().zip(&PATTERNS) {
        *out = pattern.map(|i| means[usize::from(i)]);
    }
    out
}
