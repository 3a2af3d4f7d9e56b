//! Scaling of pixels by Lanczos resampling.
//!
//! A crate of its own, because `fast_image_resize` compiles hundreds of kernels into whoever calls it, which took two thirds of the
//! time that edge-media needed, and that as often as edge-media was compiled.
mod part;

pub use part::{Filter, Part, resample_part};

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

/// What scaling holds beside its source and its result, bytes: bands of rows scaled in one direction, or weighted by alpha. Very
/// wide pictures need more.
pub const BAND: u64 = 12 << 20;

/// Rows of a band at least: each works out the weights of all columns anew.
const LEAST_ROWS: usize = 32;

/// Pixels of `from` (width, height) scaled to `to`: three bytes each (RGB), or four (RGBA) with `alpha`, by which colours are
/// weighted. Black, should `pixels` be fewer than `from` says.
pub fn resample(pixels: &[u8], from: (u32, u32), to: (u32, u32), alpha: bool) -> Vec<u8> {
    if alpha {
        resample_typed::<U8x4>(pixels, from, to, BAND)
    } else {
        resample_typed::<U8x3>(pixels, from, to, BAND)
    }
}

fn resample_typed<P: PixelTrait + InnerPixel>(
    pixels: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    band: u64,
) -> Vec<u8> {
    let row = |width: u32| width as usize * size_of::<P>();
    let mut out = vec![0; row(to.0) * to.1 as usize];
    if pixels.len() < row(from.0) * from.1 as usize || out.is_empty() || pixels.is_empty() {
        return out;
    }
    let scale = f64::from(from.1) / f64::from(to.1);
    // Lanczos reaches three pixels of the smaller picture up and down.
    let reach = 3.0 * scale.max(1.0) + 2.0;
    let rows = rows_of_band(band, row(from.0.max(to.0)), scale);
    let mut resizer = Resizer::new();
    for (n, part) in out.chunks_mut(row(to.0) * rows).enumerate() {
        let height = part.len() / row(to.0);
        let (start, end) = (n * rows, n * rows + height);
        #[expect(clippy::cast_precision_loss, reason = "rows of a picture")]
        let (top, bottom) = (start as f64 * scale, end as f64 * scale);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the height"
        )]
        let (first, last) = (
            (top - reach).floor().max(0.0) as u32,
            (bottom + reach).ceil().min(f64::from(from.1)) as u32,
        );
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .crop(
                0.0,
                top - f64::from(first),
                f64::from(from.0),
                (bottom - top).min(f64::from(last) - top),
            );
        let source = pixels.get(row(from.0) * first as usize..row(from.0) * last as usize);
        let source = TypedImageRef::<P>::from_buffer(
            from.0,
            last.saturating_sub(first),
            source.unwrap_or_default(),
        );
        let height = u32::try_from(height).unwrap_or(0);
        let target = TypedImage::<P>::from_buffer(to.0, height, part);
        if let (Ok(source), Ok(mut target)) = (source, target) {
            let done = resizer.resize_typed(&source, &mut target, &options);
            debug_assert!(done.is_ok(), "{done:?}");
            // The next band may be larger, and growing buffers are held twice.
            resizer.reset_internal_buffers();
        }
    }
    out
}

/// How many rows of the result fit a band.
fn rows_of_band(band: u64, row: usize, scale: f64) -> usize {
    let rows = usize::try_from(band).unwrap_or(usize::MAX) / row.max(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a number of rows"
    )]
    let rows = (rows as f64 / scale.max(1.0)) as usize;
    rows.max(LEAST_ROWS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_give_what_the_whole_gives() {
        let (width, height) = (301_u32, 467_u32);
        for (alpha, channels) in [(false, 3), (true, 4)] {
            let pixels: Vec<u8> = (0..width * height * channels)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 19).to_le_bytes()[0])
                .collect();
            let scaled = |band| {
                if alpha {
                    resample_typed::<U8x4>(&pixels, (width, height), (97, 151), band)
                } else {
                    resample_typed::<U8x3>(&pixels, (width, height), (97, 151), band)
                }
            };
            let (whole, bands) = (scaled(BAND), scaled(1));
            let most = whole.iter().zip(&bands).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most <= Some(1), "{alpha}: {most:?}");
        }
    }

    #[test]
    fn too_few_pixels_are_black() {
        assert_eq!(resample(&[9; 5], (4, 4), (2, 2), false), [0; 12]);
    }
}
