//! Compares enums and sample answers with the contract's OpenAPI file. The file is not part of
//! the project; where it is not beside it, there is nothing to compare and the test says so.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod builders;
mod compare;

use builders::{ID, admin_user, album, api_key, asset, session, user};
use compare::{samples, schemas};
use edge_api::assets::{
    AssetEdit, AssetEditResponse, AssetEditsResponse, AssetMediaResponse, AssetMetadataResponse,
    AssetOcr, AssetStats, Crop,
};
use edge_api::id::{AssetId, EditId, OcrId, UserId};
use edge_api::{Millis, Permission, albums, api_keys, auth, common, config, enums, jobs};
use edge_api::{preferences, server, sessions, timeline, users};
use serde_json::json;

macro_rules! same_values {
    ($schemas:expr, $($name:ident = $schema:literal,)*) => { $(
        let ours: Vec<&str> = enums::$name::VALUES.iter().map(|value| value.as_str()).collect();
        assert_eq!(json!(ours), $schemas[$schema]["enum"], $schema);
    )* };
}

#[test]
fn enums_have_the_contracts_values_in_its_order() {
    let Some(schemas) = schemas() else { return };
    same_values!(
        schemas,
        AlbumUserRole = "AlbumUserRole",
        AssetEditAction = "AssetEditAction",
        AssetIdErrorReason = "AssetIdErrorReason",
        AssetJobName = "AssetJobName",
        AssetMediaSize = "AssetMediaSize",
        AssetMediaStatus = "AssetMediaStatus",
        AssetOrder = "AssetOrder",
        AssetOrderBy = "AssetOrderBy",
        AssetRejectReason = "AssetRejectReason",
        AssetType = "AssetTypeEnum",
        AssetUploadAction = "AssetUploadAction",
        AssetVisibility = "AssetVisibility",
        AudioCodec = "AudioCodec",
        BulkIdErrorReason = "BulkIdErrorReason",
        CqMode = "CQMode",
        CalendarHeatmapType = "CalendarHeatmapType",
        Colorspace = "Colorspace",
        ImageFormat = "ImageFormat",
        IntegrityReport = "IntegrityReport",
        JobName = "JobName",
        LogLevel = "LogLevel",
        MaintenanceAction = "MaintenanceAction",
        ManualJobName = "ManualJobName",
        MemorySearchOrder = "MemorySearchOrder",
        MemoryType = "MemoryType",
        MirrorAxis = "MirrorAxis",
        NotificationLevel = "NotificationLevel",
        OAuthTokenEndpointAuthMethod = "OAuthTokenEndpointAuthMethod",
        PartnerDirection = "PartnerDirection",
        QueueCommand = "QueueCommand",
        QueueJobStatus = "QueueJobStatus",
        QueueName = "QueueName",
        ReactionLevel = "ReactionLevel",
        ReactionType = "ReactionType",
        ReleaseChannel = "ReleaseChannel",
        ReleaseType = "ReleaseType",
        SearchSuggestionType = "SearchSuggestionType",
        SharedLinkType = "SharedLinkType",
        SourceType = "SourceType",
        StorageFolder = "StorageFolder",
        SyncEntityType = "SyncEntityType",
        SyncRequestType = "SyncRequestType",
        ToneMapping = "ToneMapping",
        TranscodeHwAccel = "TranscodeHWAccel",
        TranscodePolicy = "TranscodePolicy",
        UserAvatarColor = "UserAvatarColor",
        UserMetadataKey = "UserMetadataKey",
        UserStatus = "UserStatus",
        VideoCodec = "VideoCodec",
        VideoContainer = "VideoContainer",
        WorkflowType = "WorkflowType",
    );
}

/// The last value of each is one of 3.2 (api/v32.md sections 5 and 8).
#[test]
fn two_enums_have_a_value_of_the_next_version_behind_the_contracts() {
    let Some(schemas) = schemas() else { return };
    let [ours @ .., newer] = enums::NotificationType::VALUES else {
        panic!("there are types");
    };
    let ours: Vec<&str> = ours.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(json!(ours), schemas["NotificationType"]["enum"]);
    assert_eq!(*newer, enums::NotificationType::ClusterGroupRequest);
    let [ours @ .., newer] = enums::WorkflowTrigger::VALUES else {
        panic!("there are triggers");
    };
    let ours: Vec<&str> = ours.iter().map(|trigger| trigger.as_str()).collect();
    assert_eq!(json!(ours), schemas["WorkflowTrigger"]["enum"]);
    assert_eq!(*newer, enums::WorkflowTrigger::AssetTagged);
}

/// `asset.create` is missing in the file but granted by official servers (api/auth.md section 6); the last 13 are those of 3.2.
#[test]
fn permissions_are_the_contracts_and_asset_create() {
    let Some(schemas) = schemas() else { return };
    let ours: Vec<&str> = Permission::VALUES
        .iter()
        .filter(|permission| **permission != Permission::AssetCreate)
        .map(|permission| permission.as_str())
        .collect();
    let ours = &ours[..ours.len() - 13];
    assert_eq!(json!(ours), schemas["Permission"]["enum"]);
}

#[test]
fn answers_about_users_and_access_fit() {
    let Some(mut samples) = samples() else { return };
    samples.fits("UserResponseDto", user());
    samples.fits("UserAdminResponseDto", admin_user());
    samples.fits("SessionResponseDto", session());
    let created = sessions::SessionCreateResponse {
        session: session(),
        token: "t".into(),
    };
    samples.fits("SessionCreateResponseDto", created);
    samples.fits("ApiKeyResponseDto", api_key());
    let created = api_keys::ApiKeyCreateResponse::new("s".into(), api_key());
    samples.fits("ApiKeyCreateResponseDto", created);
    samples.fits(
        "LoginResponseDto",
        auth::LoginResponse {
            access_token: "t".into(),
            user_id: UserId::from_trusted(ID),
            user_email: "a@b.c".into(),
            name: "A".into(),
            is_admin: false,
            profile_image_path: String::new(),
            should_change_password: false,
            is_onboarded: false,
        },
    );
}

#[test]
fn answers_about_own_settings_fit() {
    let Some(mut samples) = samples() else { return };
    let logout = auth::LogoutResponse {
        successful: true,
        redirect_uri: "/".into(),
    };
    samples.fits("LogoutResponseDto", logout);
    let valid = auth::ValidateAccessTokenResponse { auth_status: true };
    samples.fits("ValidateAccessTokenResponseDto", valid);
    samples.fits(
        "AuthStatusResponseDto",
        auth::AuthStatusResponse {
            pin_code: false,
            password: true,
            is_elevated: false,
            expires_at: None,
            pin_expires_at: Some(Millis(0)),
        },
    );
    samples.fits(
        "UserPreferencesResponseDto",
        preferences::Preferences::defaults(),
    );
    samples.fits(
        "OnboardingResponseDto",
        users::OnboardingResponse { is_onboarded: true },
    );
    samples.fits(
        "CalendarHeatmapResponseDto",
        users::CalendarHeatmapResponse {
            from: edge_api::Date::parse("2024-01-01").unwrap(),
            to: edge_api::Date::parse("2024-01-01").unwrap(),
            series: vec![users::CalendarHeatmapDay {
                date: edge_api::Date::parse("2024-01-01").unwrap(),
                count: 1,
            }],
            total_count: 1,
        },
    );
    samples.fits(
        "CreateProfileImageResponseDto",
        users::CreateProfileImageResponse {
            user_id: UserId::from_trusted(ID),
            profile_image_path: "p".into(),
            profile_changed_at: Millis(0),
        },
    );
}

#[test]
fn answers_about_assets_fit() {
    let Some(mut samples) = samples() else { return };
    samples.fits("AssetResponseDto", asset());
    let stats = AssetStats {
        images: 1,
        videos: 2,
        total: 3,
    };
    samples.fits("AssetStatsResponseDto", stats);
    samples.fits(
        "AssetMediaResponseDto",
        AssetMediaResponse {
            id: AssetId::from_trusted(ID),
            status: enums::AssetMediaStatus::Created,
        },
    );
    let metadata = |asset_id| AssetMetadataResponse {
        asset_id,
        key: "mobile-app".into(),
        value: json!({}),
        updated_at: Millis(0),
    };
    samples.fits("AssetMetadataResponseDto", metadata(None));
    samples.fits(
        "AssetMetadataBulkResponseDto",
        metadata(Some(AssetId::from_trusted(ID))),
    );
}

#[test]
fn answers_about_edits_and_bulk_commands_fit() {
    let Some(mut samples) = samples() else { return };
    samples.fits(
        "AssetEditsResponseDto",
        AssetEditsResponse {
            asset_id: AssetId::from_trusted(ID),
            edits: vec![AssetEditResponse {
                id: EditId::from_trusted(ID),
                edit: AssetEdit::Crop(Crop {
                    x: 0,
                    y: 0,
                    width: 1,
                    height: 1,
                }),
            }],
        },
    );
    samples.fits(
        "AssetOcrResponseDto",
        AssetOcr {
            id: OcrId::from_trusted(ID),
            asset_id: AssetId::from_trusted(ID),
            x1: 0.0,
            y1: 0.0,
            x2: 1.0,
            y2: 0.0,
            x3: 1.0,
            y3: 1.0,
            x4: 0.0,
            y4: 1.0,
            box_score: 0.5,
            text_score: 0.5,
            text: "t".into(),
        },
    );
    let failed = common::BulkIdResponse::failed(ID, enums::BulkIdErrorReason::NoPermission);
    samples.fits("BulkIdResponseDto", failed);
    samples.fits("TrashResponseDto", common::CountResponse { count: 1 });
}

#[test]
fn answers_about_albums_and_timeline_fit() {
    let Some(mut samples) = samples() else { return };
    samples.fits("AlbumResponseDto", album());
    let statistics = albums::AlbumStatistics {
        owned: 1,
        shared: 2,
        not_shared: 3,
    };
    samples.fits("AlbumStatisticsResponseDto", statistics);
    let added = albums::AlbumsAddAssetsResponse {
        success: true,
        error: None,
    };
    samples.fits("AlbumsAddAssetsResponseDto", added);
    let month = timeline::TimeBucket {
        time_bucket: "2024-01-01".into(),
        count: 1,
    };
    samples.fits("TimeBucketsResponseDto", month);
    samples.fits(
        "TimeBucketAssetResponseDto",
        timeline::TimeBucketAssets {
            id: vec![ID.into()],
            thumbhash: vec![None],
            visibility: vec![enums::AssetVisibility::Timeline],
            city: Some(vec![None]),
            latitude: Some(vec![Some(1.0)]),
            stack: Some(vec![None, Some([ID.into(), "2".into()])]),
            ..timeline::TimeBucketAssets::default()
        },
    );
}

#[test]
fn answers_about_the_server_fit() {
    let Some(mut samples) = samples() else { return };
    let defaults = config::SystemConfig::defaults();
    samples.fits("SystemConfigDto", &defaults);
    samples.fits(
        "SystemConfigTemplateStorageOptionDto",
        config::storage_template::OPTIONS,
    );
    samples.fits("ServerFeaturesDto", defaults.features());
    samples.fits("ServerConfigDto", defaults.server_config(true, false));
    samples.fits("ServerVersionResponseDto", server::VERSION);
    samples.fits("ServerPingResponse", server::PONG);
    samples.fits("ServerAboutResponseDto", server::ServerAbout::default());
    samples.fits("ServerStorageResponseDto", server::ServerStorage::new(1, 3));
    samples.fits(
        "ServerMediaTypesResponseDto",
        edge_api::media_type::SUPPORTED,
    );
}

#[test]
fn answers_about_usage_and_history_fit() {
    let Some(mut samples) = samples() else { return };
    samples.fits(
        "ServerStatsResponseDto",
        server::ServerStats {
            usage_by_user: vec![server::UsageByUser {
                user_id: UserId::from_trusted(ID),
                user_name: "A".into(),
                photos: 0,
                videos: 0,
                usage: 0,
                usage_photos: 0,
                usage_videos: 0,
                quota_size_in_bytes: None,
            }],
            ..server::ServerStats::default()
        },
    );
    samples.fits(
        "VersionCheckStateResponseDto",
        server::VersionCheckState::default(),
    );
    samples.fits(
        "ReverseGeocodingStateResponseDto",
        server::ReverseGeocodingState::default(),
    );
    samples.fits(
        "ServerVersionHistoryResponseDto",
        server::VersionHistory {
            id: ID.into(),
            created_at: Millis(0),
            version: "3.1.0".into(),
        },
    );
    samples.fits(
        "ServerApkLinksDto",
        server::ServerApkLinks {
            arm64v8a: String::new(),
            armeabiv7a: String::new(),
            universal: String::new(),
            x86_64: String::new(),
        },
    );
}

#[test]
fn answers_about_queues_fit() {
    let Some(mut samples) = samples() else { return };
    let queue = |name| jobs::QueueResponse {
        name,
        is_paused: false,
        statistics: jobs::QueueStatistics::default(),
    };
    samples.fits("QueueResponseDto", queue(enums::QueueName::Ocr));
    let all = enums::QueueName::VALUES
        .iter()
        .map(|name| queue(*name))
        .collect();
    samples.fits("QueuesResponseLegacyDto", jobs::QueuesLegacy(all));
    samples.fits(
        "QueueJobResponseDto",
        jobs::QueueJob {
            id: Some("1".into()),
            name: enums::JobName::AssetDelete,
            data: json!({}),
            timestamp: Millis(5),
        },
    );
}
