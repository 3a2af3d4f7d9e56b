//! Capture dates and time zones out of what cameras write (api/assets.md section 9, rows `date`
//! and `timeZone`). Absurd values are no values.

use super::tags::{DATE_TAGS, Tags, ZONE_TAGS};
use edge_zones::Zone;
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
    /// The zone by name, such as `UTC+2` or, by place, `Europe/Berlin`.
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

/// Chooses date and zone. An offset inside the date counts; its zone has the name that a tag tells, or the
/// place, if they agree (one of zero gives way to the place). Without one the zone is the first known of: a tag
/// that tells it, the place (degrees north and east), an offset inside another date, the distance between camera and satellite clocks; videos without any are in UTC, as
/// their format demands (api/geodata.md section 5).
pub fn capture(tags: &Tags, is_video: bool, place: Option<(f64, f64)>) -> Option<Capture> {
    let (name, reading) = DATE_TAGS
        .iter()
        .find_map(|name| Some((*name, read_tag(tags, name)?)))?;
    let place = place.and_then(|(latitude, longitude)| edge_zones::at(latitude, longitude));
    // a distance from UTC, and the wall clock that it belongs to
    if let Some(minutes) = reading.offset {
        let instant = reading.wall - i64::from(minutes) * MINUTE;
        let told = zone_tag(tags).filter(|_| name != "GPSDateTime");
        let capture = match (told, place) {
            (Some(told), _) => shown_in(instant, &told).filter(|c| c.local == reading.wall),
            (None, Some(place)) => {
                shown_in(instant, place).filter(|c| minutes == 0 || c.local == reading.wall)
            }
            (None, None) => None,
        };
        return Some(capture.unwrap_or_else(|| fixed(instant, minutes)));
    }
    if let Some(told) = zone_tag(tags) {
        return in_zone(reading.wall, &told);
    }
    let is_utc = is_video && matches!(name, "CreateDate" | "MediaCreateDate");
    if let Some(place) = place {
        return if is_utc {
            shown_in(reading.wall, place)
        } else {
            in_zone(reading.wall, place)
        };
    }
    let offset = zone_from_dates(tags).or_else(|| zone_from_satellite(tags));
    Some(match offset.filter(|_| !is_utc) {
        Some(minutes) => fixed(reading.wall - i64::from(minutes) * MINUTE, minutes),
        None => Capture {
            instant: reading.wall,
            local: reading.wall,
            zone: is_video.then(|| "UTC".to_owned()),
        },
    })
}

const MINUTE: i64 = 60_000;

/// An instant as a clock so many minutes east of UTC shows it.
fn fixed(instant: i64, minutes: i32) -> Capture {
    let ahead = i64::from(minutes) * MINUTE;
    Capture {
        instant,
        local: instant + ahead,
        zone: Some(edge_zones::offset_name(ahead)),
    }
}

/// An instant as clocks in a zone show it.
fn shown_in(instant: i64, name: &str) -> Option<Capture> {
    Some(Capture {
        instant,
        local: instant + Zone::named(name)?.ahead_at(instant),
        zone: Some(name.to_owned()),
    })
}

/// What a wall clock in a zone shows as instant.
fn in_zone(wall: i64, name: &str) -> Option<Capture> {
    let instant = Zone::named(name)?.instant_of(wall);
    Some(Capture {
        instant,
        local: wall,
        zone: Some(name.to_owned()),
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

/// The name of the zone in a tag that tells it.
fn zone_tag(tags: &Tags) -> Option<String> {
    ZONE_TAGS.iter().find_map(|name| told_by(tags, name))
}

fn told_by(tags: &Tags, name: &str) -> Option<String> {
    if let Some(hours) = tags.number(name) {
        // TimeZoneOffset is in hours
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be a small whole number"
        )]
        return (hours.fract() == 0.0 && (-12.0..=14.0).contains(&hours))
            .then(|| edge_zones::offset_name(hours as i64 * 60 * MINUTE));
    }
    let text = tags.text(name)?;
    if let Some(minutes) = parse_offset(&text) {
        return Some(edge_zones::offset_name(i64::from(minutes) * MINUTE));
    }
    Zone::named(&text).map(|_| text.trim().to_owned())
}

/// The distance from UTC in another date of the file; one of zero says that a program knew no zone.
fn zone_from_dates(tags: &Tags) -> Option<i32> {
    DATE_TAGS
        .iter()
        .filter(|name| !matches!(**name, "GPSDateTime" | "DateTimeUTC"))
        .filter_map(|name| read_tag(tags, name)?.offset)
        .find(|minutes| *minutes != 0)
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
