//! Where the JPEGs inside camera raw files lie: the camera's own renditions, which need no development.
//!
//! Only the beginning of a file is looked at, where its directories are; what they point to may lie anywhere. TIFF and its relatives (CR2, NEF,
//! ARW, DNG, PEF, SRW, RW2, ORF and others), Fujifilm's RAF and Canon's CR3 are understood. Facts about the formats are public: TIFF 6.0, the
//! DNG specification 1.7, ISO 14496-12, and the tag names of ExifTool.

mod crx;
mod directories;

use crate::bytes::{be32, index, slice};
use crate::decode::{self, Format};

/// Bytes at a file's beginning that [`find`] needs.
pub const BEGINNING: u64 = 1 << 20;

/// Bytes of a JPEG that [`size`] needs: cameras put a small picture and their notes before the frame.
pub const HEADER: u64 = 128 << 10;

/// Most that are given.
const MOST: usize = 8;

/// What is shorter is no picture, bytes.
const SHORTEST: u64 = 1024;

/// A JPEG inside a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// Where it begins, in bytes.
    pub start: u64,
    /// How long it is, in bytes.
    pub length: u64,
}

impl Embedded {
    /// The first `length` bytes of it, where they lie in `beginning`.
    pub fn within(self, beginning: &[u8], length: u64) -> Option<&[u8]> {
        slice(beginning, index(self.start), index(length))
    }
}

/// What may be JPEGs in the raw file that begins with `beginning`, the longest first; not more than eight.
pub fn find(beginning: &[u8]) -> Vec<Embedded> {
    let mut found = if beginning.starts_with(b"FUJIFILMCCD-RAW") {
        fujifilm(beginning).into_iter().collect()
    } else if slice(beginning, 4, 4) == Some(b"ftyp") {
        crx::find(beginning)
    } else {
        directories::find(beginning)
    };
    found.retain(|one| one.length >= SHORTEST);
    found.sort_by_key(|one| (std::cmp::Reverse(one.length), one.start));
    found.dedup();
    found.truncate(MOST);
    found
}

/// Width and height of what begins with `beginning`; `None`: it is no JPEG, or the lossless kind that holds a sensor's values.
pub fn size(beginning: &[u8]) -> Option<(u32, u32)> {
    if decode::is_lossless_jpeg(beginning) {
        return None;
    }
    let info = decode::probe(beginning).ok()?;
    (info.format == Format::Jpeg).then_some((info.width, info.height))
}

/// RAF: offset and length of the JPEG stand in the header.
fn fujifilm(data: &[u8]) -> Option<Embedded> {
    Some(Embedded {
        start: be32(data, 84)?.into(),
        length: be32(data, 88)?.into(),
    })
}

#[cfg(test)]
#[path = "embedded_tests.rs"]
mod tests;
