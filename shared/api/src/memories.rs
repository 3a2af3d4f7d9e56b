//! Memories: what happened on this day in other years (api/features.md section A, Memories).

use serde::Serialize;

use crate::assets::AssetResponse;
use crate::enums::{MemorySearchOrder, MemoryType};
use crate::id::{AssetId, MemoryId, UserId};
use crate::input::{input, rule};
use crate::time::{Millis, OffsetTime};

/// `MemoryResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryResponse {
    /// The memory.
    pub id: MemoryId,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// Thrown away since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Millis>,
    /// The day it remembers.
    pub memory_at: Millis,
    /// When its owner looked at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Millis>,
    /// Shown from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_at: Option<Millis>,
    /// Shown until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_at: Option<Millis>,
    /// Whose it is.
    pub owner_id: UserId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: MemoryType,
    /// The year it remembers.
    pub data: OnThisDay,
    /// Kept by its owner.
    pub is_saved: bool,
    /// What it shows, oldest first.
    pub assets: Vec<AssetResponse>,
}

/// `MemoryStatisticsResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MemoryStatistics {
    /// Number of memories.
    pub total: i64,
}

input! {
    /// `OnThisDayDto`.
    #[derive(Copy, Eq, Serialize)]
    pub struct OnThisDay {
        /// 1000 to 9999.
        pub year: i64 = required("year", rule::integer().min(1000).max(9999)),
    }
}

input! {
    /// Query of `GET /memories` and `GET /memories/statistics`.
    pub struct MemoryQuery {
        /// Only those shown on this day; the app's widget sends a point in time.
        pub day: Option<OffsetTime> = optional("for", rule::offset_time()),
        /// Only saved, or only unsaved.
        pub is_saved: Option<bool> = optional("isSaved", rule::boolean()),
        /// Only those thrown away; without it only the others.
        pub is_trashed: Option<bool> = optional("isTrashed", rule::boolean()),
        /// By the day they remember; newest first without it.
        pub order: Option<MemorySearchOrder> = optional("order", rule::enum_of()),
        /// At most so many.
        pub size: Option<i64> = optional("size", rule::integer().min(1)),
        /// Only this one.
        pub id: Option<MemoryId> = optional("id", rule::id()),
        /// Which of the pages of `size`, from 1.
        pub page: Option<i64> = optional("page", rule::integer().min(1)),
        /// Only those that are not shown yet, or only those that were.
        pub is_upcoming: Option<bool> = optional("isUpcoming", rule::boolean()),
        /// Only of this type.
        pub kind: Option<MemoryType> = optional("type", rule::enum_of()),
    }
}

input! {
    /// `MemoryCreateDto`.
    pub struct MemoryCreate {
        /// What it shows.
        pub asset_ids: Vec<AssetId> = default("assetIds", rule::ids().max(rule::IDS_AT_ONCE), Vec::new()),
        /// The year it remembers.
        pub data: OnThisDay = required("data", rule::object()),
        /// Shown until then.
        pub hide_at: Option<Millis> = optional("hideAt", rule::date_time()),
        /// Kept by its owner.
        pub is_saved: Option<bool> = optional("isSaved", rule::boolean()),
        /// The day it remembers.
        pub memory_at: Millis = required("memoryAt", rule::date_time()),
        /// When its owner looked at it.
        pub seen_at: Option<Millis> = optional("seenAt", rule::date_time()),
        /// Shown from then on.
        pub show_at: Option<Millis> = optional("showAt", rule::date_time()),
        /// What it is about.
        pub kind: MemoryType = required("type", rule::enum_of()),
    }
    limits BULK
}

input! {
    /// `MemoryUpdateDto`.
    pub struct MemoryUpdate {
        /// Kept by its owner.
        pub is_saved: Option<bool> = optional("isSaved", rule::boolean()),
        /// The day it remembers.
        pub memory_at: Option<Millis> = optional("memoryAt", rule::date_time()),
        /// When its owner looked at it.
        pub seen_at: Option<Millis> = optional("seenAt", rule::date_time()),
    }
}
