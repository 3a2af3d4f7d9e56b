//! Text in pictures: where lines are, and what they say.
mod boxes;
mod read;

pub use boxes::{Settings, boxes, in_reading_order};
pub use read::{Dictionary, Reading, line, read_input};

use edge_resample::Filter;

use crate::geometry::Quad;
use crate::manifest::Part;
use crate::num::{floor, round};
use crate::picture::Picture;
use crate::staged::Named;
use crate::{Error, Tensor};

/// Sides are multiples of it.
const STEP: f64 = 32.0;
/// Pictures with a shorter side are not looked at.
pub const LEAST_SIDE: u32 = 32;
/// Most pixels that text is looked for in where memory is no matter: a picture of usual proportions is seen as large as it is configured.
pub const ROOMY: u64 = 2_000_000;

/// A line of text in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Its corners in pixels of the picture.
    pub corners: Quad,
    /// How likely its pixels are text, 0 to 1.
    pub score: f64,
}

/// How large a picture is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Most pixels of the shorter side (Immich's `maxResolution`, 736).
    pub shorter: u32,
    /// Most pixels in all: memory grows with them. `shorter` squared fits a Worker.
    pub area: u64,
}

impl Resolution {
    /// The size at which a picture is looked at: never enlarged but to the next multiple of 32. `None` when it is too small to hold
    /// text.
    pub fn size(self, width: u32, height: u32) -> Option<(u32, u32)> {
        if width.min(height) < LEAST_SIDE {
            return None;
        }
        let (wide, high) = (f64::from(width), f64::from(height));
        let by_side = f64::from(self.shorter) / wide.min(high);
        #[expect(clippy::cast_precision_loss, reason = "an area of pixels")]
        let by_area = (self.area as f64 / (wide * high)).sqrt();
        let scale = by_side.min(by_area).min(1.0);
        let steps = |side: f64| round(side * scale / STEP).max(1) * floor(STEP);
        let (mut wide, mut high) = (steps(wide), steps(high));
        // Rounding up may pass the bound, and a side cannot be less than one step.
        while u64::from(wide) * u64::from(high) > self.area && wide.max(high) > floor(STEP) {
            let longer = if wide >= high { &mut wide } else { &mut high };
            *longer -= floor(STEP);
        }
        Some((wide, high))
    }
}

/// The input of the detecting part for one picture; `None` when the picture is too small to hold text. Errors: the part does not see.
pub fn detect_input(
    part: &Part,
    picture: &Picture,
    resolution: Resolution,
) -> Result<Option<Named>, Error> {
    let missing = || Error::Manifest("text detection without pixels or input".into());
    let look = part.look.as_ref().ok_or_else(missing)?;
    let input = part.inputs.first().ok_or_else(missing)?;
    let Some((width, height)) = resolution.size(picture.width(), picture.height()) else {
        return Ok(None);
    };
    let tensor = look.tensor(&picture.scaled(width, height, Filter::Lanczos))?;
    Ok(Some(Named::from([(input.name.clone(), tensor)])))
}

/// The lines that the answer of the detecting part shows in a picture of `size`, in reading order. Errors: the answer is no map.
pub fn detected(
    answers: &[Tensor],
    size: (u32, u32),
    settings: &Settings,
) -> Result<Vec<Line>, Error> {
    let map = answers
        .first()
        .ok_or_else(|| Error::Shape("no map".into()))?;
    let [1, 1, height, width] = map.shape() else {
        return Err(Error::Shape(format!("{:?} is no map", map.shape())));
    };
    let lines = boxes(map.singles()?, (*width, *height), size, settings);
    Ok(in_reading_order(lines))
}

#[cfg(test)]
#[path = "ocr_tests.rs"]
mod tests;
