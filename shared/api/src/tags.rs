//! Tags: a tree of labels (api/features.md section A, Tags).

use serde::Serialize;

use crate::id::{AssetId, TagId};
use crate::input::{Patch, input, rule};
use crate::time::Millis;

/// `TagResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagResponse {
    /// The tag.
    pub id: TagId,
    /// The tag above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<TagId>,
    /// Last part of the value.
    pub name: String,
    /// Whole way from the root, `parent/child`.
    pub value: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// Longest path of a tag, UTF-16 units.
const PATH: u32 = 2_000;
/// Most paths in one request.
const TAGS: u32 = 10_000;

/// The form of a colour as sent: three, four, six or eight hex digits, `#` before them or not.
pub(crate) const COLOR: &str =
    "/^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$/";

pub(crate) fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A colour as it is stored: with `#`.
pub fn color(text: &str) -> String {
    format!("#{}", text.strip_prefix('#').unwrap_or(text))
}

input! {
    /// `TagCreateDto`.
    pub struct TagCreate {
        /// Last part of the value.
        pub name: String = required("name", rule::string().max(PATH)),
        /// The tag above.
        pub parent_id: Option<TagId> = nullish("parentId", rule::id()),
        /// Hex digits.
        pub color: Option<String> = nullish("color", rule::string().pattern(COLOR, is_color)),
    }
}

input! {
    /// `TagUpsertDto`.
    pub struct TagUpsert {
        /// Whole paths.
        pub tags: Vec<String> = required("tags", rule::array_of(rule::string().max(PATH)).max(TAGS)),
    }
    limits BULK
}

input! {
    /// `TagUpdateDto`.
    pub struct TagUpdate {
        /// Last part of the value: clients of 3.2 rename tags (api/v32.md section 9).
        pub name: Option<String> = optional("name", rule::string().max(PATH)),
        /// Hex digits; `null` clears.
        pub color: Patch<String> = patch("color", rule::string().pattern(COLOR, is_color)),
    }
}

input! {
    /// `TagBulkAssetsDto`.
    pub struct TagBulkAssets {
        /// What to tag.
        pub asset_ids: Vec<AssetId> = required("assetIds", rule::ids().max(rule::IDS_AT_ONCE)),
        /// With what.
        pub tag_ids: Vec<TagId> = required("tagIds", rule::ids().max(rule::IDS_AT_ONCE)),
    }
    limits BULK
}
