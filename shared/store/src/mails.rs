//! What the mails of albums and accounts are about (api/admin.md section 8), and the jobs that send them.

use edge_api::{
    enums::{JobName, QueueName},
    preferences::Preferences,
};
use edge_platform::{Database, DbError, Row, Statement, stmt};
use serde_json::json;

use crate::{jobs::NewJob, json_texts, notifications, user_metadata};

/// A member of an album is mailed of new content this long after the first of it (ms; api/jobs-ml.md section 3).
pub const ALBUM_UPDATE_DELAY: i64 = 5 * 60 * 1000;

/// The job that mails a new member. `now` in epoch ms.
pub fn invite(id: String, album_id: &str, recipient_id: &str, sender_id: &str, now: i64) -> NewJob {
    let payload = json!({ "id": album_id, "recipientId": recipient_id, "senderId": sender_id });
    NewJob::new(id, JobName::NotifyAlbumInvite, payload, now)
        .once(format!("invite:{album_id}:{recipient_id}"))
}

/// A job for each member of these albums but the `sender`, who brought new content: it mails the member some minutes later, once for
/// all that others bring until then. For a batch; albums that were not changed in it (`updated_at = now`) get none. `now` in epoch ms.
pub fn album_updates(album_ids: &[&str], sender_id: &str, now: i64) -> Statement {
    stmt!(
        "insert into job (id, queue, kind, payload, dedupe_key, run_after, created_at, updated_at) \
         select uuid7(), cast(?1 as text), cast(?2 as text), \
         '{\"id\":\"' || m.album_id || '\",\"recipientId\":\"' || m.user_id || '\"}', \
         'update:' || m.album_id || ':' || m.user_id, cast(?3 as bigint), cast(?4 as bigint), cast(?4 as bigint) \
         from album al join album_user m on m.album_id = al.id \
         where al.id in json_list(?5) and al.updated_at = ?4 and al.deleted_at is null and m.user_id <> ?6 \
         on conflict do nothing",
        QueueName::Notifications.as_str(),
        JobName::NotifyAlbumUpdate.as_str(),
        now + ALBUM_UPDATE_DELAY,
        now,
        json_texts(album_ids),
        sender_id
    )
}

/// The job that welcomes a new account. Its row holds the first password until the mail is sent or given up. `now` in epoch ms.
pub fn welcome(id: String, user_id: &str, password: &str, now: i64) -> NewJob {
    let payload = json!({ "id": user_id, "password": password });
    NewJob::new(id, JobName::NotifyUserSignup, payload, now).once(format!("welcome:{user_id}"))
}

/// A user is mailed of this many invitations in [`INVITED_WITHIN`] at most; messages in the app are not limited.
const INVITATIONS: i64 = 50;
/// Who is invited to the same album again within this time gets no other mail (ms): whoever removes and adds a member over and over
/// would fill a mailbox otherwise.
const INVITED_WITHIN: i64 = 24 * 60 * 60 * 1000;

/// Whether a user was invited to this album, or to very many, shortly before, by the messages that came with the invitations.
/// `now` in epoch ms. One round trip.
pub async fn is_invited_again(
    db: &dyn Database,
    album_id: &str,
    user_id: &str,
    now: i64,
) -> Result<bool, DbError> {
    let rows = db.run(notifications::invitations(
        user_id,
        album_id,
        now - INVITED_WITHIN,
    ));
    let rows = rows.await?;
    let Some(row) = rows.first() else {
        return Ok(false);
    };
    let (all, same): (i64, i64) = (row.get("invitations")?, row.get("same")?);
    Ok(same > 1 || all > INVITATIONS)
}

/// Who gets a mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipient {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they want to be told of.
    pub preferences: Preferences,
}

/// An account that is not deleted. One round trip.
pub async fn recipient(db: &dyn Database, user_id: &str) -> Result<Option<Recipient>, DbError> {
    let rows = db
        .batch(vec![
            stmt!(
                "select name, email from users where id = ?1 and deleted_at is null",
                user_id
            ),
            user_metadata::find(user_id, user_metadata::PREFERENCES),
        ])
        .await?;
    let [user, preferences] = rows.as_slice() else {
        return Ok(None);
    };
    let Some(row) = user.first() else {
        return Ok(None);
    };
    Ok(Some(Recipient {
        name: row.get("name")?,
        email: row.get("email")?,
        preferences: user_metadata::preferences(preferences)?,
    }))
}

/// An album as a mail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Album {
    /// Its title.
    pub name: String,
    /// Object key and media type of the thumbnail of its cover, unless that is locked or in the trash.
    pub thumbnail: Option<(String, String)>,
}

/// An album for a member of it; `None`: they are none, or it is gone. One round trip.
pub async fn album(
    db: &dyn Database,
    album_id: &str,
    member_id: &str,
) -> Result<Option<Album>, DbError> {
    let rows = db
        .run(stmt!(
            "select al.album_name, f.path, f.mime_type from album al join album_user m on m.album_id = al.id \
             left join asset a on a.id = al.thumbnail_asset_id and a.deleted_at is null and a.visibility <> 'locked' \
             left join asset_file f on f.asset_id = a.id and f.type = 'thumbnail' \
             where al.id = ?1 and m.user_id = ?2 and al.deleted_at is null order by f.is_edited desc limit 1",
            album_id,
            member_id
        ))
        .await?;
    let read = |row: Row<'_>| {
        let (path, mime_type): (Option<String>, Option<String>) =
            (row.get("path")?, row.get("mime_type")?);
        Ok(Album {
            name: row.get("album_name")?,
            thumbnail: path.zip(mime_type),
        })
    };
    rows.first().map(read).transpose()
}
