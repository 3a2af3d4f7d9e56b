//! Quantisation: how coarse each coefficient is kept.

use super::tables::{AC_STEPS, DC_STEPS, ZIGZAG};
use super::transform::Block;

/// Levels of a block in the order they are written.
pub type Levels = [i16; 16];

/// Largest level the format can write.
const MAX_LEVEL: i32 = 2047;

/// How much is added to magnitudes of luma coefficients before they are rounded, in 2048ths of the step: high frequencies that
/// just miss a level are worth keeping.
const SHARPEN: [i32; 16] = [
    0, 30, 60, 90, 30, 60, 90, 90, 60, 90, 90, 90, 90, 90, 90, 90,
];

/// The step of a kind of coefficient and how it rounds.
#[derive(Clone, Copy)]
struct Step {
    size: i32,
    /// 2^17 by `size`.
    inverse: i32,
    /// What is added before rounding down, in 2^17ths of a step.
    bias: i32,
}

impl Step {
    fn new(size: i32, bias: i32) -> Self {
        Self {
            size,
            inverse: (1 << 17) / size,
            bias: bias << 9,
        }
    }

    fn level(self, magnitude: i32) -> i32 {
        ((magnitude * self.inverse + self.bias) >> 17).min(MAX_LEVEL)
    }
}

/// Steps of a kind of block: first coefficient, all others.
#[derive(Clone, Copy)]
pub struct Steps {
    dc: Step,
    ac: Step,
    sharpen: bool,
}

impl Steps {
    /// Quantises coefficients from the `first` on. They are replaced by what decoders will see; the levels come back with
    /// whether any is not zero.
    pub fn quantise(&self, block: &mut Block, first: usize) -> (Levels, bool) {
        let mut levels = [0; 16];
        let mut any = false;
        for (n, (at, level)) in ZIGZAG.into_iter().zip(&mut levels).enumerate().skip(first) {
            let step = if n == 0 { self.dc } else { self.ac };
            let value = block[at];
            let extra = if self.sharpen {
                (SHARPEN[at] * step.size) >> 11
            } else {
                0
            };
            let magnitude = step.level(value.abs() + extra);
            let signed = if value < 0 { -magnitude } else { magnitude };
            block[at] = signed * step.size;
            *level = i16::try_from(signed).unwrap_or(0);
            any |= signed != 0;
        }
        (levels, any)
    }
}

/// The quantisers of a picture.
pub struct Quantisers {
    /// Index into the tables of steps, 0 to 127.
    pub index: usize,
    /// Luma blocks.
    pub luma: Steps,
    /// The block of first coefficients of luma blocks.
    pub second: Steps,
    /// Chroma blocks.
    pub chroma: Steps,
    /// Mean step of luma blocks.
    pub mean: i32,
}

/// By how much the index of the first chroma coefficient differs: flat colours show steps first.
pub const CHROMA_DC_DELTA: i32 = -2;

impl Quantisers {
    /// Quantisers for a quality of 1 to 100, on the scale of libwebp: the cube root keeps visual steps even.
    pub fn new(quality: u8) -> Self {
        let quality = f64::from(quality.min(100)) / 100.0;
        let linear = if quality < 0.75 {
            quality * 2.0 / 3.0
        } else {
            2.0 * quality - 1.0
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 127"
        )]
        let index = (127.0 * (1.0 - linear.cbrt())).clamp(0.0, 127.0) as usize;
        let (dc, ac) = (DC_STEPS[index], AC_STEPS[index]);
        let chroma_dc = DC_STEPS[index
            .saturating_sub(CHROMA_DC_DELTA.unsigned_abs() as usize)
            .min(117)];
        let steps = |dc, ac, sharpen| Steps { dc, ac, sharpen };
        Self {
            index,
            luma: steps(Step::new(dc, 96), Step::new(ac, 110), true),
            second: steps(
                Step::new(dc * 2, 96),
                Step::new((ac * 155 / 100).max(8), 108),
                false,
            ),
            chroma: steps(Step::new(chroma_dc, 110), Step::new(ac, 115), false),
            mean: (dc + 15 * ac + 8) / 16,
        }
    }

    /// Strength of the loop filter, 0 to 63: stronger where blocks are coarser.
    pub fn filter_level(&self) -> u32 {
        let level = (AC_STEPS[self.index] >> 2) * 300 / 256;
        u32::try_from(if level < 2 { 0 } else { level.min(63) }).unwrap_or(0)
    }
}
