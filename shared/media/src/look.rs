//! What a picture looks like, in bits that copies have in common: whether it gets darker to the right and downwards in each
//! of 8 x 8 fields ("difference hash"). Scaling and encoding again change few of them.

use crate::picture::Picture;
use crate::scale::resize;

/// Fields of a row and of a column, and one more to compare the last one with.
const SIDE: u32 = 9;
/// Differences of brightness below this (of 255) are noise.
const NOISE: i32 = 2;
/// Fewest bits that must be set and unset: a blank page looks like every other.
const FEWEST: u32 = 12;

/// The look of a picture; `None` when there is too little to see to tell it from others.
pub fn look(picture: &Picture) -> Option<u128> {
    let small = resize(picture, SIDE, SIDE);
    let channels = small.channels();
    let gray: Vec<i32> = small
        .pixels
        .chunks_exact(channels)
        .map(|pixel| match pixel {
            // Rec. 601, as JPEG has it.
            [r, g, b, ..] => {
                (299 * i32::from(*r) + 587 * i32::from(*g) + 114 * i32::from(*b)) / 1000
            }
            _ => 0,
        })
        .collect();
    let at = |x: usize, y: usize| gray.get(y * SIDE as usize + x).copied().unwrap_or(0);
    let mut bits = 0_u128;
    for y in 0..8 {
        for x in 0..8 {
            let darker_right = at(x, y) > at(x + 1, y) + NOISE;
            let darker_below = at(x, y) > at(x, y + 1) + NOISE;
            bits = (bits << 2) | (u128::from(darker_right) << 1) | u128::from(darker_below);
        }
    }
    (FEWEST..=128 - FEWEST)
        .contains(&bits.count_ones())
        .then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::ColorSpace;
    use crate::render::{RenditionFormat, RenditionSpec, render};

    /// Hills and valleys of light, other ones for each seed.
    fn picture(width: u32, height: u32, seed: u32) -> Picture {
        let seed = f64::from(seed);
        let light = |at: u32| {
            let (x, y) = (
                f64::from(at % width) / f64::from(width),
                f64::from(at / width) / f64::from(height),
            );
            let wave =
                (x * (5.0 + seed)).sin() + (y * (7.0 - seed)).cos() + (x * y * 9.0 + seed).sin();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 255"
            )]
            let light = ((wave + 3.0) * 42.0) as u8;
            [light, light / 2, 255 - light]
        };
        Picture {
            width,
            height,
            pixels: (0..width * height).flat_map(light).collect(),
            alpha: false,
            space: ColorSpace::Srgb,
        }
    }

    fn distance(one: &Picture, other: &Picture) -> u32 {
        (look(one).unwrap_or(0) ^ look(other).unwrap_or(u128::MAX)).count_ones()
    }

    #[test]
    fn copies_look_alike_and_others_do_not() {
        let original = picture(1200, 800, 1);
        assert!(distance(&original, &picture(300, 200, 1)) <= 3);
        let spec = RenditionSpec {
            size: 400,
            format: RenditionFormat::Jpeg,
            quality: 40,
            progressive: false,
        };
        let encoded = render(&original, spec, None).map(|rendition| rendition.bytes);
        let options = crate::decode::LoadOptions {
            short_side: 400,
            limits: crate::decode::Limits::native(),
            orientation: None,
            space: ColorSpace::Srgb,
        };
        let again = crate::decode::load(&encoded.unwrap_or_default(), &options);
        let again = again.unwrap_or_else(|error| panic!("{error}"));
        assert!(distance(&original, &again) <= 3, "encoded once more");
        for seed in [2, 3, 4] {
            assert!(
                distance(&original, &picture(1200, 800, seed)) > 10,
                "{seed}"
            );
        }
    }

    #[test]
    fn what_shows_nothing_has_no_look() {
        let mut blank = picture(40, 30, 1);
        blank.pixels.fill(200);
        assert_eq!(look(&blank), None);
        blank.pixels.fill(0);
        assert_eq!(look(&blank), None);
    }
}
