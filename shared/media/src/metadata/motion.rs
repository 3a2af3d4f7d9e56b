//! Where the film inside a motion photo lies (api/assets.md section 3).

use super::boxes;
use super::tags::Tags;
use crate::bytes::{find, index, le32, slice};

/// Offset and length in bytes of the motion part of a still picture. A place that does not hold an
/// MP4 file is none, whatever the metadata say.
pub fn part(bytes: &[u8], tags: &Tags) -> Option<(u64, u64)> {
    let candidates = [
        in_box(bytes),
        from_directory(bytes.len(), tags, true),
        from_directory(bytes.len(), tags, false),
        from_offset(bytes.len(), tags),
        in_trailer(bytes),
        behind_marker(bytes),
    ];
    let (start, length) = candidates
        .into_iter()
        .flatten()
        .find(|(start, _)| slice(bytes, start + 4, 4) == Some(b"ftyp"))?;
    Some((start as u64, length as u64))
}

/// Where the film may lie in a still picture of `size` bytes, by what its beginning says of its end: offsets and lengths in bytes. Only
/// one that holds an MP4 file is the place.
pub fn places(size: usize, tags: &Tags) -> Vec<(u64, u64)> {
    let candidates = [
        from_directory(size, tags, true),
        from_directory(size, tags, false),
        from_offset(size, tags),
    ];
    candidates
        .into_iter()
        .flatten()
        .map(|(start, length)| (start as u64, length as u64))
        .collect()
}

/// HEIC: a box of its own at the top of the file holds the film (Samsung, and Google's format).
fn in_box(bytes: &[u8]) -> Option<(usize, usize)> {
    if slice(bytes, 4, 4) != Some(b"ftyp") {
        return None;
    }
    let film = boxes::find(bytes, b"mpvd")?.body;
    let start = film.as_ptr().addr() - bytes.as_ptr().addr();
    Some((start, film.len()))
}

/// The last bytes of the file, by the container directory of XMP. Google's padding lies in front of
/// the film, Samsung's length includes it.
fn from_directory(size: usize, tags: &Tags, is_padding_extra: bool) -> Option<(usize, usize)> {
    if tags.number("MotionPhoto") != Some(1.0) {
        return None;
    }
    let length = whole(tags, "MotionPhotoLength")?;
    let padding = whole(tags, "MotionPhotoPadding").unwrap_or(0);
    if is_padding_extra {
        let start = size.checked_sub(length)?.checked_sub(padding)?;
        return Some((start, length));
    }
    let length_of_film = length.checked_sub(padding)?;
    Some((size.checked_sub(length_of_film)?, length_of_film))
}

/// The last bytes of the file, by Google's first form.
fn from_offset(size: usize, tags: &Tags) -> Option<(usize, usize)> {
    let is_set = |name| tags.number(name) == Some(1.0);
    if !is_set("MicroVideo") && !is_set("MotionPhoto") {
        return None;
    }
    let length = whole(tags, "MicroVideoOffset")?;
    Some((size.checked_sub(length)?, length))
}

fn whole(tags: &Tags, name: &str) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "range checked"
    )]
    tags.number(name)
        .filter(|n| (1.0..4.0e9).contains(n))
        .map(|n| index(n as u64))
}

/// Samsung's trailer in JPEG: blocks of data, a directory of them (`SEFH`), its length, `SEFT`.
/// Each entry has a type, the distance of its block from the directory, and the block's size.
fn in_trailer(bytes: &[u8]) -> Option<(usize, usize)> {
    const FILM: [u8; 4] = [0, 0, 0x30, 0x0a];
    const MAX_ENTRIES: usize = 1000;
    let end = bytes.strip_suffix(b"SEFT")?.len().checked_sub(4)?;
    let directory = end.checked_sub(index(le32(bytes, end)?.into()))?;
    if slice(bytes, directory, 4) != Some(b"SEFH") {
        return None;
    }
    let count = index(le32(bytes, directory + 8)?.into()).min(MAX_ENTRIES);
    let entry = (0..count)
        .map(|i| directory + 12 + i * 12)
        .find(|at| slice(bytes, *at, 4) == Some(&FILM))?;
    let start = directory.checked_sub(index(le32(bytes, entry + 4)?.into()))?;
    let size = index(le32(bytes, entry + 8)?.into());
    // the block repeats its type and has a name, such as MotionPhoto_Data
    let head = index(le32(bytes, start.checked_add(4)?)?.into()).checked_add(8)?;
    Some((start.checked_add(head)?, size.checked_sub(head)?))
}

/// The same without a directory that can be read: from the name of the block to the directory.
fn behind_marker(bytes: &[u8]) -> Option<(usize, usize)> {
    const MARKER: &[u8] = b"MotionPhoto_Data";
    if !bytes.ends_with(b"SEFT") {
        return None;
    }
    let start = find(bytes, MARKER, 0)? + MARKER.len();
    let end = bytes
        .windows(4)
        .rposition(|w| w == b"SEFH")
        .filter(|end| *end > start)?;
    Some((start, end - start))
}
