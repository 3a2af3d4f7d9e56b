//! Where the notifications that the server makes itself leave for the clients that are connected.

use edge_platform::Rows;
use edge_store::notifications;

use crate::{App, serve::log};

impl App {
    /// Announces, as `on_notification` with the `NotificationDto` to its user (api/realtime.md section 3), what a batch that has
    /// succeeded told users of on the server's own account: `results` are those of all its statements. Every such batch is passed
    /// here and nowhere else. Never fails, and must not keep the request waiting.
    ///
    /// Nobody listens yet: there is no realtime channel yet, so what was made is only checked to be
    /// readable.
    pub fn announce_notifications(&self, results: &[Rows]) {
        if let Err(error) = notifications::made(results) {
            log(&error.to_string());
        }
    }
}
