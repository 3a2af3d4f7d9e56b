//! Pictures that other decoders than ours decode: what these leave out.

use crate::bytes::{be16, be32, index, slice};
use crate::decode::{Format, sniff};
use crate::metadata::{boxes, heif};

/// Most resources of a Photoshop document that are looked through.
const MAX_RESOURCES: usize = 1_000;

/// What a file says of the pixels in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Foreign {
    /// The ICC profile.
    pub profile: Option<Vec<u8>>,
    /// Width and height of the whole picture as it is stored, where decoders may give a tile of it.
    pub size: Option<(u32, u32)>,
    /// What looks like transparency is a selection that somebody saved.
    pub is_opaque: bool,
}

/// Reads what HEIC, AVIF, JPEG 2000 and Photoshop files say; nothing of others.
pub fn read(bytes: &[u8]) -> Foreign {
    let profile = match sniff(bytes) {
        Some(Format::Heic | Format::Avif) => heif::profile(bytes),
        Some(Format::Jp2) => jp2_profile(bytes),
        Some(Format::Psd) => psd_profile(bytes),
        _ => None,
    };
    let is_tiled = matches!(sniff(bytes), Some(Format::Heic | Format::Avif));
    let is_psd = sniff(bytes) == Some(Format::Psd);
    Foreign {
        profile: profile.map(<[u8]>::to_vec),
        size: is_tiled.then(|| heif::size(bytes)).flatten(),
        is_opaque: is_psd && !psd_is_transparent(bytes).unwrap_or(false),
    }
}

impl Foreign {
    /// Whether a picture of this size cannot be the whole one, whichever way it is turned. Some decoders leave out a margin.
    pub fn is_part(&self, (width, height): (u32, u32)) -> bool {
        let sorted = |one: u32, other: u32| (one.min(other), one.max(other));
        let (short, long) = sorted(width, height);
        self.size.is_some_and(|size| {
            let whole = sorted(size.0, size.1);
            short.saturating_add(MARGIN) < whole.0 || long.saturating_add(MARGIN) < whole.1
        })
    }
}

/// Pixels that a side may lack.
const MARGIN: u32 = 16;

/// The profile in the header of a JP2 file: a restricted or any other one (ISO 15444-1, I.5.3.3).
fn jp2_profile(bytes: &[u8]) -> Option<&[u8]> {
    let header = boxes::find(bytes, b"jp2h")?.body;
    let colours = boxes::boxes(header).filter(|found| &found.kind == b"colr");
    let mut profiles = colours.filter_map(|colour| match colour.body {
        [2 | 3, _, _, profile @ ..] => Some(profile),
        _ => None,
    });
    profiles.next()
}

/// The resources of a Photoshop document, and where the section behind them begins (Adobe Photoshop File Formats Specification).
fn psd_resources(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let colours = index(be32(bytes, 26)?.into());
    let start = colours.checked_add(30)?;
    let length = index(be32(bytes, start)?.into());
    let start = start.checked_add(4)?;
    Some((slice(bytes, start, length)?, start.checked_add(length)?))
}

/// Whether the fourth channel of a Photoshop document is how transparent all layers together are: then the number of layers is
/// negative ("Layer info").
fn psd_is_transparent(bytes: &[u8]) -> Option<bool> {
    let (_, layers) = psd_resources(bytes)?;
    let is_there = be32(bytes, layers)? > 0 && be32(bytes, layers.checked_add(4)?)? > 0;
    let count = be16(bytes, layers.checked_add(8)?)?;
    Some(is_there && count.cast_signed() < 0)
}

/// The resource 1039 of a Photoshop document.
fn psd_profile(bytes: &[u8]) -> Option<&[u8]> {
    let (all, _) = psd_resources(bytes)?;
    let mut at = 0_usize;
    for _ in 0..MAX_RESOURCES {
        let (kind, name) = (be16(all, at.checked_add(4)?)?, *all.get(at + 6)?);
        // The name with its length, and the resource, take an even number of bytes each.
        let size_at = at + 6 + (usize::from(name) + 1).next_multiple_of(2);
        let size = index(be32(all, size_at)?.into());
        if kind == 1_039 {
            return slice(all, size_at + 4, size);
        }
        at = size_at.checked_add(4)?.checked_add(size)?;
        at = at.checked_add(size % 2)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 8).unwrap();
        [&length.to_be_bytes()[..], kind, body].concat()
    }

    fn psd(resources: &[(u16, &str, &[u8])]) -> Vec<u8> {
        let mut section = Vec::new();
        for (kind, name, body) in resources {
            section.extend(b"8BIM");
            section.extend(kind.to_be_bytes());
            section.push(u8::try_from(name.len()).unwrap());
            section.extend(name.bytes());
            section.resize(section.len().next_multiple_of(2), 0);
            section.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
            section.extend(*body);
            section.resize(section.len().next_multiple_of(2), 0);
        }
        let mut file = b"8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x01\0\0\0\x01\0\x08\0\x03".to_vec();
        file.extend([0; 4]);
        file.extend(u32::try_from(section.len()).unwrap().to_be_bytes());
        file.extend(section);
        file
    }

    #[test]
    fn profiles_are_found_where_decoders_leave_them() {
        let file = psd(&[
            (1_005, "", b"odd"),
            (1_036, "name", b"even"),
            (1_037, "odd", b""),
            (1_039, "", b"profile"),
        ]);
        assert_eq!(read(&file).profile.as_deref(), Some(&b"profile"[..]));
        assert_eq!(read(&psd(&[(1_005, "", b"x")])).profile, None);
        let jp2 = |method: u8| {
            let colour = [&[method, 0, 0][..], b"profile"].concat();
            let header = boxed(b"jp2h", &boxed(b"colr", &colour));
            [&b"\0\0\0\x0cjP  \r\n\x87\n"[..], &header].concat()
        };
        assert_eq!(read(&jp2(2)).profile.as_deref(), Some(&b"profile"[..]));
        assert_eq!(read(&jp2(1)), Foreign::default());
    }

    #[test]
    fn damaged_files_have_nothing_and_nothing_breaks() {
        let file = psd(&[(1_005, "name", b"odd"), (1_039, "", b"profile")]);
        for end in 0..file.len() {
            assert_eq!(read(&file[..end]).profile, None, "{end}");
        }
        let mut lengths = file.clone();
        lengths[26..30].fill(0xFF);
        assert_eq!(read(&lengths).profile, None);
        for at in 34..file.len() - 4 {
            let mut wrong = file.clone();
            wrong[at..at + 4].fill(0xFF);
            let _any = read(&wrong);
        }
    }

    #[test]
    fn a_saved_selection_is_no_transparency() {
        let with = |layers: &[u8]| read(&[&psd(&[])[..], layers].concat());
        assert!(with(&[0; 4]).is_opaque);
        assert!(with(&[0, 0, 0, 6, 0, 0, 0, 2, 0, 1]).is_opaque);
        let clear = with(&[0, 0, 0, 6, 0, 0, 0, 2, 0xFF, 0xFF]);
        assert!(!clear.is_opaque && !Foreign::default().is_opaque);
    }

    #[test]
    fn a_tile_is_not_the_picture() {
        let whole = Foreign {
            size: Some((4_000, 3_000)),
            ..Foreign::default()
        };
        assert!(whole.is_part((512, 512)));
        assert!(whole.is_part((4_000, 1_500)));
        assert!(!whole.is_part((3_000, 4_000)));
        assert!(!whole.is_part((3_992, 2_992)));
        assert!(!Foreign::default().is_part((1, 1)));
    }
}
