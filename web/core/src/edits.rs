//! What is changed about a photo: turning and mirroring it, and when it was taken.
use serde_json::json;

use crate::model::Edit;

/// How a photo is laid down: mirrored left to right or not, then turned clockwise by quarters. Every sequence of rotations and mirrors
/// comes to that.
#[derive(Clone, Copy, Default)]
struct Lay {
    is_mirrored: bool,
    quarters: usize,
}

impl Lay {
    fn of(edits: &[Edit]) -> Self {
        edits.iter().fold(Self::default(), |lay, edit| {
            let parameters = &edit.parameters;
            match (edit.action.as_str(), parameters["axis"].as_str()) {
                ("rotate", _) => lay.turned(quarters(parameters["angle"].as_f64())),
                ("mirror", Some("vertical")) => lay.mirrored().turned(2),
                ("mirror", _) => lay.mirrored(),
                _ => lay,
            }
        })
    }

    fn turned(self, quarters: usize) -> Self {
        let quarters = (self.quarters + quarters) % 4;
        Self { quarters, ..self }
    }

    /// A mirror after a rotation is the rotation the other way round after the mirror.
    fn mirrored(self) -> Self {
        Self {
            is_mirrored: !self.is_mirrored,
            quarters: (4 - self.quarters) % 4,
        }
    }

    /// The edits with this lay in the place of theirs: the server wants one rotation and one mirror of each axis at most, and the crop
    /// first (assets.md section 12 of the contract).
    fn among(self, mut edits: Vec<Edit>) -> Vec<Edit> {
        edits.retain(|edit| edit.action == "crop");
        if self.is_mirrored {
            edits.push(Edit {
                action: "mirror".to_owned(),
                parameters: json!({ "axis": "horizontal" }),
            });
        }
        if self.quarters > 0 {
            edits.push(Edit {
                action: "rotate".to_owned(),
                parameters: json!({ "angle": self.quarters * 90 }),
            });
        }
        edits
    }
}

/// How many quarters an angle is.
fn quarters(angle: Option<f64>) -> usize {
    let angle = angle.unwrap_or_default();
    let known = [90.0, 180.0, 270.0];
    let at = known.iter().position(|it: &f64| (it - angle).abs() < 1.0);
    at.map_or(0, |at| at + 1)
}

/// The edits of a photo that is turned by a quarter more, as it is seen.
pub fn turned(edits: Vec<Edit>, is_clockwise: bool) -> Vec<Edit> {
    let quarters = if is_clockwise { 1 } else { 3 };
    Lay::of(&edits).turned(quarters).among(edits)
}

/// The edits of a photo that is mirrored as it is seen: left to right, or upside down.
pub fn mirrored(edits: Vec<Edit>, is_upside_down: bool) -> Vec<Edit> {
    let quarters = if is_upside_down { 2 } else { 0 };
    Lay::of(&edits).mirrored().turned(quarters).among(edits)
}

/// How far the clock of the place was ahead: `+02:00`. `local` is the time by that clock, `instant` the same in UTC.
pub fn offset(local: &str, instant: &str) -> String {
    let ahead = minutes(local).zip(minutes(instant));
    let ahead = ahead.map_or(0, |(local, instant)| local - instant);
    // No clock is further away than that; whatever is has another reason.
    let ahead = if ahead.abs() <= 14 * 60 { ahead } else { 0 };
    let sign = if ahead < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", ahead.abs() / 60, ahead.abs() % 60)
}

/// The instant of a time as a field of a form has it (`2024-05-01T10:00`, perhaps with seconds).
pub fn moment(written: &str, offset: &str) -> Option<String> {
    minutes(written)?;
    let seconds = if written.len() == 16 { ":00" } else { "" };
    Some(format!("{written}{seconds}.000{offset}"))
}

/// Minutes since a day long ago.
fn minutes(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute) = (part(11, 13)?, part(14, 16)?);
    // March is the first month: the day that leap years have more is the last one then.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some((days * 24 + hour) * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(action: &str, parameters: serde_json::Value) -> Edit {
        Edit {
            action: action.to_owned(),
            parameters,
        }
    }

    #[test]
    fn four_quarters_are_none() {
        let mut edits = vec![edit("crop", json!({ "x": 0 }))];
        for angle in [90, 180, 270] {
            edits = turned(edits, true);
            assert_eq!(edits[1].parameters, json!({ "angle": angle }));
        }
        edits = turned(edits, true);
        assert_eq!(edits.len(), 1);
        let back = turned(turned(edits, false), false);
        assert_eq!(back[1].parameters, json!({ "angle": 180 }));
    }

    #[test]
    fn a_mirror_after_the_rotation_turns_it_round() {
        let rotate = edit("rotate", json!({ "angle": 90.0 }));
        let mirror = edit("mirror", json!({ "axis": "horizontal" }));
        let edits = turned(vec![rotate.clone(), mirror.clone()], true);
        assert_eq!(edits, std::slice::from_ref(&mirror));
        let edits = turned(vec![mirror, rotate], true);
        assert_eq!(edits[1].parameters, json!({ "angle": 180 }));
    }

    #[test]
    fn a_photo_that_is_mirrored_twice_is_as_it_was() {
        let rotate = edit("rotate", json!({ "angle": 90 }));
        let across = edit("mirror", json!({ "axis": "horizontal" }));
        for is_upside_down in [true, false] {
            let once = mirrored(vec![rotate.clone()], is_upside_down);
            assert_eq!(once[0], across);
            let twice = mirrored(once, is_upside_down);
            assert_eq!(twice, std::slice::from_ref(&rotate));
        }
        // Both mirrors are half a turn.
        let half = mirrored(mirrored(Vec::new(), true), false);
        assert_eq!(half, [edit("rotate", json!({ "angle": 180 }))]);
        let upside_down = edit("mirror", json!({ "axis": "vertical" }));
        assert!(mirrored(vec![upside_down], true).is_empty());
    }

    #[test]
    fn a_turned_photo_is_mirrored_as_it_is_seen() {
        // Turned clockwise its left side is above: mirrored left to right, and then turned back, it is upside down.
        let turned_once = turned(Vec::new(), true);
        let edits = turned(mirrored(turned_once, false), false);
        assert_eq!(edits, mirrored(Vec::new(), true));
    }

    #[test]
    fn clocks_differ_from_utc() {
        let local = "2024-03-01T00:30:00.000Z";
        assert_eq!(offset(local, "2024-02-29T22:30:00.000Z"), "+02:00");
        assert_eq!(offset(local, "2024-03-01T06:00:00.000Z"), "-05:30");
        assert_eq!(offset(local, local), "+00:00");
        assert_eq!(offset(local, "1999-01-01T00:00:00.000Z"), "+00:00");
        assert_eq!(offset("", local), "+00:00");
        assert_eq!(
            offset("2024-01-01T00:30:00", "2023-12-31T23:30:00"),
            "+01:00"
        );
    }

    #[test]
    fn fields_of_forms_become_instants() {
        let made = moment("2024-05-01T10:00", "+02:00");
        assert_eq!(made.as_deref(), Some("2024-05-01T10:00:00.000+02:00"));
        let made = moment("2024-05-01T10:00:07", "+00:00");
        assert_eq!(made.as_deref(), Some("2024-05-01T10:00:07.000+00:00"));
        assert_eq!(moment("", "+00:00"), None);
    }
}
