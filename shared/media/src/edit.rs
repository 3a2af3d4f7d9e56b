//! Edits of a picture: crops, turns and mirrors (api/assets.md section 12).
//!
//! A crop moves pixels within their buffer, and everything else is a [`View`] that reads them in another order: a large picture is
//! never in memory twice.

use crate::picture::Picture;
use edge_api::assets::AssetEdit;
use edge_api::enums::MirrorAxis;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Keeps a rectangle: left, top, width, height in pixels. What lies outside the picture is not there.
    Crop(u32, u32, u32, u32),
    /// Turns by so many degrees clockwise; others than 90, 180 and 270 do nothing.
    Rotate(u32),
    /// Swaps left and right.
    MirrorSides,
    /// Turns upside down, as a mirror does.
    MirrorTop,
}

impl Step {
    /// An edit of the API; `None`: numbers that no picture has.
    pub fn of(edit: &AssetEdit) -> Option<Self> {
        let pixels = |number: i64| u32::try_from(number).ok();
        Some(match edit {
            AssetEdit::Crop(crop) => Self::Crop(
                pixels(crop.x)?,
                pixels(crop.y)?,
                pixels(crop.width)?,
                pixels(crop.height)?,
            ),
            AssetEdit::Rotate(rotate) => Self::Rotate(pixels(rotate.angle)?),
            AssetEdit::Mirror(mirror) => match mirror.axis {
                MirrorAxis::Horizontal => Self::MirrorSides,
                MirrorAxis::Vertical => Self::MirrorTop,
            },
        })
    }
}

/// The steps for the same picture in another size: from `from` to `to`, width and height in pixels. At least one pixel is kept.
pub fn scaled(steps: &[Step], from: (u32, u32), to: (u32, u32)) -> Vec<Step> {
    let side = |start: u32, length: u32, from: u32, to: u32| {
        let at = |pixel: u64| {
            let (from, to) = (u64::from(from.max(1)), u64::from(to));
            u32::try_from((pixel * to + from / 2) / from).unwrap_or(u32::MAX)
        };
        let left = at(start.into()).min(to.saturating_sub(1));
        let right = at(u64::from(start) + u64::from(length));
        (left, right.saturating_sub(left).max(1))
    };
    let step = |step: &Step| match *step {
        Step::Crop(left, top, width, height) => {
            let (left, width) = side(left, width, from.0, to.0);
            let (top, height) = side(top, height, from.1, to.1);
            Step::Crop(left, top, width, height)
        }
        other => other,
    };
    steps.iter().map(step).collect()
}

/// What is kept of `length` pixels from `start` on, of a side: at least one.
fn kept(start: u32, length: u32, side: u32) -> (u32, u32) {
    let start = start.min(side.saturating_sub(1));
    (start, length.clamp(1, (side - start).max(1)))
}

/// The size of a picture of `width` x `height` pixels after these steps.
pub fn size(width: u32, height: u32, steps: &[Step]) -> (u32, u32) {
    let after = |(width, height): (u32, u32), step: &Step| match *step {
        Step::Crop(left, top, w, h) => (kept(left, w, width).1, kept(top, h, height).1),
        Step::Rotate(90 | 270) => (height, width),
        Step::Rotate(_) | Step::MirrorSides | Step::MirrorTop => (width, height),
    };
    steps.iter().fold((width, height), after)
}

/// Keeps a rectangle as [`Step::Crop`] does. Rows move to the front of the same buffer.
pub fn crop(mut picture: Picture, left: u32, top: u32, width: u32, height: u32) -> Picture {
    let (left, width) = kept(left, width, picture.width);
    let (top, height) = kept(top, height, picture.height);
    let channels = picture.channels();
    let (row, kept) = (picture.width as usize * channels, width as usize * channels);
    for line in 0..height as usize {
        let from = (top as usize + line) * row + left as usize * channels;
        if from + kept <= picture.pixels.len() {
            picture.pixels.copy_within(from..from + kept, line * kept);
        }
    }
    picture.pixels.truncate(height as usize * kept);
    picture.pixels.shrink_to_fit();
    Picture {
        width,
        height,
        ..picture
    }
}

/// Does the crop that the steps begin with, if they do, and gives those that are left for a [`View`]: it may be made smaller before.
pub fn begun(picture: Picture, steps: &[Step]) -> (Picture, &[Step]) {
    match steps {
        [Step::Crop(left, top, width, height), rest @ ..] => {
            (crop(picture, *left, *top, *width, *height), rest)
        }
        _ => (picture, steps),
    }
}

/// A picture as it looks after some steps, without a copy.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    picture: &'a Picture,
    width: u32,
    height: u32,
    /// The pixel at the left of the top row.
    origin: i64,
    /// From a pixel to the one on its right.
    across: i64,
    /// From a pixel to the one below.
    down: i64,
}

impl<'a> View<'a> {
    /// After these steps.
    pub fn of(picture: &'a Picture, steps: &[Step]) -> Self {
        let whole = Self {
            picture,
            width: picture.width,
            height: picture.height,
            origin: 0,
            across: 1,
            down: i64::from(picture.width),
        };
        steps.iter().fold(whole, Self::after)
    }

    fn after(self, step: &Step) -> Self {
        let right = self.origin + (i64::from(self.width) - 1) * self.across;
        let bottom = self.origin + (i64::from(self.height) - 1) * self.down;
        let (width, height) = size(self.width, self.height, &[*step]);
        let turned = Self {
            width,
            height,
            ..self
        };
        match *step {
            Step::Crop(left, top, ..) => {
                let (left, _) = kept(left, 1, self.width);
                let (top, _) = kept(top, 1, self.height);
                Self {
                    origin: self.origin
                        + i64::from(left) * self.across
                        + i64::from(top) * self.down,
                    ..turned
                }
            }
            Step::Rotate(90) => Self {
                origin: bottom,
                across: -self.down,
                down: self.across,
                ..turned
            },
            Step::Rotate(180) => self.after(&Step::MirrorSides).after(&Step::MirrorTop),
            Step::Rotate(270) => Self {
                origin: right,
                across: self.down,
                down: -self.across,
                ..turned
            },
            Step::Rotate(_) => self,
            Step::MirrorSides => Self {
                origin: right,
                across: -self.across,
                ..turned
            },
            Step::MirrorTop => Self {
                origin: bottom,
                down: -self.down,
                ..turned
            },
        }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Whether the picture is seen as it is.
    pub(crate) fn is_whole(&self) -> bool {
        let size = (self.picture.width, self.picture.height);
        (self.width, self.height) == size
            && (self.origin, self.across) == (0, 1)
            && self.down == i64::from(size.0)
    }

    /// The picture that is looked at.
    pub(crate) fn picture(&self) -> &'a Picture {
        self.picture
    }

    /// The pixels of a row from left to right, 3 or 4 bytes each.
    pub(crate) fn row(&self, row: u32) -> impl Iterator<Item = &'a [u8]> {
        let channels = self.picture.channels();
        let pixels = &self.picture.pixels;
        let start = self.origin + i64::from(row) * self.down;
        let across = self.across;
        (0..i64::from(self.width)).filter_map(move |column| {
            let at = usize::try_from(start + column * across).ok()? * channels;
            pixels.get(at..at + channels)
        })
    }

    /// A copy.
    pub fn to_picture(&self) -> Picture {
        let bytes = self.width as usize * self.height as usize * self.picture.channels();
        let mut pixels = Vec::with_capacity(bytes);
        for row in 0..self.height {
            self.row(row)
                .for_each(|pixel| pixels.extend_from_slice(pixel));
        }
        Picture {
            width: self.width,
            height: self.height,
            pixels,
            ..*self.picture
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::assets::{Crop, Mirror, Rotate};

    fn letters(width: u32, height: u32, text: &str) -> Picture {
        let pixels = text.bytes().flat_map(|byte| [byte; 3]).collect();
        Picture::packed(width, height, pixels, false)
    }

    fn text(picture: &Picture) -> String {
        let pixels = picture.pixels.chunks(3);
        pixels.map(|pixel| char::from(pixel[0])).collect()
    }

    /// AB / CD / EF, edited.
    fn edited(steps: &[Step]) -> (u32, u32, String) {
        let original = letters(2, 3, "ABCDEF");
        let picture = View::of(&original, steps).to_picture();
        assert_eq!((picture.width, picture.height), size(2, 3, steps));
        let (cropped, turns) = begun(original, steps);
        assert_eq!(View::of(&cropped, turns).to_picture(), picture);
        (picture.width, picture.height, text(&picture))
    }

    #[test]
    fn steps_follow_each_other() {
        let crop = Step::Crop(0, 1, 2, 2);
        for (steps, width, height, wanted) in [
            (vec![], 2, 3, "ABCDEF"),
            (vec![crop], 2, 2, "CDEF"),
            (vec![Step::Crop(1, 0, 1, 2)], 1, 2, "BD"),
            (vec![Step::Crop(1, 2, 100, 100)], 1, 1, "F"),
            (vec![Step::Rotate(0)], 2, 3, "ABCDEF"),
            (vec![Step::Rotate(90)], 3, 2, "ECAFDB"),
            (vec![Step::Rotate(180)], 2, 3, "FEDCBA"),
            (vec![Step::Rotate(270)], 3, 2, "BDFACE"),
            (vec![Step::MirrorSides], 2, 3, "BADCFE"),
            (vec![Step::MirrorTop], 2, 3, "EFCDAB"),
            (
                vec![crop, Step::Rotate(90), Step::MirrorSides],
                2,
                2,
                "CEDF",
            ),
            (vec![Step::MirrorTop, Step::Rotate(270)], 3, 2, "FDBECA"),
            (vec![Step::Rotate(90), Step::Crop(1, 0, 2, 1)], 2, 1, "CA"),
        ] {
            assert_eq!(
                edited(&steps),
                (width, height, wanted.to_owned()),
                "{steps:?}"
            );
        }
    }

    #[test]
    fn steps_are_those_of_the_request() {
        let crop = AssetEdit::Crop(Crop {
            x: 1,
            y: 2,
            width: 3,
            height: 4,
        });
        assert_eq!(Step::of(&crop), Some(Step::Crop(1, 2, 3, 4)));
        assert_eq!(
            Step::of(&AssetEdit::Rotate(Rotate { angle: 270 })),
            Some(Step::Rotate(270))
        );
        for (axis, wanted) in [
            (MirrorAxis::Horizontal, Step::MirrorSides),
            (MirrorAxis::Vertical, Step::MirrorTop),
        ] {
            assert_eq!(Step::of(&AssetEdit::Mirror(Mirror { axis })), Some(wanted));
        }
    }

    #[test]
    fn crops_follow_the_size_of_the_picture() {
        let to = |step| scaled(&[step], (4000, 3000), (400, 300));
        assert_eq!(
            to(Step::Crop(100, 200, 2000, 1500)),
            [Step::Crop(10, 20, 200, 150)]
        );
        assert_eq!(
            to(Step::Crop(3999, 2999, 1, 1)),
            [Step::Crop(399, 299, 1, 1)]
        );
        assert_eq!(
            to(Step::Crop(0, 0, 4000, 3000)),
            [Step::Crop(0, 0, 400, 300)]
        );
        assert_eq!(to(Step::Rotate(90)), [Step::Rotate(90)]);
    }
}
