//! Maker notes: what cameras write in a form of their own. The lens by name, and what links bursts and live photos.

use super::ifd::{Entry, entries, header};
use super::lens;
use super::tags::{Tags, Value};
use crate::bytes::Endian;

/// Reads the maker note in an entry of an EXIF block. Some makers count offsets from the start of the block.
pub fn read(block: &[u8], note: &Entry<'_>, tags: &mut Tags) {
    let is_by = |name: &str| {
        let make = tags.text("Make").unwrap_or_default();
        make.to_ascii_uppercase().starts_with(name)
    };
    let data = note.data;
    if data.starts_with(b"Apple iOS\0") {
        apple(data, tags);
    } else if data.starts_with(b"Panasonic\0\0\0") {
        panasonic(block, note.start + 12, note.endian, tags);
    } else if data.starts_with(b"Nikon\0\x02") {
        nikon(data.get(10..).unwrap_or_default(), tags);
    } else if data.starts_with(b"SONY DSC \0\0\0") || data.starts_with(b"SONY CAM \0\0\0") {
        sony(block, note.start + 12, note.endian, tags);
    } else if is_by("SONY") {
        sony(block, note.start, note.endian, tags);
    } else if is_by("CANON") {
        canon(block, note.start, note.endian, tags);
    }
}

/// Reads a TIFF block whose first directory is Canon's maker note (CR3).
pub fn read_canon_directory(block: &[u8], tags: &mut Tags) {
    if let Some((endian, start)) = header(block) {
        canon(block, start, endian, tags);
    }
}

/// The entries of a note; it ends where the budget of the file does.
fn each(
    block: &[u8],
    at: usize,
    endian: Endian,
    tags: &mut Tags,
    mut visit: impl FnMut(&Entry<'_>, &mut Tags),
) {
    for entry in entries(block, at, endian) {
        if !tags.spend(entry.steps().min(MAX_TEXT)) {
            return;
        }
        visit(&entry, tags);
    }
}

/// Steps that an entry costs at most: names are short.
const MAX_TEXT: usize = 256;

fn text(entry: &Entry<'_>) -> String {
    let text = entry.text();
    super::text::cut(&text, MAX_TEXT).trim().to_owned()
}

/// What links bursts and live photos.
fn apple(data: &[u8], tags: &mut Tags) {
    each(data, 14, Endian::Big, tags, |entry, tags| match entry.tag {
        0x000b => tags.set_text("BurstUUID", &text(entry)),
        0x0011 => tags.set_text("ContentIdentifier", &text(entry)),
        _ => {}
    });
}

/// The name of the lens or, in older cameras, its number and focal lengths.
fn canon(block: &[u8], at: usize, endian: Endian, tags: &mut Tags) {
    let (mut name, mut by_number) = (None, None);
    each(block, at, endian, tags, |entry, _| match entry.tag {
        0x0095 => name = lens::canon_name(&text(entry)),
        0x0001 => {
            let settings: Vec<f64> = entry.numbers().take(26).collect();
            if let [.., number, longest, shortest, units] = settings[..] {
                by_number = lens::canon_number(number, shortest / units, longest / units);
            }
        }
        _ => {}
    });
    if let Some(name) = name.or_else(|| by_number.map(str::to_owned)) {
        tags.set_text("LensID", &name);
    }
}

/// The number of the lens; one number stands for all that have the E mount, whose names are in EXIF.
fn sony(block: &[u8], at: usize, endian: Endian, tags: &mut Tags) {
    const E_MOUNT: f64 = 65_535.0;
    each(block, at, endian, tags, |entry, tags| {
        let Some(number) = entry.first().filter(|_| entry.tag == 0xb027) else {
            return;
        };
        if (number - E_MOUNT).abs() < 0.5 {
            tags.set("SonyMount", Value::Text("E".to_owned()));
        } else if let Some(name) = lens::sony_number(number) {
            tags.set_text("LensID", name);
        }
    });
}

/// The name of the lens.
fn panasonic(block: &[u8], at: usize, endian: Endian, tags: &mut Tags) {
    each(block, at, endian, tags, |entry, tags| {
        if entry.tag == 0x0051 {
            tags.set_text("LensType", &text(entry));
        }
    });
}

/// Focal lengths, apertures and kind of the lens, from which its name is put together where EXIF has none.
/// The note is a TIFF block of its own.
fn nikon(block: &[u8], tags: &mut Tags) {
    let Some((endian, start)) = header(block) else {
        return;
    };
    let (mut kind, mut range) = (0, Vec::new());
    each(block, start, endian, tags, |entry, _| match entry.tag {
        0x0083 => kind = entry.data.first().copied().unwrap_or(0),
        0x0084 => range = entry.numbers().take(4).collect(),
        _ => {}
    });
    if let [shortest, longest, widest, narrowest] = range[..]
        && let Some(name) = lens::nikon_name(kind, (shortest, longest), (widest, narrowest))
    {
        tags.set_text("MakerLens", &name);
    }
}
