//! TIFF directories that point to JPEGs.

use super::Embedded;
use crate::bytes::{Endian, index, slice, u16_at, u32_at};
use crate::metadata::ifd::{self, Field};

/// More directories than any camera writes.
const MOST: usize = 24;
/// More entries of one than any camera writes.
const ENTRIES: usize = 512;

const COMPRESSION: u16 = 0x0103;
const STRIP_OFFSETS: u16 = 0x0111;
const STRIP_LENGTHS: u16 = 0x0117;
const SUB_IFDS: u16 = 0x014a;
const JPEG_OFFSET: u16 = 0x0201;
const JPEG_LENGTH: u16 = 0x0202;
/// Panasonic's: the JPEG is the value.
const JPEG_FROM_RAW: u16 = 0x002e;
const EXIF_IFD: u16 = 0x8769;
const MAKER_NOTE: u16 = 0x927c;
/// Of Olympus, in the maker's note: a directory with the preview's place.
const CAMERA_SETTINGS: u16 = 0x2020;
const PREVIEW_START: u16 = 0x0101;
const PREVIEW_LENGTH: u16 = 0x0102;

/// An entry; its value may lie behind what was read.
#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    /// The value, or where it lies.
    value: u32,
}

/// A file's beginning.
struct Data<'a> {
    bytes: &'a [u8],
    endian: Endian,
}

/// What may be JPEGs.
pub fn find(bytes: &[u8]) -> Vec<Embedded> {
    let Some((endian, first)) = ifd::header(bytes) else {
        return Vec::new();
    };
    let data = Data { bytes, endian };
    let mut found = Vec::new();
    let mut todo = vec![first];
    let mut seen = Vec::new();
    while let Some(at) = todo.pop() {
        if seen.contains(&at) || seen.len() >= MOST {
            continue;
        }
        seen.push(at);
        let entries = data.entries(at);
        found.extend(pictures(&entries));
        found.extend(data.olympus(&entries));
        todo.extend(data.further(at, &entries));
    }
    found
}

impl Data<'_> {
    fn u32(&self, at: usize) -> Option<usize> {
        u32_at(self.bytes, at, self.endian).map(|value| index(value.into()))
    }

    fn entries(&self, at: usize) -> Vec<Entry> {
        let entry = |field: Field| {
            let Field {
                tag,
                kind,
                count,
                at,
            } = field;
            let value = if kind == 3 && count == 1 {
                u16_at(self.bytes, at, self.endian)?.into()
            } else {
                u32_at(self.bytes, at, self.endian)?
            };
            Some(Entry {
                tag,
                kind,
                count,
                value,
            })
        };
        let fields = ifd::fields(self.bytes, at, self.endian);
        fields.take(ENTRIES).filter_map(entry).collect()
    }

    /// The directories that follow, and those that are named.
    fn further(&self, at: usize, entries: &[Entry]) -> Vec<usize> {
        let mut further = Vec::new();
        let count = u16_at(self.bytes, at, self.endian).unwrap_or(0);
        let next = at.checked_add(2 + usize::from(count) * 12);
        further.extend(next.and_then(|at| self.u32(at)).filter(|next| *next != 0));
        for entry in entries {
            match entry.tag {
                EXIF_IFD => further.push(index(entry.value.into())),
                SUB_IFDS if entry.count == 1 => further.push(index(entry.value.into())),
                SUB_IFDS => {
                    let list = index(entry.value.into());
                    let places = (0..index(entry.count.into()).min(MOST))
                        .filter_map(|number| self.u32(list.checked_add(number * 4)?));
                    further.extend(places);
                }
                _ => {}
            }
        }
        further
    }

    /// The preview that the maker's note of Olympus cameras names. Its offsets count from the note.
    fn olympus(&self, entries: &[Entry]) -> Option<Embedded> {
        let note = entries.iter().find(|entry| entry.tag == MAKER_NOTE)?;
        let base = index(note.value.into());
        let head = if slice(self.bytes, base, 8) == Some(b"OLYMPUS\0") {
            12
        } else if slice(self.bytes, base, 12) == Some(b"OM SYSTEM\0\0\0") {
            16
        } else {
            return None;
        };
        let number = |entries: &[Entry], tag| {
            let entry = entries.iter().find(|entry| entry.tag == tag)?;
            (entry.count == 1).then_some(entry.value)
        };
        let settings = number(&self.entries(base.checked_add(head)?), CAMERA_SETTINGS)?;
        let settings = self.entries(base.checked_add(index(settings.into()))?);
        Some(Embedded {
            start: base as u64 + u64::from(number(&settings, PREVIEW_START)?),
            length: number(&settings, PREVIEW_LENGTH)?.into(),
        })
    }
}

/// The pictures of one directory.
fn pictures(entries: &[Entry]) -> Vec<Embedded> {
    let find = |tag| entries.iter().find(|entry| entry.tag == tag);
    let place = |start: Option<&Entry>, length: Option<&Entry>| {
        let (start, length) = start.zip(length)?;
        (start.count == 1 && length.count == 1).then(|| Embedded {
            start: start.value.into(),
            length: length.value.into(),
        })
    };
    let mut found: Vec<_> = place(find(JPEG_OFFSET), find(JPEG_LENGTH))
        .into_iter()
        .collect();
    let compression = find(COMPRESSION).map(|entry| entry.value);
    if matches!(compression, Some(6 | 7)) {
        found.extend(place(find(STRIP_OFFSETS), find(STRIP_LENGTHS)));
    }
    let value = find(JPEG_FROM_RAW).filter(|entry| entry.kind == 7 && entry.count > 4);
    found.extend(value.map(|entry| Embedded {
        start: entry.value.into(),
        length: entry.count.into(),
    }));
    found
}
