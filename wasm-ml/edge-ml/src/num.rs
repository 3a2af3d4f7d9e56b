//! Conversions of numbers that pixels and tensors need, each said once.

/// The whole number not above `x`, at least 0; 0 for what is no number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` stops at the ends of the type"
)]
pub fn floor(x: f64) -> u32 {
    x as u32
}

/// The whole number next to `x`, at least 0; 0 for what is no number.
pub fn round(x: f64) -> u32 {
    floor(x + 0.5)
}

/// A length as a number to calculate with: exact up to 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "lengths are far below the limit"
)]
pub fn real(n: usize) -> f64 {
    n as f64
}

/// As tensors hold it.
#[expect(clippy::cast_possible_truncation, reason = "as tensors hold it")]
pub fn single(x: f64) -> f32 {
    x as f32
}

/// Bits of an IEEE half as a single.
pub fn half(bits: u16) -> f32 {
    let sign = (u32::from(bits) & 0x8000) << 16;
    let rest = u32::from(bits) & 0x7fff;
    if rest >= 0x7c00 {
        // infinite or not a number
        return f32::from_bits(sign | 0x7f80_0000 | ((rest & 0x3ff) << 13));
    }
    // Multiplied by 2^112: the exponents' zero points differ by that, and subnormals come out right.
    f32::from_bits(sign | (f32::from_bits(rest << 13) * f32::from_bits(0x7780_0000)).to_bits())
}

/// A single as bits of the nearest IEEE half, ties to even; infinite where it is too large.
#[expect(
    clippy::cast_possible_truncation,
    reason = "shifted until they fit 16 bits"
)]
pub fn to_half(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let magnitude = bits & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        return sign | 0x7e00;
    }
    if magnitude < 0x3880_0000 {
        // Below the least normal half: adding 0.5 leaves the fraction, rounded by the hardware, in the last bits.
        let shifted = f32::from_bits(magnitude) + 0.5;
        return sign | (shifted.to_bits() - 0x3f00_0000) as u16;
    }
    let odd = (magnitude >> 13) & 1;
    let rounded = (magnitude - 0x3800_0000 + 0xfff + odd) >> 13;
    sign | rounded.min(0x7c00) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_come_back_as_they_were() {
        for bits in 0..=u16::MAX {
            let x = half(bits);
            if x.is_nan() {
                assert!(half(to_half(x)).is_nan());
            } else {
                assert_eq!(to_half(x), bits, "{x}");
            }
        }
    }

    #[test]
    fn what_lies_between_goes_to_the_nearest() {
        for (x, expected) in [
            (1.0 + 1.0 / 4096.0, 1.0),
            (1.0 + 3.0 / 2048.0, 1.0 + 2.0 / 1024.0),
            (65504.0, 65504.0),
            (65519.0, 65504.0),
            (65520.0, f32::INFINITY),
            (1e30, f32::INFINITY),
            (3.0e-8, 5.960_464_5e-8),
            (-2.0e-8, -0.0),
        ] {
            assert_eq!(half(to_half(x)).to_bits(), f32::to_bits(expected), "{x}");
        }
    }

    #[test]
    fn numbers_out_of_range_stop_at_the_ends() {
        assert_eq!(
            [floor(-1.0), floor(1e20), floor(f64::NAN), round(2.5)],
            [0, u32::MAX, 0, 3]
        );
    }
}
