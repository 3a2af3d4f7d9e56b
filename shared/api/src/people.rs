//! People: named groups of faces (api/features.md section A, People).

use serde::Serialize;

use crate::id::PersonId;
use crate::time::{Date, Millis};

/// `PersonResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonResponse {
    /// The person.
    pub id: PersonId,
    /// `""` while unnamed.
    pub name: String,
    /// Birthday, if known.
    pub birth_date: Option<Date>,
    /// Where the face picture is stored, `""` without one.
    pub thumbnail_path: String,
    /// Not shown in lists.
    pub is_hidden: bool,
    /// Marked by the owner.
    pub is_favorite: bool,
    /// `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// When the row last changed.
    pub updated_at: Millis,
}
