//! Dates, offsets and zones, of files and of requests.
#![no_main]

use edge_api::time::{Date, OffsetTime};
use edge_media::metadata::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    date::parse(text);
    if let Some(minutes) = date::parse_offset(text) {
        date::zone_name(minutes);
    }
    Date::parse(text);
    if let Some(time) = OffsetTime::parse(text) {
        // Must be printable, whatever was read.
        let _ = serde_json::to_string(&time.instant());
    }
});
