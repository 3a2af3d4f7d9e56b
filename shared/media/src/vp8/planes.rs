//! Pictures as VP8 sees them: a plane of light and two of colour at half the size, in whole macroblocks.

/// Planes whose sides are multiples of a macroblock: 16 luma, 8 chroma samples.
pub struct Planes {
    /// Macroblocks in a row.
    pub across: usize,
    /// Rows of macroblocks.
    pub down: usize,
    /// Luma in rows of `across * 16`; then blue and red difference in rows of `across * 8`.
    pub samples: [Vec<u8>; 3],
}

const FIX: i32 = 16;

impl Planes {
    /// Black planes for a picture of these sides.
    pub fn new(width: usize, height: usize) -> Self {
        let (across, down) = (width.div_ceil(16), height.div_ceil(16));
        let plane = |side: usize| vec![0; across * down * side * side];
        Self {
            across,
            down,
            samples: [plane(16), plane(8), plane(8)],
        }
    }

    /// Converts `width` x `height` pixels of `channels` bytes (3, or 4 with alpha). The last column and row are repeated to the
    /// end of their macroblocks, so that they are coded as what they are.
    pub fn convert(pixels: &[u8], width: usize, height: usize, channels: usize) -> Self {
        let mut planes = Self::new(width, height);
        let [luma, blue, red] = &mut planes.samples;
        let row = |y: usize| {
            let row = pixels.chunks_exact(width * channels).nth(y.min(height - 1));
            row.unwrap_or_default()
        };
        for (y, line) in luma.chunks_exact_mut(planes.across * 16).enumerate() {
            let mut last = 0;
            let mut source = row(y).chunks_exact(channels);
            for target in line {
                last = source.next().map_or(last, light);
                *target = last;
            }
        }
        let half = planes.across * 8;
        let lines = blue.chunks_exact_mut(half).zip(red.chunks_exact_mut(half));
        for (y, (blue, red)) in lines.enumerate() {
            let mut upper = row(y * 2).chunks_exact(channels);
            let mut lower = row(y * 2 + 1).chunks_exact(channels);
            let (mut last_upper, mut last_lower): (&[u8], &[u8]) = (&[], &[]);
            for (blue, red) in blue.iter_mut().zip(red) {
                let mut four: [&[u8]; 4] = [&[]; 4];
                for [up, down] in four.as_chunks_mut::<2>().0 {
                    last_upper = upper.next().unwrap_or(last_upper);
                    last_lower = lower.next().unwrap_or(last_lower);
                    (*up, *down) = (last_upper, last_lower);
                }
                [*blue, *red] = colour(four);
            }
        }
        planes
    }
}

/// Luma of a pixel, 16 to 235 (BT.601).
fn light(pixel: &[u8]) -> u8 {
    let [r, g, b] = rgb(pixel);
    byte((16_839 * r + 33_059 * g + 6_420 * b + (16 << FIX) + (1 << (FIX - 1))) >> FIX)
}

/// Blue and red difference of four pixels. Pixels weigh as much as they can be seen: what is transparent must not tint the rest.
fn colour(four: [&[u8]; 4]) -> [u8; 2] {
    let mut sum = [0; 3];
    let mut weight = 0;
    for pixel in four {
        let alpha = pixel.get(3).map_or(255, |a| i32::from(*a));
        weight += alpha;
        for (s, c) in sum.iter_mut().zip(rgb(pixel)) {
            *s += c * alpha;
        }
    }
    let mean = |s: i32, scale: i32| (s * scale + weight / 2) / weight.max(1);
    // the mean of four pixels, in quarters
    let [r, g, b] = sum.map(|s| mean(s, 4));
    let middle = (128 << (FIX + 2)) + (1 << (FIX + 1));
    [
        byte((-9_719 * r - 19_081 * g + 28_800 * b + middle) >> (FIX + 2)),
        byte((28_800 * r - 24_116 * g - 4_684 * b + middle) >> (FIX + 2)),
    ]
}

fn rgb(pixel: &[u8]) -> [i32; 3] {
    [0, 1, 2].map(|i| pixel.get(i).map_or(0, |c| i32::from(*c)))
}

/// A sample clamped to a byte.
pub fn byte(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or(0)
}
