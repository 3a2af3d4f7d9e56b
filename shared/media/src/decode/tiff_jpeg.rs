//! JPEG within TIFF (Technical Note 2 of TIFF 6.0): each strip or tile is a picture of its own, which must not be larger than it.

use super::jpeg;
use super::tiff_open::{Reader, failure};
use crate::bytes::{index, slice};
use crate::image_info::{DecodeError, Format, corrupt, unsupported};
use tiff::tags::Tag;

/// `Compression` of these files.
const JPEG: u16 = 7;

/// Most scans of a picture that is not progressive: one for each of four components.
const MOST_SCANS: usize = 4;

/// Whether the strips or tiles are JPEG.
pub fn is_inside(reader: &mut Reader<'_>) -> bool {
    let compression = reader.find_tag_unsigned::<u16>(Tag::Compression);
    matches!(compression, Ok(Some(JPEG)))
}

/// Where the pieces lie, and the tables that they share.
pub struct Pieces {
    places: Vec<(u64, u64)>,
    tables: Vec<u8>,
}

impl Pieces {
    /// Of the first directory. `None` if it holds no JPEG.
    pub fn of(reader: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        if !is_inside(reader) {
            return Ok(None);
        }
        let has_tiles = reader.find_tag(Tag::TileOffsets).map_err(failure)?;
        let (offsets, lengths) = if has_tiles.is_some() {
            (Tag::TileOffsets, Tag::TileByteCounts)
        } else {
            (Tag::StripOffsets, Tag::StripByteCounts)
        };
        let offsets = reader.get_tag_u64_vec(offsets).map_err(failure)?;
        let lengths = reader.get_tag_u64_vec(lengths).map_err(failure)?;
        let tables = reader.find_tag(Tag::JPEGTables).map_err(failure)?;
        let tables = tables.map(|tables| tables.into_u8_vec().map_err(failure));
        Ok(Some(Self {
            places: offsets.into_iter().zip(lengths).collect(),
            tables: tables.transpose()?.unwrap_or_default(),
        }))
    }

    /// Refuses a piece that would be decoded to more than `width` x `height`, which the decoder would allocate unasked, or that
    /// needs more passes than one for each component.
    pub fn check(
        &self,
        bytes: &[u8],
        piece: u32,
        (width, height): (u32, u32),
    ) -> Result<(), DecodeError> {
        let place = self.places.get(index(piece.into()));
        let data = place.and_then(|(at, length)| slice(bytes, index(*at), index(*length)));
        let data = data.ok_or_else(|| corrupt(Format::Tiff, "a piece beyond the file"))?;
        // as the decoder joins them: tables without their end, data without their beginning
        let tables = self.tables.split_last_chunk::<2>();
        let whole = match (tables, data.split_first_chunk::<2>()) {
            (Some((tables, _)), Some((_, data))) => [tables, data].concat(),
            _ => data.to_vec(),
        };
        let info = jpeg::probe(&whole).map_err(|error| corrupt(Format::Tiff, error))?;
        if info.width > width || info.height > height || jpeg::frames(&whole) != 1 {
            return Err(corrupt(Format::Tiff, "JPEG larger than its strip or tile"));
        }
        if info.progressive || jpeg::scans(&whole) > MOST_SCANS {
            return Err(unsupported(Format::Tiff, "progressive JPEG"));
        }
        Ok(())
    }
}
