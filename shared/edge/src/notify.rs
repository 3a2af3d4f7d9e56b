//! Where the notifications that the server makes itself leave for the clients that are connected.

use edge_api::realtime::{Announcement, Event};
use edge_platform::{DbError, Rows};
use edge_store::notifications;

use crate::{App, serve::log};

impl App {
    /// Announces, as `on_notification` with the `NotificationDto` to its user (api/realtime.md section 3), what a batch that has
    /// succeeded told users of on the server's own account: `results` are those of all its statements. Every such batch is passed
    /// here and nowhere else. Never fails, and does not keep the request waiting.
    pub async fn announce_notifications(&self, results: &[Rows]) {
        match announcements(results) {
            Ok(announcements) => self.announce(announcements).await,
            Err(error) => log(&error.to_string()),
        }
    }
}

fn announcements(results: &[Rows]) -> Result<Vec<Announcement>, DbError> {
    let made = notifications::made(results)?.into_iter();
    made.map(|made| {
        let event = Event::notification(&made.notification);
        let event = event.map_err(|error| DbError::Other(error.to_string()))?;
        Ok(Announcement::to_user(&made.user_id, event))
    })
    .collect()
}
