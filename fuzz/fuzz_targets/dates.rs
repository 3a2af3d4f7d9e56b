//! Dates, offsets and zones, of files and of requests.
#![no_main]

use edge_api::time::{Date, OffsetTime};
use edge_media::metadata::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    date::parse(text);
    date::parse_offset(text);
    if let Some(zone) = edge_zones::Zone::named(text) {
        for instant in [
            i64::MIN,
            -62_000_000_000_000,
            0,
            1_700_000_000_000,
            i64::MAX,
        ] {
            zone.ahead_at(instant);
            zone.instant_of(instant);
        }
    }
    Date::parse(text);
    if let Some(time) = OffsetTime::parse(text) {
        // Must be printable, whatever was read.
        let _ = serde_json::to_string(&time.instant());
    }
});
