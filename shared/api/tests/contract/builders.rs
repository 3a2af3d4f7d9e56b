//! Answers with every key filled or null at least once.

use edge_api::assets::{AssetResponse, AssetStack, ExifResponse};
use edge_api::id::{
    AlbumId, ApiKeyId, AssetId, ClusterGroupId, PersonId, SessionId, StackId, TagId, UserId,
};
use edge_api::{ExifMillis, LocalMillis, Millis, Permission};
use edge_api::{albums, api_keys, enums, people, sessions, tags, users};

/// Any id.
pub const ID: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

/// A sample.
pub fn user() -> users::UserResponse {
    users::UserResponse {
        id: UserId::from_trusted(ID),
        name: "Ann".into(),
        email: "ann@example.com".into(),
        profile_image_path: String::new(),
        avatar_color: users::avatar_color("ann@example.com"),
        profile_changed_at: Millis(0),
    }
}

/// A sample.
pub fn admin_user() -> users::UserAdminResponse {
    users::UserAdminResponse {
        user: user(),
        storage_label: None,
        should_change_password: true,
        is_admin: true,
        created_at: Millis(0),
        updated_at: Millis(0),
        deleted_at: None,
        oauth_id: String::new(),
        quota_size_in_bytes: None,
        quota_usage_in_bytes: Some(0),
        status: enums::UserStatus::Active,
        license: Some(users::UserLicense {
            license_key: "IMSV".into(),
            activation_key: "x".into(),
            activated_at: Millis(0),
        }),
        cluster_group_id: ClusterGroupId::from_trusted(ID),
    }
}

/// A sample.
pub fn tag() -> tags::TagResponse {
    tags::TagResponse {
        id: TagId::from_trusted(ID),
        parent_id: None,
        name: "b".into(),
        value: "a/b".into(),
        created_at: Millis(0),
        updated_at: Millis(0),
        color: None,
    }
}

/// A sample.
pub fn person() -> people::PersonResponse {
    people::PersonResponse {
        id: PersonId::from_trusted(ID),
        name: String::new(),
        birth_date: None,
        thumbnail_path: String::new(),
        is_hidden: false,
        is_favorite: false,
        color: None,
        updated_at: Millis(0),
    }
}

/// A sample.
pub fn asset() -> AssetResponse {
    AssetResponse {
        id: AssetId::from_trusted(ID),
        created_at: Millis(0),
        owner_id: UserId::from_trusted(ID),
        owner: Some(user()),
        library_id: None,
        kind: enums::AssetType::Image,
        original_path: "upload/a.jpg".into(),
        original_file_name: "a.jpg".into(),
        original_mime_type: "image/jpeg",
        thumbhash: None,
        file_created_at: Millis(0),
        file_modified_at: Millis(0),
        local_date_time: LocalMillis(0),
        updated_at: Millis(0),
        is_favorite: false,
        is_archived: false,
        is_trashed: false,
        is_offline: false,
        visibility: enums::AssetVisibility::Timeline,
        duration: None,
        exif_info: Some(ExifResponse {
            f_number: Some(2.8),
            date_time_original: Some(ExifMillis(0)),
            ..ExifResponse::default()
        }),
        live_photo_video_id: None,
        tags: Some(vec![tag()]),
        people: Some(vec![person()]),
        checksum: "x".into(),
        stack: Some(Some(AssetStack {
            id: StackId::from_trusted(ID),
            primary_asset_id: AssetId::from_trusted(ID),
            asset_count: 2,
        })),
        is_edited: false,
        has_metadata: true,
        duplicate_id: None,
        resized: true,
        width: None,
        height: Some(1),
    }
}

/// A sample.
pub fn album() -> albums::AlbumResponse {
    albums::AlbumResponse {
        id: AlbumId::from_trusted(ID),
        album_name: "A".into(),
        description: String::new(),
        album_thumbnail_asset_id: None,
        created_at: Millis(0),
        updated_at: Millis(0),
        album_users: vec![albums::AlbumUserResponse {
            user: user(),
            role: enums::AlbumUserRole::Owner,
        }],
        shared: false,
        has_shared_link: false,
        start_date: Some(Millis(0)),
        end_date: None,
        asset_count: 0,
        last_modified_asset_timestamp: None,
        is_activity_enabled: true,
        order: Some(enums::AssetOrder::Desc),
        contributor_counts: Some(vec![albums::ContributorCount {
            user_id: UserId::from_trusted(ID),
            asset_count: 1,
        }]),
    }
}

/// A sample.
pub fn session() -> sessions::SessionResponse {
    sessions::SessionResponse {
        id: SessionId::from_trusted(ID),
        created_at: Millis(0),
        updated_at: Millis(0),
        expires_at: None,
        current: true,
        device_type: String::new(),
        device_os: String::new(),
        app_version: None,
        is_pending_sync_reset: false,
    }
}

/// A sample.
pub fn api_key() -> api_keys::ApiKeyResponse {
    api_keys::ApiKeyResponse {
        id: ApiKeyId::from_trusted(ID),
        name: "API Key".into(),
        created_at: Millis(0),
        updated_at: Millis(0),
        permissions: vec![Permission::All],
    }
}
