//! Shared links: what guests without an account may see (api/features.md section A, Shared links).

use serde::Serialize;

use crate::albums::AlbumResponse;
use crate::assets::AssetView;
use crate::enums::SharedLinkType;
use crate::id::{AlbumId, AssetId, SharedLinkId, UserId};
use crate::input::{Fields, Patch, input, rule};
use crate::time::Millis;

/// Longest slug, UTF-16 units.
const LONGEST_SLUG: u32 = 200;

/// `SharedLinkResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinkResponse {
    /// The link.
    pub id: SharedLinkId,
    /// Text of its owner.
    pub description: Option<String>,
    /// What guests have to know, in clear text; only its owner reads it.
    pub password: Option<String>,
    /// Its owner.
    pub user_id: UserId,
    /// The secret in its address, base64url.
    pub key: String,
    /// An album or single assets.
    #[serde(rename = "type")]
    pub kind: SharedLinkType,
    /// When it was made.
    pub created_at: Millis,
    /// It opens nothing from then on.
    pub expires_at: Option<Millis>,
    /// What it shows, if not an album.
    pub assets: Vec<AssetView>,
    /// The album it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<AlbumResponse>,
    /// Guests may upload.
    pub allow_upload: bool,
    /// Guests may download originals.
    pub allow_download: bool,
    /// Guests see metadata.
    pub show_metadata: bool,
    /// The name in its short address.
    pub slug: Option<String>,
}

input! {
    /// Query of `GET /shared-links`.
    pub struct SharedLinkQuery {
        /// Only links to this album.
        pub album_id: Option<AlbumId> = optional("albumId", rule::id()),
        /// Only this link.
        pub id: Option<SharedLinkId> = optional("id", rule::id()),
    }
}

input! {
    /// `SharedLinkCreateDto`.
    pub struct SharedLinkCreate {
        /// An album or single assets.
        pub kind: SharedLinkType = required("type", rule::enum_of()),
        /// The album.
        pub album_id: Option<AlbumId> = optional("albumId", rule::id()),
        /// The assets.
        pub asset_ids: Vec<AssetId> = default("assetIds", rule::ids().max(rule::IDS_AT_ONCE), Vec::new()),
        /// Text of its owner.
        pub description: Option<String> = nullish("description", rule::description()),
        /// What guests have to know.
        pub password: Option<String> = nullish("password", rule::string()),
        /// The name in its short address.
        pub slug: Option<String> = nullish("slug", rule::string().max(LONGEST_SLUG)),
        /// It opens nothing from then on.
        pub expires_at: Option<Millis> = nullish("expiresAt", rule::date_time()),
        /// Guests may upload; they may without it.
        pub allow_upload: Option<bool> = optional("allowUpload", rule::boolean()),
        /// Guests may download originals.
        pub allow_download: bool = default("allowDownload", rule::boolean(), true),
        /// Guests see metadata.
        pub show_metadata: bool = default("showMetadata", rule::boolean(), true),
    }
    limits BULK
    check |value, fields| check_slug(value.slug.as_deref(), fields)
}

input! {
    /// `SharedLinkEditDto`.
    pub struct SharedLinkEdit {
        /// Text of its owner.
        pub description: Patch<String> = patch("description", rule::description()),
        /// What guests have to know.
        pub password: Patch<String> = patch("password", rule::string()),
        /// The name in its short address; it has none where this is missing.
        pub slug: Option<String> = nullish("slug", rule::string().max(LONGEST_SLUG)),
        /// It opens nothing from then on.
        pub expires_at: Patch<Millis> = patch("expiresAt", rule::date_time()),
        /// Guests may upload.
        pub allow_upload: Option<bool> = optional("allowUpload", rule::boolean()),
        /// Guests may download originals.
        pub allow_download: Option<bool> = optional("allowDownload", rule::boolean()),
        /// Guests see metadata.
        pub show_metadata: Option<bool> = optional("showMetadata", rule::boolean()),
    }
    check |value, fields| check_slug(value.slug.as_deref(), fields)
}

/// A slug is one part of a path.
fn check_slug(slug: Option<&str>, fields: &mut Fields<'_>) {
    if slug.is_some_and(|slug| slug.contains('/')) {
        fields.refuse("slug", "Slug must not contain a slash");
    }
}

input! {
    /// `SharedLinkLoginDto`.
    pub struct SharedLinkLogin {
        /// What guests have to know.
        pub password: String = required("password", rule::string()),
    }
}
