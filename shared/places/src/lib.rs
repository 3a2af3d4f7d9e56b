//! Names of places: which one a position has, and which ones a text means (api/geodata.md sections 2 and 3).
//!
//! The data (GeoNames, CC BY 4.0; Natural Earth, public domain) are one object in the bucket under [`KEY`], made by
//! `cargo xtask places` ([`make`]) and read by ranges of a few KB (docs/decisions/0016-places.md). This crate does no I/O:
//! a [`Lookup`] or a [`Search`] says which bytes it wants until it has an answer.
//!
//! Numbers are little-endian. Texts are a length and UTF-8. Behind 64 bytes with [`MAGIC`] and a date come three
//! lists of places (`u32`, one more than entries: an entry ends where the next begins): cities by cell, borders by cell,
//! words by bucket. Cells are whole degrees, row by row from the south-west.

mod bytes;
mod geometry;
mod lookup;
pub mod make;
mod search;

pub use lookup::{Lookup, Named};
pub use search::{Found, Search};

/// Key of the object in the bucket; the number is that of the format.
pub const KEY: &str = "geodata/places-1.bin";

/// First bytes of the object.
pub const MAGIC: &[u8; 8] = b"EDGEPLC1";

/// Bytes before the first list.
const START: u64 = 64;
/// Cells from west to east.
const COLUMNS: u32 = 360;
/// Cells from south to north.
const ROWS: u32 = 180;
/// All cells.
const CELLS: u32 = COLUMNS * ROWS;
/// Lists of words.
const BUCKETS: u32 = 16_384;
/// Where the lists of places begin.
const CITIES: u64 = START;
const BORDERS: u64 = CITIES + 4 * (CELLS as u64 + 1);
const WORDS: u64 = BORDERS + 4 * (CELLS as u64 + 1);
const CONTENT: u64 = WORDS + 4 * (BUCKETS as u64 + 1);
