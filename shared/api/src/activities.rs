//! Activities: likes and comments in albums (api/features.md section A, Activities).

use serde::Serialize;

use crate::enums::{ReactionLevel, ReactionType};
use crate::id::{ActivityId, AlbumId, AssetId, UserId};
use crate::input::{input, rule};
use crate::time::Millis;
use crate::users::UserResponse;

/// `ActivityResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityResponse {
    /// The activity.
    pub id: ActivityId,
    /// When it was made.
    pub created_at: Millis,
    /// Like or comment.
    #[serde(rename = "type")]
    pub kind: ReactionType,
    /// Who made it.
    pub user: UserResponse,
    /// The asset it is about; `null`: the album itself.
    pub asset_id: Option<AssetId>,
    /// Text of a comment.
    pub comment: Option<String>,
}

/// `ActivityStatisticsResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ActivityStatistics {
    /// Number of comments.
    pub comments: i64,
    /// Number of likes.
    pub likes: i64,
}

input! {
    /// Query of `GET /activities`.
    pub struct ActivityQuery {
        /// In which album.
        pub album_id: AlbumId = required("albumId", rule::id()),
        /// Only about this asset.
        pub asset_id: Option<AssetId> = optional("assetId", rule::id()),
        /// Only about the album itself, or only about assets.
        pub level: Option<ReactionLevel> = optional("level", rule::enum_of()),
        /// Only likes, or only comments.
        pub kind: Option<ReactionType> = optional("type", rule::enum_of()),
        /// Only of this user.
        pub user_id: Option<UserId> = optional("userId", rule::id()),
    }
}

input! {
    /// Query of `GET /activities/statistics`.
    pub struct ActivityStatisticsQuery {
        /// In which album.
        pub album_id: AlbumId = required("albumId", rule::id()),
        /// Only about this asset.
        pub asset_id: Option<AssetId> = optional("assetId", rule::id()),
    }
}

input! {
    /// `ActivityCreateDto`.
    pub struct ActivityCreate {
        /// In which album.
        pub album_id: AlbumId = required("albumId", rule::id()),
        /// About which asset; the album itself without one.
        pub asset_id: Option<AssetId> = optional("assetId", rule::id()),
        /// Like or comment.
        pub kind: ReactionType = required("type", rule::enum_of()),
        /// Text of a comment.
        pub comment: Option<String> = optional("comment", rule::description()),
    }
    check |value, fields| {
        let has_text = value.comment.as_deref().is_some_and(|text| !text.is_empty());
        match value.kind {
            ReactionType::Comment if !has_text => {
                fields.refuse("comment", "Comment is required when type is COMMENT");
            }
            ReactionType::Like if has_text => {
                fields.refuse("comment", "Comment must not be provided when type is not COMMENT");
            }
            _ => {}
        }
    }
}
