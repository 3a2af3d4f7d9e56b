//! Bodies that several areas share.

use serde::Serialize;

use crate::enums::{AssetIdErrorReason, BulkIdErrorReason};
use crate::id::AssetId;
use crate::input::{input, rule};

input! {
    /// `BulkIdsDto` of assets: `{"ids": […]}`.
    pub struct BulkIds {
        /// What to act on, in the client's order.
        pub ids: Vec<AssetId> = required("ids", rule::ids()),
    }
    limits BULK
}

input! {
    /// `AssetIdsDto`: `{"assetIds": […]}`.
    pub struct AssetIds {
        /// What to act on, in the client's order.
        pub asset_ids: Vec<AssetId> = required("assetIds", rule::ids()),
    }
    limits BULK
}

/// `BulkIdResponseDto`: what became of one id of a bulk request (api/features.md, legend).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkIdResponse {
    /// The id as asked for.
    pub id: String,
    /// Whether it was done.
    pub success: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkIdErrorReason>,
    /// Why not, in words (`validation` only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

impl BulkIdResponse {
    /// Done.
    pub fn ok(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            success: true,
            error: None,
            error_message: None,
        }
    }

    /// Not done.
    pub fn failed(id: impl Into<String>, error: BulkIdErrorReason) -> Self {
        Self {
            success: false,
            error: Some(error),
            ..Self::ok(id)
        }
    }
}

/// `AssetIdsResponseDto`: what became of one asset of a bulk request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetIdsResponse {
    /// The asset asked for.
    pub asset_id: AssetId,
    /// Whether it was done.
    pub success: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<AssetIdErrorReason>,
}

/// `{"count": n}`: how many rows a command touched (`TrashResponseDto` and others).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CountResponse {
    /// Rows touched.
    pub count: i64,
}
