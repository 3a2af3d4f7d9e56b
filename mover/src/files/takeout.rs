//! A Google Takeout: photos in folders by years and albums, JSON beside each of them (see [`super::names`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Deserialize;

use super::names::{self, Index};
use super::store::{Bytes, Store};
use super::{Found, folder};
use crate::model::Details;
use crate::report::Report;

/// Longest JSON file, bytes: one describes a photo.
const JSON: u64 = 4 << 20;
/// Videos that belong to photos.
const LIVE: [&str; 3] = [".mp4", ".mov", ".mp"];

/// What stands in a JSON file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    title: String,
    description: String,
    photo_taken_time: Option<Moment>,
    creation_time: Option<Moment>,
    geo_data: Option<Geo>,
    geo_data_exif: Option<Geo>,
    favorited: bool,
    archived: bool,
    trashed: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct Moment {
    timestamp: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Geo {
    latitude: f64,
    longitude: f64,
}

impl Moment {
    fn text(&self) -> Option<String> {
        let at = Timestamp::from_second(self.timestamp.parse().ok()?);
        at.ok().map(|at| at.to_string())
    }
}

impl Meta {
    /// Where it was taken, if that was written by hand: what the file says is read from the file.
    fn place(&self) -> Option<(f64, f64)> {
        let is_some = |geo: &Geo| geo.latitude != 0.0 || geo.longitude != 0.0;
        let place = self.geo_data.filter(is_some)?;
        let of_file = self.geo_data_exif.filter(is_some);
        (of_file != Some(place)).then_some((place.latitude, place.longitude))
    }

    fn details(&self) -> Details {
        Details {
            favourite: self.favorited,
            visibility: if self.archived { "archive" } else { "timeline" }.to_owned(),
            description: self.description.clone(),
            place: self.place(),
            ..Details::default()
        }
    }
}

/// The files of one folder, of all parts of the Takeout.
#[derive(Default)]
struct Folder {
    media: BTreeMap<String, (Bytes, String)>,
    metas: Index<Meta>,
    album: Option<String>,
}

/// Reads all parts: folders and .zip files.
pub fn scan(parts: &[PathBuf], report: &Report) -> Result<(Store, Vec<Found>)> {
    let mut store = Store::default();
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    for part in parts {
        let reading = || format!("cannot read {}", part.display());
        let files = files(part, &mut store).with_context(reading)?;
        for (path, bytes, changed) in files {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let folder = folders.entry(folder.to_owned()).or_default();
            if names::split(name).1 == ".json" {
                let text = store.text(&bytes, JSON);
                let meta = text.and_then(|text| Ok(serde_json::from_slice(&text)?));
                if let Some(meta) = report.take(&path, meta)? {
                    add_meta(folder, name, meta);
                }
            } else {
                let changed = changed.unwrap_or_else(|| Timestamp::UNIX_EPOCH.to_string());
                folder.media.insert(name.to_owned(), (bytes, changed));
            }
        }
    }
    let found = folders
        .iter()
        .flat_map(|(path, folder)| found(path, folder));
    Ok((store, found.collect()))
}

/// Paths with `/`, contents, and when they were changed.
fn files(part: &PathBuf, store: &mut Store) -> Result<Vec<(String, Bytes, Option<String>)>> {
    if part.is_file() {
        let archive = store.open(part)?;
        return store.list(archive);
    }
    let mut found = Vec::new();
    for path in folder::walk(part)? {
        let name = path
            .strip_prefix(part)?
            .to_string_lossy()
            .replace('\\', "/");
        let changed = folder::changed(&path)?;
        found.push((name, Bytes::File(path), Some(changed)));
    }
    Ok(found)
}

/// A photo's JSON says when it was taken, an album's does not.
fn add_meta(folder: &mut Folder, name: &str, meta: Meta) {
    if meta.photo_taken_time.is_some() {
        folder.metas.add(name, meta);
    } else if !meta.title.is_empty() && !is_year(&meta.title) {
        folder.album = Some(meta.title);
    }
}

/// `Photos from 2024`, in whatever language.
fn is_year(title: &str) -> bool {
    let Some((words, year)) = title.rsplit_once(' ') else {
        return false;
    };
    let is_number = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    let first = words.split(' ').next().unwrap_or_default();
    is_number
        && matches!(
            first,
            "Photos" | "Fotos" | "Foto" | "Foto's" | "Foton" | "Bilder" | "Zdjęcia"
        )
}

fn found(path: &str, folder: &Folder) -> Vec<Found> {
    let mut all = Vec::new();
    let lives = lives(folder);
    let photos: BTreeMap<&str, &str> = lives
        .iter()
        .map(|(photo, video)| (*video, *photo))
        .collect();
    for (name, (bytes, changed)) in &folder.media {
        let of_photo = photos.get(name.as_str()).copied();
        let meta = folder.metas.find(of_photo.unwrap_or(name));
        let plain = Meta::default();
        let facts = meta.unwrap_or(&plain);
        let taken = facts.photo_taken_time.as_ref().and_then(Moment::text);
        let made = facts.creation_time.as_ref().and_then(Moment::text);
        let mut details = facts.details();
        if of_photo.is_some() {
            "hidden".clone_into(&mut details.visibility);
        }
        let key = |name: &str| format!("{path}/{name}");
        let original = names::original(name).filter(|name| folder.media.contains_key(name));
        let album = folder.album.iter().filter(|_| of_photo.is_none());
        all.push(Found {
            key: key(name),
            name: title(name, facts, original.is_some() || of_photo.is_some()),
            bytes: bytes.clone(),
            modified: made
                .or_else(|| taken.clone())
                .unwrap_or_else(|| changed.clone()),
            created: taken.unwrap_or_else(|| changed.clone()),
            sidecar: None,
            details,
            albums: album.cloned().collect::<BTreeSet<_>>(),
            live: lives.get(name.as_str()).map(|video| key(video)),
            original: original.map(|name| key(&name)),
            is_trashed: facts.trashed,
        });
    }
    all
}

/// Videos without JSON beside photos of the same name that have it, by photos.
fn lives(folder: &Folder) -> BTreeMap<&str, &str> {
    let mut photos = BTreeMap::new();
    let (videos, stills): (Vec<&String>, Vec<&String>) = folder
        .media
        .keys()
        .partition(|name| LIVE.contains(&names::split(name).1.to_lowercase().as_str()));
    for still in stills {
        photos
            .entry(names::split(still).0)
            .or_insert(still.as_str());
    }
    let mut found = BTreeMap::new();
    for video in videos {
        let (stem, kind) = names::split(video);
        let Some(photo) = photos.get(stem) else {
            continue;
        };
        let has_own = folder.metas.find(video).is_some_and(|meta| {
            let own = names::split(&meta.title).1;
            own.eq_ignore_ascii_case(kind)
        });
        if !has_own {
            found.insert(*photo, video.as_str());
        }
    }
    found
}

/// What the file was called: its JSON knows names that were cut or counted.
fn title(name: &str, meta: &Meta, is_another: bool) -> String {
    let kind = names::split(name).1;
    let of_title = names::split(&meta.title).1;
    if is_another || meta.title.contains('/') || !of_title.eq_ignore_ascii_case(kind) {
        return name.to_owned();
    }
    meta.title.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_no_albums() {
        assert!(is_year("Photos from 2024") && is_year("Fotos von 2024"));
        assert!(!is_year("Summer 2024") && !is_year("Photos") && !is_year("Photos from 24"));
    }

    #[test]
    fn only_places_written_by_hand_are_set() {
        let geo = |latitude| {
            Some(Geo {
                latitude,
                longitude: 1.0,
            })
        };
        let meta = |hand, file| Meta {
            geo_data: hand,
            geo_data_exif: file,
            ..Meta::default()
        };
        assert_eq!(meta(geo(2.0), geo(2.0)).place(), None);
        assert_eq!(meta(geo(2.0), geo(3.0)).place(), Some((2.0, 1.0)));
        assert_eq!(meta(geo(2.0), None).place(), Some((2.0, 1.0)));
        let nowhere = Some(Geo {
            latitude: 0.0,
            longitude: 0.0,
        });
        assert_eq!(meta(nowhere, None).place(), None);
    }

    #[test]
    fn a_moment_that_is_none_is_left_out() {
        let moment = |text: &str| {
            Moment {
                timestamp: text.to_owned(),
            }
            .text()
        };
        assert_eq!(
            moment("1714557600").as_deref(),
            Some("2024-05-01T10:00:00Z")
        );
        assert_eq!(moment("now"), None);
        assert_eq!(moment("99999999999999999"), None);
    }
}
