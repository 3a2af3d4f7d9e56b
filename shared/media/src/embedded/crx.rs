//! Canon's CR3: the picture in full size is a track, a smaller one lies in a box of its own.

use super::Embedded;
use crate::bytes::{be32, be64, find as search, index, slice};
use crate::metadata::boxes;

/// More tracks than any camera writes.
const TRACKS: usize = 8;
/// The box with the preview.
const PREVIEW: [u8; 16] = [
    0xea, 0xf4, 0x2b, 0x5e, 0x1c, 0x98, 0x4b, 0x88, 0xb9, 0xfb, 0xb7, 0xdc, 0x40, 0x6e, 0x4d, 0x16,
];
/// Bytes of the preview's box in which its picture begins.
const PREVIEW_HEAD: usize = 128;

/// What may be JPEGs.
pub fn find(data: &[u8]) -> Vec<Embedded> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some((header, size)) = data.get(at..).and_then(boxes::header) {
        let end = if size == 0 {
            usize::MAX
        } else {
            at.saturating_add(index(size))
        };
        let body = data
            .get(at + header..end.min(data.len()))
            .unwrap_or_default();
        match slice(data, at + 4, 4) {
            Some(b"moov") => found.extend(
                boxes::boxes(body)
                    .filter(|one| one.kind == *b"trak")
                    .take(TRACKS)
                    .filter_map(|track| first_sample(track.body)),
            ),
            Some(b"uuid") if body.starts_with(&PREVIEW) => {
                found.extend(preview(data, at + header, end));
            }
            _ => {}
        }
        at = end;
    }
    found
}

/// Where the first sample of a track lies: a still has one.
fn first_sample(track: &[u8]) -> Option<Embedded> {
    let table = boxes::find_path(track, &[b"mdia", b"minf", b"stbl"])?.body;
    let (_, sizes) = boxes::find(table, b"stsz")?.full()?;
    let length = match be32(sizes, 0)? {
        0 => be32(sizes, 8)?,
        all => all,
    };
    let start = match boxes::find(table, b"co64") {
        Some(offsets) => be64(offsets.full()?.1, 4)?,
        None => be32(boxes::find(table, b"stco")?.full()?.1, 4)?.into(),
    };
    Some(Embedded {
        start,
        length: length.into(),
    })
}

/// The preview: its length stands right before it.
fn preview(data: &[u8], body: usize, end: usize) -> Option<Embedded> {
    let start = search(data, &[0xff, 0xd8, 0xff], body)?;
    let length = be32(data, start.checked_sub(4)?)?;
    let is_inside = start - body <= PREVIEW_HEAD && start.checked_add(index(length.into()))? <= end;
    is_inside.then(|| Embedded {
        start: start as u64,
        length: length.into(),
    })
}
