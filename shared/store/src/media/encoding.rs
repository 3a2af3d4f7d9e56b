//! What the first bytes of a rendition say of how it was encoded.

use edge_platform::ByteRange;

/// How a picture was encoded, as far as clients ask for it (api/v32.md section 4). Renditions are WebP, which may have an alpha
/// channel, or JPEG, which may be progressive (docs/decisions/0004-media-codecs.md).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Encoding {
    /// One sees through it.
    pub is_transparent: bool,
    /// It comes in scans that get finer and finer.
    pub is_progressive: bool,
}

/// Enough of a file for [`Encoding::of`]: what a JPEG has in front of its frame is one segment of XMP at most, and small ones.
pub const HEAD: ByteRange = ByteRange::FromTo {
    first: 0,
    last: Some(HEAD_BYTES as u64 - 1),
};
/// Its bytes.
pub const HEAD_BYTES: usize = 128 * 1024;

impl Encoding {
    /// Reads the beginning of a file, or all of it.
    pub fn of(head: &[u8]) -> Self {
        Self {
            is_transparent: has_alpha(head),
            is_progressive: is_progressive(head),
        }
    }
}

/// WebP Container Specification.
fn has_alpha(head: &[u8]) -> bool {
    let is_webp = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
    match head.get(12..16).filter(|_| is_webp) {
        // Flags of the extended header.
        Some(b"VP8X") => head.get(20).is_some_and(|flags| flags & 0x10 != 0),
        // Signature, 14 bits each of width and height, then the bit.
        Some(b"VP8L") => head.get(24).is_some_and(|bits| bits & 0x10 != 0),
        _ => false,
    }
}

/// ITU-T T.81, table B.1: which marker the header of the frame has.
fn is_progressive(head: &[u8]) -> bool {
    let mut rest = head.strip_prefix(b"\xff\xd8").unwrap_or_default();
    while let [0xff, marker, high, low, ..] = *rest {
        match marker {
            0xc2 | 0xc6 | 0xca | 0xce => return true,
            // Tables, which are no frame.
            0xc4 | 0xc8 | 0xcc => {}
            // Another frame, or a scan without one.
            0xc0..=0xcf | 0xda => return false,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        rest = rest.get(2 + length..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_say_whether_one_sees_through_them() {
        let webp = |chunk: &[u8; 4], at: usize, bits: u8| {
            let mut head = b"RIFF\0\0\0\0WEBP".to_vec();
            head.extend_from_slice(chunk);
            head.resize(32, 0);
            head[at] = bits;
            Encoding::of(&head).is_transparent
        };
        assert!(webp(b"VP8X", 20, 0x10) && webp(b"VP8L", 24, 0x10));
        assert!(!webp(b"VP8X", 20, 0x08) && !webp(b"VP8L", 24, 0) && !webp(b"VP8 ", 20, 0x10));
    }

    #[test]
    fn photos_say_whether_they_come_in_scans() {
        let jpeg = |marker: u8| {
            let mut head = b"\xff\xd8\xff\xe0\0\x04\xff\xc2\xff\xc4\0\x03\0".to_vec();
            head.extend_from_slice(&[0xff, marker, 0, 2, 0xff, 0xc2, 0, 2]);
            Encoding::of(&head).is_progressive
        };
        assert!(jpeg(0xc2) && jpeg(0xca) && jpeg(0xdb));
        assert!(!jpeg(0xc0) && !jpeg(0xc1) && !jpeg(0xda) && !jpeg(0xc3));
    }

    #[test]
    fn what_is_cut_off_or_something_else_says_nothing() {
        let others: [&[u8]; 8] = [
            b"",
            b"RIFF",
            b"RIFF0000WEBPVP8X",
            b"\xff\xd8",
            b"\xff\xd8\xff\xc2\0",
            b"\xff\xd8\xff\xe0\xff\xff\xff\xc2\0\x02",
            b"\xff\xd8\xff\xff\xff\xff",
            b"\xff\xc2\0\x02",
        ];
        for other in others {
            assert_eq!(Encoding::of(other), Encoding::default(), "{other:?}");
        }
    }
}
