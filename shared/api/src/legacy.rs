//! What only clients of 2.7 send (api/v32.md section 11).

pub mod duration;

use serde::Serialize;

use crate::assets::AssetResponse;
use crate::id::UserId;
use crate::input::{input, rule};
use crate::time::Millis;

/// Whether the app of 2.7 or an earlier one sends this `User-Agent`: `immich-android/2.7.5` (api/v32.md section 9). The gateway of Cloudflare
/// asks the same in its own language.
pub fn is_app(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    let version = ["immich-android/", "immich-ios/"]
        .iter()
        .find_map(|app| agent.strip_prefix(app));
    version.is_some_and(|version| {
        ["0.", "1.", "2."]
            .iter()
            .any(|major| version.starts_with(major))
    })
}

/// Most names in a question and assets in an answer: the app asks for as many at a time.
pub const MOST: u32 = 10_000;

input! {
    /// `CheckExistingAssetsDto`.
    pub struct CheckExistingAssets {
        /// What the device calls its files.
        pub device_asset_ids: Vec<String> = required("deviceAssetIds", rule::array_of(rule::string()).max(MOST)),
        /// The device.
        pub device_id: String = required("deviceId", rule::string()),
    }
    limits BULK
}

/// `CheckExistingAssetsResponseDto`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExistingAssets {
    /// Those that are there.
    pub existing_ids: Vec<String>,
}

input! {
    /// Query of `GET /assets/random`.
    pub struct RandomQuery {
        /// How many.
        pub count: i64 = default("count", rule::integer().min(1).max(1000), 1),
    }
}

input! {
    /// `AssetFullSyncDto`.
    pub struct FullSync {
        /// At most so many.
        pub limit: i64 = required("limit", rule::integer().min(1).max(i64::from(MOST))),
        /// Those behind this one.
        pub last_id: Option<String> = optional("lastId", rule::string()),
        /// Not changed after it.
        pub updated_until: Millis = required("updatedUntil", rule::date_time()),
        /// Whose; the caller's own when missing.
        pub user_id: Option<UserId> = optional("userId", rule::id()),
    }
}

input! {
    /// `AssetDeltaSyncDto`.
    pub struct DeltaSync {
        /// Changed after it.
        pub updated_after: Millis = required("updatedAfter", rule::date_time()),
        /// Of whom the client has assets.
        pub user_ids: Vec<UserId> = required("userIds", rule::array_of(rule::id())),
    }
}

/// `AssetDeltaSyncResponseDto`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delta {
    /// Too much has changed to be told.
    pub needs_full_sync: bool,
    /// New and changed ones.
    pub upserted: Vec<AssetResponse>,
    /// Those that are gone.
    pub deleted: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_of_then_is_known_by_its_agent() {
        for agent in ["immich-android/2.7.5", "Immich-iOS/2.6.0", "immich-ios/1.9"] {
            assert!(is_app(agent), "{agent}");
        }
        for agent in ["immich-android/3.1.0", "immich-android/20.0.0", "node", ""] {
            assert!(!is_app(agent), "{agent}");
        }
    }
}
