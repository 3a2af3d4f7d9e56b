//! Points in time: epoch milliseconds inside, ISO 8601 text on the wire (api/auth.md section 11).

use core::fmt;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Serialize, Serializer};

/// An instant in milliseconds since 1970-01-01T00:00:00Z. Serialises as `YYYY-MM-DDTHH:mm:ss.SSSZ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Millis(pub i64);

/// A wall clock without zone, in milliseconds as if it were UTC (`localDateTime`; api/assets.md
/// section 8). Serialises like [`Millis`], with the `Z` that clients know to ignore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct LocalMillis(pub i64);

/// An instant as PostgreSQL writes one in JSON: `YYYY-MM-DDTHH:mm:ss[.fraction]+00:00`, without zeros at the end of the
/// fraction. The official server hands these two dates of `exifInfo` on as its database wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ExifMillis(pub i64);

/// A calendar date. Serialises as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(pub civil::Date);

/// A date and time as a client wrote it, with its offset if there was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetTime {
    /// The wall clock as if it were UTC.
    pub local: LocalMillis,
    /// Minutes east of UTC; `None` when the text named no zone.
    pub offset_minutes: Option<i16>,
}

impl OffsetTime {
    /// The instant; a value without zone is taken as UTC (api/assets.md section 9).
    pub fn instant(self) -> Millis {
        Millis(self.local.0 - i64::from(self.offset_minutes.unwrap_or(0)) * 60_000)
    }

    /// Reads `YYYY-MM-DD[THH:mm[:ss[.fraction]]][Z|±HH:mm]`; `None` if it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let date = Date::parse(text.get(..10)?)?.0;
        if bytes.len() == 10 {
            return Some(Self {
                local: LocalMillis(millis_of(date.at(0, 0, 0, 0))),
                offset_minutes: None,
            });
        }
        if bytes.get(10) != Some(&b'T') || bytes.get(13) != Some(&b':') {
            return None;
        }
        let hour = two_digits(text, 11, 23)?;
        let minute = two_digits(text, 14, 59)?;
        let mut second = 0;
        let mut nanos = 0;
        let mut rest = text.get(16..)?;
        if rest.starts_with(':') {
            second = two_digits(rest, 1, 59)?;
            rest = rest.get(3..)?;
            if let Some(fraction) = rest.strip_prefix('.') {
                let end = fraction
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(fraction.len());
                nanos = nanos_of(fraction.get(..end)?)?;
                rest = fraction.get(end..)?;
            }
        }
        let clock = civil::Time::new(hour, minute, second, nanos).ok()?;
        Some(Self {
            local: LocalMillis(millis_of(date.to_datetime(clock))),
            offset_minutes: offset_of(rest)?,
        })
    }
}

fn millis_of(at: civil::DateTime) -> i64 {
    let since = at.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0));
    i64::try_from(since.as_millis()).unwrap_or(0)
}

fn two_digits(text: &str, at: usize, max: i8) -> Option<i8> {
    let part = text.get(at..at + 2)?;
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    let value: i8 = part.parse().ok()?;
    (digits && value <= max).then_some(value)
}

/// Nanoseconds of the digits after the point; further digits than nine are dropped.
fn nanos_of(digits: &str) -> Option<i32> {
    if digits.is_empty() {
        return None;
    }
    let taken = digits.get(..digits.len().min(9))?;
    let scale = u32::try_from(9 - taken.len()).ok()?;
    taken.parse::<i32>().ok()?.checked_mul(10_i32.pow(scale))
}

/// `""` -> no zone, `Z` -> 0, `±HH:mm` -> minutes; outer `None` = malformed.
#[expect(
    clippy::option_option,
    reason = "malformed, absent and present are three things"
)]
fn offset_of(text: &str) -> Option<Option<i16>> {
    let sign = match text.bytes().next() {
        None => return Some(None),
        Some(b'Z') if text.len() == 1 => return Some(Some(0)),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    if text.len() != 6 || text.as_bytes().get(3) != Some(&b':') {
        return None;
    }
    let hours = i16::from(two_digits(text, 1, 23)?);
    let minutes = i16::from(two_digits(text, 4, 59)?);
    Some(Some(sign * (hours * 60 + minutes)))
}

impl Millis {
    /// Reads ISO 8601 with `Z` or an offset; a local time without offset is refused, as the
    /// contract does (api/auth.md section 11). Fractions below a millisecond are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() <= 10 {
            return None;
        }
        let time = OffsetTime::parse(text)?;
        time.offset_minutes?;
        Some(time.instant())
    }
}

impl Date {
    /// Reads `YYYY-MM-DD`; `None` for anything else, also for days the calendar does not have.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        let year = i16::from(two_digits(text, 0, 99)?) * 100 + i16::from(two_digits(text, 2, 99)?);
        let month = two_digits(text, 5, 12)?;
        let day = two_digits(text, 8, 31)?;
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// Midnight at the start of this date, as if in UTC.
    pub fn start(self) -> LocalMillis {
        LocalMillis(millis_of(self.0.at(0, 0, 0, 0)))
    }

    /// The date of a wall clock.
    pub fn of(local: LocalMillis) -> Self {
        Self(civil(local.0).date())
    }
}

/// The calendar repeats itself after so many years and milliseconds (146,097 days).
const CYCLE_YEARS: i16 = 400;
const CYCLE: i64 = 146_097 * 86_400_000;

/// Years outside 0..=9999 have no four-digit text; they are shown at the nearest end.
fn civil(millis: i64) -> civil::DateTime {
    let first = civil::date(0, 1, 1).at(0, 0, 0, 0);
    let last = civil::date(9999, 12, 31).at(23, 59, 59, 999_000_000);
    let (is_late, end) = (millis > 0, if millis > 0 { last } else { first });
    // Timestamps end a day before the calendar does: late ones are read a cycle earlier.
    let millis = if is_late { millis - CYCLE } else { millis };
    let Ok(instant) = Timestamp::from_millisecond(millis) else {
        return end;
    };
    let at = TimeZone::UTC.to_datetime(instant);
    if !is_late {
        return at.clamp(first, last);
    }
    let date = civil::Date::new(at.year() + CYCLE_YEARS, at.month(), at.day());
    date.map_or(end, |date| date.to_datetime(at.time()))
}

fn write_time(millis: i64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let at = civil(millis);
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

impl fmt::Display for Millis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(self.0, out)
    }
}

impl fmt::Display for LocalMillis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(self.0, out)
    }
}

impl fmt::Display for ExifMillis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Millis(self.0).to_string();
        let seconds = text.trim_end_matches('Z').trim_end_matches('0');
        // Of whole seconds the point is left, behind which every digit was a zero.
        write!(out, "{}+00:00", seconds.trim_end_matches('.'))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:04}-{:02}-{:02}",
            self.0.year(),
            self.0.month(),
            self.0.day()
        )
    }
}

macro_rules! serialize_as_text {
    ($($name:ident)*) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )* };
}
serialize_as_text!(Millis LocalMillis ExifMillis Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_with_milliseconds_and_z() {
        assert_eq!(Millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Millis(-1).to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(
            serde_json::to_string(&Millis(1_700_000_000_123)).unwrap(),
            "\"2023-11-14T22:13:20.123Z\""
        );
        assert_eq!(Millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Millis(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn exif_dates_are_written_as_postgresql_does() {
        for (millis, text) in [
            (1_700_442_660_000, "2023-11-20T01:11:00+00:00"),
            (1_700_442_660_348, "2023-11-20T01:11:00.348+00:00"),
            (1_700_442_660_060, "2023-11-20T01:11:00.06+00:00"),
            (1_700_442_660_500, "2023-11-20T01:11:00.5+00:00"),
            (-1, "1969-12-31T23:59:59.999+00:00"),
        ] {
            assert_eq!(ExifMillis(millis).to_string(), text);
        }
    }

    #[test]
    fn instants_are_read_with_zone_only() {
        let at = |text: &str| Millis::parse(text).map(|millis| millis.to_string());
        let expect = |text: &str| Some(text.to_owned());
        assert_eq!(at("2024-01-01T10:00Z"), expect("2024-01-01T10:00:00.000Z"));
        assert_eq!(
            at("2024-02-29T10:00:00.123456+02:30"),
            expect("2024-02-29T07:30:00.123Z")
        );
        assert_eq!(
            at("2024-01-01T00:30:00-01:00"),
            expect("2024-01-01T01:30:00.000Z")
        );
        for bad in [
            "2024-01-01T10:00:00",
            "2024-01-01",
            "2023-02-29T10:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01 10:00:00Z",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00:00z",
            "2024-01-01T10:00:00+0200",
            "2024-1-1T10:00:00Z",
            "+024-01-01T10:00:00Z",
            "2024-01-01T10:00:+5Z",
            "é024-01-01T10:00:00Z",
            "",
        ] {
            assert_eq!(Millis::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn offsets_are_kept_apart_from_the_wall_clock() {
        let time = OffsetTime::parse("2024-06-01T12:00:00.000+09:00").unwrap();
        assert_eq!(time.local.to_string(), "2024-06-01T12:00:00.000Z");
        assert_eq!(time.offset_minutes, Some(540));
        assert_eq!(time.instant().to_string(), "2024-06-01T03:00:00.000Z");
        assert_eq!(
            OffsetTime::parse("2024-06-01").unwrap().offset_minutes,
            None
        );
    }

    #[test]
    fn dates_are_calendar_days() {
        assert_eq!(Date::parse("2024-02-29").unwrap().to_string(), "2024-02-29");
        assert!(Date::parse("2023-02-29").is_none());
        assert_eq!(Date::of(LocalMillis(86_400_000)).to_string(), "1970-01-02");
        assert_eq!(Date::parse("1970-01-02").unwrap().start().0, 86_400_000);
    }
}
