//! The thumbhash of a picture: some 25 bytes that show a blurred placeholder
//! (api/assets.md section 9, api/jobs-ml.md section 4).

use crate::picture::Picture;
use crate::scale::resize;

/// Longest side a thumbhash is made from, pixels.
const SIDE: u32 = 100;

/// Fits the picture into 100 x 100 and hashes it as RGBA. The API shows the bytes as base64.
pub fn thumbhash(picture: &Picture) -> Vec<u8> {
    let longest = picture.width.max(picture.height).max(1);
    let fit = |side: u32| {
        if longest <= SIDE {
            side.max(1)
        } else {
            (side * SIDE).div_ceil(longest).clamp(1, SIDE)
        }
    };
    let small = resize(picture, fit(picture.width), fit(picture.height));
    let rgba = if small.alpha {
        small.pixels
    } else {
        small
            .pixels
            .as_chunks::<3>()
            .0
            .iter()
            .flat_map(|[r, g, b]| [*r, *g, *b, 255])
            .collect()
    };
    thumbhash::rgba_to_thumb_hash(small.width as usize, small.height as usize, &rgba)
}
