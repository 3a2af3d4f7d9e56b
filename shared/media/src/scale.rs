//! Sizes of renditions, and scaling to them.

use crate::picture::Picture;
use edge_resample::resample;

/// Size of a rendition: the shorter side becomes `size`, never enlarged, at least one pixel. 0 keeps any size.
pub fn fit_outside(width: u32, height: u32, size: u32) -> (u32, u32) {
    let short = width.min(height).max(1);
    if size == 0 || short <= size {
        return (width.max(1), height.max(1));
    }
    let scale = |side: u32| {
        let scaled = (u64::from(side) * u64::from(size) + u64::from(short) / 2) / u64::from(short);
        u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
    };
    (scale(width), scale(height))
}

/// Scales a picture down so that its shorter side is `size`; smaller ones stay as they are. 0 keeps any size.
///
/// Make the preview's pixels first and everything smaller from those: it saves most of the work.
pub fn scale_to(picture: Picture, size: u32) -> Picture {
    let (width, height) = fit_outside(picture.width, picture.height, size);
    if (width, height) == (picture.width, picture.height) {
        return picture;
    }
    resize(&picture, width, height)
}

/// Lanczos resampling to exactly this size; transparency is weighted in.
pub(crate) fn resize(picture: &Picture, width: u32, height: u32) -> Picture {
    let (from, to) = ((picture.width, picture.height), (width, height));
    Picture {
        width,
        height,
        pixels: resample(&picture.pixels, from, to, picture.alpha),
        ..*picture
    }
}
