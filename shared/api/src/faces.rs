//! Faces on photos (api/features.md section A, Faces).

use serde::Serialize;

use crate::enums::SourceType;
use crate::id::{AssetId, FaceId, PersonId};
use crate::input::{input, rule};
use crate::people::PersonResponse;

/// `AssetFaceResponseDto`. The box is in pixels of an image of `image_width` x `image_height`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FaceResponse {
    /// The face.
    pub id: FaceId,
    /// Left side.
    #[serde(rename = "boundingBoxX1")]
    pub x1: i64,
    /// Right side.
    #[serde(rename = "boundingBoxX2")]
    pub x2: i64,
    /// Upper side.
    #[serde(rename = "boundingBoxY1")]
    pub y1: i64,
    /// Lower side.
    #[serde(rename = "boundingBoxY2")]
    pub y2: i64,
    /// Width of the image.
    pub image_width: i64,
    /// Height of the image.
    pub image_height: i64,
    /// Who found it.
    pub source_type: SourceType,
    /// Whose face it is, if known, and the caller's person.
    pub person: Option<PersonResponse>,
}

input! {
    /// Query of `GET /faces`.
    pub struct FacesQuery {
        /// The asset.
        pub id: AssetId = required("id", rule::id()),
    }
}

input! {
    /// `AssetFaceCreateDto`: a box in pixels of the displayed image.
    pub struct FaceCreate {
        /// The asset.
        pub asset_id: AssetId = required("assetId", rule::id()),
        /// Height of the box.
        pub height: i64 = required("height", rule::integer()),
        /// Height of the image.
        pub image_height: i64 = required("imageHeight", rule::integer()),
        /// Width of the image.
        pub image_width: i64 = required("imageWidth", rule::integer()),
        /// Whose face it is.
        pub person_id: PersonId = required("personId", rule::id()),
        /// Width of the box.
        pub width: i64 = required("width", rule::integer()),
        /// Left side.
        pub x: i64 = required("x", rule::integer()),
        /// Upper side.
        pub y: i64 = required("y", rule::integer()),
    }
}

input! {
    /// `AssetFaceDeleteDto`.
    pub struct FaceDelete {
        /// For good; else it is only put away.
        pub force: bool = required("force", rule::boolean()),
    }
}

input! {
    /// `FaceDto`.
    pub struct FaceRef {
        /// The face.
        pub id: FaceId = required("id", rule::id()),
    }
}
