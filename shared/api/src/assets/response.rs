//! The asset as clients see it (api/assets.md section 8).

use serde::Serialize;

use crate::enums::{AssetType, AssetVisibility};
use crate::id::{AssetId, DuplicateId, LibraryId, StackId, UserId};
use crate::people::PersonResponse;
use crate::tags::TagResponse;
use crate::time::{ExifMillis, LocalMillis, Millis};
use crate::users::UserResponse;

/// `AssetResponseDto`. Nullable keys are always written; the others only where loaded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetResponse {
    /// The asset.
    pub id: AssetId,
    /// Upload time.
    pub created_at: Millis,
    /// Whose it is.
    pub owner_id: UserId,
    /// On `GET /assets/{id}` only, and not for shared links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserResponse>,
    /// External library it belongs to.
    pub library_id: Option<LibraryId>,
    /// Photo, video, …
    #[serde(rename = "type")]
    pub kind: AssetType,
    /// Where the original is stored.
    pub original_path: String,
    /// As uploaded.
    pub original_file_name: String,
    /// By extension of the file name.
    pub original_mime_type: &'static str,
    /// Base64.
    pub thumbhash: Option<String>,
    /// When it was taken.
    pub file_created_at: Millis,
    /// When the file was last changed.
    pub file_modified_at: Millis,
    /// When it was taken, by the clock of the place.
    pub local_date_time: LocalMillis,
    /// When the row last changed.
    pub updated_at: Millis,
    /// True only in the owner's own view.
    pub is_favorite: bool,
    /// Visibility is archive.
    pub is_archived: bool,
    /// In the trash.
    pub is_trashed: bool,
    /// File of an external library is gone.
    pub is_offline: bool,
    /// Where it is shown.
    pub visibility: AssetVisibility,
    /// Milliseconds.
    pub duration: Option<i64>,
    /// Where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exif_info: Option<ExifResponse>,
    /// Motion part of a live photo.
    pub live_photo_video_id: Option<AssetId>,
    /// Where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<TagResponse>>,
    /// Empty for other viewers than the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<PersonResponse>>,
    /// SHA-1, base64.
    pub checksum: String,
    /// Outer `None` = not loaded, inner `None` = in no stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<Option<AssetStack>>,
    /// Has an edit.
    pub is_edited: bool,
    /// Always true here; [`StrippedAssetResponse`] says false.
    pub has_metadata: bool,
    /// Group of look-alikes.
    pub duplicate_id: Option<DuplicateId>,
    /// Always true.
    pub resized: bool,
    /// Pixels after orientation and edits.
    pub width: Option<i64>,
    /// Pixels after orientation and edits.
    pub height: Option<i64>,
}

/// `AssetStackResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetStack {
    /// The stack.
    pub id: StackId,
    /// The asset on top.
    pub primary_asset_id: AssetId,
    /// Members shown on the timeline.
    pub asset_count: i64,
}

/// What a shared link without metadata shows of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StrippedAssetResponse {
    /// The asset.
    pub id: AssetId,
    /// Photo, video, …
    #[serde(rename = "type")]
    pub kind: AssetType,
    /// By extension of the file name.
    pub original_mime_type: &'static str,
    /// Base64.
    pub thumbhash: Option<String>,
    /// When it was taken, by the clock of the place.
    pub local_date_time: LocalMillis,
    /// Milliseconds.
    pub duration: Option<i64>,
    /// Motion part of a live photo.
    pub live_photo_video_id: Option<AssetId>,
    /// Always false.
    pub has_metadata: bool,
    /// Pixels after orientation and edits.
    pub width: Option<i64>,
    /// Pixels after orientation and edits.
    pub height: Option<i64>,
}

impl AssetResponse {
    /// Drops what a shared link without metadata must not show.
    pub fn strip(self) -> StrippedAssetResponse {
        StrippedAssetResponse {
            id: self.id,
            kind: self.kind,
            original_mime_type: self.original_mime_type,
            thumbhash: self.thumbhash,
            local_date_time: self.local_date_time,
            duration: self.duration,
            live_photo_video_id: self.live_photo_video_id,
            has_metadata: false,
            width: self.width,
            height: self.height,
        }
    }
}

/// Either form of an asset, as the caller may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AssetView {
    /// Everything.
    Full(Box<AssetResponse>),
    /// For a shared link without metadata.
    Stripped(Box<StrippedAssetResponse>),
}

/// `ExifResponseDto`: every key is always there.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExifResponse {
    /// Camera maker.
    pub make: Option<String>,
    /// Camera.
    pub model: Option<String>,
    /// Pixels, before orientation.
    pub exif_image_width: Option<i64>,
    /// Pixels, before orientation.
    pub exif_image_height: Option<i64>,
    /// Bytes of the original.
    pub file_size_in_byte: Option<i64>,
    /// `"1"` to `"8"`.
    pub orientation: Option<String>,
    /// When it was taken.
    pub date_time_original: Option<ExifMillis>,
    /// When the file was last changed.
    pub modify_date: Option<ExifMillis>,
    /// Zone name or offset.
    pub time_zone: Option<String>,
    /// Lens.
    pub lens_model: Option<String>,
    /// Aperture.
    pub f_number: Option<f64>,
    /// Millimetres.
    pub focal_length: Option<f64>,
    /// Sensitivity.
    pub iso: Option<i64>,
    /// Text such as `1/250`.
    pub exposure_time: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// From reverse geocoding.
    pub city: Option<String>,
    /// From reverse geocoding.
    pub state: Option<String>,
    /// From reverse geocoding.
    pub country: Option<String>,
    /// `""` without one.
    pub description: Option<String>,
    /// `EQUIRECTANGULAR` of a panorama.
    pub projection_type: Option<String>,
    /// 1 to 5.
    pub rating: Option<i64>,
}

/// `AssetStatsResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AssetStats {
    /// Photos.
    pub images: i64,
    /// Videos.
    pub videos: i64,
    /// Both.
    pub total: i64,
}

/// `AssetOcrResponseDto`: a line of recognised text; corners from top left, clockwise, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "x1 to y4 are the four corners")]
pub struct AssetOcr {
    /// The line.
    pub id: crate::id::OcrId,
    /// The asset it is in.
    pub asset_id: AssetId,
    pub x1: f64,
    pub y1: f64,
    pub x2: f64,
    pub y2: f64,
    pub x3: f64,
    pub y3: f64,
    pub x4: f64,
    pub y4: f64,
    /// Confidence in the box.
    pub box_score: f64,
    /// Confidence in the text.
    pub text_score: f64,
    /// What it says.
    pub text: String,
}
