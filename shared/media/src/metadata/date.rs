//! Capture dates and time zones out of what cameras write (api/assets.md section 9, rows `date`
//! and `timeZone`). Absurd values are no values.

use super::tags::{DATE_TAGS, Tags, ZONE_TAGS};
use jiff::civil;
use jiff::tz::TimeZone;

/// A wall clock reading, possibly with its distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock written as if it were UTC, epoch milliseconds.
    pub wall: i64,
    /// Minutes east of UTC.
    pub offset: Option<i32>,
}

/// When a picture was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The instant, epoch milliseconds.
    pub instant: i64,
    /// The local wall clock as if it were UTC, epoch milliseconds.
    pub local: i64,
    /// The zone by name, such as `UTC+2`.
    pub zone: Option<String>,
}

/// Years that a photograph, or a painting that was photographed, can be from.
const YEARS: std::ops::RangeInclusive<i16> = 1000..=2999;

/// Parses `2024:05:06 07:08:09.123+02:00`, the ISO forms of it, and dates cut short.
pub fn parse(text: &str) -> Option<Reading> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (clock, offset) = split_zone(text);
    let mut numbers = clock
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|p| !p.is_empty());
    let year: i16 = numbers
        .next()
        .filter(|y| y.len() == 4)?
        .parse()
        .ok()
        .filter(|y| YEARS.contains(y))?;
    let mut part = |default: i8| match numbers.next() {
        Some(number) => number.parse().ok(),
        None => Some(default),
    };
    let (month, day, hour, minute) = (part(1)?, part(1)?, part(0)?, part(0)?);
    let (second, nanos) = match numbers.next() {
        Some(seconds) => seconds
            .split_once('.')
            .map_or_else(|| Some((seconds.parse().ok()?, 0)), with_fraction)?,
        None => (0, 0),
    };
    // leap seconds are read as the second before
    let time = civil::DateTime::new(year, month, day, hour, minute, second.min(59), nanos).ok()?;
    let wall = TimeZone::UTC.to_timestamp(time).ok()?.as_millisecond();
    Some(Reading { wall, offset })
}

fn with_fraction((second, fraction): (&str, &str)) -> Option<(i8, i32)> {
    let digits: String = fraction
        .chars()
        .filter(char::is_ascii_digit)
        .chain("000000000".chars())
        .take(9)
        .collect();
    Some((second.parse().ok()?, digits.parse().ok()?))
}

/// Splits a trailing zone off a date and time.
fn split_zone(text: &str) -> (&str, Option<i32>) {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return (clock, Some(0));
    }
    // a sign counts only behind the time, "2024-05-06" has no zone
    let time = text.find([':', 'T', ' ']).unwrap_or(text.len());
    let date_end = text
        .get(time..)
        .and_then(|t| t.find([' ', 'T']))
        .map_or(time, |at| time + at);
    match text
        .rfind(['+', '-', '\u{2212}'])
        .filter(|at| *at > date_end.max(10))
    {
        Some(at) => (
            text.get(..at).unwrap_or(text),
            text.get(at..).and_then(parse_offset),
        ),
        None => (text, None),
    }
}

/// Minutes east of UTC from `+02:00`, `-0530`, `Z`; `None` if absurd.
pub fn parse_offset(text: &str) -> Option<i32> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let negative = text.starts_with(['-', '\u{2212}']);
    let digits = text.strip_prefix(['+', '-', '\u{2212}'])?;
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes.get(..2)?),
        None if digits.len() == 4 => (digits.get(..2)?, digits.get(2..)?),
        None => (digits, "0"),
    };
    let total = hours.parse::<u8>().ok().map(i32::from)? * 60
        + minutes.parse::<u8>().ok().map(i32::from)?;
    let total = if negative { -total } else { total };
    // the zones that exist
    (-12 * 60..=14 * 60).contains(&total).then_some(total)
}

/// The zone's name as clients show it: `UTC+2`, `UTC-3:30`, `UTC+0`.
pub fn zone_name(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
    if minutes == 0 {
        format!("UTC{sign}{hours}")
    } else {
        format!("UTC{sign}{hours}:{minutes:02}")
    }
}

/// Chooses date and zone. Dates of videos without zone are UTC, as their format demands.
pub fn capture(tags: &Tags, is_video: bool) -> Option<Capture> {
    let (name, reading) = DATE_TAGS
        .iter()
        .find_map(|name| Some((*name, read_tag(tags, name)?)))?;
    let zone = zone_from_tags(tags).filter(|_| name != "GPSDateTime");
    let offset = reading
        .offset
        .or(zone)
        .or_else(|| zone_from_satellite(tags));
    let zone = match offset {
        Some(offset) => Some(zone_name(offset)),
        None => is_video.then(|| "UTC".to_owned()),
    };
    let instant = reading.wall - i64::from(offset.unwrap_or(0)) * 60_000;
    Some(Capture {
        instant,
        local: reading.wall,
        zone,
    })
}

/// One date tag; the two composite ones are put together from their parts.
fn read_tag(tags: &Tags, name: &str) -> Option<Reading> {
    let composite = |date: &str, fraction: &str, offset: &str| {
        let (fraction, offset) = (tags.text(fraction), tags.text(offset));
        if fraction.is_none() && offset.is_none() {
            return None;
        }
        let mut reading = parse(&tags.text(date)?)?;
        reading.offset = reading.offset.or_else(|| parse_offset(&offset?));
        // a date with a fraction of its own keeps it
        if reading.wall % 1000 == 0 {
            reading.wall += fraction.as_deref().map_or(0, milliseconds);
        }
        Some(reading)
    };
    match name {
        "SubSecDateTimeOriginal" => composite(
            "DateTimeOriginal",
            "SubSecTimeOriginal",
            "OffsetTimeOriginal",
        ),
        "SubSecCreateDate" => composite("CreateDate", "SubSecTimeDigitized", "OffsetTimeDigitized"),
        _ => parse(&tags.text(name)?),
    }
}

/// Digits behind the decimal point as milliseconds; nonsense counts as none.
fn milliseconds(fraction: &str) -> i64 {
    let fraction = fraction.trim();
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return 0;
    }
    let padded: String = fraction.chars().chain("00".chars()).take(3).collect();
    padded.parse().unwrap_or(0)
}

fn zone_from_tags(tags: &Tags) -> Option<i32> {
    ZONE_TAGS.iter().find_map(|name| match tags.number(name) {
        // TimeZoneOffset is in hours
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be a small whole number"
        )]
        Some(hours) => {
            (hours.fract() == 0.0 && (-12.0..=14.0).contains(&hours)).then(|| hours as i32 * 60)
        }
        None => parse_offset(&tags.text(name)?),
    })
}

/// The zone from the distance of the camera's clock to the satellites', in quarters of an hour.
fn zone_from_satellite(tags: &Tags) -> Option<i32> {
    const QUARTER: i64 = 15 * 60_000;
    let satellite = parse(&tags.text("GPSDateTime")?)?;
    let camera = ["DateTimeOriginal", "CreateDate"]
        .iter()
        .find_map(|name| parse(&tags.text(name)?))?;
    let difference = camera.wall - satellite.wall;
    let quarters = (difference + QUARTER / 2).div_euclid(QUARTER);
    // a position can be minutes old, but not more
    if (difference - quarters * QUARTER).abs() > QUARTER / 3 {
        return None;
    }
    let minutes = i32::try_from(quarters * 15).ok()?;
    (-12 * 60..=14 * 60).contains(&minutes).then_some(minutes)
}
