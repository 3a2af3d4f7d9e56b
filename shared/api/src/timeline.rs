//! The timeline: months, and a month's assets as columns (api/features.md section C).

use serde::Serialize;

use crate::enums::{AssetOrder, AssetOrderBy, AssetVisibility};
use crate::id::{AlbumId, PersonId, TagId, UserId};
use crate::input::{Fields, Input, input, rule};
use crate::time::{Date, Millis};

/// A rectangle of the map, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    /// Left edge; greater than `east` when it crosses the date line.
    pub west: f64,
    /// Lower edge.
    pub south: f64,
    /// Right edge.
    pub east: f64,
    /// Upper edge.
    pub north: f64,
}

impl BoundingBox {
    /// Reads `west,south,east,north`; `None` if it is anything else or off the map.
    pub fn parse(text: &str) -> Option<Self> {
        let mut sides = text.split(',').map(serde_json::from_str::<f64>);
        let (west, south) = (sides.next()?.ok()?, sides.next()?.ok()?);
        let (east, north) = (sides.next()?.ok()?, sides.next()?.ok()?);
        let on_map = (-180.0..=180.0).contains(&west)
            && (-180.0..=180.0).contains(&east)
            && (-90.0..=90.0).contains(&south)
            && (-90.0..=90.0).contains(&north)
            && south <= north;
        (on_map && sides.next().is_none()).then_some(Self {
            west,
            south,
            east,
            north,
        })
    }
}

input! {
    /// Query of `GET /timeline/buckets`.
    pub struct TimelineQuery {
        /// Whose; default the caller's.
        pub user_id: Option<UserId> = optional("userId", rule::id()),
        /// Only of this album, of all owners.
        pub album_id: Option<AlbumId> = optional("albumId", rule::id()),
        /// Only with this person.
        pub person_id: Option<PersonId> = optional("personId", rule::id()),
        /// Only with this tag or one below it.
        pub tag_id: Option<TagId> = optional("tagId", rule::id()),
        /// Only marked, or only unmarked.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Only in the trash, or only outside.
        pub is_trashed: Option<bool> = optional("isTrashed", rule::boolean()),
        /// Only the top of each stack.
        pub with_stacked: Option<bool> = optional("withStacked", rule::boolean()),
        /// Also of partners.
        pub with_partners: Option<bool> = optional("withPartners", rule::boolean()),
        /// Default newest first.
        pub order: Option<AssetOrder> = optional("order", rule::enum_of()),
        /// Default by capture.
        pub order_by: Option<AssetOrderBy> = optional("orderBy", rule::enum_of()),
        /// Default archive and timeline.
        pub visibility: Option<AssetVisibility> = optional("visibility", rule::enum_of()),
        /// Also latitude and longitude.
        pub with_coordinates: Option<bool> = optional("withCoordinates", rule::boolean()),
        /// Only on this part of the map.
        pub bbox: Option<String> = optional("bbox", rule::string()),
    }
    check |query, fields| if query.bbox.is_some() && query.bounds().is_none() {
        fields.refuse("bbox", "bbox must be west,south,east,north");
    }
}

impl TimelineQuery {
    /// The part of the map asked for.
    pub fn bounds(&self) -> Option<BoundingBox> {
        self.bbox.as_deref().and_then(BoundingBox::parse)
    }
}

/// Query of `GET /timeline/bucket`.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeBucketQuery {
    /// Which assets.
    pub query: TimelineQuery,
    /// A day of the month asked for; an instant is cut to its date.
    pub time_bucket: Date,
}

impl Input for TimeBucketQuery {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let query = TimelineQuery::read(fields);
        let text = fields.required("timeBucket", rule::string())?;
        let day = text.get(..10).and_then(Date::parse);
        if day.is_none() {
            fields.refuse(
                "timeBucket",
                "Invalid input: expected ISO date string (YYYY-MM-DD), received string",
            );
        }
        Some(Self {
            query: query?,
            time_bucket: day?,
        })
    }
}

/// `TimeBucketsResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeBucket {
    /// First day of the month, `YYYY-MM-01`.
    pub time_bucket: String,
    /// Assets in it.
    pub count: i64,
}

/// `TimeBucketAssetResponseDto`: parallel arrays, one place per asset in each.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeBucketAssets {
    /// Asset ids.
    pub id: Vec<String>,
    /// Owners' ids.
    pub owner_id: Vec<String>,
    /// Width by height, three decimals; 1 if unknown.
    pub ratio: Vec<f64>,
    /// True only for the caller's own.
    pub is_favorite: Vec<bool>,
    /// Where shown.
    pub visibility: Vec<AssetVisibility>,
    /// In the trash.
    pub is_trashed: Vec<bool>,
    /// Photo; else video.
    pub is_image: Vec<bool>,
    /// Base64.
    pub thumbhash: Vec<Option<String>>,
    /// Upload time, UTC without zone ([`write_bucket_time`]).
    pub created_at: Vec<String>,
    /// Capture time, UTC without zone ([`write_bucket_time`]).
    pub file_created_at: Vec<String>,
    /// Offset of the wall clock from UTC.
    pub local_offset_hours: Vec<f64>,
    /// Milliseconds.
    pub duration: Vec<Option<i64>>,
    /// Panorama kind.
    pub projection_type: Vec<Option<String>>,
    /// Motion part.
    pub live_photo_video_id: Vec<Option<String>>,
    /// Not for links without metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Vec<Option<String>>>,
    /// Not for links without metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Vec<Option<String>>>,
    /// On request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Vec<Option<f64>>>,
    /// On request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Vec<Option<f64>>>,
    /// On request: stack id and number of members as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<Vec<Option<[String; 2]>>>,
}

/// An instant as bucket columns write it: UTC, no zone, no trailing zeros of the fraction
/// (`2024-01-01T10:00:00.12`). A bucket has hundreds of them, so the digits are written by hand.
pub fn write_bucket_time(at: Millis, out: &mut String) {
    write_clock(at, out);
    if at.0.rem_euclid(1000) == 0 {
        out.truncate(out.len() - ".000".len());
    } else {
        out.truncate(out.trim_end_matches('0').len());
    }
}

/// An instant as `2024-01-01T10:00:00.120`: UTC, three digits of the fraction, no zone.
pub(crate) fn write_clock(at: Millis, out: &mut String) {
    let (day, time) = (at.0.div_euclid(DAY), at.0.rem_euclid(DAY));
    let (year, month, date) = civil(day.clamp(FIRST_DAY, LAST_DAY));
    let mut text = *b"0000-00-00T00:00:00.000";
    for (place, number) in [
        (0..4, year),
        (5..7, month),
        (8..10, date),
        (11..13, time / 3_600_000),
        (14..16, time / 60_000 % 60),
        (17..19, time / 1000 % 60),
        (20..23, time % 1000),
    ] {
        digits(number, text.get_mut(place).unwrap_or_default());
    }
    out.push_str(str::from_utf8(&text).unwrap_or_default());
}

const DAY: i64 = 86_400_000;
/// 0000-01-01 and 9999-12-31 in days from 1970: years outside have no four digits.
const FIRST_DAY: i64 = -719_528;
const LAST_DAY: i64 = 2_932_896;

/// Year, month and day of a number of days from 1970 (proleptic Gregorian calendar). Counts in eras of
/// 400 years that begin in March, so that the leap day comes last.
fn civil(day: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    let shifted = day + 719_468;
    let (era, day) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + carry, month, date)
}

/// The last decimal digits of a number that is not negative, as many as there is place for.
fn digits(number: i64, place: &mut [u8]) {
    // Short, because dividing it costs less then.
    let mut number = u32::try_from(number).unwrap_or(0);
    for byte in place.iter_mut().rev() {
        *byte = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::from_query;

    fn written(at: Millis) -> String {
        let mut text = String::new();
        write_bucket_time(at, &mut text);
        text
    }

    #[test]
    fn bucket_times_have_no_zone_and_no_idle_zeros() {
        let at = |text: &str| written(Millis::parse(text).unwrap());
        assert_eq!(at("2024-01-01T10:00:00.123Z"), "2024-01-01T10:00:00.123");
        assert_eq!(at("2024-01-01T10:00:00.120Z"), "2024-01-01T10:00:00.12");
        assert_eq!(at("2024-01-01T10:00:00Z"), "2024-01-01T10:00:00");
    }

    #[test]
    fn bucket_times_are_those_of_the_calendar() {
        let first = Millis::parse("0000-01-01T00:00:00.001Z").unwrap().0;
        let last = Millis::parse("9999-12-31T23:59:59.999Z").unwrap().0;
        let steps = (first..last).step_by(86_399_003 * 17);
        for at in steps.chain([first, -1, 0, 1, 951_782_400_000, last]) {
            let expected = Millis(at).to_string();
            let expected = expected.trim_end_matches('Z');
            let text = written(Millis(at));
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            assert_eq!(format!("{whole}.{fraction:0<3}"), expected, "{at}");
        }
        assert!(written(Millis(i64::MAX)).starts_with("9999-12-31T"));
        assert!(written(Millis(i64::MIN)).starts_with("0000-01-01T"));
    }

    #[test]
    fn boxes_are_four_numbers_on_the_map() {
        assert!(BoundingBox::parse("-10,-20,10,20.5").is_some());
        for bad in [
            "",
            "1,2,3",
            "1,2,3,4,5",
            "a,b,c,d",
            "0,10,0,-10",
            "-181,0,0,0",
            "NaN,0,0,0",
        ] {
            assert!(BoundingBox::parse(bad).is_none(), "{bad}");
        }
        assert!(from_query::<TimelineQuery>("bbox=1,2").is_err());
    }

    #[test]
    fn a_bucket_is_a_date() {
        let query = from_query::<TimeBucketQuery>("timeBucket=2024-03-01&isFavorite=true").unwrap();
        assert_eq!(query.time_bucket.to_string(), "2024-03-01");
        assert_eq!(query.query.is_favorite, Some(true));
        assert!(from_query::<TimeBucketQuery>("timeBucket=2024-03-01T00:00:00.000Z").is_ok());
        assert!(from_query::<TimeBucketQuery>("").is_err());
        assert!(from_query::<TimeBucketQuery>("timeBucket=march").is_err());
    }
}
