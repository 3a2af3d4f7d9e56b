//! Pure media code of immich-edge, without any I/O: metadata reading
//! (EXIF, XMP, GPS, containers), decoding, colour, orientation, resizing, encoding, thumbhash.
//!
//! Everything takes byte slices and returns values, compiles to `wasm32-unknown-unknown` and is
//! made for an isolate of 128 MB: decoders shrink while they decode, and what does not fit is
//! refused with a typed reason before anything is allocated.

mod bytes;
pub mod color;
pub mod decode;
pub mod edit;
pub mod embedded;
pub mod foreign;
pub mod frame;
mod image_info;
pub mod look;
pub mod metadata;
mod picture;
pub mod render;
mod scale;
pub mod thumbhash;
mod vp8;
mod webp;
