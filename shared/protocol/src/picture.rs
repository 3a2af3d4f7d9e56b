//! What a companion has to know of a picture beside its bytes, as JSON.

use serde::{Deserialize, Serialize};

/// How the original of a picture is decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reading {
    /// EXIF orientation, as the metadata have it.
    pub orientation: Option<u8>,
    /// Which colours the renditions have.
    pub colors: Colors,
    /// Pixels that the shorter side of a JPEG inside a raw file has at least, lest the file is developed; `None`: it is, whatever lies
    /// inside it.
    pub embedded: Option<u32>,
}

/// The edits of a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Edits {
    /// `AssetEditActionItemDto`s, in the order they are applied. None: it has no edits any more, and only its thumbhash is wanted.
    pub steps: Vec<serde_json::Value>,
    /// Width and height of the upright original, in whose pixels the steps count; `None`: as it is decoded.
    pub size: Option<(u32, u32)>,
}

/// What decides on the colour space of renditions (api/jobs-ml.md section 4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Colors {
    /// Display P3 is configured; else all are sRGB.
    pub is_p3: bool,
    /// The original's space, by its metadata.
    pub colorspace: Option<String>,
    /// Name of its profile.
    pub profile: Option<String>,
    /// Bits of a channel.
    pub bits: Option<u32>,
}
