//! Opening TIFF files: their first directory, and a reader for its picture.

use crate::bytes::{Endian, index, u16_at, u32_at};
use crate::image_info::{DecodeError, Format, corrupt, unsupported};
use std::borrow::Cow;
use std::io::Cursor;
use tiff::TiffError;
use tiff::decoder::{Decoder, Limits};

/// A reader of the file, or of its copy.
pub type Reader<'a> = Decoder<Cursor<Cow<'a, [u8]>>>;

const INTERPRETATION: u16 = 0x0106;

/// The version of files with offsets of 32 bits.
const CLASSIC: u16 = 42;

/// What `INTERPRETATION` says of palettes, and of grey with black at zero.
const PALETTE: u16 = 3;
const BLACK_IS_ZERO: u16 = 1;

/// Byte order, and the offsets of the entries of the first directory.
pub fn entries(bytes: &[u8]) -> Option<(Endian, impl Iterator<Item = usize>)> {
    let endian = if bytes.starts_with(b"II") {
        Endian::Little
    } else {
        Endian::Big
    };
    let start = index(u32_at(bytes, 4, endian)?.into());
    let count = usize::from(u16_at(bytes, start, endian).unwrap_or(0));
    let entries = (0..count).map(move |i| start.saturating_add(2 + i * 12));
    Some((endian, entries))
}

/// Opens a file. The crate knows no palettes: such a file is read as grey, whose levels are the indices. Also
/// says whether there is a palette.
pub fn open(bytes: &[u8]) -> Result<(Reader<'_>, bool), DecodeError> {
    let mut limits = Limits::default();
    limits.ifd_value_size = 8 << 20;
    let indexed = as_indices(bytes);
    let has_palette = indexed.is_some();
    let bytes = indexed.map_or(Cow::Borrowed(bytes), Cow::Owned);
    let reader = Decoder::new(Cursor::new(bytes)).map_err(failure)?;
    Ok((reader.with_limits(limits), has_palette))
}

/// A copy of a file with a palette that says it is grey.
fn as_indices(bytes: &[u8]) -> Option<Vec<u8>> {
    let (endian, mut entries) = entries(bytes)?;
    if u16_at(bytes, 2, endian) != Some(CLASSIC) {
        return None;
    }
    let entry = entries.find(|at| u16_at(bytes, *at, endian) == Some(INTERPRETATION))?;
    if u16_at(bytes, entry + 8, endian) != Some(PALETTE) {
        return None;
    }
    let mut bytes = bytes.to_vec();
    let value = match endian {
        Endian::Little => BLACK_IS_ZERO.to_le_bytes(),
        Endian::Big => BLACK_IS_ZERO.to_be_bytes(),
    };
    bytes
        .get_mut(entry + 8..entry + 10)?
        .copy_from_slice(&value);
    Some(bytes)
}

/// What an error of the crate means.
pub fn failure(error: TiffError) -> DecodeError {
    match error {
        TiffError::UnsupportedError(feature) => unsupported(Format::Tiff, feature),
        other => corrupt(Format::Tiff, other),
    }
}
