//! Commands on assets (api/assets.md sections 4, 5, 10, 13, 15, 17 and 18).

use crate::enums::{AssetJobName, AssetMediaSize, AssetVisibility};
use crate::id::{AssetId, DuplicateId};
use crate::input::{Fields, Patch, input, rule};
use crate::time::OffsetTime;

/// -1 (rejected), 1 to 5, or null; 0 is refused (api/assets.md section 10).
fn check_rating(rating: &Patch<i64>, fields: &mut Fields<'_>) {
    if *rating == Patch::Value(0) {
        fields.refuse("rating", "Rating must be -1, 1-5 or null");
    }
}

fn check_place(latitude: Option<f64>, longitude: Option<f64>, fields: &mut Fields<'_>) {
    if latitude.is_some() != longitude.is_some() {
        fields.refuse("", "Latitude and longitude must be provided together");
    }
}

input! {
    /// `UpdateAssetDto`.
    pub struct UpdateAsset {
        /// Marked by the owner.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Where it is shown.
        pub visibility: Option<AssetVisibility> = optional("visibility", rule::enum_of()),
        /// When it was taken; the offset becomes its zone.
        pub date_time_original: Option<OffsetTime> =
            optional("dateTimeOriginal", rule::offset_time()),
        /// Degrees north.
        pub latitude: Option<f64> = optional("latitude", rule::number().min(-90.0).max(90.0)),
        /// Degrees east.
        pub longitude: Option<f64> = optional("longitude", rule::number().min(-180.0).max(180.0)),
        /// -1, 1 to 5; null = none.
        pub rating: Patch<i64> = patch("rating", rule::integer().min(-1).max(5)),
        /// Caption.
        pub description: Option<String> = optional("description", rule::description()),
        /// Motion part; null unlinks it.
        pub live_photo_video_id: Patch<AssetId> = patch("livePhotoVideoId", rule::id()),
    }
    check |update, fields| {
        check_place(update.latitude, update.longitude, fields);
        check_rating(&update.rating, fields);
    }
}

input! {
    /// `AssetBulkUpdateDto`.
    pub struct AssetBulkUpdate {
        /// All must be the caller's own.
        pub ids: Vec<AssetId> = required("ids", rule::ids().max(rule::IDS_AT_ONCE)),
        /// Marked by the owner.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Where they are shown.
        pub visibility: Option<AssetVisibility> = optional("visibility", rule::enum_of()),
        /// When they were taken; the offset becomes their zone.
        pub date_time_original: Option<OffsetTime> =
            optional("dateTimeOriginal", rule::offset_time()),
        /// Degrees north.
        pub latitude: Option<f64> = optional("latitude", rule::number().min(-90.0).max(90.0)),
        /// Degrees east.
        pub longitude: Option<f64> = optional("longitude", rule::number().min(-180.0).max(180.0)),
        /// -1, 1 to 5; null = none.
        pub rating: Patch<i64> = patch("rating", rule::integer().min(-1).max(5)),
        /// Caption.
        pub description: Option<String> = optional("description", rule::description()),
        /// Group of look-alikes; null leaves it.
        pub duplicate_id: Patch<DuplicateId> = patch("duplicateId", rule::id()),
        /// Minutes to add to the capture time.
        pub date_time_relative: Option<i64> = optional("dateTimeRelative", rule::integer()),
        /// New zone of the capture time.
        pub time_zone: Option<String> = optional("timeZone", rule::string()),
    }
    limits BULK
    check |update, fields| {
        check_place(update.latitude, update.longitude, fields);
        check_rating(&update.rating, fields);
        if update.date_time_relative.is_some() && update.date_time_original.is_some() {
            fields.refuse(
                "dateTimeRelative",
                "dateTimeRelative cannot exist alongside dateTimeOriginal",
            );
        }
    }
}

input! {
    /// `AssetBulkDeleteDto`.
    pub struct AssetBulkDelete {
        /// All must be the caller's own.
        pub ids: Vec<AssetId> = required("ids", rule::ids().max(rule::IDS_AT_ONCE)),
        /// For good instead of into the trash.
        pub force: bool = default("force", rule::boolean(), false),
    }
    limits BULK
}

input! {
    /// Query of `GET /assets/statistics` and its administrator's twin.
    pub struct AssetStatsQuery {
        /// Only marked, or only unmarked.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Only in the trash, or only outside.
        pub is_trashed: Option<bool> = optional("isTrashed", rule::boolean()),
        /// Default archive and timeline.
        pub visibility: Option<AssetVisibility> = optional("visibility", rule::enum_of()),
    }
}

input! {
    /// `AssetJobsDto`.
    pub struct AssetJobs {
        /// All must be the caller's own.
        pub asset_ids: Vec<AssetId> = required("assetIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// What to do with them.
        pub name: AssetJobName = required("name", rule::enum_of()),
    }
    limits BULK
}

input! {
    /// `AssetCopyDto`: what to copy from one asset to another.
    pub struct AssetCopy {
        /// From.
        pub source_id: AssetId = required("sourceId", rule::id()),
        /// To.
        pub target_id: AssetId = required("targetId", rule::id()),
        /// Its shared links.
        pub shared_links: bool = default("sharedLinks", rule::boolean(), true),
        /// Its albums.
        pub albums: bool = default("albums", rule::boolean(), true),
        /// Its sidecar file.
        pub sidecar: bool = default("sidecar", rule::boolean(), true),
        /// Its stack.
        pub stack: bool = default("stack", rule::boolean(), true),
        /// Its mark.
        pub favorite: bool = default("favorite", rule::boolean(), true),
    }
}

input! {
    /// Query of `GET /assets/{id}/thumbnail`.
    pub struct ThumbnailQuery {
        /// Default thumbnail.
        pub size: AssetMediaSize =
            default("size", rule::enum_of(), AssetMediaSize::Thumbnail),
        /// Prefer the edited picture.
        pub edited: bool = default("edited", rule::boolean(), false),
    }
}

input! {
    /// Query of `GET /assets/{id}/original`.
    pub struct OriginalQuery {
        /// Prefer the edited picture.
        pub edited: bool = default("edited", rule::boolean(), false),
    }
}
