//! Downloads: what fits into one archive, and the archive (api/assets.md section 7).

use serde::Serialize;

use crate::id::{AlbumId, AssetId, UserId};
use crate::input::{input, rule};

/// Target size of an archive where neither the request nor the caller says one, bytes.
pub const ARCHIVE_SIZE: i64 = 4 << 30;

input! {
    /// `DownloadInfoDto`: one of assets, an album or a user.
    pub struct DownloadInfo {
        /// These assets.
        pub asset_ids: Option<Vec<AssetId>> = optional("assetIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// All assets of an album.
        pub album_id: Option<AlbumId> = optional("albumId", rule::id()),
        /// All assets of a user.
        pub user_id: Option<UserId> = optional("userId", rule::id()),
        /// Target size of an archive, bytes.
        pub archive_size: Option<i64> = optional("archiveSize", rule::integer().min(1)),
    }
    limits BULK
}

input! {
    /// `DownloadArchiveDto`.
    pub struct DownloadArchive {
        /// What goes into the archive, in this order.
        pub asset_ids: Vec<AssetId> = required("assetIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// Edited pictures instead of their originals.
        pub edited: bool = default("edited", rule::boolean(), false),
        /// Name of the file without extension: a field of 3.2 (api/v32.md section 9).
        pub archive_name: Option<String> = optional("archiveName", rule::string()),
    }
    limits BULK
}

/// `DownloadArchiveInfo`: what goes into one archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveInfo {
    /// Bytes of the originals.
    pub size: i64,
    /// What to ask for.
    pub asset_ids: Vec<AssetId>,
}

/// `DownloadResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DownloadResponse {
    /// Bytes of all.
    pub total_size: i64,
    /// One for each archive to ask for.
    pub archives: Vec<ArchiveInfo>,
}
