//! Stacks: assets shown as one (api/assets.md section 14).

use serde::Serialize;

use crate::assets::AssetResponse;
use crate::id::{AssetId, StackId};
use crate::input::{input, rule};

/// `StackResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackResponse {
    /// The stack.
    pub id: StackId,
    /// The asset that stands for all.
    pub primary_asset_id: AssetId,
    /// All of it, the primary asset first.
    pub assets: Vec<AssetResponse>,
}

input! {
    /// Query of `GET /stacks`.
    pub struct StackQuery {
        /// Only the stack that this asset stands for.
        pub primary_asset_id: Option<AssetId> = optional("primaryAssetId", rule::id()),
    }
}

input! {
    /// `StackCreateDto`.
    pub struct StackCreate {
        /// What is stacked, the primary asset first.
        pub asset_ids: Vec<AssetId> = required("assetIds", rule::ids().min(2).max(rule::IDS_AT_ONCE)),
    }
    limits BULK
}

input! {
    /// `StackUpdateDto`.
    pub struct StackUpdate {
        /// The asset that is to stand for all.
        pub primary_asset_id: Option<AssetId> = optional("primaryAssetId", rule::id()),
    }
}
