//! Key-values that clients keep with an asset (api/assets.md section 11).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::id::AssetId;
use crate::input::{input, rule};
use crate::time::Millis;

input! {
    /// `AssetMetadataUpsertItemDto`.
    pub struct AssetMetadataItem {
        /// Free; official clients use `mobile-app`.
        pub key: String = required("key", rule::name()),
        /// Any object.
        pub value: Map<String, Value> = required("value", rule::record()),
    }
}

input! {
    /// `AssetMetadataUpsertDto`.
    pub struct AssetMetadataUpsert {
        /// Keys must differ.
        pub items: Vec<AssetMetadataItem> = required("items", rule::array_of(rule::object()).max(rule::IDS)),
    }
}

input! {
    /// `AssetMetadataBulkUpsertItemDto`.
    pub struct AssetMetadataBulkItem {
        /// Whose.
        pub asset_id: AssetId = required("assetId", rule::id()),
        /// Free.
        pub key: String = required("key", rule::name()),
        /// Any object.
        pub value: Map<String, Value> = required("value", rule::record()),
    }
}

input! {
    /// `AssetMetadataBulkUpsertDto`.
    pub struct AssetMetadataBulkUpsert {
        /// Pairs of asset and key must differ.
        pub items: Vec<AssetMetadataBulkItem> =
            required("items", rule::array_of(rule::object()).max(rule::IDS)),
    }
    limits BULK
}

input! {
    /// `AssetMetadataBulkDeleteItemDto`.
    pub struct AssetMetadataBulkDeleteItem {
        /// Whose.
        pub asset_id: AssetId = required("assetId", rule::id()),
        /// Which.
        pub key: String = required("key", rule::name()),
    }
}

input! {
    /// `AssetMetadataBulkDeleteDto`.
    pub struct AssetMetadataBulkDelete {
        /// What to delete.
        pub items: Vec<AssetMetadataBulkDeleteItem> =
            required("items", rule::array_of(rule::object()).max(rule::IDS)),
    }
    limits BULK
}

/// `AssetMetadataResponseDto`, and with an asset id `AssetMetadataBulkResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataResponse {
    /// In bulk answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<AssetId>,
    /// Free.
    pub key: String,
    /// The object.
    pub value: Value,
    /// When it was last set.
    pub updated_at: Millis,
}
