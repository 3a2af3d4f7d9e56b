//! Edits of a picture: crops, turns and mirrors (api/assets.md section 12).

use crate::{decode::orient, picture::Picture};

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

/// Applies steps one after the other.
pub fn apply(picture: Picture, steps: &[Step]) -> Picture {
    steps.iter().fold(picture, |picture, step| match *step {
        Step::Crop(left, top, width, height) => crop(picture, left, top, width, height),
        Step::Rotate(90) => orient::apply(picture, 6),
        Step::Rotate(180) => orient::apply(picture, 3),
        Step::Rotate(270) => orient::apply(picture, 8),
        Step::Rotate(_) => picture,
        Step::MirrorSides => orient::apply(picture, 2),
        Step::MirrorTop => orient::apply(picture, 4),
    })
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

/// Whether a step swaps the sides, for which the picture is needed twice.
pub fn is_turned(steps: &[Step]) -> bool {
    steps
        .iter()
        .any(|step| matches!(step, Step::Rotate(90 | 270)))
}

/// The size of a picture of `width` x `height` pixels after these steps.
pub fn size(width: u32, height: u32, steps: &[Step]) -> (u32, u32) {
    steps
        .iter()
        .fold((width, height), |(width, height), step| match *step {
            Step::Crop(left, top, w, h) => (
                w.min(width.saturating_sub(left)).max(1),
                h.min(height.saturating_sub(top)).max(1),
            ),
            Step::Rotate(90 | 270) => (height, width),
            Step::Rotate(_) | Step::MirrorSides | Step::MirrorTop => (width, height),
        })
}

/// Moves the rows to the front, so nothing is allocated.
fn crop(mut picture: Picture, left: u32, top: u32, width: u32, height: u32) -> Picture {
    let (left, top) = (
        left.min(picture.width.saturating_sub(1)),
        top.min(picture.height.saturating_sub(1)),
    );
    let (width, height) = (
        width.clamp(1, (picture.width - left).max(1)),
        height.clamp(1, (picture.height - top).max(1)),
    );
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

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(width: u32, height: u32, text: &str) -> Picture {
        Picture::packed(
            width,
            height,
            text.bytes().flat_map(|byte| [byte; 3]).collect(),
            false,
        )
    }

    /// AB / CD / EF, edited.
    fn edited(steps: &[Step]) -> (u32, u32, String) {
        let picture = apply(letters(2, 3, "ABCDEF"), steps);
        assert_eq!((picture.width, picture.height), size(2, 3, steps));
        let text = picture.pixels.chunks(3).map(|pixel| char::from(pixel[0]));
        (picture.width, picture.height, text.collect())
    }

    #[test]
    fn steps_follow_each_other() {
        let text = |text: &str| text.to_owned();
        assert_eq!(edited(&[]), (2, 3, text("ABCDEF")));
        assert_eq!(edited(&[Step::Crop(0, 1, 2, 2)]), (2, 2, text("CDEF")));
        assert_eq!(edited(&[Step::Crop(1, 0, 1, 2)]), (1, 2, text("BD")));
        assert_eq!(edited(&[Step::Rotate(90)]), (3, 2, text("ECAFDB")));
        assert_eq!(edited(&[Step::Rotate(180)]), (2, 3, text("FEDCBA")));
        assert_eq!(edited(&[Step::Rotate(270)]), (3, 2, text("BDFACE")));
        assert_eq!(edited(&[Step::MirrorSides]), (2, 3, text("BADCFE")));
        assert_eq!(edited(&[Step::MirrorTop]), (2, 3, text("EFCDAB")));
        assert_eq!(
            edited(&[Step::Crop(0, 1, 2, 2), Step::Rotate(90), Step::MirrorSides]),
            (2, 2, text("CEDF"))
        );
        assert_eq!(edited(&[Step::Crop(1, 2, 100, 100)]), (1, 1, text("F")));
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
