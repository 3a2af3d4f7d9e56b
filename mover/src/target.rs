//! One user of the server that gets everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;

use crate::client::Server;
use crate::model::{Asset, Details, Made, Tag};
use crate::multipart::Form;

/// Ids that one call takes.
pub const BATCH: usize = 500;

/// A file that is to be uploaded.
pub struct Upload<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Where its bytes are.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// SHA-1 of the bytes, base64.
    pub checksum: &'a str,
    /// When it was taken, for files that do not say so.
    pub created: &'a str,
    /// When the file was changed.
    pub modified: &'a str,
    /// An XMP sidecar: path and bytes.
    pub sidecar: Option<(PathBuf, u64)>,
    /// The video of a live photo, an id of the target.
    pub live: Option<&'a str>,
    /// Favourite and visibility.
    pub details: &'a Details,
}

/// A user of the target.
pub struct Target {
    /// The server, asked as this user.
    pub server: Server,
    tags: Mutex<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Checked {
    results: Vec<Known>,
}

/// What the target knows of a checksum.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    id: String,
    asset_id: Option<String>,
}

impl Target {
    /// The user whose credential `server` has.
    pub fn new(server: Server) -> Self {
        Self {
            server,
            tags: Mutex::default(),
        }
    }

    /// Which of these checksums (by names of the caller's) the user has already: asset ids of the target.
    pub fn known(&self, checksums: &[(String, String)]) -> Result<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        for some in checksums.chunks(BATCH) {
            let assets = some
                .iter()
                .map(|(id, checksum)| json!({"id": id, "checksum": checksum}));
            let body = json!({"assets": assets.collect::<Vec<_>>()});
            let checked: Checked = self
                .server
                .send("POST", "/assets/bulk-upload-check", &body)?;
            let known = checked.results.into_iter();
            found.extend(known.filter_map(|known| Some((known.id, known.asset_id?))));
        }
        Ok(found)
    }

    /// Uploads a file, makes sure that the target has these very bytes, and gives the asset's id.
    pub fn upload(&self, upload: &Upload<'_>) -> Result<String> {
        let mut form = Form::new(upload.name)?;
        // Servers before 3 want the first two.
        for (name, value) in [
            ("deviceAssetId", upload.checksum),
            ("deviceId", "immich-move"),
            ("fileCreatedAt", upload.created),
            ("fileModifiedAt", upload.modified),
            (
                "isFavorite",
                if upload.details.favourite {
                    "true"
                } else {
                    "false"
                },
            ),
            ("visibility", &upload.details.visibility),
        ] {
            form.field(name, value);
        }
        if let Some(video) = upload.live {
            form.field("livePhotoVideoId", video);
        }
        form.file("assetData", "", upload.path.clone(), upload.size);
        if let Some((path, size)) = &upload.sidecar {
            form.file("sidecarData", ".xmp", path.clone(), *size);
        }
        form.end();
        let made: Made = self.server.upload(&form)?;
        let stored = self.asset(&made.id)?;
        ensure!(
            stored.checksum == upload.checksum,
            "the target has other bytes than were sent: asset {} has checksum {}, not {}",
            made.id,
            stored.checksum,
            upload.checksum
        );
        Ok(made.id)
    }

    /// An asset of the user.
    pub fn asset(&self, id: &str) -> Result<Asset> {
        self.server.get(&format!("/assets/{id}"))
    }

    /// Gives an asset what it lacks of `wanted`, and the video of a live photo.
    pub fn describe(&self, id: &str, wanted: &Details, live: Option<&str>) -> Result<()> {
        let is = self.asset(id)?;
        let mut changes = wanted.changes(&Details::of(&is));
        if live.is_some() && is.live_photo_video_id.as_deref() != live {
            changes["livePhotoVideoId"] = live.into();
        }
        if changes
            .as_object()
            .is_some_and(|changes| !changes.is_empty())
        {
            self.server
                .tell("PUT", &format!("/assets/{id}"), &changes)?;
        }
        let has: BTreeSet<String> = is.tags.into_iter().map(|tag| tag.value).collect();
        let missing: Vec<String> = wanted.tags.difference(&has).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let body = json!({"assetIds": [id], "tagIds": self.tags(&missing)?});
        self.server.tell("PUT", "/tags/assets", &body)
    }

    /// The ids of tags, made where there are none.
    pub fn tags(&self, paths: &[String]) -> Result<Vec<String>> {
        let mut known = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<&String> = paths
            .iter()
            .filter(|path| !known.contains_key(*path))
            .collect();
        if !new.is_empty() {
            let made: Vec<Tag> = self.server.send("PUT", "/tags", &json!({"tags": new}))?;
            known.extend(made.into_iter().map(|tag| (tag.value, tag.id)));
        }
        let ids = paths.iter().map(|path| match known.get(path) {
            Some(id) => Ok(id.clone()),
            None => bail!("the target does not make the tag {path}"),
        });
        ids.collect()
    }

    /// Puts assets into an album; gives the ids that the target does not take.
    pub fn put_in_album(&self, album: &str, assets: &[String]) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Put {
            id: String,
            success: bool,
            error: Option<String>,
        }
        let mut refused = Vec::new();
        for some in assets.chunks(BATCH) {
            let path = format!("/albums/{album}/assets");
            let put: Vec<Put> = self.server.send("PUT", &path, &json!({"ids": some}))?;
            let failed = put
                .into_iter()
                .filter(|put| !put.success && put.error.as_deref() != Some("duplicate"));
            refused.extend(failed.map(|put| put.id));
        }
        Ok(refused)
    }

    /// Makes a stack; the first asset is its cover.
    pub fn stack(&self, assets: &[&str]) -> Result<()> {
        self.server
            .tell("POST", "/stacks", &json!({"assetIds": assets}))
    }
}

/// A SHA-1 as the API writes it.
pub fn checksum(sha1: &[u8]) -> String {
    STANDARD.encode(sha1)
}
