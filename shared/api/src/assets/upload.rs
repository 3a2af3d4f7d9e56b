//! Upload and the check before it (api/assets.md sections 1 and 2).

use serde::Serialize;

use super::AssetMetadataItem;
use crate::enums::{AssetMediaStatus, AssetRejectReason, AssetUploadAction, AssetVisibility};
use crate::id::AssetId;
use crate::input::{input, rule};
use crate::time::Millis;

/// Header of an upload whose file takes the place of that of the asset with this id (`replaceAsset` of 2.7): the asset cannot become its
/// own motion part. It can only refuse, so whoever sends it may.
pub const REPLACES: &str = "x-edge-replaces";

input! {
    /// `AssetMediaCreateDto`: the text fields of an upload, by [`crate::input::from_form`].
    pub struct AssetUpload {
        /// First capture time, until the metadata is read.
        pub file_created_at: Millis = required("fileCreatedAt", rule::date_time()),
        /// Time of the file.
        pub file_modified_at: Millis = required("fileModifiedAt", rule::date_time()),
        /// Milliseconds; 0 counts as none.
        pub duration: Option<i64> = optional("duration", rule::integer().min(0)),
        /// Instead of the file part's name.
        pub filename: Option<String> = optional("filename", rule::string()),
        /// Marked by the owner.
        pub is_favorite: bool = default("isFavorite", rule::boolean(), false),
        /// Motion part, uploaded before.
        pub live_photo_video_id: Option<AssetId> = optional("livePhotoVideoId", rule::id()),
        /// Key-values as JSON text.
        pub metadata: Vec<AssetMetadataItem> = default(
            "metadata", rule::json_text(rule::array_of(rule::object())), Vec::new()),
        /// Default timeline.
        pub visibility: Option<AssetVisibility> = optional("visibility", rule::enum_of()),
    }
}

/// `AssetMediaResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssetMediaResponse {
    /// The new asset, or the one that was there.
    pub id: AssetId,
    /// Which of both.
    pub status: AssetMediaStatus,
}

input! {
    /// `AssetBulkUploadCheckItem`.
    pub struct AssetBulkUploadCheckItem {
        /// The client's own name for it, e.g. a path.
        pub id: String = required("id", rule::string().max(4_096)),
        /// SHA-1: base64 if it has 28 characters, else hex.
        pub checksum: String = required("checksum", rule::string()),
    }
}

input! {
    /// `AssetBulkUploadCheckDto`.
    pub struct AssetBulkUploadCheck {
        /// The CLI sends up to 5000.
        pub assets: Vec<AssetBulkUploadCheckItem> =
            required("assets", rule::array_of(rule::object()).max(rule::IDS)),
    }
    limits BULK
}

/// `AssetBulkUploadCheckResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssetBulkUploadCheckResponse {
    /// In the order of the request.
    pub results: Vec<AssetBulkUploadCheckResult>,
}

/// `AssetBulkUploadCheckResult`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetBulkUploadCheckResult {
    /// The client's own name for it.
    pub id: String,
    /// Upload it or not.
    pub action: AssetUploadAction,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AssetRejectReason>,
    /// The asset that has this content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<AssetId>,
    /// That asset is in the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_trashed: Option<bool>,
}

impl AssetBulkUploadCheckResult {
    /// Not here yet.
    pub fn accept(id: String) -> Self {
        Self {
            id,
            action: AssetUploadAction::Accept,
            reason: None,
            asset_id: None,
            is_trashed: None,
        }
    }

    /// Here already.
    pub fn duplicate(id: String, asset_id: AssetId, is_trashed: bool) -> Self {
        Self {
            action: AssetUploadAction::Reject,
            reason: Some(AssetRejectReason::Duplicate),
            asset_id: Some(asset_id),
            is_trashed: Some(is_trashed),
            ..Self::accept(id)
        }
    }
}
