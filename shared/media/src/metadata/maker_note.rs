//! Maker notes: what cameras write in a form of their own.

use super::ifd::{Entry, entries};
use super::tags::Tags;
use crate::bytes::Endian;

/// Reads the maker note in an entry of an EXIF block.
pub fn read(note: &Entry<'_>, tags: &mut Tags) {
    apple(note.data, tags);
}

/// Apple's: what links bursts and live photos.
fn apple(data: &[u8], tags: &mut Tags) {
    if !data.starts_with(b"Apple iOS\0") {
        return;
    }
    for entry in entries(data, 14, Endian::Big) {
        if !tags.spend(entry.steps()) {
            return;
        }
        match entry.tag {
            0x000b => tags.set_text("BurstUUID", &entry.text()),
            0x0011 => tags.set_text("ContentIdentifier", &entry.text()),
            _ => {}
        }
    }
}
