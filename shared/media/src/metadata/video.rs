//! Metadata of MP4 and QuickTime files: duration, size, rotation, frame rate, dates, place and
//! device, without decoding. Other video containers wait for the companion's probe.

use super::boxes::{self, Box};
use super::tags::Tags;
use super::text::utf8_or_latin;
use super::{fragments, xmp};
use crate::bytes::{be16, be32, be64, index, slice};

/// Seconds between 1904, where QuickTime starts to count, and 1970.
const EPOCH: i64 = 2_082_844_800;

/// Longest text that is read, bytes.
const MAX_TEXT: usize = 1 << 16;

/// A box at the top of a file, found by its header alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopBox {
    /// Four-character type, such as `moov` or `mdat`.
    pub kind: [u8; 4],
    /// Offset of the box in the file, bytes.
    pub start: u64,
    /// Offset behind the box; never beyond the file.
    pub end: u64,
}

/// Reads the header of the top-level box at `start` from the up to 16 bytes there, so that a
/// caller can hop through a large file in an object store: ask for 16 bytes at 0, then at
/// [`TopBox::end`], until `moov` comes, and hand its bytes to [`read`].
/// `None` means that this is no such file or that it ends here.
pub fn top_box(header: &[u8], start: u64, file_size: u64) -> Option<TopBox> {
    let (_, size) = boxes::header(header)?;
    let kind: [u8; 4] = slice(header, 4, 4)?.try_into().ok()?;
    let known = kind
        .iter()
        .all(|c| c.is_ascii_graphic() || *c == b' ' || *c == 0xa9);
    let end = if size == 0 {
        file_size
    } else {
        start.saturating_add(size).min(file_size)
    };
    (known && start < file_size).then_some(TopBox { kind, start, end })
}

/// What a video says of itself (`file`) and what its streams are (`stream`, what a probe gives).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VideoTags {
    /// Dates, place, device, identifiers.
    pub file: Tags,
    /// Duration, ImageWidth, ImageHeight, VideoRotation, FrameRate.
    pub stream: Tags,
}

/// The identifier of the box at the top of a file that holds XMP.
const XMP: [u8; 16] = [
    0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
];

/// Reads the `moov` box found in `bytes` (a whole file, or just that box), the XMP beside it, and the
/// fragments of a film whose index does not say how long it is. Other files give nothing.
pub fn read(bytes: &[u8]) -> VideoTags {
    let mut tags = VideoTags::default();
    let Some(moov) = boxes::find(bytes, b"moov") else {
        return tags;
    };
    for part in boxes::boxes(moov.body) {
        match &part.kind {
            b"mvhd" => movie_header(part, &mut tags),
            b"trak" => track(part.body, &mut tags),
            b"meta" => quicktime_keys(part.body, &mut tags.file),
            b"udta" => user_data(part.body, &mut tags.file),
            _ => {}
        }
    }
    if tags.stream.number("Duration").is_none_or(|d| d <= 0.0) {
        tags.stream.remove("Duration");
        if let Some(seconds) = fragments::seconds(bytes, moov.body) {
            tags.stream.set_number("Duration", seconds);
        }
    }
    for packet in boxes::boxes(bytes).filter(|b| &b.kind == b"uuid") {
        if let Some(packet) = packet.body.strip_prefix(&XMP) {
            xmp::read(packet, &mut tags.file);
        }
    }
    tags
}

/// Creation time, time scale and duration, as `mvhd` and `mdhd` both have them.
fn times(header: Box<'_>) -> Option<(i64, u32, u64)> {
    let (version, body) = header.full()?;
    if version == 1 {
        Some((
            i64::try_from(be64(body, 0)?).ok()?,
            be32(body, 16)?,
            be64(body, 20)?,
        ))
    } else {
        Some((
            be32(body, 0)?.into(),
            be32(body, 8)?,
            be32(body, 12)?.into(),
        ))
    }
}

/// QuickTime time as date text; 0 means that nobody set the clock. Times before 1970 are of programs that
/// count from there, against the format.
fn date_text(seconds: i64) -> Option<String> {
    let unix = seconds.checked_sub(EPOCH)?;
    let instant = jiff::Timestamp::from_second(if unix < 0 { seconds } else { unix }).ok()?;
    (seconds != 0).then(|| instant.to_string())
}

fn movie_header(header: Box<'_>, tags: &mut VideoTags) {
    let Some((created, scale, duration)) = times(header) else {
        return;
    };
    if let Some(date) = date_text(created) {
        tags.file.set_text("CreateDate", date.trim_end_matches('Z'));
    }
    let unknown = duration == u64::from(u32::MAX) || duration == u64::MAX;
    if scale > 0 && !unknown {
        #[expect(clippy::cast_precision_loss, reason = "durations are far below 2^52")]
        tags.stream
            .set_number("Duration", duration as f64 / f64::from(scale));
    }
}

fn track(body: &[u8], tags: &mut VideoTags) {
    let handler = boxes::find_path(body, &[b"mdia", b"hdlr"]);
    if handler.and_then(|h| slice(h.body, 8, 4)) != Some(b"vide")
        || tags.stream.number("ImageWidth").is_some()
    {
        return;
    }
    let header = boxes::find_path(body, &[b"mdia", b"mdhd"]).and_then(times);
    if let Some(date) = header.and_then(|h| date_text(h.0)) {
        tags.file
            .set_text("MediaCreateDate", date.trim_end_matches('Z'));
    }
    if let Some(entry) = boxes::find_path(body, &[b"mdia", b"minf", b"stbl", b"stsd"]) {
        // first sample entry behind version, flags, count and its own box header
        if let (Some(width), Some(height)) = (be16(entry.body, 8 + 32), be16(entry.body, 8 + 34)) {
            tags.stream.set_number("ImageWidth", width);
            tags.stream.set_number("ImageHeight", height);
        }
    }
    if let (Some((_, scale, duration)), Some(samples)) = (header, sample_count(body))
        && duration > 0
    {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let rate = samples as f64 * f64::from(scale) / duration as f64;
        tags.stream
            .set_number("FrameRate", (rate * 1000.0).round() / 1000.0);
    }
    if let Some(rotation) = boxes::find(body, b"tkhd").and_then(rotation) {
        tags.stream.set_number("VideoRotation", rotation);
    }
}

fn sample_count(track: &[u8]) -> Option<u64> {
    let (_, body) = boxes::find_path(track, &[b"mdia", b"minf", b"stbl", b"stts"])?.full()?;
    let entries = body
        .get(4..)?
        .chunks_exact(8)
        .take(index(be32(body, 0)?.into()));
    Some(entries.filter_map(|e| be32(e, 0)).map(u64::from).sum())
}

/// Rotation of the display matrix in degrees, counter-clockwise positive, as probes report it:
/// a phone held upright gives -90.
fn rotation(header: Box<'_>) -> Option<i32> {
    let (version, body) = header.full()?;
    let at = if version == 1 { 48 } else { 36 };
    let cell = |i: usize| be32(body, at + i * 4).map(u32::cast_signed);
    let (a, b) = (f64::from(cell(0)?), f64::from(cell(1)?));
    #[expect(clippy::cast_possible_truncation, reason = "between -2 and 2")]
    let quarters = (-b.atan2(a).to_degrees() / 90.0).round() as i32;
    // half a turn has no direction
    Some(if quarters == -2 { 180 } else { quarters * 90 })
}

/// Apple's and Android's key-value list (`moov/meta` with `keys` and `ilst`).
fn quicktime_keys(meta: &[u8], tags: &mut Tags) {
    // QuickTime's box has no version field, MP4's has
    let body = if boxes::find(meta, b"keys").is_some() {
        meta
    } else {
        meta.get(4..).unwrap_or_default()
    };
    let (Some(keys), Some(list)) = (boxes::find(body, b"keys"), boxes::find(body, b"ilst")) else {
        return;
    };
    let names: Vec<&[u8]> = keys
        .body
        .get(8..)
        .map(|k| boxes::boxes(k).map(|b| b.body).collect())
        .unwrap_or_default();
    for item in boxes::boxes(list.body) {
        let position = index(u32::from_be_bytes(item.kind).into());
        let Some(name) = position.checked_sub(1).and_then(|i| names.get(i)) else {
            continue;
        };
        let Some(value) = boxes::find(item.body, b"data").and_then(|d| d.body.get(8..)) else {
            continue;
        };
        let value = utf8_or_latin(value.get(..MAX_TEXT).unwrap_or(value));
        match *name {
            b"com.apple.quicktime.creationdate" => tags.set_text("CreationDate", &value),
            b"com.apple.quicktime.make" => tags.set_text("Make", &value),
            b"com.apple.quicktime.model" => tags.set_text("Model", &value),
            b"com.apple.quicktime.description" => tags.set_text("Description", &value),
            b"com.apple.quicktime.content.identifier" => tags.set_text("ContentIdentifier", &value),
            b"com.apple.quicktime.location.ISO6709" => location(&value, tags),
            b"com.android.manufacturer" => tags.set_text("AndroidMake", &value),
            b"com.android.model" => tags.set_text("AndroidModel", &value),
            _ => {}
        }
    }
}

/// The older user data: text behind a length and a language.
fn user_data(body: &[u8], tags: &mut Tags) {
    for part in boxes::boxes(body) {
        let text = || {
            let length = usize::from(be16(part.body, 0).unwrap_or(0));
            String::from_utf8_lossy(slice(part.body, 4, length).unwrap_or_default()).into_owned()
        };
        match &part.kind {
            b"XMP_" => xmp::read(part.body, tags),
            b"meta" => item_list(part.body, tags),
            b"\xa9xyz" => location(&text(), tags),
            b"\xa9mak" => tags.set_text("Make", &text()),
            b"\xa9mod" => tags.set_text("Model", &text()),
            _ => {}
        }
    }
}

/// Apple's list of items as iTunes and ffmpeg write it (`udta/meta/ilst`), names instead of keys.
fn item_list(meta: &[u8], tags: &mut Tags) {
    let list = meta.get(4..).and_then(|body| boxes::find(body, b"ilst"));
    for item in list.into_iter().flat_map(|list| boxes::boxes(list.body)) {
        let Some(value) = boxes::find(item.body, b"data").and_then(|d| d.body.get(8..)) else {
            continue;
        };
        let value = utf8_or_latin(value.get(..MAX_TEXT).unwrap_or(value));
        match &item.kind {
            b"desc" | b"\xa9des" => tags.set_text("Description", &value),
            b"\xa9mak" => tags.set_text("Make", &value),
            b"\xa9mod" => tags.set_text("Model", &value),
            b"\xa9xyz" => location(&value, tags),
            _ => {}
        }
    }
}

/// ISO 6709: `+48.8577+002.295/`, with or without height.
fn location(text: &str, tags: &mut Tags) {
    let text = text.trim().trim_end_matches('/');
    let second = text
        .get(1..)
        .and_then(|t| t.find(['+', '-']))
        .map(|at| at + 1);
    let Some((latitude, rest)) = second.and_then(|at| text.split_at_checked(at)) else {
        return;
    };
    let end = rest
        .get(1..)
        .and_then(|t| t.find(['+', '-']))
        .map_or(rest.len(), |at| at + 1);
    let longitude = rest.get(..end).unwrap_or_default();
    if let (Ok(latitude), Ok(longitude)) = (latitude.parse::<f64>(), longitude.parse::<f64>()) {
        tags.set_number("GPSLatitude", latitude);
        tags.set_number("GPSLongitude", longitude);
    }
}
