//! What is changed about a photo: turning it, and when it was taken.
use serde_json::json;

use crate::model::Edit;

/// The edits of a photo that is turned by a quarter more, as it is seen. The server wants one rotation at most (assets.md section 12 of
/// the contract), and a mirror after it turns it the other way round.
pub fn turned(mut edits: Vec<Edit>, is_clockwise: bool) -> Vec<Edit> {
    let at = edits.iter().position(|edit| edit.action == "rotate");
    let Some(at) = at else {
        edits.push(rotation(if is_clockwise { 90 } else { 270 }));
        return edits;
    };
    let mirrors = edits[at..].iter().filter(|edit| edit.action == "mirror");
    let is_forward = is_clockwise == (mirrors.count() % 2 == 0);
    let angle = edits[at].parameters["angle"].as_f64().unwrap_or_default();
    let quarters = [0, 90, 180, 270];
    let now = quarters.iter().position(|it| f64::from(*it) >= angle);
    let step = if is_forward { 1 } else { 3 };
    match quarters[(now.unwrap_or_default() + step) % 4] {
        0 => drop(edits.remove(at)),
        angle => edits[at] = rotation(angle),
    }
    edits
}

fn rotation(angle: i32) -> Edit {
    Edit {
        action: "rotate".to_owned(),
        parameters: json!({ "angle": angle }),
    }
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
