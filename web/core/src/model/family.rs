//! What a family shares and is reminded of.
use super::Asset;
use crate::answer::answers;

answers! {
    /// Photos of this day in an earlier year.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Memory {
        /// Its id.
        pub id: String,
        /// Which year.
        pub data: MemoryYear,
        /// Whether it is kept.
        pub is_saved: bool,
        /// The photos.
        pub assets: Vec<Asset>,
    }

    /// What a memory is of.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MemoryYear {
        /// The year.
        pub year: u32,
    }

    /// Somebody who shows all photos to another.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Partner {
        /// Who it is.
        pub id: String,
        /// The name.
        pub name: String,
        /// Whether the photos are in one's own timeline.
        pub in_timeline: bool,
    }

    /// Photos that look the same.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Duplicate {
        /// What they have in common.
        pub duplicate_id: String,
        /// The photos.
        pub assets: Vec<Asset>,
        /// Those that the server would keep.
        pub suggested_keep_asset_ids: Vec<String>,
    }

    /// A photo on the map.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Marker {
        /// Id of the photo.
        pub id: String,
        /// Degrees north.
        pub lat: f64,
        /// Degrees east.
        pub lon: f64,
    }

    /// Something that one is told.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Notification {
        /// Its id.
        pub id: String,
        /// What it is about.
        pub title: String,
        /// More words.
        pub description: String,
        /// When it came.
        pub created_at: String,
        /// `AlbumInvite`, `ClusterGroupRequest`, …
        pub kind: String = "type",
        /// What can be done about it.
        pub data: serde_json::Value,
    }

    /// `GET /cluster-groups/requests`: people whose photos are to be recognised together with one's own.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GroupRequest {
        /// Its id.
        pub id: String,
        /// The group that asks.
        pub cluster_group_id: String,
    }

    /// What somebody said about an album or a photo of it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Activity {
        /// Its id.
        pub id: String,
        /// `comment` or `like`.
        pub kind: String = "type",
        /// The words.
        pub comment: Option<String>,
        /// When.
        pub created_at: String,
        /// Who.
        pub user: super::User,
        /// The photo; none: the album.
        pub asset_id: Option<String>,
    }

    /// `GET /assets/{id}/edits`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Edits {
        /// What is done to the photo, one after the other.
        pub edits: Vec<Edit>,
    }

    /// A step of them.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Edit {
        /// `crop`, `rotate` or `mirror`.
        pub action: String,
        /// How.
        pub parameters: serde_json::Value,
    }
}
