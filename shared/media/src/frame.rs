//! A picture in a box that somebody asks for: fitted into it, or filling it (docs/transformations.md).

use crate::{edit::crop, picture::Picture, scale::resize};

/// The box. A side that is not given follows from the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Widest, pixels.
    pub width: Option<u32>,
    /// Highest, pixels.
    pub height: Option<u32>,
    /// Fill the box, where both sides are given, and cut off what is beyond it.
    pub is_cover: bool,
}

/// What a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fitted {
    /// Size to which all of it is scaled, pixels.
    pub scaled: (u32, u32),
    /// Size of the part in the middle that is kept, pixels.
    pub kept: (u32, u32),
}

impl Fitted {
    /// The shorter side to which all of the picture is scaled, pixels.
    pub fn short_side(self) -> u32 {
        self.scaled.0.min(self.scaled.1)
    }
}

/// How a picture of this size comes into a box. It is never enlarged: a box with a larger side keeps its proportions.
pub fn fit(size: (u32, u32), frame: Frame) -> Fitted {
    let (width, height) = (f64::from(size.0.max(1)), f64::from(size.1.max(1)));
    let part = |side: Option<u32>, of: f64| side.map(|side| f64::from(side.max(1)) / of);
    let (across, down) = (part(frame.width, width), part(frame.height, height));
    let scale = match (across, down) {
        (Some(across), Some(down)) if frame.is_cover => across.max(down),
        (Some(across), Some(down)) => across.min(down),
        (across, down) => across.or(down).unwrap_or(1.0),
    };
    // What would have to be enlarged stays, and the box shrinks.
    let shrink = if scale > 1.0 { 1.0 / scale } else { 1.0 };
    let scale = scale.min(1.0);
    let scaled = (pixels(width * scale), pixels(height * scale));
    let kept = match (frame.width, frame.height) {
        (Some(width), Some(height)) if frame.is_cover => (
            pixels(f64::from(width) * shrink).min(scaled.0),
            pixels(f64::from(height) * shrink).min(scaled.1),
        ),
        _ => scaled,
    };
    Fitted { scaled, kept }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and the sides of pictures"
)]
fn pixels(side: f64) -> u32 {
    side.round().clamp(1.0, f64::from(u32::MAX)) as u32
}

/// Scales a picture, and cuts its middle out.
pub fn draw(picture: Picture, fitted: Fitted) -> Picture {
    let Fitted { scaled, kept } = fitted;
    let picture = if scaled == (picture.width, picture.height) {
        picture
    } else {
        resize(&picture, scaled.0, scaled.1)
    };
    if kept == scaled {
        return picture;
    }
    let (left, top) = ((scaled.0 - kept.0) / 2, (scaled.1 - kept.1) / 2);
    crop(picture, left, top, kept.0, kept.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(size: (u32, u32), width: u32, height: u32, is_cover: bool) -> Fitted {
        let side = |side: u32| Some(side).filter(|side| *side > 0);
        let frame = Frame {
            width: side(width),
            height: side(height),
            is_cover,
        };
        fit(size, frame)
    }

    #[test]
    fn what_is_contained_keeps_its_proportions() {
        assert_eq!(fitted((400, 300), 200, 200, false).kept, (200, 150));
        assert_eq!(fitted((400, 300), 200, 0, false).kept, (200, 150));
        assert_eq!(fitted((400, 300), 0, 30, true).kept, (40, 30));
        assert_eq!(fitted((4000, 1), 64, 64, false).kept, (64, 1));
    }

    #[test]
    fn what_covers_is_cut() {
        let square = fitted((400, 300), 150, 150, true);
        assert_eq!((square.scaled, square.kept), ((200, 150), (150, 150)));
        let banner = fitted((400, 300), 400, 100, true);
        assert_eq!((banner.scaled, banner.kept), ((400, 300), (400, 100)));
    }

    #[test]
    fn nothing_is_enlarged() {
        assert_eq!(fitted((40, 30), 200, 200, false).kept, (40, 30));
        let square = fitted((40, 30), 300, 300, true);
        assert_eq!((square.scaled, square.kept), ((40, 30), (30, 30)));
        let banner = fitted((40, 30), 80, 30, true);
        assert_eq!((banner.scaled, banner.kept), ((40, 30), (40, 15)));
    }

    #[test]
    fn the_middle_is_kept() {
        let pixels = (0..4u8).flat_map(|x| [x, x, x]).collect::<Vec<u8>>();
        let picture = Picture {
            pixels,
            width: 4,
            height: 1,
            alpha: false,
            space: crate::color::ColorSpace::Srgb,
        };
        let drawn = draw(picture, fitted((4, 1), 2, 1, true));
        assert_eq!((drawn.width, drawn.height), (2, 1));
        assert_eq!(drawn.pixels, [1, 1, 1, 2, 2, 2]);
    }
}
