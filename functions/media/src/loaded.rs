//! What decoding takes and gives, whatever the file is.

use edge_media::{
    color::ColorSpace,
    decode::{Limits, Picture},
};

/// A decoded original.
pub struct Loaded {
    /// Upright, perhaps smaller.
    pub picture: Picture,
    /// Width and height of all of it, upright.
    pub upright: (u32, u32),
}

/// How a file shall be decoded.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Pixels that its shorter side has at least, where memory allows.
    pub short_side: u32,
    /// EXIF orientation that is known from elsewhere.
    pub orientation: Option<u8>,
    pub space: ColorSpace,
}

/// What decoding may cost here.
pub fn limits(file_bytes: usize) -> Limits {
    if cfg!(target_arch = "wasm32") {
        Limits::worker(file_bytes as u64)
    } else {
        Limits::native()
    }
}
