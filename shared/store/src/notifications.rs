//! Table `notification`: messages for one account (bell of the web app).

use edge_api::enums::NotificationType;
use edge_platform::{Statement, stmt};

/// Updates of one album are told to a member at most this often (ms; api/jobs-ml.md section 3).
const ALBUM_UPDATE_PAUSE: i64 = 5 * 60 * 1000;

/// A message about an album.
#[derive(Debug, Clone, Copy)]
pub struct AlbumMessage<'a> {
    /// Fresh id.
    pub id: &'a str,
    /// Who is told.
    pub user_id: &'a str,
    /// The album.
    pub album_id: &'a str,
    /// Headline.
    pub title: &'a str,
    /// Text.
    pub description: &'a str,
}

fn data(album_id: &str) -> String {
    serde_json::json!({ "albumId": album_id }).to_string()
}

/// Tells a new member of an album, if they became one. `now` in epoch ms.
pub fn album_invite(message: &AlbumMessage<'_>, now: i64) -> Statement {
    stmt!(
        "insert into notification (id, user_id, level, type, title, description, data, created_at, updated_at) \
         select cast(?1 as text), m.user_id, 'success', cast(?4 as text), cast(?5 as text), cast(?6 as text), \
         cast(?7 as text), cast(?8 as bigint), cast(?8 as bigint) from album_user m \
         where m.album_id = ?3 and m.user_id = ?2",
        message.id,
        message.user_id,
        message.album_id,
        NotificationType::AlbumInvite.as_str(),
        message.title,
        message.description,
        data(message.album_id),
        now
    )
}

/// Tells a member that an album which was just touched (`updated_at = now`) has new content, unless they were
/// told in the last five minutes.
pub fn album_update(message: &AlbumMessage<'_>, now: i64) -> Statement {
    stmt!(
        "insert into notification (id, user_id, level, type, title, description, data, created_at, updated_at) \
         select cast(?1 as text), m.user_id, 'info', cast(?4 as text), cast(?5 as text), cast(?6 as text), \
         cast(?7 as text), cast(?8 as bigint), cast(?8 as bigint) from album_user m join album al on al.id = m.album_id \
         where m.album_id = ?3 and m.user_id = ?2 and al.updated_at = ?8 and not exists (select 1 from notification n \
         where n.user_id = m.user_id and n.type = ?4 and n.data = ?7 and n.created_at > cast(?9 as bigint))",
        message.id,
        message.user_id,
        message.album_id,
        NotificationType::AlbumUpdate.as_str(),
        message.title,
        message.description,
        data(message.album_id),
        now,
        now - ALBUM_UPDATE_PAUSE
    )
}
