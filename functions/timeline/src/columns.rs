//! The body of a bucket, put together from columns that the database has already written as JSON.
//! Texts pass through untouched; only times, flags and stacks are rewritten.

use std::fmt::Write as _;

use edge_api::{Millis, timeline::write_bucket_time};
use edge_http::{Error, Result};
use edge_platform::Rows;
use edge_store::timeline::bucket_column;

/// Columns that are not always there.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// City and country.
    pub places: bool,
    /// Latitude and longitude.
    pub coordinates: bool,
    /// Stack and number of its members.
    pub stacks: bool,
}

const HOUR: f64 = 3_600_000.0;

/// `TimeBucketAssetResponseDto` as JSON text, from one or more pages.
pub fn body(pages: &[Rows], wanted: Wanted) -> Result<String> {
    let column = |name: &str| merged(pages, name);
    let mut body = Body {
        text: String::with_capacity(64 * 1024),
    };
    body.raw("id", &column("id")?);
    body.raw("ownerId", &column("owner_id")?);
    body.raw("ratio", &column("ratio")?);
    body.flags("isFavorite", &column("is_favorite")?);
    body.raw("visibility", &column("visibility")?);
    body.flags("isTrashed", &column("is_trashed")?);
    body.flags("isImage", &column("is_image")?);
    body.raw("thumbhash", &column("thumbhash")?);
    body.times("createdAt", &numbers(&column("created_at")?)?);
    let taken = numbers(&column("file_created_at")?)?;
    body.times("fileCreatedAt", &taken);
    body.offsets(&taken, &numbers(&column("local_date_time")?)?);
    body.raw("duration", &column("duration")?);
    body.raw("projectionType", &column("projection_type")?);
    body.raw("livePhotoVideoId", &column("live_photo_video_id")?);
    if wanted.places {
        body.raw("city", &column("city")?);
        body.raw("country", &column("country")?);
    }
    if wanted.coordinates {
        body.raw("latitude", &column("latitude")?);
        body.raw("longitude", &column("longitude")?);
    }
    if wanted.stacks {
        body.stacks(&column("stack_id")?, &column("stack_count")?);
    }
    Ok(body.finish())
}

/// A column of all pages as one JSON array.
fn merged(pages: &[Rows], name: &str) -> Result<String> {
    if let [only] = pages {
        return Ok(bucket_column(only, name)?);
    }
    let mut parts = Vec::with_capacity(pages.len());
    for page in pages {
        let array = bucket_column(page, name)?;
        let part = inner(&array);
        if !part.is_empty() {
            parts.push(part.to_owned());
        }
    }
    Ok(format!("[{}]", parts.join(",")))
}

/// What stands between the brackets.
fn inner(array: &str) -> &str {
    let array = array.trim();
    let array = array.strip_prefix('[').unwrap_or(array);
    array.strip_suffix(']').unwrap_or(array).trim()
}

/// The elements of a JSON array of numbers, nulls, or texts without commas.
fn elements(array: &str) -> impl Iterator<Item = &str> {
    let inner = inner(array);
    let whole = (!inner.is_empty()).then_some(inner);
    whole
        .into_iter()
        .flat_map(|inner| inner.split(',').map(str::trim))
}

fn numbers(array: &str) -> Result<Vec<i64>> {
    elements(array)
        .map(|number| number.parse().map_err(Error::internal))
        .collect()
}

struct Body {
    text: String,
}

impl Body {
    fn key(&mut self, name: &str) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
    }

    fn raw(&mut self, name: &str, array: &str) {
        self.key(name);
        self.text.push_str(array);
    }

    /// Writes an array, one element at a time.
    fn array<T>(
        &mut self,
        name: &str,
        items: impl Iterator<Item = T>,
        write: impl Fn(&mut String, T),
    ) {
        self.key(name);
        self.text.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            write(&mut self.text, item);
        }
        self.text.push(']');
    }

    fn flags(&mut self, name: &str, array: &str) {
        self.array(name, elements(array), |text, flag| {
            text.push_str(if flag == "1" { "true" } else { "false" });
        });
    }

    fn times(&mut self, name: &str, times: &[i64]) {
        self.array(name, times.iter(), |text, at| {
            text.push('"');
            write_bucket_time(Millis(*at), text);
            text.push('"');
        });
    }

    /// Hours from UTC to the wall clock.
    fn offsets(&mut self, taken: &[i64], local: &[i64]) {
        let pairs = taken.iter().zip(local);
        self.array("localOffsetHours", pairs, |text, (taken, local)| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "offsets are small; absurd dates lose nothing that matters"
            )]
            let hours = (local - taken) as f64 / HOUR;
            // Writing to a String does not fail.
            write!(text, "{hours}").unwrap_or_default();
        });
    }

    fn stacks(&mut self, ids: &str, counts: &str) {
        let pairs = elements(ids).zip(elements(counts));
        self.array("stack", pairs, |text, (id, count)| {
            if id == "null" {
                text.push_str("null");
            } else {
                write!(text, "[{id},\"{count}\"]").unwrap_or_default();
            }
        });
    }

    fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}
