//! What is told to the devices of users (api/realtime.md section 3), after it was stored. Nothing here fails or changes an
//! answer: who misses an event finds the change at the next sync.

use edge_api::{
    enums::AssetVisibility,
    realtime::{Announcement, Event, To},
};
use edge_platform::{DbError, Rows};
use edge_store::{
    announce::{self, Edited},
    sessions, users,
};

use crate::{App, serve::log};

/// What happened to an asset, by its id: its owner's devices are told with what is stored then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Its first renditions are there, or it is shown again: told if it is shown in the timeline or the archive.
    Uploaded(String),
    /// Its metadata were read again after its sidecar was written.
    Updated(String),
    /// The renditions of its edits are there; with the version of the edits that they were made from.
    Edited(String, String),
    /// It may be a half of a live photo: where it is, its video is hidden.
    Paired(String),
}

impl App {
    /// Announces what has been stored. Asks the database only where every user is a recipient: one round trip.
    pub async fn announce(&self, announcements: Vec<Announcement>) {
        if announcements.is_empty() {
            return;
        }
        if let Err(error) = self.tell(&announcements).await {
            log(&error);
        }
    }

    /// Disconnects what a batch ended; `rows` is the result of it that [`sessions::ended`] reads.
    ///
    /// # Errors
    /// Rows that are none of these.
    pub async fn disconnect(&self, rows: Option<&Rows>) -> crate::Result<()> {
        self.announce(sessions::ended(rows)?).await;
        Ok(())
    }

    async fn tell(&self, announcements: &[Announcement]) -> Result<(), String> {
        let mut deliveries = Vec::new();
        for announcement in announcements {
            let everybody;
            let users = match &announcement.to {
                To::User(user) | To::Room(user, _) => std::slice::from_ref(user),
                To::Everybody => {
                    everybody = self.everybody().await.map_err(|error| error.to_string())?;
                    everybody.as_slice()
                }
            };
            deliveries.extend(users.iter().map(|user| announcement.delivery(user)));
        }
        let delivered = self.realtime.deliver(deliveries).await;
        delivered.map_err(|error| error.to_string())
    }

    async fn everybody(&self) -> Result<Vec<String>, DbError> {
        let rows = self.db().run(users::ids()).await?;
        rows.iter().map(|row| row.get("id")).collect()
    }

    /// Announces to all `members` of an album ([`edge_store::albums::members`]) that its assets changed.
    pub async fn announce_album(&self, album_id: &str, members: &Rows) {
        match all_of(album_id, members) {
            Ok(announcements) => self.announce(announcements).await,
            Err(error) => log(&format!("announcing album {album_id}: {error}")),
        }
    }

    /// The same for albums of which the members are known: the user who changed them, and of the `recipients`
    /// ([`edge_store::albums::recipients`]) those of these albums.
    pub async fn announce_albums(&self, user_id: &str, album_ids: &[&str], recipients: &Rows) {
        match members_of(user_id, album_ids, recipients) {
            Ok(announcements) => self.announce(announcements).await,
            Err(error) => log(&format!("announcing albums {album_ids:?}: {error}")),
        }
    }

    /// Announces what happened to an asset, as it is now. One round trip.
    pub async fn announce_change(&self, change: Change) {
        let told = match &change {
            Change::Uploaded(asset) => self.uploaded(asset).await,
            Change::Updated(asset) => self.updated(asset).await,
            Change::Edited(asset, version) => self.edited(asset, version).await,
            Change::Paired(asset) => self.paired(asset).await,
        };
        match told {
            Ok(announcements) => self.announce(announcements).await,
            Err(error) => log(&format!("announcing {change:?}: {error}")),
        }
    }

    async fn uploaded(&self, asset_id: &str) -> Result<Vec<Announcement>, DbError> {
        let results = self.db().batch(announce::upload(asset_id)).await?;
        let Some(found) = announce::read(&results)? else {
            return Ok(Vec::new());
        };
        let is_shown = matches!(
            found.response.visibility,
            AssetVisibility::Timeline | AssetVisibility::Archive
        );
        if !is_shown {
            return Ok(Vec::new());
        }
        let owner = found.response.owner_id.to_string();
        let ready = Event::asset_upload_ready(&found.sync_asset, &found.sync_exif);
        let success = Event::upload_success(&found.response).map_err(no_json)?;
        Ok([success, ready]
            .map(|event| Announcement::to_user(&owner, event))
            .into())
    }

    async fn updated(&self, asset_id: &str) -> Result<Vec<Announcement>, DbError> {
        let results = self.db().batch(announce::upload(asset_id)).await?;
        let Some(found) = announce::read(&results)? else {
            return Ok(Vec::new());
        };
        let owner = found.response.owner_id.to_string();
        let event = Event::asset_update(&found.response).map_err(no_json)?;
        Ok(vec![Announcement::to_user(&owner, event)])
    }

    async fn edited(&self, asset_id: &str, version: &str) -> Result<Vec<Announcement>, DbError> {
        let results = self.db().batch(announce::edit(asset_id)).await?;
        let found = announce::read_edit(&results)?;
        // Where it was edited once more meanwhile, the renditions of those edits are waited for.
        let Some(found) = found.filter(|found: &Edited| found.version == version) else {
            return Ok(Vec::new());
        };
        let event = Event::asset_edit_ready(&found.sync_asset, &found.sync_edits);
        Ok(vec![Announcement::to_user(&found.owner_id, event)])
    }

    async fn paired(&self, asset_id: &str) -> Result<Vec<Announcement>, DbError> {
        let rows = self.db().run(announce::hidden_video(asset_id)).await?;
        let told = rows.iter().map(|row| {
            let (owner, video): (String, String) = (row.get("owner_id")?, row.get("id")?);
            Ok(Announcement::video_hidden(&owner, &video))
        });
        told.collect()
    }
}

fn all_of(album_id: &str, members: &Rows) -> Result<Vec<Announcement>, DbError> {
    let told = members.iter().map(|row| {
        let member: String = row.get("id")?;
        Ok(Announcement::album_changed(&member, album_id))
    });
    told.collect()
}

fn members_of(
    user_id: &str,
    album_ids: &[&str],
    recipients: &Rows,
) -> Result<Vec<Announcement>, DbError> {
    let own = album_ids.iter();
    let mut told: Vec<_> = own
        .map(|album| Announcement::album_changed(user_id, album))
        .collect();
    for row in recipients.iter() {
        let (member, album): (String, String) = (row.get("id")?, row.get("album_id")?);
        if album_ids.contains(&album.as_str()) {
            told.push(Announcement::album_changed(&member, &album));
        }
    }
    Ok(told)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn no_json(error: serde_json::Error) -> DbError {
    DbError::Other(error.to_string())
}
