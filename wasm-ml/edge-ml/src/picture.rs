//! Pictures, and what their pixels become before a network.
use edge_resample::{Filter, Part, resample, resample_part};
use serde::{Deserialize, Serialize};

use crate::num::{floor, round, single};
use crate::{Error, Tensor};

/// Longest side of a picture, pixels: previews are far smaller.
pub const MOST_SIDE: u32 = 65_535;

/// Rows of RGB pixels, three bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    /// A picture of these pixels. Errors: none at all, a side of more than [`MOST_SIDE`], or not as many bytes as the sides say.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, Error> {
        let sides = 1..=MOST_SIDE;
        let bytes = u64::from(width) * u64::from(height) * 3;
        if !sides.contains(&width) || !sides.contains(&height) || rgb.len() as u64 != bytes {
            let length = rgb.len();
            return Err(Error::Shape(format!(
                "{width} x {height} pixels in {length} bytes"
            )));
        }
        Ok(Self { width, height, rgb })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Its pixels.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The pixel at `x` and `y`, or the one at the edge that is next to it.
    pub fn at(&self, x: i64, y: i64) -> [u8; 3] {
        let inside = |value: i64, side: u32| {
            usize::try_from(value.clamp(0, i64::from(side) - 1)).unwrap_or(0)
        };
        let index = (inside(y, self.height) * self.width as usize + inside(x, self.width)) * 3;
        self.rgb
            .get(index..index + 3)
            .and_then(|pixel| pixel.try_into().ok())
            .unwrap_or_default()
    }

    /// Whether this is a pixel of it.
    pub fn has(&self, x: i64, y: i64) -> bool {
        (0..i64::from(self.width)).contains(&x) && (0..i64::from(self.height)).contains(&y)
    }

    /// The whole scaled to `width` and `height`.
    #[must_use]
    pub fn scaled(&self, width: u32, height: u32, filter: Filter) -> Self {
        let (from, to) = ((self.width, self.height), (width.max(1), height.max(1)));
        let rgb = match filter {
            // In bands, because what is read is large.
            Filter::Lanczos => resample(&self.rgb, from, to, false),
            _ => resample_part(&self.rgb, from, self.whole(), to, filter),
        };
        Self {
            width: to.0,
            height: to.1,
            rgb,
        }
    }

    fn whole(&self) -> Part {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        Part {
            left: 0.0,
            top: 0.0,
            width,
            height,
        }
    }
}

/// The order of colours that a network was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Red first.
    Rgb,
    /// Blue first, as OpenCV reads pictures.
    Bgr,
}

/// How a picture becomes as large as the network wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// The shorter side scaled, the middle cut out (CLIP).
    Crop,
    /// Both sides scaled, whatever becomes of the proportions (SigLIP).
    Squash,
    /// The longer side scaled, the rest at the right and below black (faces).
    Letterbox,
    /// As it is.
    None,
}

/// What pixels become before a network: numbers of 0 to 255, less `mean`, divided by `deviation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Width that the network wants; 0 when any will do.
    pub width: u32,
    /// Height that the network wants; 0 when any will do.
    pub height: u32,
    /// How the picture becomes that large.
    pub fit: Fit,
    /// The order of colours.
    pub order: Order,
    /// What is subtracted, for each colour in that order.
    pub mean: [f32; 3],
    /// What is divided by, for each colour in that order.
    pub deviation: [f32; 3],
}

impl Look {
    /// Errors: a size over 4096, or a division by nothing.
    pub fn check(&self) -> Result<(), Error> {
        let numbers = self.mean.iter().chain(&self.deviation);
        let fine =
            numbers.into_iter().all(|x| x.is_finite()) && self.deviation.iter().all(|x| *x != 0.0);
        let sized = self.fit == Fit::None || (self.width > 0 && self.height > 0);
        if !fine || !sized || self.width.max(self.height) > 4096 {
            return Err(Error::Manifest("pixels cannot become what it says".into()));
        }
        Ok(())
    }

    /// The picture as the network wants it, and how many of the network's pixels one of the picture is.
    pub fn fitted(&self, picture: &Picture) -> (Picture, f64) {
        match self.fit {
            Fit::Crop => (self.cropped(picture), 1.0),
            Fit::Squash => (
                picture.scaled(self.width, self.height, Filter::Bicubic),
                1.0,
            ),
            Fit::Letterbox => self.letterbox(picture),
            Fit::None => (picture.clone(), 1.0),
        }
    }

    /// The tensor of one picture, 1 x 3 x height x width, of the size it has.
    pub fn tensor(&self, picture: &Picture) -> Result<Tensor, Error> {
        let area = picture.width as usize * picture.height as usize;
        let mut numbers = Vec::with_capacity(area * 3);
        for (index, (mean, deviation)) in self.mean.iter().zip(&self.deviation).enumerate() {
            let channel = match self.order {
                Order::Rgb => index,
                Order::Bgr => 2 - index,
            };
            let values = picture.rgb.iter().skip(channel).step_by(3);
            numbers.extend(values.map(|value| (f32::from(*value) - mean) / deviation));
        }
        Tensor::f32(
            [1, 3, picture.height as usize, picture.width as usize],
            numbers,
        )
    }

    /// Shorter side to the wanted size by cubic resampling, the longer one rounded down, the middle of it. The part that will be left
    /// is the only one that is scaled: a picture of 30,000 x 1 would be 6.7 million pixels wide.
    fn cropped(&self, picture: &Picture) -> Picture {
        let (width, height) = (f64::from(picture.width), f64::from(picture.height));
        let side = self.width.min(self.height);
        let (scaled_width, scaled_height) = if picture.width < picture.height {
            (side, floor(height / width * f64::from(side)))
        } else {
            (floor(width / height * f64::from(side)), side)
        };
        let (per_x, per_y) = (
            width / f64::from(scaled_width),
            height / f64::from(scaled_height),
        );
        let part = Part {
            left: f64::from((scaled_width - side) / 2) * per_x,
            top: f64::from((scaled_height - side) / 2) * per_y,
            width: f64::from(side) * per_x,
            height: f64::from(side) * per_y,
        };
        let rgb = resample_part(
            &picture.rgb,
            (picture.width, picture.height),
            part,
            (side, side),
            Filter::Bicubic,
        );
        Picture {
            width: side,
            height: side,
            rgb,
        }
    }

    fn letterbox(&self, picture: &Picture) -> (Picture, f64) {
        let (width, height) = (f64::from(picture.width), f64::from(picture.height));
        let (wanted_width, wanted_height) = (f64::from(self.width), f64::from(self.height));
        let (inner_width, inner_height) = if height / width > wanted_height / wanted_width {
            (floor(wanted_height * width / height).max(1), self.height)
        } else {
            (self.width, floor(wanted_width * height / width).max(1))
        };
        let inner = picture.scaled(inner_width, inner_height, Filter::Nearest4);
        let row = self.width as usize * 3;
        let mut rgb = vec![0; row * self.height as usize];
        for (to, from) in rgb
            .chunks_mut(row)
            .zip(inner.rgb.chunks(inner_width as usize * 3))
        {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        let boxed = Picture {
            width: self.width,
            height: self.height,
            rgb,
        };
        (boxed, f64::from(inner_height) / height)
    }
}

/// A cubic through four pixels in a row as OpenCV's (a = -0.75): their weights for `x` between the middle two.
fn cubic(x: f64) -> [f64; 4] {
    const A: f64 = -0.75;
    let near = |x: f64| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [far(x + 1.0), near(x), near(1.0 - x), far(2.0 - x)]
}

/// What lies beside a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Black, with two pixels between pixels.
    Black,
    /// The pixel next to it, with four pixels between pixels.
    Edge,
}

/// A picture whose pixels are those of `picture` at `place` of their own coordinates (pixel centres are whole numbers).
pub fn warp(
    picture: &Picture,
    width: u32,
    height: u32,
    outside: Outside,
    place: impl Fn(f64, f64) -> (f64, f64),
) -> Picture {
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = place(f64::from(x), f64::from(y));
            let colours = match outside {
                Outside::Black => bilinear(picture, u, v),
                Outside::Edge => bicubic(picture, u, v),
            };
            rgb.extend(colours.map(|colour| u8::try_from(round(colour)).unwrap_or(u8::MAX)));
        }
    }
    Picture { width, height, rgb }
}

/// Whole part and rest of a coordinate; far outside for what is none.
#[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
fn parts(x: f64) -> (i64, f64) {
    let x = if x.is_finite() {
        x.clamp(-1e6, 1e6)
    } else {
        -1e6
    };
    (x.floor() as i64, x - x.floor())
}

fn bilinear(picture: &Picture, u: f64, v: f64) -> [f64; 3] {
    let ((x, right), (y, below)) = (parts(u), parts(v));
    let mut sum = [0.0; 3];
    for (dx, dy, weight) in [
        (0, 0, (1.0 - right) * (1.0 - below)),
        (1, 0, right * (1.0 - below)),
        (0, 1, (1.0 - right) * below),
        (1, 1, right * below),
    ] {
        if picture.has(x + dx, y + dy) {
            add(&mut sum, picture.at(x + dx, y + dy), weight);
        }
    }
    sum
}

fn bicubic(picture: &Picture, u: f64, v: f64) -> [f64; 3] {
    let ((x, right), (y, below)) = (parts(u), parts(v));
    let mut sum = [0.0; 3];
    for (down, of_row) in (-1..).zip(cubic(below)) {
        for (along, of_column) in (-1..).zip(cubic(right)) {
            add(
                &mut sum,
                picture.at(x + along, y + down),
                of_row * of_column,
            );
        }
    }
    sum.map(|colour| colour.clamp(0.0, 255.0))
}

fn add(sum: &mut [f64; 3], pixel: [u8; 3], weight: f64) {
    for (sum, value) in sum.iter_mut().zip(pixel) {
        *sum += f64::from(value) * weight;
    }
}

/// Means and deviations of numbers of 0 to 1 as they are for bytes.
pub fn of_bytes(mean: [f64; 3], deviation: [f64; 3]) -> ([f32; 3], [f32; 3]) {
    let bytes = |values: [f64; 3]| values.map(|value| single(value * 255.0));
    (bytes(mean), bytes(deviation))
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
