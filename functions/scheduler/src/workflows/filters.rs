//! Methods that decide whether a run goes on (api/workflows.md section 2, "Exact behaviour").

use edge_store::workflows::Asset;
use serde_json::{Map, Value};

use super::{Reason, flag, text};

const DAY: i64 = 86_400_000;

/// Diameter of the Earth, km.
const EARTH: f64 = 12_742.0;

/// Largest expression once it is compiled, bytes: its size times the length of the value is what a match costs.
const LARGEST: usize = 64 * 1024;

type Config = Map<String, Value>;

/// Whether a method only looks: its name ends so.
pub fn is_filter(method: &str) -> bool {
    method.ends_with("Filter")
}

/// Whether a filter matches by an expression, which takes its time.
pub fn has_expression(config: &Config) -> bool {
    text(config, "matchType") == Some("regex")
}

/// Whether the run goes on; `None`: the method is no filter.
pub fn passes(method: &str, config: &Config, asset: &Asset) -> Option<Result<bool, Reason>> {
    let passes = match method {
        "assetFileFilter" => matches(config, &asset.original_file_name),
        "assetExifFilter" => exif(config, &asset.exif_info),
        "assetMissingTimeZoneFilter" => Ok(time_zone(config, &asset.exif_info)),
        "assetLocationFilter" => Ok(location(config, &asset.exif_info)),
        "assetDateFilter" => date(config, asset.local_date_time.0),
        "assetTypeFilter" => Ok(kind(config, &asset.kind)),
        _ => return None,
    };
    Some(passes)
}

/// Whether a value is as `pattern`, `matchType` and `caseSensitive` say. A match of another type passes.
///
/// Expressions run in time linear in the value: look-around and back-references, which would not, are no expressions here
/// (docs/workflows.md).
fn matches(config: &Config, value: &str) -> Result<bool, Reason> {
    let pattern = config
        .get("pattern")
        .and_then(Value::as_str)
        .ok_or("pattern is missing")?;
    let (pattern, value) = if flag(config, "caseSensitive") {
        (pattern.to_owned(), value.to_owned())
    } else {
        (pattern.to_lowercase(), value.to_lowercase())
    };
    Ok(match text(config, "matchType").unwrap_or("contains") {
        "contains" => value.contains(&pattern),
        "startsWith" => value.starts_with(&pattern),
        "exact" => value == pattern,
        "regex" => regex_lite::RegexBuilder::new(&pattern)
            .size_limit(LARGEST)
            .build()
            .map_err(|error| format!("Invalid regular expression: {error}"))?
            .is_match(&value),
        _ => true,
    })
}

/// One value of the metadata, as text. Without one the run ends.
fn exif(config: &Config, exif: &Value) -> Result<bool, Reason> {
    let property = text(config, "property").ok_or("property is missing")?;
    match exif.get(property) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::String(value)) => matches(config, value),
        Some(value) => matches(config, &value.to_string()),
    }
}

fn time_zone(config: &Config, exif: &Value) -> bool {
    let zone = exif["timeZone"].as_str().unwrap_or_default();
    zone.is_empty() != flag(config, "inverse")
}

/// The names of the place, each when it is asked for, and then the distance, when there is a position to be near to.
fn location(config: &Config, exif: &Value) -> bool {
    let named = |name: &str| {
        let wanted = config
            .get("region")
            .and_then(|region| region[name].as_str());
        wanted.is_none_or(|wanted| wanted.is_empty() || exif[name].as_str() == Some(wanted))
    };
    if !["country", "state", "city"].into_iter().all(named) {
        return false;
    }
    let Some(position) = config.get("coordinate") else {
        return true;
    };
    let place = |of: &Value| Some((of["latitude"].as_f64()?, of["longitude"].as_f64()?));
    let Some(wanted) = place(position) else {
        return true;
    };
    let radius = position["radius"].as_f64().unwrap_or(0.0);
    place(exif).is_some_and(|place| distance(place, wanted) <= radius)
}

/// Kilometres along a great circle, by haversines; degrees.
fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let parallel = one.0.to_radians().cos() * other.0.to_radians().cos();
    EARTH
        * (half(one.0, other.0) + parallel * half(one.1, other.1))
            .sqrt()
            .asin()
}

/// Year, month and day of a configuration, as numbers.
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    fn read(config: &Config, name: &str) -> Result<Self, Reason> {
        let part = |part: &str| {
            let number = config.get(name).and_then(|date| date[part].as_f64());
            #[expect(
                clippy::cast_possible_truncation,
                reason = "`as` ends at the ends of i64, and the range is checked"
            )]
            let number = number.map(|number| number as i64);
            number
                .filter(|number| number.abs() < 100_000)
                .ok_or_else(|| format!("{name}.{part} is missing"))
        };
        Ok(Self {
            year: part("year")?,
            month: part("month")?,
            day: part("day")?,
        })
    }

    /// When it begins, epoch ms. A month or a day that is too much goes into the next, as in JavaScript.
    fn start(&self) -> i64 {
        let months = self.year * 12 + self.month - 1;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        (first_of(year, month) + self.day - 1) * DAY
    }

    fn in_year(&self, year: i64) -> Self {
        Self { year, ..*self }
    }
}

/// Days from 1970-01-01 to the first of a month (proleptic Gregorian calendar).
fn first_of(year: i64, month: i64) -> i64 {
    // Years that begin in March have their leap day at the end (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The year of a day since 1970.
fn year_of(day: i64) -> i64 {
    // No later than it is: a year has 365 days and at most 366.
    let mut year = 1970 + day.div_euclid(if day < 0 { 365 } else { 366 });
    while first_of(year + 1, 1) <= day {
        year += 1;
    }
    year
}

/// Whether a wall clock (epoch ms as if it were UTC) lies in the range of days, of which the last one counts.
fn date(config: &Config, local: i64) -> Result<bool, Reason> {
    let mut start = Date::read(config, "startDate")?;
    let mut end = Date::read(config, "endDate")?;
    if flag(config, "recurring") {
        let year = year_of(local.div_euclid(DAY));
        (start, end) = (start.in_year(year), end.in_year(year));
        if end.start() < start.start() {
            // Over New Year.
            if local >= end.start() + DAY {
                end = end.in_year(year + 1);
            } else {
                start = start.in_year(year - 1);
            }
        }
    }
    Ok((start.start()..end.start() + DAY).contains(&local))
}

fn kind(config: &Config, kind: &str) -> bool {
    let allowed = config.get("allowedTypes").and_then(Value::as_array);
    allowed.is_some_and(|allowed| allowed.iter().any(|allowed| allowed == kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(value: Value) -> Config {
        serde_json::from_value(value).unwrap()
    }

    fn file(pattern: &str, kind: &str, case_sensitive: bool, name: &str) -> Result<bool, Reason> {
        let config =
            json!({ "pattern": pattern, "matchType": kind, "caseSensitive": case_sensitive });
        matches(&config.as_object().unwrap().clone(), name)
    }

    #[test]
    fn names_are_compared() {
        for (pattern, kind, case_sensitive, wanted) in [
            ("shot", "contains", false, true),
            ("SHOT", "contains", false, true),
            ("shot", "contains", true, false),
            ("screen", "startsWith", false, true),
            ("shot", "startsWith", false, false),
            ("screenshot 1.png", "exact", false, true),
            ("screenshot", "exact", false, false),
            (r"shot \d\.(png|jpe?g)$", "regex", false, true),
            (r"^shot", "regex", false, false),
            ("whatever", "other", false, true),
        ] {
            let passes = file(pattern, kind, case_sensitive, "ScreenShot 1.png");
            assert_eq!(passes, Ok(wanted), "{pattern} {kind}");
        }
        assert_eq!(
            file(r"\D", "regex", false, "7"),
            Ok(true),
            "the pattern is lower-cased: a digit"
        );
        assert_eq!(file(r"\D", "regex", true, "7"), Ok(false));
        let large = file(r"((a{50}){50}){50}", "regex", false, "a");
        assert!(large.is_err_and(|reason| reason.starts_with("Invalid regular expression")));
        assert_eq!(
            matches(&Config::new(), "a"),
            Err("pattern is missing".to_owned())
        );
        for bad in ["(", "(?=a)b", r"(a)\1"] {
            let error = file(bad, "regex", false, "a").unwrap_err();
            assert!(error.starts_with("Invalid regular expression: "), "{error}");
        }
    }

    #[test]
    fn expressions_take_no_time_that_explodes() {
        let value = format!("{}!", "a".repeat(5_000));
        assert_eq!(file("^(a+)+$", "regex", false, &value), Ok(false));
    }

    #[test]
    fn values_of_the_metadata_are_texts() {
        let data = json!({ "fNumber": 2.8, "iso": 100, "make": "Canon", "model": null });
        let passes = |property: &str, pattern: &str, kind: &str| {
            exif(
                &config(json!({ "property": property, "pattern": pattern, "matchType": kind })),
                &data,
            )
        };
        assert_eq!(passes("fNumber", "2.8", "exact"), Ok(true));
        assert_eq!(passes("iso", "100", "exact"), Ok(true));
        assert_eq!(passes("make", "canon", "exact"), Ok(true));
        assert_eq!(passes("model", "", "contains"), Ok(false));
        assert_eq!(passes("nothing", "", "contains"), Ok(false));
        assert!(exif(&Config::new(), &data).is_err());
    }

    #[test]
    fn a_missing_time_zone_passes() {
        let none = json!({ "timeZone": null });
        let some = json!({ "timeZone": "UTC+2" });
        let inverse = config(json!({ "inverse": true }));
        assert!(time_zone(&Config::new(), &none) && !time_zone(&Config::new(), &some));
        assert!(!time_zone(&inverse, &none) && time_zone(&inverse, &some));
    }

    #[test]
    fn places_are_compared_by_name_and_distance() {
        let bern = json!({ "country": "Switzerland", "state": "Bern", "city": "Bern", "latitude": 46.948, "longitude": 7.447 });
        let passes = |value: Value| location(&config(value), &bern);
        assert!(passes(json!({})));
        assert!(passes(
            json!({ "region": { "country": "Switzerland", "city": "" } })
        ));
        assert!(!passes(json!({ "region": { "country": "switzerland" } })));
        let zurich = |radius: Value| json!({ "coordinate": { "latitude": 47.374, "longitude": 8.541, "radius": radius } });
        assert!(
            passes(zurich(json!(96))) && !passes(zurich(json!(94))),
            "95.5 km"
        );
        assert!(!passes(zurich(json!(null))), "no radius is none");
        assert!(passes(json!({ "coordinate": { "latitude": 47.374 } })));
        let here = json!({ "coordinate": { "latitude": 0, "longitude": 0, "radius": 99_999 } });
        assert!(!location(
            &config(here),
            &json!({ "latitude": null, "longitude": null })
        ));
    }

    fn range(start: [i64; 3], end: [i64; 3], recurring: bool) -> Config {
        let day =
            |[year, month, day]: [i64; 3]| json!({ "year": year, "month": month, "day": day });
        config(json!({ "startDate": day(start), "endDate": day(end), "recurring": recurring }))
    }

    fn at(year: i64, month: i64, day: i64) -> i64 {
        Date { year, month, day }.start()
    }

    #[test]
    fn days_are_counted_as_in_javascript() {
        assert_eq!(at(1970, 1, 1), 0);
        assert_eq!(at(2024, 2, 29), 1_709_164_800_000);
        assert_eq!(at(2023, 2, 29), at(2023, 3, 1));
        assert_eq!(at(2023, 13, 1), at(2024, 1, 1));
        assert_eq!(at(2024, 0, 1), at(2023, 12, 1));
        for year in [1, 1600, 1969, 1970, 1999, 2000, 2024, 2100, 9999] {
            let first = at(year, 1, 1) / DAY;
            assert_eq!((year_of(first), year_of(first - 1)), (year, year - 1));
        }
    }

    #[test]
    fn the_last_day_belongs_to_the_range() {
        let june = range([2024, 6, 1], [2024, 6, 30], false);
        assert_eq!(date(&june, at(2024, 6, 1)), Ok(true));
        assert_eq!(date(&june, at(2024, 7, 1) - 1), Ok(true));
        assert_eq!(date(&june, at(2024, 7, 1)), Ok(false));
        assert_eq!(date(&june, at(2023, 6, 15)), Ok(false));
        assert!(date(&Config::new(), 0).is_err());
    }

    #[test]
    fn a_range_comes_again_each_year_and_over_new_year() {
        let june = range([1999, 6, 1], [1999, 6, 30], true);
        assert_eq!(date(&june, at(2031, 6, 30) + DAY - 1), Ok(true));
        assert_eq!(date(&june, at(2031, 7, 1)), Ok(false));
        let winter = range([1999, 12, 20], [1999, 1, 6], true);
        for (year, month, day, wanted) in [
            (2024, 12, 20, true),
            (2024, 12, 31, true),
            (2025, 1, 6, true),
            (2025, 1, 7, false),
            (2024, 12, 19, false),
        ] {
            assert_eq!(
                date(&winter, at(year, month, day)),
                Ok(wanted),
                "{year}-{month}-{day}"
            );
        }
    }

    #[test]
    fn only_chosen_types_pass() {
        let videos = config(json!({ "allowedTypes": ["VIDEO"] }));
        assert!(kind(&videos, "VIDEO") && !kind(&videos, "IMAGE"));
        assert!(!kind(&Config::new(), "IMAGE"));
    }
}
