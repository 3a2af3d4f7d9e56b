//! Scaling of pixels by Lanczos resampling.
//!
//! A crate of its own, because `fast_image_resize` compiles hundreds of kernels into whoever calls it, which took two thirds of the
//! time that edge-media needed, and that as often as edge-media was compiled.
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

/// Pixels of `from` (width, height) scaled to `to`: three bytes each (RGB), or four (RGBA) with `alpha`, by which colours are
/// weighted. Black, should `pixels` be fewer than `from` says.
pub fn resample(pixels: &[u8], from: (u32, u32), to: (u32, u32), alpha: bool) -> Vec<u8> {
    if alpha {
        resample_typed::<U8x4>(pixels, from, to)
    } else {
        resample_typed::<U8x3>(pixels, from, to)
    }
}

fn resample_typed<P: PixelTrait + InnerPixel>(
    pixels: &[u8],
    from: (u32, u32),
    to: (u32, u32),
) -> Vec<u8> {
    let mut out = vec![0; to.0 as usize * to.1 as usize * size_of::<P>()];
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    let source = TypedImageRef::<P>::from_buffer(from.0, from.1, pixels);
    let target = TypedImage::<P>::from_buffer(to.0, to.1, &mut out);
    if let (Ok(source), Ok(mut target)) = (source, target) {
        let done = Resizer::new().resize_typed(&source, &mut target, &options);
        debug_assert!(done.is_ok());
    }
    out
}
