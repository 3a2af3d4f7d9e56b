//! The second upload dialect: snake_case names on `POST /assets` (api/gumnut-upload.md).

use serde::Serialize;

use crate::input::{input, rule};
use crate::time::{LocalMillis, Millis};

input! {
    /// The text fields of an upload whose file field is `asset_data`.
    pub struct GumnutUpload {
        /// The client's own id, echoed.
        pub device_asset_id: String = required("device_asset_id", rule::string()),
        /// The client's device, echoed.
        pub device_id: String = required("device_id", rule::string()),
        /// When taken.
        pub file_created_at: Millis = required("file_created_at", rule::date_time()),
        /// Time of the file.
        pub file_modified_at: Millis = required("file_modified_at", rule::date_time()),
        /// Taken and not used: uploads belong to no library.
        pub library_id: Option<String> = nullish("library_id", rule::string()),
    }
}

/// The answer to an upload in this dialect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GumnutAsset {
    /// `asset_` and the id.
    pub id: String,
    /// As sent.
    pub device_asset_id: String,
    /// As sent.
    pub device_id: String,
    /// By extension.
    pub mime_type: &'static str,
    /// As uploaded.
    pub original_file_name: String,
    /// From the device.
    pub file_created_at: Millis,
    /// From the device.
    pub file_modified_at: Millis,
    /// Wall clock when taken.
    pub local_datetime: LocalMillis,
    /// SHA-256, base64; empty when the content came in the first dialect.
    pub checksum: String,
    /// SHA-1, base64.
    pub checksum_sha1: String,
    /// Of the row.
    pub created_at: Millis,
    /// Of the row.
    pub updated_at: Millis,
    /// `None` until the file has been read.
    pub exif: Option<GumnutExif>,
    /// Quality scores by name: we have none.
    pub metrics: serde_json::Map<String, serde_json::Value>,
    /// The original.
    pub download_url: String,
    /// The small picture.
    pub thumbnail_url: String,
    /// Faces found.
    pub faces: Vec<GumnutFace>,
    /// Each person once.
    pub people: Vec<GumnutPerson>,
    /// Pixels, 0 until known.
    pub width: i64,
    /// Pixels, 0 until known.
    pub height: i64,
    /// Size of the original.
    pub file_size_bytes: i64,
}

/// What was read from the file. Keys without a counterpart in our data model are always null.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[expect(missing_docs, reason = "named as the tags they hold")]
pub struct GumnutExif {
    pub asset_id: String,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub make: Option<String>,
    pub model: Option<String>,
    pub orientation: Option<i64>,
    pub modified_datetime: Option<Millis>,
    pub original_datetime: Option<Millis>,
    pub digitized_datetime: Option<Millis>,
    pub lens_model: Option<String>,
    pub f_number: Option<f64>,
    pub focal_length: Option<f64>,
    pub iso: Option<i64>,
    /// Seconds.
    pub exposure_time: Option<f64>,
    pub exposure_bias: Option<f64>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub altitude: Option<f64>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub description: Option<String>,
    pub fps: Option<f64>,
    pub live_photo_cid: Option<String>,
    pub projection_type: Option<String>,
    pub profile_description: Option<String>,
    pub auto_stack_id: Option<String>,
    pub rating: Option<i64>,
}

/// A face.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GumnutFace {
    /// `face_` and the id.
    pub id: String,
    /// `asset_` and the id.
    pub asset_id: String,
    /// Pixels of the picture it was found in.
    pub bounding_box: GumnutBox,
    /// Of the row.
    pub created_at: Millis,
    /// Of the row.
    pub updated_at: Millis,
    /// `person_` and the id.
    pub person_id: Option<String>,
    /// Only in videos: never.
    pub timestamp_ms: Option<i64>,
    /// We have none per face.
    pub thumbnail_url: Option<String>,
}

/// A rectangle, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GumnutBox {
    /// Left edge.
    pub x: i64,
    /// Top edge.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GumnutPerson {
    /// `person_` and the id.
    pub id: String,
    /// Not shown in lists.
    pub is_hidden: bool,
    /// Marked by the owner.
    pub is_favorite: bool,
    /// Of the row.
    pub created_at: Millis,
    /// Of the row.
    pub updated_at: Millis,
    /// Empty while unnamed.
    pub name: String,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// `face_` and the id.
    pub thumbnail_face_id: Option<String>,
    /// Portrait.
    pub thumbnail_face_url: Option<String>,
}
