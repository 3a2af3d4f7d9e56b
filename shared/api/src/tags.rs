//! Tags: a tree of labels (api/features.md section A, Tags).

use serde::Serialize;

use crate::id::TagId;
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
