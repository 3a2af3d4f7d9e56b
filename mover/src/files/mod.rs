//! From files: a folder, or a Google Takeout.

pub mod folder;
pub mod names;
pub mod store;
pub mod takeout;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::model::{Details, Made};
use crate::options::Options;
use crate::report::{self, Report};
use crate::state::{Kind, State};
use crate::target::{self, BATCH, Target, Upload};
use crate::work;
use store::{Bytes, Store};

/// A photo or video.
#[derive(Debug)]
pub struct Found {
    /// Path, by which the state file knows it.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
    /// When it was taken, for files that do not say so; RFC 3339.
    pub created: String,
    /// When the file was changed; RFC 3339.
    pub modified: String,
    /// An XMP sidecar.
    pub sidecar: Option<PathBuf>,
    /// What its owner wrote.
    pub details: Details,
    /// Names of its albums.
    pub albums: BTreeSet<String>,
    /// Key of the video of a live photo.
    pub live: Option<String>,
    /// Key of the photo that this one is an edited copy of.
    pub original: Option<String>,
    /// In the trash.
    pub is_trashed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Album {
    id: String,
    album_name: String,
}

#[derive(Deserialize)]
struct Types {
    image: BTreeSet<String>,
    video: BTreeSet<String>,
}

/// Moves what was found.
pub fn run(
    options: &Options,
    store: &Store,
    found: &[Found],
    to: &Target,
    state: &State,
    report: &Report,
) -> Result<()> {
    let Types { image, video } = to.server.get("/server/media-types")?;
    let is_taken = |found: &&Found| {
        let name = found.name.to_lowercase();
        let dot = name.rfind('.').unwrap_or(name.len());
        image.contains(&name[dot..]) || video.contains(&name[dot..])
    };
    let (taken, others): (Vec<&Found>, Vec<&Found>) = found.iter().partition(is_taken);
    for other in &others {
        report.note(format!(
            "left out, the target does not take its type: {}",
            other.key
        ));
    }
    let this = Files {
        options,
        store,
        to,
        state,
        report,
    };
    // Videos of live photos first: photos name them.
    let videos: BTreeSet<&str> = found.iter().filter_map(|one| one.live.as_deref()).collect();
    let (first, then): (Vec<&Found>, Vec<&Found>) = taken
        .iter()
        .partition(|found| videos.contains(found.key.as_str()));
    report.begin("files", taken.len() as u64);
    for some in [first, then] {
        work::each(&some, options.jobs, |found| {
            let moved = this.move_file(found);
            report.take(&found.key, moved)?;
            report.seen();
            Ok(())
        })?;
    }
    report::end();
    if options.dry_run {
        return Ok(());
    }
    this.move_albums(&taken)?;
    this.move_edited(&taken)?;
    this.move_trash(&taken)
}

struct Files<'a> {
    options: &'a Options,
    store: &'a Store,
    to: &'a Target,
    state: &'a State,
    report: &'a Report,
}

impl Files<'_> {
    fn move_file(&self, found: &Found) -> Result<()> {
        if self.state.has(Kind::Details, &found.key)? {
            self.report.there();
            return Ok(());
        }
        let spool = NamedTempFile::new()?;
        let stored = self.store.copy(&found.bytes, spool.path())?;
        let checksum = target::checksum(&stored.sha1);
        let known = self.to.known(&[("file".to_owned(), checksum.clone())])?;
        let id = known.into_values().next();
        if self.options.dry_run {
            match id {
                Some(_) => self.report.there(),
                None => self.report.uploaded(stored.size),
            }
            return Ok(());
        }
        let live = match &found.live {
            None => None,
            Some(video) => self.state.get(Kind::Asset, video)?,
        };
        let id = if let Some(id) = id {
            self.report.there();
            id
        } else {
            let sidecar = found.sidecar.as_ref().map(|path| (path, path.metadata()));
            let sidecar = match sidecar {
                None => None,
                Some((path, meta)) => Some((path.clone(), meta.context("its sidecar")?.len())),
            };
            let id = self.to.upload(&Upload {
                name: &found.name,
                path: spool.path().to_owned(),
                size: stored.size,
                checksum: &checksum,
                created: &found.created,
                modified: &found.modified,
                sidecar,
                live: live.as_deref(),
                details: &found.details,
            })?;
            self.report.uploaded(stored.size);
            id
        };
        self.state.set(Kind::Asset, &found.key, &id)?;
        self.to.describe(&id, &found.details, live.as_deref())?;
        self.state.set(Kind::Details, &found.key, "")
    }

    fn move_albums(&self, found: &[&Found]) -> Result<()> {
        let mut albums: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
        for one in found {
            for album in &one.albums {
                albums.entry(album).or_default().push(one);
            }
        }
        if albums.is_empty() {
            return Ok(());
        }
        let there: Vec<Album> = self.to.server.get("/albums?isOwned=true")?;
        let there = there.into_iter().map(|album| (album.album_name, album.id));
        let there: BTreeMap<String, String> = there.collect();
        for (name, files) in albums {
            let moved = self.move_album(name, &files, &there);
            self.report.take(&format!("album {name}"), moved)?;
        }
        Ok(())
    }

    fn move_album(
        &self,
        name: &str,
        files: &[&Found],
        there: &BTreeMap<String, String>,
    ) -> Result<()> {
        let mut new = Vec::new();
        for file in files {
            let key = format!("{name}/{}", file.key);
            if let Some(id) = self.state.get(Kind::Asset, &file.key)?
                && !self.state.has(Kind::InAlbum, &key)?
            {
                new.push((key, id));
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let album = match (self.state.get(Kind::Album, name)?, there.get(name)) {
            (Some(id), _) => id,
            (None, Some(id)) => id.clone(),
            (None, None) => {
                let body = json!({"albumName": name});
                self.to.server.send::<Made>("POST", "/albums", &body)?.id
            }
        };
        self.state.set(Kind::Album, name, &album)?;
        let ids: Vec<String> = new.iter().map(|(_, id)| id.clone()).collect();
        let refused = self.to.put_in_album(&album, &ids)?;
        anyhow::ensure!(
            refused.is_empty(),
            "the target does not take {} of its assets",
            refused.len()
        );
        for (key, id) in &new {
            self.state.set(Kind::InAlbum, key, id)?;
        }
        Ok(())
    }

    /// Puts edited copies on top of their originals.
    fn move_edited(&self, found: &[&Found]) -> Result<()> {
        for one in found {
            let Some(original) = &one.original else {
                continue;
            };
            if self.state.has(Kind::Stack, &one.key)? {
                continue;
            }
            let edited = self.state.get(Kind::Asset, &one.key)?;
            let original = self.state.get(Kind::Asset, original)?;
            let (Some(edited), Some(original)) = (edited, original) else {
                continue;
            };
            if edited != original && !self.state.is_target(Kind::Stack, &edited)? {
                let made = self.to.stack(&[&edited, &original]);
                self.report.take(&one.key, made)?;
            }
            self.state.set(Kind::Stack, &one.key, &edited)?;
        }
        Ok(())
    }

    fn move_trash(&self, found: &[&Found]) -> Result<()> {
        let mut new = Vec::new();
        for one in found.iter().filter(|one| one.is_trashed) {
            if let Some(id) = self.state.get(Kind::Asset, &one.key)?
                && !self.state.has(Kind::Trash, &one.key)?
            {
                new.push((&one.key, id));
            }
        }
        for some in new.chunks(BATCH) {
            let ids: Vec<&String> = some.iter().map(|(_, id)| id).collect();
            let body = json!({"ids": ids, "force": false});
            let put = self.to.server.tell("DELETE", "/assets", &body);
            put.context("the trash")?;
            for (key, id) in some {
                self.state.set(Kind::Trash, key, id)?;
            }
        }
        Ok(())
    }
}
