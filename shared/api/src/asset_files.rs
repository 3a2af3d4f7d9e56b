//! Generated and side files of an asset (api/v32.md section 4).

use serde::Serialize;

use crate::enums::AssetFileType;
use crate::id::{AssetFileId, AssetId};
use crate::input::{input, rule};
use crate::time::Millis;

input! {
    /// Query of `GET /asset-files`.
    pub struct AssetFileQuery {
        /// Of this asset.
        pub asset_id: AssetId = required("assetId", rule::id()),
        /// Only of this kind.
        pub kind: Option<AssetFileType> = optional("type", rule::enum_of()),
        /// Only of the edited picture, or of the other.
        pub is_edited: Option<bool> = optional("isEdited", rule::boolean()),
        /// Only progressive JPEGs, or none.
        pub is_progressive: Option<bool> = optional("isProgressive", rule::boolean()),
        /// Only pictures through which one sees, or none.
        pub is_transparent: Option<bool> = optional("isTransparent", rule::boolean()),
    }
}

/// `AssetFileResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetFileResponse {
    /// The file; another one whenever its bytes are others.
    pub id: AssetFileId,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: AssetFileType,
    /// Object key.
    pub path: String,
    /// It shows the edited picture.
    pub is_edited: bool,
    /// It is a progressive JPEG (`image.*.progressive` of the configuration).
    pub is_progressive: bool,
    /// One sees through it.
    pub is_transparent: bool,
    /// When there was such a file first.
    pub created_at: Millis,
    /// When it became this one.
    pub updated_at: Millis,
}
