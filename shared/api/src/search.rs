//! Search by metadata (api/features.md section B).

mod structured;

use serde::Serialize;

pub use structured::{Branch, SearchField, SearchFilter, SearchOrder, Structured};

use crate::assets::{AssetResponse, AssetView};
use crate::enums::{AssetOrder, AssetType, AssetVisibility, SearchSuggestionType};
use crate::id::{AlbumId, AssetId, LibraryId, PersonId, TagId};
use crate::input::{Fields, Input, Limits, Patch, input, rule};
use crate::time::Millis;

/// Assets of a page, and of an answer without pages, unless the request says otherwise.
const SIZE: i64 = 250;
/// Most assets of one answer.
const MOST: i64 = 1_000;
/// Assets of a page of smart search unless the request says otherwise (api/jobs-ml.md section 6.6).
const SMART_SIZE: i64 = 100;

/// Fields of [`Filters`] that a structured search may not have besides: all but `withStacked`.
const OLD: &[&str] = &[
    "albumIds",
    "city",
    "country",
    "state",
    "make",
    "model",
    "lensModel",
    "createdAfter",
    "createdBefore",
    "updatedAfter",
    "updatedBefore",
    "trashedAfter",
    "trashedBefore",
    "takenAfter",
    "takenBefore",
    "isEncoded",
    "isFavorite",
    "isMotion",
    "isNotInAlbum",
    "isOffline",
    "libraryId",
    "ocr",
    "personIds",
    "rating",
    "tagIds",
    "type",
    "visibility",
    "withDeleted",
];
/// The same of [`MetadataFilters`].
const OLD_METADATA: &[&str] = &[
    "id",
    "checksum",
    "originalFileName",
    "originalPath",
    "description",
    "encodedVideoPath",
    "previewPath",
    "thumbnailPath",
];
/// The same of pages.
const OLD_PAGES: &[&str] = &["page", "order"];

input! {
    /// What every search may filter by; all of it must hold.
    pub struct Filters {
        /// In all of these albums.
        pub album_ids: Option<Vec<AlbumId>> = optional("albumIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// Exactly; null: none.
        pub city: Patch<String> = patch("city", rule::string()),
        /// As `city`.
        pub country: Patch<String> = patch("country", rule::string()),
        /// As `city`.
        pub state: Patch<String> = patch("state", rule::string()),
        /// As `city`, of the camera.
        pub make: Patch<String> = patch("make", rule::string()),
        /// As `make`.
        pub model: Patch<String> = patch("model", rule::string()),
        /// As `make`.
        pub lens_model: Patch<String> = patch("lensModel", rule::string()),
        /// Uploaded then or later.
        pub created_after: Option<Millis> = optional("createdAfter", rule::date_time()),
        /// Uploaded then or earlier.
        pub created_before: Option<Millis> = optional("createdBefore", rule::date_time()),
        /// Changed then or later.
        pub updated_after: Option<Millis> = optional("updatedAfter", rule::date_time()),
        /// Changed then or earlier.
        pub updated_before: Option<Millis> = optional("updatedBefore", rule::date_time()),
        /// Put into the trash then or later.
        pub trashed_after: Option<Millis> = optional("trashedAfter", rule::date_time()),
        /// Put into the trash then or earlier.
        pub trashed_before: Option<Millis> = optional("trashedBefore", rule::date_time()),
        /// Taken then or later.
        pub taken_after: Option<Millis> = optional("takenAfter", rule::date_time()),
        /// Taken then or earlier.
        pub taken_before: Option<Millis> = optional("takenBefore", rule::date_time()),
        /// Has a transcoded video.
        pub is_encoded: Option<bool> = optional("isEncoded", rule::boolean()),
        /// Marked by the caller.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// A still with a motion part.
        pub is_motion: Option<bool> = optional("isMotion", rule::boolean()),
        /// In no album.
        pub is_not_in_album: Option<bool> = optional("isNotInAlbum", rule::boolean()),
        /// Its file is gone.
        pub is_offline: Option<bool> = optional("isOffline", rule::boolean()),
        /// External library; null: uploaded.
        pub library_id: Patch<LibraryId> = patch("libraryId", rule::id()),
        /// Words of the text in the picture.
        pub ocr: Option<String> = optional("ocr", rule::string()),
        /// Shows all of these people.
        pub person_ids: Option<Vec<PersonId>> = optional("personIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// Stars; null: none.
        pub rating: Patch<i64> = patch("rating", rule::integer().min(1).max(5)),
        /// Has all of these tags, or one below each; null: no tag.
        pub tag_ids: Patch<Vec<TagId>> = patch("tagIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// Photo, video …
        pub kind: Option<AssetType> = optional("type", rule::enum_of()),
        /// Where shown; default everywhere but the locked folder while that is shut.
        pub visibility: Option<AssetVisibility> = optional("visibility", rule::enum_of()),
        /// Also what is in the trash.
        pub with_deleted: Option<bool> = optional("withDeleted", rule::boolean()),
        /// `false`: none that is in a stack.
        pub with_stacked: Option<bool> = optional("withStacked", rule::boolean()),
    }
    limits BULK
}

input! {
    /// What only `POST /search/metadata` filters by.
    pub struct MetadataFilters {
        /// This one.
        pub id: Option<AssetId> = optional("id", rule::id()),
        /// SHA-1: base64 if it has 28 characters, else hex.
        pub checksum: Option<String> = optional("checksum", rule::string()),
        /// Contained in the name, whatever case and accents.
        pub original_file_name: Option<String> = optional("originalFileName", rule::string()),
        /// Contained in the path.
        pub original_path: Option<String> = optional("originalPath", rule::string()),
        /// Contained in the description.
        pub description: Option<String> = optional("description", rule::string()),
        /// Exactly the path of the transcoded video.
        pub encoded_video_path: Option<String> = optional("encodedVideoPath", rule::string()),
        /// Looked at and ignored, as the contract has it.
        pub preview_path: Option<String> = optional("previewPath", rule::string()),
        /// As `preview_path`.
        pub thumbnail_path: Option<String> = optional("thumbnailPath", rule::string()),
    }
}

input! {
    /// What an answer that lists assets is to hold.
    pub struct Shape {
        /// Page, from 1, or what `nextPage` said.
        pub page: i64 = default("page", rule::integer().min(1), 1),
        /// Assets of one answer.
        pub size: Option<i64> = optional("size", rule::integer().min(1).max(MOST)),
        /// Also what was read from the files.
        pub with_exif: Option<bool> = optional("withExif", rule::boolean()),
        /// Also who is on them.
        pub with_people: Option<bool> = optional("withPeople", rule::boolean()),
    }
}

impl Shape {
    /// Assets of one answer.
    pub fn size(&self) -> i64 {
        self.size.unwrap_or(SIZE)
    }
}

/// Reads parts of one body, so that the problems of all are reported.
macro_rules! parts {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $type:ty = $read:expr;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl Input for $name {
            const LIMITS: Limits = Limits::BULK;

            fn read(fields: &mut Fields<'_>) -> Option<Self> {
                $(let $field = { let read: fn(&mut Fields<'_>) -> Option<$type> = $read; read(fields) };)*
                Some(Self { $($field: $field?,)* })
            }
        }
    };
}

parts! {
    /// `MetadataSearchDto`.
    MetadataSearch {
        /// The new shape, if it is one.
        structured: Option<Structured> = |fields| Structured::read(fields, &[OLD, OLD_METADATA, OLD_PAGES]);
        /// What every search has.
        filters: Filters = Filters::read;
        /// What this one has besides.
        metadata: MetadataFilters = MetadataFilters::read;
        /// Page and size.
        shape: Shape = Shape::read;
        /// By capture; default newest first.
        order: AssetOrder = |fields| fields.default("order", rule::enum_of(), AssetOrder::Desc);
    }
}

parts! {
    /// `RandomSearchDto`.
    RandomSearch {
        /// The new shape, if it is one.
        structured: Option<Structured> = |fields| Structured::read_filter(fields, &[OLD]);
        /// What every search has.
        filters: Filters = Filters::read;
        /// Size; its page means nothing.
        shape: Shape = Shape::read;
    }
}

parts! {
    /// `StatisticsSearchDto`.
    StatisticsSearch {
        /// The new shape, if it is one.
        structured: Option<Structured> = |fields| Structured::read_filter(fields, &[OLD, &["description"]]);
        /// What every search has.
        filters: Filters = Filters::read;
        /// Contained in the description.
        description: Option<String> = |fields| fields.optional("description", rule::string());
    }
}

parts! {
    /// Query of `POST /search/large-assets`.
    LargeAssetSearch {
        /// What every search has.
        filters: Filters = Filters::read;
        /// Size; its page means nothing.
        shape: Shape = Shape::read;
        /// Bytes of the original, at least.
        min_file_size: Option<i64> = |fields| fields.optional("minFileSize", rule::integer().min(0));
    }
}

parts! {
    /// `SmartSearchDto`.
    SmartSearch {
        /// The new shape, if it is one.
        structured: Option<Structured> = |fields| Structured::read_filter(fields, &[OLD, &["page"]]);
        /// What every search has.
        filters: Filters = Filters::read;
        /// Page and size.
        shape: Shape = Shape::read;
        /// What to look for, in words.
        query: Option<String> = |fields| fields.optional("query", rule::string());
        /// What to look for, by a picture.
        query_asset_id: Option<AssetId> = |fields| fields.optional("queryAssetId", rule::id());
        /// Of the words.
        language: Option<String> = |fields| fields.optional("language", rule::string());
    }
}

impl SmartSearch {
    /// Assets of one answer.
    pub fn size(&self) -> i64 {
        self.shape.size.unwrap_or(SMART_SIZE)
    }
}

input! {
    /// Query of `GET /search/suggestions`.
    pub struct SuggestionQuery {
        /// Of what.
        pub kind: SearchSuggestionType = required("type", rule::enum_of()),
        /// Only there.
        pub country: Option<String> = optional("country", rule::string()),
        /// Only there.
        pub state: Option<String> = optional("state", rule::string()),
        /// Only of this maker.
        pub make: Option<String> = optional("make", rule::string()),
        /// Only of this camera.
        pub model: Option<String> = optional("model", rule::string()),
        /// Only with this lens.
        pub lens_model: Option<String> = optional("lensModel", rule::string()),
        /// Also null, for assets without one.
        pub include_null: Option<bool> = optional("includeNull", rule::boolean()),
    }
}

input! {
    /// Query of `GET /search/person`.
    pub struct PersonQuery {
        /// Part of the name.
        pub name: String = required("name", rule::string()),
        /// Also who is hidden.
        pub with_hidden: Option<bool> = optional("withHidden", rule::boolean()),
    }
}

input! {
    /// Query of `GET /view/folder`.
    pub struct FolderQuery {
        /// The folder, without the last slash.
        pub path: String = required("path", rule::string()),
    }
}

/// What `SearchAssetResponseDto` and `SearchAlbumResponseDto` share.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchList<T> {
    /// Items of this page.
    pub total: usize,
    /// The same.
    pub count: usize,
    /// The page.
    pub items: Vec<T>,
    /// Always empty.
    pub facets: [(); 0],
}

impl<T> SearchList<T> {
    /// A page of these.
    pub fn of(items: Vec<T>) -> Self {
        Self {
            total: items.len(),
            count: items.len(),
            items,
            facets: [],
        }
    }
}

/// `SearchAssetResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchAssets {
    /// The page.
    #[serde(flatten)]
    pub list: SearchList<AssetView>,
    /// What to send as `page` for what comes behind; null at the end.
    pub next_page: Option<String>,
    /// What to send as `cursor` for what comes behind: only a structured search goes on so (api/v32.md section 7). Clients of
    /// 3.2 cannot read the answer without it (section 1).
    pub next_cursor: Option<String>,
}

/// `SearchResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchResponse {
    /// Always empty.
    pub albums: SearchList<()>,
    /// What was found.
    pub assets: SearchAssets,
}

/// `SearchStatisticsResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SearchStatistics {
    /// Assets found.
    pub total: i64,
}

/// `SearchExploreItem`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExploreItem {
    /// What the asset stands for.
    pub value: String,
    /// The asset.
    pub data: AssetResponse,
}

/// `SearchExploreResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExploreField {
    /// What the items have in common.
    pub field_name: &'static str,
    /// One asset for each value.
    pub items: Vec<ExploreItem>,
}
