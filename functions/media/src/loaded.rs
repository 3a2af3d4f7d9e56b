//! Decoding a file that is in memory, whatever it is.

use edge_http::{budget::Budget, consumer::Failure};
use edge_media::{
    color::ColorSpace,
    decode::{self, Checked, DecodeError, Limits, LoadOptions, Picture},
    metadata,
};

/// A decoded original.
pub struct Loaded {
    /// Upright, perhaps smaller.
    pub picture: Picture,
    /// Width and height of all of it, upright.
    pub upright: (u32, u32),
    /// What is wrong with the file, if the picture is shown only as far as it goes.
    pub damage: Option<String>,
    /// Pixels of the shorter side of the JPEG inside a raw file that this is, before it was made smaller.
    pub embedded: Option<u32>,
    /// Of a panorama, what its renditions say of it, as XMP.
    pub panorama: Option<String>,
}

/// How a file shall be decoded.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Pixels that its shorter side has at least, where memory allows.
    pub short_side: u32,
    /// EXIF orientation that is known from elsewhere.
    pub orientation: Option<u8>,
    pub space: ColorSpace,
    /// It is a panorama of some kind.
    pub is_panorama: bool,
}

/// Decodes a file.
pub fn decode(bytes: &[u8], wanted: Wanted, budget: &Budget) -> Result<Loaded, Failure> {
    let info = decode::probe(bytes).map_err(refused)?;
    let options = LoadOptions {
        short_side: wanted.short_side,
        limits: Limits::here(bytes.len() as u64),
        orientation: wanted.orientation,
        space: wanted.space,
    };
    // What has too many pixels is refused by its name.
    if u64::from(info.width) * u64::from(info.height) <= options.limits.pixels {
        budget.spend_pixels(info.width, info.height, "decoding the picture")?;
    }
    let Checked {
        picture,
        upright,
        damage,
    } = decode::load_checked(bytes, &options).map_err(refused)?;
    Ok(Loaded {
        picture,
        upright,
        damage,
        embedded: None,
        panorama: wanted
            .is_panorama
            .then(|| metadata::panorama_xmp(bytes))
            .flatten(),
    })
}

/// Whether nothing in a file tells what it is.
pub fn is_unknown(bytes: &[u8]) -> bool {
    matches!(decode::probe(bytes), Err(DecodeError::Unrecognised))
}

/// Damaged files stay failed, what others can decode is theirs.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(error: DecodeError) -> Failure {
    if error.needs_companion() {
        Failure::Companion(error.to_string())
    } else {
        Failure::Final(error.to_string())
    }
}
