//! Zones by name: fixed distances from UTC, and places with their rules.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::rules;

/// Longest name that is looked up, bytes.
const LONGEST: usize = 64;
/// Distances that exist on Earth, minutes.
const OFFSETS: std::ops::RangeInclusive<i32> = -12 * 60..=14 * 60;
const MINUTE: i64 = 60_000;

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of a name: `UTC`, `UTC+2`, `UTC-3:30`, `+05:45`, `Z`, or IANA's (`Asia/Tokyo`, in any case).
    /// `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        if name.len() > LONGEST {
            return None;
        }
        if let Some(minutes) = fixed(name) {
            return Some(Self(TimeZone::fixed(
                Offset::from_seconds(minutes * 60).ok()?,
            )));
        }
        let (name, rules) = rules::find(name)?;
        TimeZone::tzif(name, &rules).ok().map(Self)
    }

    /// How far the wall clock is ahead of UTC at an instant, both in (epoch) milliseconds.
    pub fn ahead_at(&self, instant: i64) -> i64 {
        Timestamp::from_millisecond(instant).map_or(0, |instant| {
            i64::from(self.0.to_offset(instant).seconds()) * 1000
        })
    }

    /// The instant at which a wall clock shows `wall` (written as if it were UTC), epoch milliseconds. What it
    /// shows twice is the first time; what it never shows is counted on from before the gap.
    pub fn instant_of(&self, wall: i64) -> i64 {
        let Ok(shown) = Timestamp::from_millisecond(wall) else {
            return wall;
        };
        let shown = TimeZone::UTC.to_datetime(shown);
        let instant = self.0.to_ambiguous_timestamp(shown).compatible();
        instant.map_or(wall, Timestamp::as_millisecond)
    }
}

/// Minutes east of UTC of names that say them.
fn fixed(name: &str) -> Option<i32> {
    if matches!(name, "UTC" | "Etc/UTC" | "GMT" | "Z") {
        return Some(0);
    }
    let rest = name.strip_prefix("UTC").unwrap_or(name);
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| {
        let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = sign * (hours * 60 + minutes);
    (minutes < 60 && OFFSETS.contains(&total)).then_some(total)
}

/// How a fixed distance from UTC in milliseconds is written: `UTC+2`, `UTC-3:30`, `UTC+0` (api/assets.md section 9).
pub fn offset_name(ahead: i64) -> String {
    let sign = if ahead < 0 { '-' } else { '+' };
    let minutes = ahead.abs() / MINUTE;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    if minutes == 0 {
        format!("UTC{sign}{hours}")
    } else {
        format!("UTC{sign}{hours}:{minutes:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    /// 2024-01-15T12:00:00Z and 2024-07-15T12:00:00Z
    const WINTER: i64 = 1_705_320_000_000;
    const SUMMER: i64 = 1_721_044_800_000;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect(name)
    }

    #[test]
    fn distances_are_named_and_read() {
        for (minutes, name) in [
            (0, "UTC+0"),
            (120, "UTC+2"),
            (-330, "UTC-5:30"),
            (345, "UTC+5:45"),
        ] {
            assert_eq!(offset_name(minutes * MINUTE), name);
            assert_eq!(zone(name).ahead_at(0), minutes * MINUTE);
        }
        assert_eq!(zone("+05:45").ahead_at(0), 345 * MINUTE);
        assert_eq!(zone("-0330").ahead_at(0), -210 * MINUTE);
        assert_eq!(zone("Z").ahead_at(WINTER), 0);
    }

    #[test]
    fn what_is_no_zone_is_none() {
        for name in [
            "",
            "UTC+99",
            "Mars/Olympus",
            "+",
            "UTC+-2",
            "UTC+2:75",
            "\0",
            "../etc/passwd",
        ] {
            assert!(Zone::named(name).is_none(), "{name}");
        }
        assert!(Zone::named(&"A".repeat(10_000)).is_none());
    }

    #[test]
    fn places_have_summer_time() {
        for (name, winter, summer) in [
            ("Europe/Berlin", 1, 2),
            ("europe/berlin", 1, 2),
            ("America/Denver", -7, -6),
            ("Asia/Tokyo", 9, 9),
            ("Etc/GMT+2", -2, -2),
            ("Australia/Sydney", 11, 10),
        ] {
            let zone = zone(name);
            assert_eq!(zone.ahead_at(WINTER), winter * HOUR, "{name}");
            assert_eq!(zone.ahead_at(SUMMER), summer * HOUR, "{name}");
            assert_eq!(zone.instant_of(WINTER + winter * HOUR), WINTER, "{name}");
            assert_eq!(zone.instant_of(SUMMER + summer * HOUR), SUMMER, "{name}");
        }
        // before there were rules, and far ahead
        assert_eq!(zone("Europe/Berlin").ahead_at(i64::MAX), 0);
        assert_eq!(zone("Europe/Berlin").instant_of(i64::MAX), i64::MAX);
        assert_eq!(zone("Asia/Tokyo").ahead_at(32_503_680_000_000), 9 * HOUR);
    }

    #[test]
    fn gaps_and_repeated_hours() {
        let berlin = zone("Europe/Berlin");
        // 2024-03-31: 01:59:59 is followed by 03:00:00 (01:00:00Z)
        let gap = 1_711_846_800_000;
        assert_eq!(berlin.instant_of(gap + HOUR + HOUR / 2), gap + HOUR / 2);
        // 2024-10-27: 02:30 is shown twice, first in summer time (00:30:00Z)
        let twice = 1_729_987_200_000;
        assert_eq!(
            berlin.instant_of(twice + 2 * HOUR + HOUR / 2),
            twice + HOUR / 2
        );
    }
}
