//! Albums and their members (api/features.md section A, Albums).

use serde::Serialize;

use crate::enums::{AlbumUserRole, AssetOrder, BulkIdErrorReason};
use crate::id::{AlbumId, AssetId, UserId};
use crate::input::{Patch, input, rule};
use crate::time::Millis;
use crate::users::UserResponse;

/// `AlbumResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlbumResponse {
    /// The album.
    pub id: AlbumId,
    /// Title.
    pub album_name: String,
    /// `""` without one.
    pub description: String,
    /// Cover.
    pub album_thumbnail_asset_id: Option<AssetId>,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// Owner first, then the caller, then by name.
    pub album_users: Vec<AlbumUserResponse>,
    /// Has other members or a shared link.
    pub shared: bool,
    /// Has a shared link.
    pub has_shared_link: bool,
    /// Capture time of the earliest asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Millis>,
    /// Capture time of the latest asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Millis>,
    /// Without trashed, hidden and locked ones.
    pub asset_count: i64,
    /// When an asset of it last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_asset_timestamp: Option<Millis>,
    /// Comments and likes are on.
    pub is_activity_enabled: bool,
    /// Direction of its timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<AssetOrder>,
    /// Assets per member, of shared albums only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributor_counts: Option<Vec<ContributorCount>>,
}

/// `AlbumUserResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlbumUserResponse {
    /// The member.
    pub user: UserResponse,
    /// What they may do.
    pub role: AlbumUserRole,
}

/// `ContributorCountResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContributorCount {
    /// The member.
    pub user_id: UserId,
    /// Assets of theirs in the album.
    pub asset_count: i64,
}

/// `MapMarkerResponseDto`: an asset with a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MapMarker {
    /// The asset.
    pub id: AssetId,
    /// Latitude, degrees.
    pub lat: f64,
    /// Longitude, degrees.
    pub lon: f64,
    /// Town.
    pub city: Option<String>,
    /// Province.
    pub state: Option<String>,
    /// Country.
    pub country: Option<String>,
}

/// `AlbumStatisticsResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlbumStatistics {
    /// Own albums.
    pub owned: i64,
    /// Shared by or with the caller.
    pub shared: i64,
    /// Own and not shared.
    pub not_shared: i64,
}

input! {
    /// Query of `GET /albums`.
    pub struct AlbumQuery {
        /// Only albums with this asset; overrides the others.
        pub asset_id: Option<AssetId> = optional("assetId", rule::id()),
        /// Only this album.
        pub id: Option<AlbumId> = optional("id", rule::id()),
        /// Only own, or only others'.
        pub is_owned: Option<bool> = optional("isOwned", rule::boolean()),
        /// Only shared, or only unshared.
        pub is_shared: Option<bool> = optional("isShared", rule::boolean()),
        /// Only with exactly this name.
        pub name: Option<String> = optional("name", rule::name()),
    }
}

input! {
    /// `AlbumUserCreateDto`.
    pub struct AlbumUserCreate {
        /// The new member.
        pub user_id: UserId = required("userId", rule::id()),
        /// What they may do.
        pub role: AlbumUserRole = required("role", rule::enum_of()),
    }
}

input! {
    /// `CreateAlbumDto`.
    pub struct CreateAlbum {
        /// Title.
        pub album_name: String = required("albumName", rule::name()),
        /// Text below the title.
        pub description: Option<String> = nullish("description", rule::description()),
        /// Members beside the owner.
        pub album_users: Vec<AlbumUserCreate> =
            default("albumUsers", rule::array_of(rule::object()), Vec::new()),
        /// First content.
        pub asset_ids: Vec<AssetId> = default("assetIds", rule::ids(), Vec::new()),
    }
    limits BULK
}

input! {
    /// `UpdateAlbumDto`.
    pub struct UpdateAlbum {
        /// Title.
        pub album_name: Option<String> = optional("albumName", rule::name()),
        /// Text below the title; null: none.
        pub description: Patch<String> = patch("description", rule::description()),
        /// Cover; must be in the album.
        pub album_thumbnail_asset_id: Option<AssetId> =
            optional("albumThumbnailAssetId", rule::id()),
        /// Comments and likes on or off.
        pub is_activity_enabled: Option<bool> = optional("isActivityEnabled", rule::boolean()),
        /// Direction of its timeline.
        pub order: Option<AssetOrder> = optional("order", rule::enum_of()),
    }
}

input! {
    /// `AlbumsAddAssetsDto`.
    pub struct AlbumsAddAssets {
        /// Where to.
        pub album_ids: Vec<AlbumId> = required("albumIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// What.
        pub asset_ids: Vec<AssetId> = required("assetIds", rule::ids()),
    }
    limits BULK
}

/// `AlbumsAddAssetsResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AlbumsAddAssetsResponse {
    /// Something was added.
    pub success: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkIdErrorReason>,
}

input! {
    /// `AlbumUserAddDto`.
    pub struct AlbumUserAdd {
        /// The new member.
        pub user_id: UserId = required("userId", rule::id()),
        /// Default editor.
        pub role: AlbumUserRole = default("role", rule::enum_of(), AlbumUserRole::Editor),
    }
}

input! {
    /// `AddUsersDto`.
    pub struct AddUsers {
        /// At least one.
        pub album_users: Vec<AlbumUserAdd> =
            required("albumUsers", rule::array_of(rule::object()).min(1)),
    }
}

input! {
    /// `UpdateAlbumUserDto`.
    pub struct UpdateAlbumUser {
        /// What they may do from now on.
        pub role: AlbumUserRole = required("role", rule::enum_of()),
    }
}
