//! A part of a picture scaled as models expect their input, each after the library with which it was trained.
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// How pixels between pixels come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Lanczos over three pixels of the smaller picture, as Pillow's `LANCZOS`.
    Lanczos,
    /// Cubic with a = -0.5 over two pixels of the smaller picture, as Pillow's `BICUBIC`.
    Bicubic,
    /// Between the nearest pixels, however much smaller the result is, as OpenCV's `INTER_LINEAR`.
    Nearest4,
}

impl Filter {
    fn algorithm(self) -> ResizeAlg {
        match self {
            Self::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
            Self::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Self::Nearest4 => ResizeAlg::Interpolation(FilterType::Bilinear),
        }
    }
}

/// A rectangle of a picture, in its pixels and parts of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// `part` of the RGB `pixels` of a picture of `from` (width, height), scaled to `to`. Pixels beside the part take part in what is
/// at its edges, so that the result is what a scaled and then cropped picture would be. Black, should `pixels` be fewer than
/// `from` says or `part` reach outside.
pub fn resample_part(
    pixels: &[u8],
    from: (u32, u32),
    part: Part,
    to: (u32, u32),
    filter: Filter,
) -> Vec<u8> {
    let mut out = vec![0; to.0 as usize * to.1 as usize * 3];
    let options = ResizeOptions::new().resize_alg(filter.algorithm()).crop(
        part.left,
        part.top,
        part.width,
        part.height,
    );
    let source = TypedImageRef::<U8x3>::from_buffer(from.0, from.1, pixels);
    let target = TypedImage::<U8x3>::from_buffer(to.0, to.1, &mut out);
    let done = match (source, target) {
        (Ok(source), Ok(mut target)) => Resizer::new()
            .resize_typed(&source, &mut target, &options)
            .is_ok(),
        _ => false,
    };
    if !done {
        out.fill(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_the_whole_has_there() {
        let (width, height) = (90_u32, 60_u32);
        let pixels: Vec<u8> = (0..width * height * 3)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 19).to_le_bytes()[0])
            .collect();
        let rectangle = |left, top, width, height| Part {
            left,
            top,
            width,
            height,
        };
        for filter in [Filter::Lanczos, Filter::Bicubic, Filter::Nearest4] {
            let whole = resample_part(
                &pixels,
                (width, height),
                rectangle(0.0, 0.0, 90.0, 60.0),
                (30, 20),
                filter,
            );
            let part = resample_part(
                &pixels,
                (width, height),
                rectangle(15.0, 0.0, 60.0, 60.0),
                (20, 20),
                filter,
            );
            for row in 0..20 {
                let expected = &whole[(row * 30 + 5) * 3..(row * 30 + 25) * 3];
                let most = part[row * 60..row * 60 + 60]
                    .iter()
                    .zip(expected)
                    .map(|(a, b)| a.abs_diff(*b))
                    .max();
                assert!(most <= Some(1), "{filter:?}, row {row}: {most:?}");
            }
        }
    }

    #[test]
    fn what_is_not_there_is_black() {
        let part = Part {
            left: 3.0,
            top: 0.0,
            width: 4.0,
            height: 4.0,
        };
        for (pixels, from) in [(&[9; 48][..], (4, 4)), (&[9; 5], (4, 4)), (&[], (0, 0))] {
            assert_eq!(
                resample_part(pixels, from, part, (2, 1), Filter::Bicubic),
                [0; 6]
            );
        }
    }
}
