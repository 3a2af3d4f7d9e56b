//! Duplicates: groups of assets that look alike (api/assets.md section 16).

use serde::Serialize;

use crate::assets::AssetResponse;
use crate::id::{AssetId, DuplicateId};
use crate::input::{input, rule};

/// `DuplicateResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateResponse {
    /// The group.
    pub duplicate_id: DuplicateId,
    /// Who is in it.
    pub assets: Vec<AssetResponse>,
    /// What is best kept.
    pub suggested_keep_asset_ids: Vec<AssetId>,
}

input! {
    /// `DuplicateResolveGroupDto`.
    pub struct ResolveGroup {
        /// The group.
        pub duplicate_id: DuplicateId = required("duplicateId", rule::id()),
        /// What stays.
        pub keep_asset_ids: Vec<AssetId> = required("keepAssetIds", rule::ids()),
        /// What goes.
        pub trash_asset_ids: Vec<AssetId> = required("trashAssetIds", rule::ids()),
    }
}

input! {
    /// `DuplicateResolveDto`.
    pub struct Resolve {
        /// One after the other.
        pub groups: Vec<ResolveGroup> =
            required("groups", rule::array_of(rule::object()).min(1).max(rule::IDS)),
    }
    limits BULK
}
