//! The body of a bucket, put together from columns that the database has already written as JSON.
//! Most texts pass through untouched; times, flags, stacks and what stands for null are rewritten.

use std::{borrow::Cow, fmt::Write as _};

use edge_api::{Millis, timeline::write_bucket_time};
use edge_http::{Error, Result};
use edge_platform::Rows;
use edge_store::timeline::{IS_FAVORITE, IS_IMAGE, Known, bucket_column, bucket_size};

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

/// What stands for null in a column of texts.
const NULL: &str = "\"\"";
/// Milliseconds.
const HOUR: f64 = 3_600_000.0;

/// `TimeBucketAssetResponseDto` as JSON text, from one or more pages.
pub fn body(pages: &[Rows], wanted: Wanted, known: &Known<'_>) -> Result<String> {
    let column = |name: &str| merged(pages, name);
    let mut body = Body::of(pages)?;
    body.raw("id", &column("id")?);
    match known.owner_id {
        Some(owner) => body.same("ownerId", &format!("\"{owner}\"")),
        None => body.raw("ownerId", &column("owner_id")?),
    }
    body.ratios("ratio", &numbers(&column("ratio")?)?);
    let flags = column("flags")?;
    body.flags("isFavorite", &flags, IS_FAVORITE);
    match known.visibility {
        Some(visibility) => body.same("visibility", &format!("\"{}\"", visibility.as_str())),
        None => body.raw("visibility", &column("visibility")?),
    }
    body.same("isTrashed", &known.is_trashed.to_string());
    body.flags("isImage", &flags, IS_IMAGE);
    body.texts("thumbhash", &column("thumbhash")?);
    body.times("createdAt", &numbers(&column("created_at")?)?);
    let taken = numbers(&column("file_created_at")?)?;
    body.times("fileCreatedAt", &taken);
    body.offsets(&taken, &numbers(&column("local_date_time")?)?);
    body.digits("duration", &column("duration")?);
    body.raw("projectionType", &column("projection_type")?);
    body.texts("livePhotoVideoId", &column("live_photo_video_id")?);
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
fn merged<'a>(pages: &'a [Rows], name: &str) -> Result<Cow<'a, str>> {
    if let [only] = pages {
        return Ok(bucket_column(only, name)?.into());
    }
    let mut parts = Vec::with_capacity(pages.len());
    for page in pages {
        let part = inner(bucket_column(page, name)?);
        if !part.is_empty() {
            parts.push(part);
        }
    }
    Ok(format!("[{}]", parts.join(",")).into())
}

/// What stands between the brackets.
fn inner(array: &str) -> &str {
    let array = array.trim();
    let array = array.strip_prefix('[').unwrap_or(array);
    array.strip_suffix(']').unwrap_or(array).trim()
}

/// The elements of a JSON array of numbers, nulls, or texts without commas.
fn elements(array: &str) -> impl Iterator<Item = &str> {
    inner(array)
        .split(',')
        .map(str::trim_ascii)
        .filter(|element| !element.is_empty())
}

/// An element of a column of texts as JSON.
fn or_null(element: &str) -> &str {
    if element == NULL { "null" } else { element }
}

/// The elements of a JSON array of whole numbers. A bucket has a thousand of them, so they are read digit by digit.
fn numbers(array: &str) -> Result<Vec<i64>> {
    let wrong = || Error::internal("a column is no array of whole numbers");
    let (mut numbers, mut number, mut is_negative) = (Vec::new(), None::<i64>, false);
    for byte in array.bytes() {
        match byte {
            b'0'..=b'9' => {
                let before = number.unwrap_or(0);
                // Checked multiplication is one of 128 bits in wasm, and was half of the time that reading takes.
                if before >= i64::MAX / 10 {
                    return Err(wrong());
                }
                number = Some(before * 10 + i64::from(byte - b'0'));
            }
            b'-' if number.is_none() => is_negative = true,
            b',' | b']' => {
                numbers.extend(number.take().map(|it| if is_negative { -it } else { it }));
                is_negative = false;
            }
            b'[' | b' ' => {}
            _ => return Err(wrong()),
        }
    }
    Ok(numbers)
}

struct Body {
    text: String,
    /// Assets in all pages.
    count: usize,
}

impl Body {
    fn of(pages: &[Rows]) -> Result<Self> {
        let mut count = 0;
        for page in pages {
            count += usize::try_from(bucket_size(page)?).unwrap_or(0);
        }
        Ok(Self {
            text: String::with_capacity(64 * 1024),
            count,
        })
    }

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

    /// One element for every asset.
    fn same(&mut self, name: &str, element: &str) {
        let elements = std::iter::repeat_n(element, self.count);
        self.array(name, elements, String::push_str);
    }

    /// Thousandths as decimal numbers.
    fn ratios(&mut self, name: &str, thousandths: &[i64]) {
        self.repetitive(name, thousandths.iter().copied(), |text, ratio| {
            let (whole, rest) = (ratio / 1000, ratio % 1000);
            match rest {
                0 => write!(text, "{whole}"),
                rest => write!(text, "{whole}.{rest:03}"),
            }
        });
    }

    /// Writes an array of elements that are often like the one before, which is then copied.
    fn repetitive(
        &mut self,
        name: &str,
        items: impl Iterator<Item = i64>,
        write: impl Fn(&mut String, i64) -> std::fmt::Result,
    ) {
        let (mut last, mut written) = (None, String::new());
        self.array(name, items, |text, item| {
            if last != Some(item) {
                last = Some(item);
                written.clear();
                // Writing to a String does not fail.
                write(&mut written, item).unwrap_or_default();
            }
            text.push_str(&written);
        });
    }

    /// Writes an array, one element at a time.
    fn array<T>(
        &mut self,
        name: &str,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut String, T),
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

    /// Texts, of which the empty ones stand for null.
    fn texts(&mut self, name: &str, array: &str) {
        self.array(name, elements(array), |text, element| {
            text.push_str(or_null(element));
        });
    }

    /// Numbers that come as texts.
    fn digits(&mut self, name: &str, array: &str) {
        self.array(name, elements(array), |text, element| {
            text.push_str(or_null(element).trim_matches('"'));
        });
    }

    /// Whether `flag` is in sums of flags, which have one digit each.
    fn flags(&mut self, name: &str, array: &str, flag: u8) {
        let sums = array.bytes().filter(u8::is_ascii_digit);
        self.array(name, sums, |text, sum| {
            let is_set = (sum - b'0') & flag != 0;
            text.push_str(if is_set { "true" } else { "false" });
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
        let offsets = taken.iter().zip(local).map(|(taken, local)| local - taken);
        self.repetitive("localOffsetHours", offsets, |text, offset| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "offsets are small; absurd dates lose nothing that matters"
            )]
            let hours = offset as f64 / HOUR;
            write!(text, "{hours}")
        });
    }

    fn stacks(&mut self, ids: &str, counts: &str) {
        let pairs = elements(ids).zip(elements(counts));
        self.array("stack", pairs, |text, (id, count)| {
            if id == NULL {
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
