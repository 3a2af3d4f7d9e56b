//! Answers of the API, with what the page shows of them. Small types of their own: those of `edge-api` are made to be written, not
//! read, and bring its checks of requests along.
use crate::answer::answers;

mod account;
mod admin;
mod family;
mod link;
mod photo;
mod workflows;

pub use account::{ApiKey, LockStatus, Login, NewKey, Session};
pub use admin::{
    Backup, Backups, FailedJob, Finding, Findings, IntegritySummary, Jobs, Library,
    LibraryStatistics, Maintenance, PathState, Queue, Statistics, UsageByUser, Validation,
};
pub use family::{
    Activity, Duplicate, Edit, Edits, GroupRequest, Marker, Memory, MemoryYear, Notification,
    Partner,
};
pub use link::{Count, Link};
pub use photo::{Face, InStack, MediaTypes, OFFERED, Stack};
pub use workflows::{LastStep, Method, Run, Step, Template, Trigger, Workflow};

answers! {
    /// `GET /server/config`.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Config {
        /// Whether there is an administrator.
        pub is_initialized: bool,
        /// What the administrator says to those who sign in.
        pub login_page_message: String,
        /// Words on the button for the identity provider.
        pub oauth_button_text: String,
        /// Whether users see each other.
        pub public_users: bool,
        /// Address of the server for links, when the administrator has given one.
        pub external_domain: String,
        /// How long the trash keeps photos, in days.
        pub trash_days: u32,
        /// Address of the style of a map by day.
        pub map_light_style_url: String,
        /// Address of the style of a map by night.
        pub map_dark_style_url: String,
        /// Whether nobody is served for now; nothing else is said then.
        pub maintenance_mode: bool,
    }

    /// `GET /server/features`.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Features {
        /// Whether users may sign in with a password.
        pub password_login: bool,
        /// Whether there is an identity provider.
        pub oauth: bool,
        /// Whether those who want to sign in are sent there at once.
        pub oauth_auto_launch: bool,
        /// Whether photos are found by what is in them.
        pub smart_search: bool,
        /// Whether what is deleted goes to the trash first.
        pub trash: bool,
        /// Whether videos are made smaller while they play.
        pub realtime_transcoding: bool,
    }

    /// A user, as `GET /users/me`, `/users` and `/admin/users` give it.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct User {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// Its address.
        pub email: String,
        /// Whether it administers the server.
        pub is_admin: bool,
        /// Whether it has to choose a password.
        pub should_change_password: bool,
        /// When it was deleted.
        pub deleted_at: Option<String>,
        /// How many bytes it may use.
        pub quota_size_in_bytes: Option<i64>,
        /// How many bytes it uses.
        pub quota_usage_in_bytes: Option<i64>,
        /// Who it is for the identity provider; empty: nobody.
        pub oauth_id: String,
        /// Its picture; empty: none.
        pub profile_image_path: String,
        /// When that changed.
        pub profile_changed_at: String,
    }

    /// `POST /auth/logout`.
    #[derive(Clone, Debug)]
    pub struct LoggedOut {
        /// Where to go now.
        pub redirect_uri: String,
    }

    /// An answer with an address: `POST /oauth/authorize`.
    #[derive(Clone, Debug)]
    pub struct Address {
        /// The address.
        pub url: String,
    }

    /// One of `GET /timeline/buckets`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Bucket {
        /// First day of the month, `2024-05-01`.
        pub time_bucket: String,
        /// How many photos it has.
        pub count: usize,
    }

    /// `GET /timeline/bucket`: a column for each property.
    #[derive(Clone, Debug, Default)]
    pub struct Columns {
        id: Vec<String>,
        ratio: Vec<f64>,
        thumbhash: Vec<Option<String>>,
        is_image: Vec<bool>,
        is_favorite: Vec<bool>,
        duration: Vec<Option<f64>>,
        file_created_at: Vec<String>,
        owner_id: Vec<String>,
        stack: Vec<Option<Vec<String>>>,
    }
}

/// A photo or video in a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Its id.
    pub id: String,
    /// Width by height.
    pub ratio: f64,
    /// Its placeholder; one without has no pictures yet.
    pub thumbhash: Option<String>,
    /// Whether it is a photo and not a video.
    pub is_image: bool,
    /// Whether it is one of its owner's favourites.
    pub is_favorite: bool,
    /// How long a video is, in milliseconds.
    pub duration: Option<f64>,
    /// When it was taken.
    pub taken: String,
    /// Whose it is.
    pub owner: String,
    /// How many photos are shown as this one, if several.
    pub stacked: Option<String>,
}

impl Columns {
    /// One tile for each id; what a column lacks is unknown.
    pub fn tiles(self) -> Vec<Tile> {
        let Self {
            id,
            ratio,
            thumbhash,
            is_image,
            is_favorite,
            duration,
            file_created_at,
            owner_id,
            stack,
        } = self;
        let tiles = id.into_iter().enumerate().map(|(at, id)| Tile {
            id,
            ratio: ratio.get(at).copied().unwrap_or(1.0),
            thumbhash: thumbhash.get(at).cloned().flatten(),
            is_image: is_image.get(at).copied().unwrap_or(true),
            is_favorite: is_favorite.get(at).copied().unwrap_or(false),
            duration: duration.get(at).copied().flatten(),
            taken: file_created_at.get(at).cloned().unwrap_or_default(),
            owner: owner_id.get(at).cloned().unwrap_or_default(),
            // The id of the stack, and how many.
            stacked: stack.get(at).cloned().flatten().and_then(|mut it| it.pop()),
        });
        tiles.collect()
    }
}

/// What the layout needs to know of tiles: width by height.
pub fn ratios(tiles: &[Tile]) -> Vec<f64> {
    tiles.iter().map(|tile| tile.ratio).collect()
}

answers! {
    /// `GET /assets/{id}`.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Asset {
        /// Its id.
        pub id: String,
        /// Whose it is.
        pub owner_id: String,
        /// `IMAGE`, `VIDEO`, …
        pub kind: String = "type",
        /// Name of its file.
        pub original_file_name: String,
        /// When it was taken, by the clock of the place.
        pub local_date_time: String,
        /// When its file was made.
        pub file_created_at: String,
        /// Whether it is a favourite.
        pub is_favorite: bool,
        /// `timeline`, `archive`, …
        pub visibility: String,
        /// Whether it is in the trash.
        pub is_trashed: bool,
        /// Its placeholder.
        pub thumbhash: Option<String>,
        /// In pixels.
        pub width: Option<f64>,
        /// In pixels.
        pub height: Option<f64>,
        /// How long a video is, in milliseconds.
        pub duration: Option<f64>,
        /// What its file says.
        pub exif_info: Exif,
        /// How it is tagged.
        pub tags: Vec<Tag>,
        /// The film of a live photo.
        pub live_photo_video_id: Option<String>,
        /// The photos that it is shown with as one.
        pub stack: Option<InStack>,
        /// Whether it is turned, mirrored or cropped.
        pub is_edited: bool,
    }
}

impl Asset {
    /// The month that it is shown in, as [`Bucket::time_bucket`] has it.
    pub fn month(&self) -> Option<String> {
        let month = self.local_date_time.get(..7)?;
        Some(format!("{month}-01"))
    }

    /// As a tile of a grid.
    pub fn tile(self) -> Tile {
        let ratio = match (self.width, self.height) {
            (Some(width), Some(height)) if height > 0.0 => width / height,
            _ => 1.0,
        };
        Tile {
            ratio,
            id: self.id,
            thumbhash: self.thumbhash,
            is_image: self.kind != "VIDEO",
            is_favorite: self.is_favorite,
            duration: self.duration,
            taken: self.file_created_at,
            owner: self.owner_id,
            stacked: None,
        }
    }
}

answers! {
    /// What runs here.
    #[derive(Clone, Debug, Default)]
    pub struct About {
        /// Such as `v3.1.0`.
        pub version: String,
    }

    /// What a file says about the photo in it.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Exif {
        /// Words about it.
        pub description: Option<String>,
        /// Who made the camera.
        pub make: Option<String>,
        /// The camera.
        pub model: Option<String>,
        /// The lens.
        pub lens_model: Option<String>,
        /// Aperture.
        pub f_number: Option<f64>,
        /// In millimetres.
        pub focal_length: Option<f64>,
        /// Sensitivity.
        pub iso: Option<f64>,
        /// Seconds, as `1/60`.
        pub exposure_time: Option<String>,
        /// Place.
        pub city: Option<String>,
        /// Place.
        pub state: Option<String>,
        /// Place.
        pub country: Option<String>,
        /// Size of the file.
        pub file_size_in_byte: Option<f64>,
        /// In pixels, before it is put upright.
        pub exif_image_width: Option<f64>,
        /// In pixels, before it is put upright.
        pub exif_image_height: Option<f64>,
        /// How it is put upright, `1` to `8`.
        pub orientation: Option<String>,
    }

    /// A tag.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Tag {
        /// Its id.
        pub id: String,
        /// Its whole name.
        pub value: String,
    }

    /// A person on photos.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Person {
        /// Its id.
        pub id: String,
        /// Its name, often empty.
        pub name: String,
        /// Changes with its picture.
        pub updated_at: Option<String>,
        /// Whether it is shown first.
        pub is_favorite: bool,
        /// Whether it is not shown.
        pub is_hidden: bool,
        /// `2015-03-01`.
        pub birth_date: Option<String>,
    }

    /// `GET /people`.
    #[derive(Clone, Debug)]
    pub struct People {
        /// Those of this page.
        pub people: Vec<Person>,
        /// Whether another page follows.
        pub has_next_page: bool,
    }

    /// An album.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Album {
        /// Its id.
        pub id: String,
        /// Its name.
        pub album_name: String,
        /// Words about it.
        pub description: String,
        /// The photo it is shown with.
        pub album_thumbnail_asset_id: Option<String>,
        /// How many photos it has.
        pub asset_count: usize,
        /// Who sees it, its owner among them.
        pub album_users: Vec<Member>,
        /// Whether others see it.
        pub shared: bool,
        /// Whether a link leads to it.
        pub has_shared_link: bool,
        /// Whether those who see it may say something about it.
        pub is_activity_enabled: bool,
    }

    /// Who sees an album.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Member {
        /// `owner`, `editor` or `viewer`.
        pub role: String,
        /// Who it is.
        pub user: User,
    }
}

answers! {
    /// `POST /assets/bulk-upload-check`.
    #[derive(Clone, Debug)]
    pub struct Checks {
        /// One for each file that was asked for.
        pub results: Vec<Check>,
    }

    /// Whether a file is to be sent.
    #[derive(Clone, Debug)]
    pub struct Check {
        /// `accept` or `reject`.
        pub action: String,
        /// The photo that is there already.
        pub asset_id: Option<String>,
        /// Whether that one is in the trash.
        pub is_trashed: bool,
    }

    /// `POST /assets`.
    #[derive(Clone, Debug)]
    pub struct Uploaded {
        /// Id of the photo.
        pub id: String,
        /// `created` or `duplicate`.
        pub status: String,
    }

    /// `POST /search/metadata` and `/search/smart`.
    #[derive(Clone, Debug)]
    pub struct Found {
        /// The photos.
        pub assets: FoundAssets,
    }

    /// Photos of a search.
    #[derive(Clone, Debug)]
    pub struct FoundAssets {
        /// Those of this page.
        pub items: Vec<Asset>,
        /// Number of the next page.
        pub next_page: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::answer::FromValue;

    fn read<T: FromValue>(text: &str) -> T {
        T::from_value(&serde_json::from_str::<Value>(text).unwrap())
    }

    #[test]
    fn columns_become_tiles() {
        let text = r#"{"id":["a","b"],"ratio":[1.5,0.5],"thumbhash":["x",null],"isImage":[true,false],"isFavorite":[true,false],
            "duration":[null,5000],"fileCreatedAt":["2024-05-01T10:00:00.000Z","2024-05-01T09:00:00.000Z"],"ownerId":["u","u"],
            "stack":[["s","3"],null]}"#;
        let tiles = read::<Columns>(text).tiles();
        assert_eq!(tiles.len(), 2);
        assert_eq!((tiles[0].id.as_str(), tiles[0].is_favorite), ("a", true));
        assert_eq!(
            (tiles[1].duration, tiles[1].is_image),
            (Some(5000.0), false)
        );
        assert_eq!(
            (tiles[0].stacked.as_deref(), &tiles[1].stacked),
            (Some("3"), &None)
        );
        assert_eq!(ratios(&tiles), [1.5, 0.5]);
    }

    #[test]
    fn a_server_in_maintenance_says_nothing_else() {
        let config = Config::from_value(&json!({ "maintenanceMode": true }));
        assert!(config.maintenance_mode && !config.is_initialized);
    }

    #[test]
    fn a_short_column_means_unknown() {
        let tiles = Columns::from_value(&json!({ "id": ["a"] })).tiles();
        assert_eq!((tiles[0].ratio, &tiles[0].thumbhash), (1.0, &None));
    }

    #[test]
    fn photos_have_months() {
        let text = r#"{"localDateTime":"2021-06-30T23:59:00.000Z"}"#;
        let asset: Asset = read(text);
        assert_eq!(asset.month().as_deref(), Some("2021-06-01"));
        assert_eq!(Asset::default().month(), None);
    }
}
