//! Albums: their texts, members, order and assets, and what members put into albums of others.

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::json;

use super::assets::Pages;
use super::{Move, Pair};
use crate::model::{Made, User};
use crate::report;
use crate::state::Kind;
use crate::target::Target;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Album {
    id: String,
    #[serde(rename = "albumName")]
    name: String,
    description: String,
    #[serde(rename = "albumThumbnailAssetId")]
    cover: Option<String>,
    is_activity_enabled: bool,
    order: Option<String>,
    #[serde(rename = "albumUsers")]
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    role: String,
    user: User,
}

impl Move<'_> {
    /// Makes a user's own albums with their members, and puts the user's assets into them.
    pub fn move_albums(&self, pair: &Pair, to: &Target) -> Result<()> {
        let albums: Vec<Album> = pair.from.get("/albums?isOwned=true")?;
        let there: Vec<Album> = to.server.get("/albums?isOwned=true")?;
        self.report.begin("albums", albums.len() as u64);
        for album in &albums {
            let moved = self.move_album(pair, to, album, &there);
            self.report.take(&format!("album {}", album.name), moved)?;
            self.report.seen();
        }
        report::end();
        Ok(())
    }

    fn move_album(&self, pair: &Pair, to: &Target, album: &Album, there: &[Album]) -> Result<()> {
        let id = match self.state.get(Kind::Album, &album.id)? {
            Some(id) => id,
            None => self.make_album(pair, to, album, there)?,
        };
        self.fill_album(pair, to, album, &id)
    }

    /// Makes an album, or takes one of the same name that the user has.
    fn make_album(
        &self,
        pair: &Pair,
        to: &Target,
        album: &Album,
        there: &[Album],
    ) -> Result<String> {
        let mut known = None;
        for other in there.iter().filter(|other| other.name == album.name) {
            if !self.state.is_target(Kind::Album, &other.id)? {
                known = Some(other.id.clone());
                break;
            }
        }
        let id = if let Some(id) = known {
            id
        } else {
            let body = json!({"albumName": album.name});
            to.server.send::<Made>("POST", "/albums", &body)?.id
        };
        let mut texts = json!({
            "description": album.description,
            "isActivityEnabled": album.is_activity_enabled,
        });
        if let Some(order) = &album.order {
            texts["order"] = order.as_str().into();
        }
        to.server.tell("PATCH", &format!("/albums/{id}"), &texts)?;
        self.add_members(pair, to, album, &id)?;
        self.state.set(Kind::Album, &album.id, &id)?;
        Ok(id)
    }

    fn add_members(&self, pair: &Pair, to: &Target, album: &Album, id: &str) -> Result<()> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Members {
            album_users: Vec<Member>,
        }
        let Members { album_users } = to.server.get(&format!("/albums/{id}"))?;
        for member in &album.members {
            if member.user.id == pair.id || member.role == "owner" {
                continue;
            }
            let Some(user) = self.users.target(&member.user.id) else {
                self.report.note(format!(
                    "album {}: {} has no account at the target and is no member there",
                    album.name, member.user.email
                ));
                continue;
            };
            if album_users.iter().all(|known| known.user.id != user) {
                let body = json!({"albumUsers": [{"userId": user, "role": member.role}]});
                to.server
                    .tell("PUT", &format!("/albums/{id}/users"), &body)?;
            }
        }
        Ok(())
    }

    /// Puts the user's assets into an album of the target, be it whose it may.
    fn fill_album(&self, pair: &Pair, to: &Target, album: &Album, id: &str) -> Result<()> {
        let mut pages = Pages::new(pair, json!({"albumIds": [album.id]}));
        let mut refused = 0;
        while let Some(page) = pages.page()? {
            let mut new = Vec::new();
            for asset in page {
                let key = format!("{}/{}", album.id, asset.id);
                if let Some(target) = self.state.get(Kind::Asset, &asset.id)?
                    && !self.state.has(Kind::InAlbum, &key)?
                {
                    new.push((key, target));
                }
            }
            let ids: Vec<String> = new.iter().map(|(_, target)| target.clone()).collect();
            let failed = to.put_in_album(id, &ids)?;
            refused += failed.len();
            for (key, target) in new.iter().filter(|(_, target)| !failed.contains(target)) {
                self.state.set(Kind::InAlbum, key, target)?;
            }
        }
        if refused > 0 {
            bail!("the target does not take {refused} of its assets");
        }
        Ok(())
    }

    /// Puts the user's assets into albums of others that were moved.
    pub fn contribute(&self, pair: &Pair, to: &Target) -> Result<()> {
        for album in pair.from.get::<Vec<Album>>("/albums?isOwned=false")? {
            let Some(id) = self.state.get(Kind::Album, &album.id)? else {
                continue;
            };
            let filled = self.fill_album(pair, to, &album, &id);
            self.report.take(&format!("album {}", album.name), filled)?;
        }
        Ok(())
    }

    /// Gives the user's albums their covers, once everything is in them.
    pub fn set_covers(&self, pair: &Pair, to: &Target) -> Result<()> {
        let there: Vec<Album> = to.server.get("/albums?isOwned=true")?;
        for album in pair.from.get::<Vec<Album>>("/albums?isOwned=true")? {
            let Some(id) = self.state.get(Kind::Album, &album.id)? else {
                continue;
            };
            let Some(cover) = &album.cover else {
                continue;
            };
            let cover = self.state.get(Kind::Asset, cover)?;
            let is = there.iter().find(|other| other.id == id);
            if cover.is_none() || is.is_some_and(|is| is.cover == cover) {
                continue;
            }
            let body = json!({"albumThumbnailAssetId": cover});
            let set = to.server.tell("PATCH", &format!("/albums/{id}"), &body);
            self.report.take(&format!("cover of {}", album.name), set)?;
        }
        Ok(())
    }
}
