//! Averages blocks of k x k pixels while rows arrive, so that the full picture never exists.

use crate::image_info::{ImageInfo, MAX_FACTOR};
use crate::picture::Picture;

/// What is shown where a file ends early: grey, as libjpeg leaves it.
const MISSING: u8 = 128;

/// Collects rows and keeps the average of every `factor` x `factor` block.
pub struct Shrinker {
    width: usize,
    alpha: bool,
    factor: usize,
    out_width: usize,
    out_height: usize,
    /// Sums of one row of blocks; with alpha the colours are weighted by it.
    sums: Vec<u32>,
    rows_in_sum: usize,
    rows_left: usize,
    out: Vec<u8>,
}

impl Shrinker {
    /// For a decoder that yields rows of three or four channels.
    pub fn of(info: &ImageInfo, alpha: bool, short_side: u32) -> Self {
        Self::new(info.width, info.height, alpha, info.factor(short_side))
    }

    /// For a picture of `width` x `height` with or without alpha; `factor` 1 keeps every pixel.
    pub fn new(width: u32, height: u32, alpha: bool, factor: u32) -> Self {
        let factor = factor.clamp(1, MAX_FACTOR);
        let (out_width, out_height) = (
            width.div_ceil(factor) as usize,
            height.div_ceil(factor) as usize,
        );
        let channels = if alpha { 4 } else { 3 };
        Self {
            width: width as usize,
            alpha,
            factor: factor as usize,
            out_width,
            out_height,
            sums: if factor > 1 {
                vec![0; out_width * channels]
            } else {
                Vec::new()
            },
            rows_in_sum: 0,
            rows_left: height as usize,
            out: Vec::with_capacity(out_width * out_height * channels),
        }
    }

    /// Shrinks a picture that is already in memory, row by row without padding; it stays where it is if it keeps its size.
    pub fn whole(info: &ImageInfo, alpha: bool, short_side: u32, pixels: Vec<u8>) -> Picture {
        let row = info.width as usize * if alpha { 4 } else { 3 };
        if info.factor(short_side) == 1 && pixels.len() == row * info.height as usize {
            return Picture::packed(info.width, info.height, pixels, alpha);
        }
        let mut shrinker = Self::of(info, alpha, short_side);
        for row in pixels.chunks_exact(row.max(1)) {
            shrinker.push(row);
        }
        shrinker.finish()
    }

    fn channels(&self) -> usize {
        if self.alpha { 4 } else { 3 }
    }

    /// Takes the next row (width x channels bytes). Short rows and rows beyond the height are
    /// ignored, so a lying file cannot make the result inconsistent.
    pub fn push(&mut self, row: &[u8]) {
        let Some(row) = row
            .get(..self.width * self.channels())
            .filter(|_| self.rows_left > 0)
        else {
            return;
        };
        self.rows_left -= 1;
        if self.factor == 1 {
            self.out.extend_from_slice(row);
            return;
        }
        if self.alpha {
            self.add_weighted(row);
        } else {
            self.add(row);
        }
        self.rows_in_sum += 1;
        if self.rows_in_sum == self.factor || self.rows_left == 0 {
            self.flush();
        }
    }

    fn add(&mut self, row: &[u8]) {
        for (block, sum) in row
            .chunks(self.factor * 3)
            .zip(self.sums.chunks_exact_mut(3))
        {
            let mut total = [0_u32; 3];
            for pixel in block.chunks_exact(3) {
                for (t, p) in total.iter_mut().zip(pixel) {
                    *t += u32::from(*p);
                }
            }
            for (s, t) in sum.iter_mut().zip(total) {
                *s += t;
            }
        }
    }

    fn add_weighted(&mut self, row: &[u8]) {
        for (block, sum) in row
            .chunks(self.factor * 4)
            .zip(self.sums.chunks_exact_mut(4))
        {
            for pixel in block.chunks_exact(4) {
                if let ([r, g, b, a], [sr, sg, sb, sa]) = (pixel, &mut *sum) {
                    let a = u32::from(*a);
                    *sr += u32::from(*r) * a;
                    *sg += u32::from(*g) * a;
                    *sb += u32::from(*b) * a;
                    *sa += a;
                }
            }
        }
    }

    fn flush(&mut self) {
        let channels = self.channels();
        for (x, sum) in self.sums.chunks_exact(channels).enumerate() {
            let columns = self
                .factor
                .min(self.width - (x * self.factor).min(self.width));
            let count = u32::try_from(columns * self.rows_in_sum)
                .unwrap_or(1)
                .max(1);
            if let [r, g, b, a] = sum {
                let weight = (*a).max(1);
                self.out
                    .extend([r, g, b].map(|c| byte((*c + weight / 2) / weight)));
                self.out.push(byte((*a + count / 2) / count));
            } else {
                self.out
                    .extend(sum.iter().map(|c| byte((*c + count / 2) / count)));
            }
        }
        self.sums.fill(0);
        self.rows_in_sum = 0;
    }

    /// The shrunk picture; rows that never came are grey, or transparent with alpha.
    pub fn finish(mut self) -> Picture {
        if self.rows_in_sum > 0 {
            self.flush();
        }
        let missing = if self.alpha { 0 } else { MISSING };
        self.out
            .resize(self.out_width * self.out_height * self.channels(), missing);
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Picture::packed(
            size(self.out_width),
            size(self.out_height),
            self.out,
            self.alpha,
        )
    }
}

fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_blocks_and_ragged_edges() {
        let mut shrinker = Shrinker::new(3, 3, false, 2);
        shrinker.push(&[0, 0, 0, 10, 10, 10, 100, 100, 100]);
        shrinker.push(&[20, 20, 20, 30, 30, 30, 200, 200, 200]);
        shrinker.push(&[1, 2, 3, 3, 4, 5, 9, 9, 9]);
        let picture = shrinker.finish();
        assert_eq!((picture.width, picture.height), (2, 2));
        assert_eq!(
            picture.pixels,
            [15, 15, 15, 150, 150, 150, 2, 3, 4, 9, 9, 9]
        );
    }

    #[test]
    fn transparent_pixels_do_not_bleed_their_colour() {
        let mut shrinker = Shrinker::new(2, 1, true, 2);
        shrinker.push(&[200, 100, 50, 255, 0, 0, 0, 0]);
        assert_eq!(shrinker.finish().pixels, [200, 100, 50, 128]);
    }

    #[test]
    fn short_and_surplus_rows_do_no_harm() {
        let mut shrinker = Shrinker::new(2, 2, false, 1);
        shrinker.push(&[1, 2, 3]);
        for _ in 0..3 {
            shrinker.push(&[1, 2, 3, 4, 5, 6]);
        }
        assert_eq!(shrinker.finish().pixels.len(), 12);
        let empty = Shrinker::new(4, 4, true, 4).finish();
        assert_eq!((empty.width, empty.height, empty.pixels.len()), (1, 1, 4));
    }
}
