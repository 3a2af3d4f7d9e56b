//! IPTC-IIM records: keywords and the creation date that old programs write.

use super::tags::Tags;
use super::text::utf8_or_latin;
use crate::bytes::{be16, be32, find, index, slice};

/// Finds the IPTC block among the resources of a Photoshop APP13 segment.
pub fn read_photoshop(data: &[u8], tags: &mut Tags) {
    let mut at = 0;
    while let Some(start) = find(data, b"8BIM", at) {
        // identifier, a padded Pascal string, the size
        let Some(name) = data.get(start + 6) else {
            return;
        };
        let size_at = start + 6 + (usize::from(*name) + 1).next_multiple_of(2);
        let Some(size) = be32(data, size_at).map(|s| index(s.into())) else {
            return;
        };
        if be16(data, start + 4) == Some(0x0404)
            && let Some(block) = slice(data, size_at + 4, size)
        {
            read(block, tags);
        }
        at = size_at.saturating_add(4).saturating_add(size);
    }
}

/// Reads the data sets of record 2.
pub fn read(data: &[u8], tags: &mut Tags) {
    let (mut date, mut time) = (String::new(), String::new());
    let mut at = 0;
    while let Some([0x1c, record, set]) = slice(data, at, 3) {
        let Some(length) = be16(data, at + 3).filter(|l| *l < 0x8000) else {
            return;
        };
        let Some(value) = slice(data, at + 5, length.into()) else {
            return;
        };
        if !tags.spend(value.len() + 5) {
            return;
        }
        // with or without a declaration (1:90) programs write UTF-8 or Latin-1
        let text = || utf8_or_latin(value);
        match (record, set) {
            (2, 25) => tags.push("Keywords", &text()),
            (2, 55) => date = text(),
            (2, 60) => time = text(),
            _ => {}
        }
        at += 5 + usize::from(length);
    }
    if let (Some(year), Some(month), Some(day)) = (date.get(0..4), date.get(4..6), date.get(6..8)) {
        let clock = match (time.get(0..2), time.get(2..4), time.get(4..6)) {
            (Some(hour), Some(minute), Some(second)) => {
                let zone = time.get(6..11).unwrap_or_default();
                format!("{hour}:{minute}:{second}{zone}")
            }
            _ => "00:00:00".to_owned(),
        };
        tags.set_text("DateTimeCreated", &format!("{year}:{month}:{day} {clock}"));
    }
}
