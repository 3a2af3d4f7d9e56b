//! The parts of the API's JSON that a move reads (immich-openapi 3.1.0), and what an asset has beside its bytes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Deserialize;
use serde_json::Value;

/// A user, as others or administrators see them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: String,
    pub email: String,
    pub name: String,
    #[serde(default)]
    pub is_admin: bool,
    pub avatar_color: Option<String>,
    pub storage_label: Option<String>,
    pub quota_size_in_bytes: Option<i64>,
    pub deleted_at: Option<String>,
    /// Of partners.
    #[serde(default)]
    pub in_timeline: bool,
}

/// An asset.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "fields of the contract")]
pub struct Asset {
    pub id: String,
    pub owner_id: String,
    pub original_file_name: String,
    /// Base64 of the SHA-1 of the content; of external libraries something else.
    pub checksum: String,
    pub library_id: Option<String>,
    pub file_created_at: String,
    pub file_modified_at: String,
    pub local_date_time: String,
    pub updated_at: String,
    pub is_favorite: bool,
    pub is_trashed: bool,
    pub is_offline: bool,
    #[serde(default)]
    pub is_edited: bool,
    pub visibility: String,
    pub live_photo_video_id: Option<String>,
    #[serde(default)]
    pub exif_info: Exif,
    #[serde(default)]
    pub tags: Vec<Tag>,
    #[serde(default)]
    pub people: Vec<Person>,
}

/// What was read from the file or written by its owner.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Exif {
    pub description: Option<String>,
    pub rating: Option<i64>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub file_size_in_byte: Option<u64>,
}

/// A tag.
#[derive(Debug, Clone, Deserialize)]
pub struct Tag {
    pub id: String,
    pub value: String,
    pub color: Option<String>,
}

/// A person.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub id: String,
    pub name: String,
    pub birth_date: Option<String>,
    pub color: Option<String>,
    #[serde(default)]
    pub is_favorite: bool,
    pub is_hidden: bool,
}

/// The answer of `POST /assets`, and of what makes other things.
#[derive(Debug, Deserialize)]
pub struct Made {
    /// The new thing.
    pub id: String,
}

/// What an asset has beside its bytes. `None` and empty: nothing is wanted, whatever the target has stays.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// A favourite.
    pub favourite: bool,
    /// `timeline`, `archive`, `hidden`.
    pub visibility: String,
    /// Text.
    pub description: String,
    /// One to five stars.
    pub rating: Option<i64>,
    /// Latitude and longitude, degrees.
    pub place: Option<(f64, f64)>,
    /// When it was taken, as an instant and as clocks showed it there.
    pub taken: Option<(Timestamp, Timestamp)>,
    /// Paths of tags.
    pub tags: BTreeSet<String>,
}

impl Details {
    /// Those of an asset of a server.
    pub fn of(asset: &Asset) -> Self {
        let exif = &asset.exif_info;
        Self {
            favourite: asset.is_favorite,
            visibility: asset.visibility.clone(),
            description: exif.description.clone().unwrap_or_default(),
            rating: exif.rating,
            place: exif.latitude.zip(exif.longitude),
            taken: instant(&asset.file_created_at).zip(instant(&asset.local_date_time)),
            tags: asset.tags.iter().map(|tag| tag.value.clone()).collect(),
        }
    }

    /// What `PUT /assets/{id}` must say so that an asset with the details `is` has these.
    pub fn changes(&self, is: &Self) -> Value {
        let mut body = serde_json::Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        if self.favourite && !is.favourite {
            set("isFavorite", true.into());
        }
        if self.visibility != is.visibility && !self.visibility.is_empty() {
            set("visibility", self.visibility.clone().into());
        }
        if self.description != is.description && !self.description.is_empty() {
            set("description", self.description.clone().into());
        }
        if self.rating != is.rating && self.rating.is_some() {
            set("rating", self.rating.into());
        }
        if let Some((latitude, longitude)) = self.place
            && !is
                .place
                .is_some_and(|place| is_near(place, (latitude, longitude)))
        {
            set("latitude", latitude.into());
            set("longitude", longitude.into());
        }
        if let Some((at, local)) = self.taken
            && self.taken != is.taken
        {
            set("dateTimeOriginal", with_offset(at, local).into());
        }
        body.into()
    }
}

/// Whether two places are the same but for what databases round: a tenth of a metre.
fn is_near(one: (f64, f64), other: (f64, f64)) -> bool {
    (one.0 - other.0).abs() < 1e-6 && (one.1 - other.1).abs() < 1e-6
}

/// A moment of the API.
pub fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// An instant with the offset by which clocks showed `local`, which is a wall clock written as if it were UTC.
fn with_offset(at: Timestamp, local: Timestamp) -> String {
    let seconds = local.as_second() - at.as_second();
    let minutes = i32::try_from(seconds / 60).unwrap_or_default();
    let offset = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC);
    at.display_with_offset(offset).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        instant(text).unwrap()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let wanted = Details {
            favourite: true,
            visibility: "timeline".to_owned(),
            place: Some((52.5, 13.4)),
            taken: Some((
                at("2024-05-01T10:00:00.500Z"),
                at("2024-05-01T12:00:00.500Z"),
            )),
            ..Details::default()
        };
        let is = Details {
            visibility: "timeline".to_owned(),
            description: "from the file".to_owned(),
            ..Details::default()
        };
        let expected = serde_json::json!({
            "isFavorite": true, "latitude": 52.5, "longitude": 13.4,
            "dateTimeOriginal": "2024-05-01T12:00:00.5+02:00",
        });
        assert_eq!(wanted.changes(&is), expected);
        assert_eq!(wanted.changes(&wanted), serde_json::json!({}));
    }

    #[test]
    fn a_strange_offset_is_left_out() {
        let text = with_offset(at("2024-05-01T10:00:00Z"), at("2030-05-01T10:00:00Z"));
        assert_eq!(text, "2024-05-01T10:00:00+00:00");
    }
}
