//! What is left of a photo that is cropped: a frame that is dragged, or moved by keys. All in parts of the upright photo, 0 to 1.
use serde_json::json;

use crate::model::{Asset, Edit};

/// Least that is left of each side.
const LEAST: f64 = 0.02;

/// What of the frame is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// A corner: whether it is the right one, and the lower one.
    Corner(bool, bool),
}

/// The part of the photo that stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left side.
    pub left: f64,
    /// Upper side.
    pub top: f64,
    /// Right side.
    pub right: f64,
    /// Lower side.
    pub bottom: f64,
}

impl Frame {
    /// All of the photo.
    pub const ALL: Self = Self {
        left: 0.0,
        top: 0.0,
        right: 1.0,
        bottom: 1.0,
    };

    /// The frame of a photo of this size that is edited so.
    pub fn of(edits: &[Edit], (width, height): (f64, f64)) -> Self {
        let Some(crop) = edits.iter().find(|edit| edit.action == "crop") else {
            return Self::ALL;
        };
        let number = |name: &str| crop.parameters[name].as_f64().unwrap_or_default();
        let (left, top) = (number("x") / width, number("y") / height);
        Self {
            left,
            top,
            right: left + number("width") / width,
            bottom: top + number("height") / height,
        }
    }

    /// The frame after a part of it was moved; it stays within the photo.
    #[must_use]
    pub fn moved(self, part: Part, x: f64, y: f64) -> Self {
        let Part::Corner(is_right, is_lower) = part else {
            // `min` before `max`: rounding may leave no room at all.
            let x = x.min(1.0 - self.right).max(-self.left);
            let y = y.min(1.0 - self.bottom).max(-self.top);
            return Self {
                left: self.left + x,
                top: self.top + y,
                right: self.right + x,
                bottom: self.bottom + y,
            };
        };
        let mut frame = self;
        if is_right {
            frame.right = (self.right + x).min(1.0).max(self.left + LEAST);
        } else {
            frame.left = (self.left + x).max(0.0).min(self.right - LEAST);
        }
        if is_lower {
            frame.bottom = (self.bottom + y).min(1.0).max(self.top + LEAST);
        } else {
            frame.top = (self.top + y).max(0.0).min(self.bottom - LEAST);
        }
        frame
    }

    /// The edits of a photo of this size with the frame in the place of an earlier one. The server wants the crop first, in whole pixels
    /// within the upright photo (assets.md section 12 of the contract).
    pub fn among(self, mut edits: Vec<Edit>, (width, height): (f64, f64)) -> Vec<Edit> {
        edits.retain(|edit| edit.action != "crop");
        let x = pixels(self.left * width).min(pixels(width) - 1).max(0);
        let y = pixels(self.top * height).min(pixels(height) - 1).max(0);
        let right = pixels((self.right * width).min(width)).max(x + 1);
        let bottom = pixels((self.bottom * height).min(height)).max(y + 1);
        let (wide, high) = (right - x, bottom - y);
        if (wide, high) != (pixels(width), pixels(height)) {
            let parameters = json!({ "x": x, "y": y, "width": wide, "height": high });
            let action = "crop".to_owned();
            edits.insert(0, Edit { action, parameters });
        }
        edits
    }
}

#[expect(clippy::cast_possible_truncation, reason = "no photo is that large")]
fn pixels(length: f64) -> i64 {
    length.round() as i64
}

/// Width and height of the upright photo as it was before it was edited; `None`: unknown.
pub fn size(asset: &Asset) -> Option<(f64, f64)> {
    let exif = &asset.exif_info;
    let shown = asset.width.zip(asset.height);
    let size = if asset.is_edited {
        let is_turned = matches!(exif.orientation.as_deref(), Some("5" | "6" | "7" | "8"));
        let stored = exif.exif_image_width.zip(exif.exif_image_height);
        stored.map(|(width, height)| {
            if is_turned {
                (height, width)
            } else {
                (width, height)
            }
        })
    } else {
        shown
    };
    size.filter(|(width, height)| *width > 0.0 && *height > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Exif;

    const SIZE: (f64, f64) = (400.0, 300.0);

    fn edit(action: &str, parameters: serde_json::Value) -> Edit {
        Edit {
            action: action.to_owned(),
            parameters,
        }
    }

    fn is_near(one: Frame, other: [f64; 4]) -> bool {
        let sides = [one.left, one.top, one.right, one.bottom];
        let mut pairs = sides.into_iter().zip(other);
        pairs.all(|(a, b)| (a - b).abs() < 0.0001)
    }

    #[test]
    fn a_frame_stays_within_the_photo() {
        let frame = Frame::ALL.moved(Part::Corner(false, false), 0.5, 0.25);
        assert!(is_near(frame, [0.5, 0.25, 1.0, 1.0]), "{frame:?}");
        let frame = frame.moved(Part::Whole, -0.25, 3.0);
        assert!(is_near(frame, [0.25, 0.25, 0.75, 1.0]), "{frame:?}");
        let frame = frame.moved(Part::Corner(true, true), -2.0, -2.0);
        assert!(is_near(frame, [0.25, 0.25, 0.27, 0.27]), "{frame:?}");
        let frame = frame.moved(Part::Corner(true, false), 9.0, -9.0);
        assert!(is_near(frame, [0.25, 0.0, 1.0, 0.27]), "{frame:?}");
        assert!(is_near(
            Frame::ALL.moved(Part::Whole, 0.1, 0.1),
            [0.0, 0.0, 1.0, 1.0]
        ));
    }

    #[test]
    fn frames_are_crops_in_pixels_and_back() {
        let turn = edit("rotate", json!({ "angle": 90 }));
        let frame = Frame::ALL.moved(Part::Corner(false, false), 0.25, 0.5);
        let edits = frame.among(vec![turn.clone()], SIZE);
        let crop = json!({ "x": 100, "y": 150, "width": 300, "height": 150 });
        assert_eq!(edits, [edit("crop", crop), turn.clone()]);
        assert!(is_near(Frame::of(&edits, SIZE), [0.25, 0.5, 1.0, 1.0]));
        // The whole photo is no crop, and a new frame takes the place of the old one.
        assert_eq!(Frame::ALL.among(edits, SIZE), std::slice::from_ref(&turn));
        assert_eq!(Frame::of(&[turn], SIZE), Frame::ALL);
    }

    #[test]
    fn no_crop_is_empty_or_leaves_the_photo() {
        let frame = Frame {
            left: 0.9999,
            top: 0.5,
            right: 1.000_001,
            bottom: 0.5001,
        };
        let edits = frame.among(Vec::new(), (10.0, 10.0));
        let crop = &edits[0].parameters;
        assert_eq!(
            (crop["width"].as_i64(), crop["height"].as_i64()),
            (Some(1), Some(1))
        );
    }

    #[test]
    fn the_size_is_that_before_edits() {
        let exif_info = Exif {
            exif_image_width: Some(400.0),
            exif_image_height: Some(300.0),
            orientation: Some("6".to_owned()),
            ..Exif::default()
        };
        let mut asset = Asset {
            width: Some(300.0),
            height: Some(400.0),
            exif_info,
            ..Asset::default()
        };
        assert_eq!(size(&asset), Some((300.0, 400.0)));
        (asset.is_edited, asset.width) = (true, Some(20.0));
        assert_eq!(size(&asset), Some((300.0, 400.0)));
        asset.exif_info.orientation = None;
        assert_eq!(size(&asset), Some((400.0, 300.0)));
        asset.exif_info.exif_image_width = None;
        assert_eq!(size(&asset), None);
    }
}
