//! Turns pixels upright by EXIF orientation.

use crate::picture::Picture;

/// Applies an EXIF orientation (1 to 8; anything else does nothing).
pub fn apply(picture: Picture, orientation: u8) -> Picture {
    match orientation {
        2 => flip_horizontal(picture),
        3 => rotate_180(picture),
        4 => flip_vertical(picture),
        // transposition, then what is left of the turn
        5 => transpose(&picture),
        6 => flip_horizontal(transpose(&picture)),
        7 => rotate_180(transpose(&picture)),
        8 => flip_vertical(transpose(&picture)),
        _ => picture,
    }
}

fn row_len(picture: &Picture) -> usize {
    (picture.width as usize * picture.channels()).max(1)
}

fn flip_vertical(mut picture: Picture) -> Picture {
    let row = row_len(&picture);
    let half = (picture.height as usize / 2 * row).min(picture.pixels.len());
    let (top, bottom) = picture.pixels.split_at_mut(half);
    for (a, b) in top
        .chunks_exact_mut(row)
        .zip(bottom.chunks_exact_mut(row).rev())
    {
        a.swap_with_slice(b);
    }
    picture
}

fn flip_horizontal(mut picture: Picture) -> Picture {
    let (row, channels) = (row_len(&picture), picture.channels());
    for line in picture.pixels.chunks_exact_mut(row) {
        reverse_pixels(line, channels);
    }
    picture
}

fn rotate_180(mut picture: Picture) -> Picture {
    let channels = picture.channels();
    reverse_pixels(&mut picture.pixels, channels);
    picture
}

fn reverse_pixels(line: &mut [u8], channels: usize) {
    line.reverse();
    for pixel in line.chunks_exact_mut(channels) {
        pixel.reverse();
    }
}

/// Mirrors at the main diagonal. Works in squares of 32 pixels to stay in the cache.
fn transpose(picture: &Picture) -> Picture {
    const BLOCK: usize = 32;
    let channels = picture.channels();
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut pixels = vec![0; picture.pixels.len()];
    for (block, rows) in picture.pixels.chunks(row_len(picture) * BLOCK).enumerate() {
        for x0 in (0..width).step_by(BLOCK) {
            for (dy, row) in rows.chunks_exact(row_len(picture)).enumerate() {
                let y = block * BLOCK + dy;
                for (x, pixel) in row.chunks_exact(channels).enumerate().skip(x0).take(BLOCK) {
                    let at = (x * height + y) * channels;
                    if let Some(target) = pixels.get_mut(at..at + channels) {
                        target.copy_from_slice(pixel);
                    }
                }
            }
        }
    }
    Picture {
        width: picture.height,
        height: picture.width,
        pixels,
        ..*picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The EXIF specification by example: the stored rows of the letter grid AB / CD / EF.
    #[test]
    fn all_eight_orientations() {
        let expected: [(u8, (u32, u32), &str); 8] = [
            (1, (2, 3), "ABCDEF"),
            (2, (2, 3), "BADCFE"),
            (3, (2, 3), "FEDCBA"),
            (4, (2, 3), "EFCDAB"),
            (5, (3, 2), "ACEBDF"),
            (6, (3, 2), "ECAFDB"),
            (7, (3, 2), "FDBECA"),
            (8, (3, 2), "BDFACE"),
        ];
        for (orientation, size, letters) in expected {
            let source = "ABCDEF".bytes().flat_map(|b| [b; 3]).collect();
            let turned = apply(Picture::packed(2, 3, source, false), orientation);
            let want: Vec<u8> = letters.bytes().flat_map(|b| [b; 3]).collect();
            assert_eq!((turned.width, turned.height), size, "{orientation}");
            assert_eq!(turned.pixels, want, "{orientation}");
        }
    }
}
