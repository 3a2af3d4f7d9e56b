//! People: named groups of faces (api/features.md section A, People).

use serde::Serialize;

use crate::id::{AssetId, PersonId};
use crate::input::{Patch, input, rule};
use crate::tags::{COLOR, is_color};
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

/// `PeopleResponseDto`: a page of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeopleResponse {
    /// The page.
    pub people: Vec<PersonResponse>,
    /// All people with a name or enough faces, hidden ones too.
    pub total: i64,
    /// Of these, the hidden ones.
    pub hidden: i64,
    /// Whether a page follows.
    pub has_next_page: bool,
}

/// `PersonStatisticsResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PersonStatistics {
    /// Assets of the timeline that show the person.
    pub assets: i64,
}

/// People of a page at most.
const PAGE: i64 = 1_000;
/// People of a page unless the request says otherwise.
const USUAL_PAGE: i64 = 500;

input! {
    /// Query of `GET /people`.
    pub struct PeopleQuery {
        /// Order by likeness to the faces on this asset; where no vectors are known the usual order stays.
        pub closest_asset_id: Option<AssetId> = optional("closestAssetId", rule::id()),
        /// Order by likeness to this person; as `closest_asset_id`.
        pub closest_person_id: Option<PersonId> = optional("closestPersonId", rule::id()),
        /// Which page, from 1 on.
        pub page: i64 = default("page", rule::integer().min(1), 1),
        /// People of a page.
        pub size: i64 = default("size", rule::integer().min(1).max(PAGE), USUAL_PAGE),
        /// Hidden ones too.
        pub with_hidden: Option<bool> = optional("withHidden", rule::boolean()),
    }
}

input! {
    /// `PersonCreateDto`.
    pub struct PersonCreate {
        /// Name.
        pub name: Option<String> = optional("name", rule::string()),
        /// Birthday, not in the future.
        pub birth_date: Option<Date> = nullish("birthDate", rule::date()),
        /// Not shown in lists.
        pub is_hidden: Option<bool> = optional("isHidden", rule::boolean()),
        /// Marked by the owner.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Hex digits.
        pub color: Option<String> = nullish("color", rule::string().pattern(COLOR, is_color)),
    }
}

input! {
    /// `PersonUpdateDto`.
    pub struct PersonUpdate {
        /// Name.
        pub name: Option<String> = optional("name", rule::string()),
        /// Birthday, not in the future; `null` clears.
        pub birth_date: Patch<Date> = patch("birthDate", rule::date()),
        /// Not shown in lists.
        pub is_hidden: Option<bool> = optional("isHidden", rule::boolean()),
        /// Marked by the owner.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Hex digits; `null` clears.
        pub color: Patch<String> = patch("color", rule::string().pattern(COLOR, is_color)),
        /// The asset whose face of the person is to be the portrait.
        pub feature_face_asset_id: Option<AssetId> = optional("featureFaceAssetId", rule::id()),
    }
}

input! {
    /// `PeopleUpdateItem`: [`PersonUpdate`] of one of many.
    pub struct PeopleUpdateItem {
        /// The person.
        pub id: PersonId = required("id", rule::id()),
        /// Name.
        pub name: Option<String> = optional("name", rule::string()),
        /// Birthday, not in the future; `null` clears.
        pub birth_date: Patch<Date> = patch("birthDate", rule::date()),
        /// Not shown in lists.
        pub is_hidden: Option<bool> = optional("isHidden", rule::boolean()),
        /// Marked by the owner.
        pub is_favorite: Option<bool> = optional("isFavorite", rule::boolean()),
        /// Hex digits; `null` clears.
        pub color: Patch<String> = patch("color", rule::string().pattern(COLOR, is_color)),
        /// The asset whose face of the person is to be the portrait.
        pub feature_face_asset_id: Option<AssetId> = optional("featureFaceAssetId", rule::id()),
    }
}

impl PeopleUpdateItem {
    /// The person and what changes.
    pub fn split(self) -> (PersonId, PersonUpdate) {
        let update = PersonUpdate {
            name: self.name,
            birth_date: self.birth_date,
            is_hidden: self.is_hidden,
            is_favorite: self.is_favorite,
            color: self.color,
            feature_face_asset_id: self.feature_face_asset_id,
        };
        (self.id, update)
    }
}

input! {
    /// `PeopleUpdateDto`.
    pub struct PeopleUpdate {
        /// What changes, in the client's order.
        pub people: Vec<PeopleUpdateItem> =
            required("people", rule::array_of(rule::object()).max(rule::IDS)),
    }
    limits BULK
}

input! {
    /// `MergePersonDto`.
    pub struct MergePeople {
        /// People who become part of another.
        pub ids: Vec<PersonId> = required("ids", rule::ids().max(rule::IDS_AT_ONCE)),
    }
    limits BULK
}

input! {
    /// `AssetFaceUpdateItem`.
    pub struct FaceOfPerson {
        /// Whose face it is now.
        pub person_id: PersonId = required("personId", rule::id()),
        /// The asset it is on.
        pub asset_id: AssetId = required("assetId", rule::id()),
    }
}

input! {
    /// `AssetFaceUpdateDto`.
    pub struct ReassignFaces {
        /// Faces that get another person.
        pub data: Vec<FaceOfPerson> = required("data", rule::array_of(rule::object()).max(rule::IDS)),
    }
    limits BULK
}
