//! Originals, byte for byte.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Move, Pair};
use crate::model::{Asset, Details};
use crate::report;
use crate::state::Kind;
use crate::target::{self, Target, Upload};
use crate::work;

/// Assets of one page.
const PAGE: u32 = 250;

#[derive(Deserialize)]
struct Found {
    assets: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Asset>,
    next_page: Option<String>,
}

/// Assets of a user, the oldest first, page by page.
pub struct Pages<'a> {
    pair: &'a Pair,
    filter: Value,
    next: Option<String>,
}

impl<'a> Pages<'a> {
    /// All assets for which `filter` (fields of a `MetadataSearchDto`) holds, those in the trash among them.
    pub fn new(pair: &'a Pair, filter: Value) -> Self {
        Self {
            pair,
            filter,
            next: Some("1".to_owned()),
        }
    }

    /// The next page; `None`: that was all.
    pub fn page(&mut self) -> Result<Option<Vec<Asset>>> {
        let Some(page) = self.next.take() else {
            return Ok(None);
        };
        let mut body = json!({"withDeleted": true, "withExif": true, "order": "asc", "size": PAGE});
        body["page"] = page.parse::<u32>().context("the next page")?.into();
        if let (Some(body), Some(filter)) = (body.as_object_mut(), self.filter.as_object()) {
            body.extend(filter.clone());
        }
        let found: Found = self.pair.from.send("POST", "/search/metadata", &body)?;
        self.next = found.assets.next_page;
        // Partners' assets are found, too.
        let own = found.assets.items.into_iter();
        Ok(Some(
            own.filter(|asset| asset.owner_id == self.pair.id).collect(),
        ))
    }
}

impl Move<'_> {
    /// Moves the originals of a user.
    pub fn move_assets(&self, pair: &Pair) -> Result<()> {
        self.report.begin("originals", count(pair)?);
        let mut pages = Pages::new(pair, json!({}));
        while let Some(page) = pages.page()? {
            let known = self.known(pair, &page)?;
            work::each(&page, self.options.jobs, |asset| {
                let name = format!("{} ({})", asset.original_file_name, asset.id);
                let moved = self.move_asset(pair, asset, &known);
                self.report.take(&name, moved)?;
                self.report.seen();
                Ok(())
            })?;
        }
        report::end();
        Ok(())
    }

    /// What the target has of a page, by ids of the source.
    fn known(&self, pair: &Pair, page: &[Asset]) -> Result<BTreeMap<String, String>> {
        let Some(to) = &pair.to else {
            return Ok(BTreeMap::new());
        };
        let mut unknown = Vec::new();
        for asset in page {
            if !self.state.has(Kind::Asset, &asset.id)? && asset.library_id.is_none() {
                unknown.push((asset.id.clone(), asset.checksum.clone()));
            }
        }
        to.known(&unknown)
    }

    fn move_asset(
        &self,
        pair: &Pair,
        asset: &Asset,
        known: &BTreeMap<String, String>,
    ) -> Result<()> {
        if self.state.has(Kind::Asset, &asset.id)? {
            self.report.there();
            return Ok(());
        }
        if let Some(id) = known.get(&asset.id) {
            self.report.there();
            return self.state.set(Kind::Asset, &asset.id, id);
        }
        ensure!(!asset.is_offline, "the source cannot find the file");
        let Some(to) = pair.to.as_ref().filter(|_| !self.options.dry_run) else {
            let size = asset.exif_info.file_size_in_byte;
            self.report.uploaded(size.unwrap_or_default());
            return Ok(());
        };
        let live = match &asset.live_photo_video_id {
            None => None,
            Some(video) => Some(self.video(pair, to, video)?),
        };
        self.transfer(pair, to, asset, live.as_deref())
    }

    /// The id at the target of a live photo's video, which is moved first.
    fn video(&self, pair: &Pair, to: &Target, id: &str) -> Result<String> {
        if let Some(moved) = self.state.get(Kind::Asset, id)? {
            return Ok(moved);
        }
        let video: Asset = pair.from.get(&format!("/assets/{id}"))?;
        let known = to.known(&[(video.id.clone(), video.checksum.clone())])?;
        match known.get(id) {
            Some(there) => self.state.set(Kind::Asset, id, there)?,
            None => self.transfer(pair, to, &video, None)?,
        }
        let moved = self.state.get(Kind::Asset, id)?;
        moved.context("the video was moved and is not known")
    }

    /// Downloads, compares, uploads, compares again.
    fn transfer(&self, pair: &Pair, to: &Target, asset: &Asset, live: Option<&str>) -> Result<()> {
        let spool = NamedTempFile::new()?;
        let path = format!("/assets/{}/original", asset.id);
        let stored = pair.from.download(&path, spool.path())?;
        let checksum = target::checksum(&stored.sha1);
        // Of a file of an external library the source gives the checksum of its path.
        ensure!(
            checksum == asset.checksum || asset.library_id.is_some(),
            "refused: the source says that the checksum is {}, and that of what it sends is {checksum}",
            asset.checksum
        );
        let id = to.upload(&Upload {
            name: &asset.original_file_name,
            path: spool.path().to_owned(),
            size: stored.size,
            checksum: &checksum,
            created: &asset.file_created_at,
            modified: &asset.file_modified_at,
            sidecar: None,
            live,
            details: &Details::of(asset),
        })?;
        self.report.uploaded(stored.size);
        self.state.set(Kind::Asset, &asset.id, &id)
    }
}

/// How many assets a user has.
pub fn count(pair: &Pair) -> Result<u64> {
    #[derive(Deserialize)]
    struct Total {
        total: u64,
    }
    let mut sum = 0;
    for visibility in ["timeline", "archive", "hidden"] {
        let path = format!("/assets/statistics?visibility={visibility}");
        sum += pair.from.get::<Total>(&path)?.total;
    }
    Ok(sum)
}
