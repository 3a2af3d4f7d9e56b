//! The body of a bucket, put together from columns that the database has already written as JSON.
//! Most texts pass through untouched; times, flags, stacks and what stands for null are rewritten.

use std::fmt::Write as _;

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

/// A column of `TimeBucketAssetResponseDto`.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What clients call it.
    pub name: &'static str,
    /// The columns of the result that it is made of: none where the query alone says what it holds.
    pub from: &'static [&'static str],
}

/// The columns of an answer, in their order.
pub fn list(wanted: Wanted, known: &Known<'_>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::with_capacity(20);
    let mut add = |name, from| columns.push(Column { name, from });
    add("id", &["id"]);
    add("ownerId", known.owner_id.map_or(&["owner_id"], |_| &[]));
    add("ratio", &["ratio"]);
    add("isFavorite", &["flags"]);
    add(
        "visibility",
        known.visibility.map_or(&["visibility"], |_| &[]),
    );
    add("isTrashed", &[]);
    add("isImage", &["flags"]);
    add("thumbhash", &["thumbhash"]);
    add("createdAt", &["created_at"]);
    add("fileCreatedAt", &["file_created_at"]);
    add("localOffsetHours", &["file_created_at", "local_date_time"]);
    add("duration", &["duration"]);
    add("projectionType", &["projection_type"]);
    add("livePhotoVideoId", &["live_photo_video_id"]);
    if wanted.places {
        add("city", &["city"]);
        add("country", &["country"]);
    }
    if wanted.coordinates {
        add("latitude", &["latitude"]);
        add("longitude", &["longitude"]);
    }
    if wanted.stacks {
        add("stack", &["stack_id", "stack_count"]);
    }
    columns
}

/// `TimeBucketAssetResponseDto` as JSON text, from one page.
pub fn body(page: &Rows, wanted: Wanted, known: &Known<'_>) -> Result<String> {
    let count = usize::try_from(bucket_size(page)?).unwrap_or(0);
    let mut text = String::with_capacity(64 * 1024);
    for column in list(wanted, known) {
        text.push(if text.is_empty() { '{' } else { ',' });
        open(&mut text, column);
        elements_of(&mut text, column, page, count, known)?;
        text.push(']');
    }
    text.push('}');
    Ok(text)
}

/// A column's name and the beginning of its array.
pub fn open(text: &mut String, column: Column) {
    text.push('"');
    text.push_str(column.name);
    text.push_str("\":[");
}

/// The elements of a column for `count` assets, of which `rows` holds what it is made of.
pub fn elements_of(
    text: &mut String,
    column: Column,
    rows: &Rows,
    count: usize,
    known: &Known<'_>,
) -> Result<()> {
    let cells = |name: &str| bucket_column(rows, name);
    match (column.name, column.from) {
        ("ownerId", []) => {
            let owner = known.owner_id.unwrap_or_default();
            same(text, count, &format!("\"{owner}\""));
        }
        ("visibility", []) => {
            let visibility = known.visibility.map_or("", |it| it.as_str());
            same(text, count, &format!("\"{visibility}\""));
        }
        ("isTrashed", _) => same(text, count, &known.is_trashed.to_string()),
        ("ratio", _) => ratios(text, &numbers(cells("ratio")?)?),
        ("isFavorite", _) => flags(text, cells("flags")?, IS_FAVORITE),
        ("isImage", _) => flags(text, cells("flags")?, IS_IMAGE),
        ("createdAt" | "fileCreatedAt", [name]) => times(text, &numbers(cells(name)?)?),
        ("localOffsetHours", _) => {
            let taken = numbers(cells("file_created_at")?)?;
            offsets(text, &taken, &numbers(cells("local_date_time")?)?);
        }
        ("thumbhash" | "livePhotoVideoId", [name]) => texts(text, cells(name)?),
        ("duration", _) => digits(text, cells("duration")?),
        ("stack", _) => stacks(text, cells("stack_id")?, cells("stack_count")?),
        (_, [name]) => text.push_str(inner(cells(name)?)),
        _ => return Err(Error::internal("a column of a bucket that nobody knows")),
    }
    Ok(())
}

/// What stands for null in a column of texts.
const NULL: &str = "\"\"";
/// Milliseconds.
const HOUR: f64 = 3_600_000.0;

/// What stands between the brackets.
pub fn inner(array: &str) -> &str {
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

/// One element for every asset.
fn same(text: &mut String, count: usize, element: &str) {
    array(text, std::iter::repeat_n(element, count), String::push_str);
}

/// Thousandths as decimal numbers.
fn ratios(text: &mut String, thousandths: &[i64]) {
    repetitive(text, thousandths.iter().copied(), |text, ratio| {
        let (whole, rest) = (ratio / 1000, ratio % 1000);
        match rest {
            0 => write!(text, "{whole}"),
            rest => write!(text, "{whole}.{rest:03}"),
        }
    });
}

/// Writes elements that are often like the one before, which is then copied.
fn repetitive(
    text: &mut String,
    items: impl Iterator<Item = i64>,
    write: impl Fn(&mut String, i64) -> std::fmt::Result,
) {
    let (mut last, mut written) = (None, String::new());
    array(text, items, |text, item| {
        if last != Some(item) {
            last = Some(item);
            written.clear();
            // Writing to a String does not fail.
            write(&mut written, item).unwrap_or_default();
        }
        text.push_str(&written);
    });
}

/// Writes the elements of an array, one at a time.
fn array<T>(
    text: &mut String,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(text, item);
    }
}

/// Texts, of which the empty ones stand for null.
fn texts(text: &mut String, column: &str) {
    array(text, elements(column), |text, element| {
        text.push_str(or_null(element));
    });
}

/// Numbers that come as texts.
fn digits(text: &mut String, column: &str) {
    array(text, elements(column), |text, element| {
        text.push_str(or_null(element).trim_matches('"'));
    });
}

/// Whether `flag` is in sums of flags, which have one digit each.
fn flags(text: &mut String, column: &str, flag: u8) {
    let sums = column.bytes().filter(u8::is_ascii_digit);
    array(text, sums, |text, sum| {
        let is_set = (sum - b'0') & flag != 0;
        text.push_str(if is_set { "true" } else { "false" });
    });
}

fn times(text: &mut String, times: &[i64]) {
    array(text, times.iter(), |text, at| {
        text.push('"');
        write_bucket_time(Millis(*at), text);
        text.push('"');
    });
}

/// Hours from UTC to the wall clock.
fn offsets(text: &mut String, taken: &[i64], local: &[i64]) {
    let offsets = taken.iter().zip(local).map(|(taken, local)| local - taken);
    repetitive(text, offsets, |text, offset| {
        #[expect(
            clippy::cast_precision_loss,
            reason = "offsets are small; absurd dates lose nothing that matters"
        )]
        let hours = offset as f64 / HOUR;
        write!(text, "{hours}")
    });
}

fn stacks(text: &mut String, ids: &str, counts: &str) {
    let pairs = elements(ids).zip(elements(counts));
    array(text, pairs, |text, (id, count)| {
        if id == NULL {
            text.push_str("null");
        } else {
            write!(text, "[{id},\"{count}\"]").unwrap_or_default();
        }
    });
}
