//! Stacks, links, partners, the trash; and what a dry run says of all that.

use anyhow::{Result, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::assets::Pages;
use super::{Move, Pair};
use crate::model::{Asset, User, instant};
use crate::state::Kind;
use crate::target::{BATCH, Target};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stack {
    id: String,
    primary_asset_id: String,
    assets: Vec<Asset>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    id: String,
    key: String,
    slug: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    album: Option<Id>,
    assets: Vec<Id>,
    description: Option<String>,
    password: Option<String>,
    expires_at: Option<String>,
    allow_upload: bool,
    allow_download: bool,
    show_metadata: bool,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

impl Link {
    fn path(&self) -> String {
        match &self.slug {
            Some(slug) => format!("/s/{slug}"),
            None => format!("/share/{}", self.key),
        }
    }

    fn is_over(&self) -> bool {
        let end = self.expires_at.as_deref().and_then(instant);
        end.is_some_and(|end| end <= Timestamp::now())
    }
}

impl Move<'_> {
    /// Makes stacks, the cover first.
    pub fn move_stacks(&self, pair: &Pair, to: &Target) -> Result<()> {
        for stack in pair.from.get::<Vec<Stack>>("/stacks")? {
            if self.state.has(Kind::Stack, &stack.id)? {
                continue;
            }
            let made = self.move_stack(to, &stack);
            self.report.take(&format!("stack {}", stack.id), made)?;
        }
        Ok(())
    }

    fn move_stack(&self, to: &Target, stack: &Stack) -> Result<()> {
        let mut ids = Vec::new();
        for asset in &stack.assets {
            let Some(id) = self.state.get(Kind::Asset, &asset.id)? else {
                continue;
            };
            let at = if asset.id == stack.primary_asset_id {
                0
            } else {
                ids.len()
            };
            ids.insert(at, id);
        }
        ensure!(ids.len() > 1, "its assets were not moved");
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        to.stack(&ids)?;
        self.state.set(Kind::Stack, &stack.id, "")
    }

    /// Makes links with the settings they have. Only those with a name of their own keep their address.
    pub fn move_links(&self, pair: &Pair, to: &Target) -> Result<()> {
        for link in pair.from.get::<Vec<Link>>("/shared-links")? {
            if self.state.has(Kind::Link, &link.id)? || link.is_over() {
                continue;
            }
            let made = self.move_link(to, &link);
            if let Some(path) = self.report.take(&format!("link {}", link.path()), made)?
                && link.slug.is_none()
            {
                let note = format!("link {} is now {path}", link.path());
                self.report.note(note);
            }
        }
        Ok(())
    }

    fn move_link(&self, to: &Target, link: &Link) -> Result<String> {
        let mut body = json!({
            "type": link.kind,
            "description": link.description,
            "password": link.password,
            "expiresAt": link.expires_at,
            "slug": link.slug,
            "allowUpload": link.allow_upload,
            "allowDownload": link.allow_download,
            "showMetadata": link.show_metadata,
        });
        if let Some(album) = &link.album {
            let album = self.state.get(Kind::Album, &album.id)?;
            ensure!(album.is_some(), "its album was not moved");
            body["albumId"] = album.into();
        } else {
            let mut ids = Vec::new();
            for asset in &link.assets {
                ids.extend(self.state.get(Kind::Asset, &asset.id)?);
            }
            ensure!(!ids.is_empty(), "none of its assets was moved");
            body["assetIds"] = ids.into();
        }
        let made: Link = to.server.send("POST", "/shared-links", &body)?;
        self.state.set(Kind::Link, &link.id, &made.path())?;
        Ok(made.path())
    }

    /// Shares the library with those with whom it is shared.
    pub fn move_partners(&self, pair: &Pair, to: &Target) -> Result<()> {
        let there: Vec<User> = to.server.get("/partners?direction=shared-by")?;
        for partner in pair
            .from
            .get::<Vec<User>>("/partners?direction=shared-by")?
        {
            let Some(user) = self.users.target(&partner.id) else {
                self.report.note(format!(
                    "partner {} of {} has no account at the target",
                    partner.email, pair.email
                ));
                continue;
            };
            if there.iter().any(|known| known.id == user) {
                continue;
            }
            let body = json!({"sharedWithId": user});
            let made = to.server.tell("POST", "/partners", &body);
            self.report
                .take(&format!("partner {}", partner.email), made)?;
        }
        Ok(())
    }

    /// Shows partners in the timeline, or not, as the user has chosen.
    pub fn hide_partners(&self, pair: &Pair, to: &Target) -> Result<()> {
        let there: Vec<User> = to.server.get("/partners?direction=shared-with")?;
        for partner in pair
            .from
            .get::<Vec<User>>("/partners?direction=shared-with")?
        {
            let Some(user) = self.users.target(&partner.id) else {
                continue;
            };
            let is = there.iter().find(|known| known.id == user);
            let key = format!("{}/{}", pair.id, partner.id);
            if is.is_none() || self.state.has(Kind::Partner, &key)? {
                continue;
            }
            if is.is_some_and(|is| is.in_timeline != partner.in_timeline) {
                let body = json!({"inTimeline": partner.in_timeline});
                to.server.tell("PUT", &format!("/partners/{user}"), &body)?;
            }
            self.state.set(Kind::Partner, &key, user)?;
        }
        Ok(())
    }

    /// Puts into the trash what is there at the source.
    pub fn move_trash(&self, pair: &Pair, to: &Target) -> Result<()> {
        let filter = json!({"trashedAfter": "1970-01-01T00:00:00.000Z"});
        let mut pages = Pages::new(pair, filter);
        while let Some(page) = pages.page()? {
            let mut new = Vec::new();
            for asset in page.into_iter().filter(|asset| asset.is_trashed) {
                let target = self.state.get(Kind::Asset, &asset.id)?;
                if let Some(target) = target
                    && !self.state.has(Kind::Trash, &asset.id)?
                {
                    new.push((asset.id, target));
                }
            }
            for some in new.chunks(BATCH) {
                let ids: Vec<&String> = some.iter().map(|(_, target)| target).collect();
                let body = json!({"ids": ids, "force": false});
                to.server.tell("DELETE", "/assets", &body)?;
                for (source, target) in some {
                    self.state.set(Kind::Trash, source, target)?;
                }
            }
        }
        Ok(())
    }

    /// Says what else a dry run would move.
    pub fn count_the_rest(&self, pairs: &[Pair]) -> Result<()> {
        for pair in pairs {
            let mut counts = Vec::new();
            for (name, path) in [
                ("albums", "/albums?isOwned=true"),
                ("stacks", "/stacks"),
                ("tags", "/tags"),
                ("links", "/shared-links"),
                ("partners", "/partners?direction=shared-by"),
            ] {
                let all: Vec<Value> = pair.from.get(path)?;
                counts.push(format!("{} {name}", all.len()));
            }
            let note = format!("{} has {}", pair.email, counts.join(", "));
            self.report.note(note);
        }
        Ok(())
    }
}
