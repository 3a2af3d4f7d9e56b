//! What is told to the devices of users (api/realtime.md section 3), after it was stored. Nothing here fails or changes an
//! answer: who misses an event finds the change at the next sync.

use edge_api::{
    enums::AssetVisibility,
    realtime::{Announcement, Event, To},
};
use edge_platform::{DbError, Rows};
use edge_store::{announce, sessions, users};
use serde_json::Value;

use crate::{App, serve::log};

impl App {
    /// Announces what has been stored. Asks the database only where every user is a recipient: one round trip.
    pub async fn announce(&self, announcements: Vec<Announcement>) {
        for announcement in announcements {
            if let Err(error) = self.tell(&announcement).await {
                log(&error);
            }
        }
    }

    /// Disconnects what a batch of `edge_store::sessions` ended; `rows` is its first result.
    ///
    /// # Errors
    /// Rows that are none of these.
    pub async fn disconnect(&self, user_id: &str, rows: Option<&Rows>) -> crate::Result<()> {
        self.announce(sessions::ended(user_id, rows)?).await;
        Ok(())
    }

    async fn tell(&self, announcement: &Announcement) -> Result<(), String> {
        let everybody;
        let users = match &announcement.to {
            To::User(user) | To::Room(user, _) => std::slice::from_ref(user),
            To::Everybody => {
                everybody = self.everybody().await.map_err(|error| error.to_string())?;
                everybody.as_slice()
            }
        };
        let deliveries = users.iter().map(|user| announcement.delivery(user));
        let deliveries: Result<Vec<_>, _> = deliveries.collect();
        let deliveries = deliveries.map_err(|error| error.to_string())?;
        let delivered = self.realtime.deliver(deliveries).await;
        delivered.map_err(|error| error.to_string())
    }

    async fn everybody(&self) -> Result<Vec<String>, DbError> {
        let rows = self.db().run(users::ids()).await?;
        rows.iter().map(|row| row.get("id")).collect()
    }

    /// Announces an asset whose first renditions are stored, to the web app and the mobile app of its owner, if it is shown
    /// in the timeline or the archive. One round trip.
    pub async fn announce_upload(&self, asset_id: &str) {
        match self.uploaded(asset_id).await {
            Ok(announcements) => self.announce(announcements).await,
            Err(error) => log(&format!("announcing {asset_id}: {error}")),
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
        let ready = Event::AssetUploadReady {
            asset: parsed(&found.sync_asset)?,
            exif: parsed(&found.sync_exif)?,
        };
        let success = Event::UploadSuccess(Box::new(found.response));
        Ok([success, ready]
            .map(|event| Announcement::to_user(&owner, event))
            .into())
    }
}

impl App {
    /// Announces an asset whose metadata were read again after its sidecar was written, to the web app of its owner. One
    /// round trip.
    pub async fn announce_update(&self, asset_id: &str) {
        match self.updated(asset_id).await {
            Ok(announcement) => self.announce(announcement.into_iter().collect()).await,
            Err(error) => log(&format!("announcing {asset_id}: {error}")),
        }
    }

    async fn updated(&self, asset_id: &str) -> Result<Option<Announcement>, DbError> {
        let results = self.db().batch(announce::upload(asset_id)).await?;
        Ok(announce::read(&results)?.map(|found| {
            let owner = found.response.owner_id.to_string();
            Announcement::to_user(&owner, Event::AssetUpdate(Box::new(found.response)))
        }))
    }
}

fn parsed(json: &str) -> Result<Value, DbError> {
    serde_json::from_str(json).map_err(|error| DbError::Other(error.to_string()))
}
