//! Table `notification`: messages for one account (bell of the web app; api/admin.md section 7).
//!
//! Statements that make a notification on the server's own account return it with its user ([`made`]); what an administrator writes
//! ([`insert`]) is returned without, for nobody is told of it over the realtime channel (api/realtime.md section 3).

use edge_api::{
    enums::{JobName, NotificationLevel, NotificationType},
    id::NotificationId,
    input::Patch,
    notifications::{NotificationCreate, NotificationQuery, NotificationResponse},
    time::Millis,
};
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::{jobs::Job, json_texts};

/// Updates of one album are told to a member at most this often (ms; api/jobs-ml.md section 3).
const ALBUM_UPDATE_PAUSE: i64 = 5 * 60 * 1000;

/// How often a cluster group asks one account so that it is told (ms), and how many such messages anybody gets in that time: a
/// request that is taken back and made again is none the louder.
const REQUEST_PAUSE: i64 = 24 * 60 * 60 * 1000;
const REQUESTS_TOLD: i64 = 10;

/// Notifications of one answer, the newest. The contract knows no pages; each may hold 64 KB of `data`.
const PAGE: i64 = 100;

/// Columns of [`read`], as a statement that writes returns them.
const RETURNED: &str = "id, level, type, title, description, data, read_at, created_at";

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

/// A JSON text in a JSON text: the web app opens the album only then.
fn data(album_id: &str) -> String {
    let text = serde_json::json!({ "albumId": album_id }).to_string();
    serde_json::Value::String(text).to_string()
}

/// Tells a new member of an album, if they became one. For [`made`]; `now` in epoch ms.
pub fn album_invite(message: &AlbumMessage<'_>, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into notification (id, user_id, level, type, title, description, data, created_at, updated_at) \
             select cast(?1 as text), m.user_id, 'success', cast(?4 as text), cast(?5 as text), cast(?6 as text), \
             cast(?7 as text), cast(?8 as bigint), cast(?8 as bigint) from album_user m \
             where m.album_id = ?3 and m.user_id = ?2 returning {RETURNED}, user_id as {TOLD}"
        ),
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

/// Tells an account that it was just asked to join the group of the caller, by this request, unless this group, or many others, had it
/// told so within a day. For [`made`]. Names `caller`; `now` in epoch ms.
pub fn cluster_group_request(id: &str, request_id: &str, group_id: &str, now: i64) -> Statement {
    let text = serde_json::json!({ "clusterGroupId": group_id }).to_string();
    stmt!(
        format!(
            "insert into notification (id, user_id, level, type, title, description, data, created_at, updated_at) \
             select cast(?1 as text), r.user_id, 'info', cast(?3 as text), 'Cluster Group Request', \
             me.name || ' asked you to join their cluster group', cast(?4 as text), cast(?5 as bigint), cast(?5 as bigint) \
             from caller c join users me on me.id = c.user_id cross join cluster_group_request r where r.id = ?2 \
             and not exists (select 1 from notification n where n.user_id = r.user_id and n.created_at > cast(?6 as bigint) \
             and n.type = ?3 and n.data = ?4) and (select count(*) from notification m where m.user_id = r.user_id \
             and m.created_at > cast(?6 as bigint) and m.type = ?3) < {REQUESTS_TOLD} returning {RETURNED}, user_id as {TOLD}"
        ),
        id,
        request_id,
        NotificationType::ClusterGroupRequest.as_str(),
        serde_json::Value::String(text).to_string(),
        now,
        now - REQUEST_PAUSE
    )
}

/// Counts the messages of [`album_invite`] that a user got `since` (epoch ms): columns `invitations` and, of this album, `same`.
pub fn invitations(user_id: &str, album_id: &str, since: i64) -> Statement {
    stmt!(
        "select count(*) as invitations, coalesce(sum(case when data = ?4 then 1 else 0 end), 0) as same \
         from notification where user_id = ?1 and created_at > ?2 and type = ?3",
        user_id,
        since,
        NotificationType::AlbumInvite.as_str(),
        data(album_id)
    )
    .single()
}

/// Tells a member that an album which was just touched (`updated_at = now`) has new content, unless they were
/// told in the last five minutes. For [`made`].
pub fn album_update(message: &AlbumMessage<'_>, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into notification (id, user_id, level, type, title, description, data, created_at, updated_at) \
             select cast(?1 as text), m.user_id, 'info', cast(?4 as text), cast(?5 as text), cast(?6 as text), \
             cast(?7 as text), cast(?8 as bigint), cast(?8 as bigint) from album_user m join album al \
             on al.id = m.album_id where m.album_id = ?3 and m.user_id = ?2 and al.updated_at = ?8 and not exists \
             (select 1 from notification n where n.user_id = m.user_id and n.type = ?4 and n.data = ?7 \
             and n.created_at > cast(?9 as bigint)) returning {RETURNED}, user_id as {TOLD}"
        ),
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

/// [`album_update`] for each row of `albums::recipients`, each with a fresh id.
pub fn album_updates(
    recipients: &Rows,
    mut uuid: impl FnMut() -> String,
    now: i64,
) -> Result<Vec<Statement>, DbError> {
    let message = |row: Row<'_>| {
        let (user_id, album_id): (String, String) = (row.get("id")?, row.get("album_id")?);
        let name: String = row.get("album_name")?;
        let description = format!("New media has been added to the album ({name})");
        let message = AlbumMessage {
            id: &uuid(),
            user_id: &user_id,
            album_id: &album_id,
            title: "Shared Album Update",
            description: &description,
        };
        Ok(album_update(&message, now))
    };
    recipients.iter().map(message).collect()
}

/// Tells the first administrator that this job is given up, while its worker holds it; `None` for the kinds nobody is told of: all but the
/// database's backup. A job that fails once more is told of as if it were new. For [`made`]; `now` in epoch ms.
pub fn job_failed(job: &Job, error: &str, now: i64) -> Option<Statement> {
    if job.kind != JobName::DatabaseBackup {
        return None;
    }
    let description = format!("Job {} failed with error: {error}", job.kind);
    Some(stmt!(
        format!(
            "insert into notification (id, user_id, level, type, title, description, created_at, updated_at) \
             select cast(?1 as text), u.id, 'error', cast(?3 as text), 'Job Failed', cast(?4 as text), \
             cast(?5 as bigint), cast(?5 as bigint) from users u where u.is_admin = 1 and u.deleted_at is null \
             and exists (select 1 from job j where j.id = ?1 and j.lease_id = ?2) order by u.created_at, u.id limit 1 \
             on conflict (id) do update set description = excluded.description, created_at = excluded.created_at, \
             updated_at = excluded.updated_at, read_at = null, deleted_at = null returning {RETURNED}, user_id as {TOLD}"
        ),
        &job.id,
        &job.lease_id,
        NotificationType::JobFailed.as_str(),
        description,
        now
    ))
}

/// Column with the user of a notification that the server made.
const TOLD: &str = "notified_user_id";

/// A notification that the server made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Who is told.
    pub user_id: String,
    /// What.
    pub notification: NotificationResponse,
}

/// The notifications that a batch made on the server's own account, among the results of all its statements.
pub fn made(results: &[Rows]) -> Result<Vec<Made>, DbError> {
    let told = |rows: &&Rows| rows.columns().iter().any(|column| column == TOLD);
    let rows = results.iter().filter(told).flat_map(Rows::iter);
    rows.map(|row| {
        Ok(Made {
            user_id: row.get(TOLD)?,
            notification: read(&row)?,
        })
    })
    .collect()
}

/// The caller's newest notifications, at most a hundred, for [`read`]. Names `caller`.
pub fn list(query: &NotificationQuery) -> Statement {
    let mut sql =
        "select n.id, n.level, n.type, n.title, n.description, n.data, n.read_at, n.created_at \
         from caller c cross join notification n where n.user_id = c.user_id and c.link_id is null \
         and n.deleted_at is null"
            .to_owned();
    let mut params: Vec<Value> = Vec::new();
    let mut equal = |column: &str, value: &str| {
        params.push(value.into());
        sql.push_str(&[" and n.", column, " = ?", &params.len().to_string()].concat());
    };
    if let Some(id) = &query.id {
        equal("id", id.as_str());
    }
    if let Some(level) = query.level {
        equal("level", level.as_str());
    }
    if let Some(kind) = query.kind {
        equal("type", kind.as_str());
    }
    if query.unread == Some(true) {
        sql.push_str(" and n.read_at is null");
    }
    sql.push_str(" order by n.created_at desc, n.id desc limit ");
    sql.push_str(&PAGE.to_string());
    Statement::new(sql, params)
}

/// Reads a notification.
pub fn read(row: &Row<'_>) -> Result<NotificationResponse, DbError> {
    let (level, kind): (String, String) = (row.get("level")?, row.get("type")?);
    let unknown = |what: &str| DbError::Other(format!("notification of unknown {what}"));
    let data: Option<String> = row.get("data")?;
    let data = data.map(|text| serde_json::from_str(&text)).transpose();
    Ok(NotificationResponse {
        id: NotificationId::from_trusted(row.get::<String>("id")?),
        created_at: Millis(row.get("created_at")?),
        level: NotificationLevel::parse(&level).ok_or_else(|| unknown("level"))?,
        kind: NotificationType::parse(&kind).ok_or_else(|| unknown("type"))?,
        title: row.get("title")?,
        description: row.get("description")?,
        data: data.map_err(|error| DbError::Other(format!("notification.data: {error}")))?,
        read_at: row.get::<Option<i64>>("read_at")?.map(Millis),
    })
}

/// Stores what an administrator writes to a user, for [`read`]; no row: there is no such user. `now` in epoch ms.
pub fn insert(id: &str, new: &NotificationCreate, now: i64) -> Statement {
    let (level, kind) = (
        new.level.unwrap_or(NotificationLevel::Info),
        new.kind.unwrap_or(NotificationType::Custom),
    );
    let data = new.data.clone().map(serde_json::Value::Object);
    let description = match &new.description {
        Patch::Value(text) => Some(text.as_str()),
        Patch::Absent | Patch::Null => None,
    };
    stmt!(
        format!(
            "insert into notification (id, user_id, level, type, title, description, data, created_at, updated_at) \
             select cast(?1 as text), u.id, cast(?3 as text), cast(?4 as text), cast(?5 as text), cast(?6 as text), \
             cast(?7 as text), cast(?8 as bigint), cast(?8 as bigint) from users u \
             where u.id = ?2 and u.deleted_at is null returning {RETURNED}"
        ),
        id,
        new.user_id.as_str(),
        level.as_str(),
        kind.as_str(),
        &new.title,
        description,
        data.map(|data| data.to_string()),
        now
    )
}

/// Notes when a notification of the caller was read, for [`read`]; no row: they have none of this id. Names `caller`; `now` in
/// epoch ms.
pub fn update(id: &str, read_at: Patch<Millis>, now: i64) -> Statement {
    let (is_set, read_at) = patched(read_at);
    stmt!(
        format!(
            "update notification set read_at = case when cast(?3 as bigint) = 1 then cast(?2 as bigint) else read_at end, \
             updated_at = ?4 where id = ?1 and deleted_at is null \
             and user_id in (select c.user_id from caller c where c.link_id is null) returning {RETURNED}"
        ),
        id,
        read_at,
        is_set,
        now
    )
}

/// Whether the field was sent, and what it becomes.
fn patched(read_at: Patch<Millis>) -> (i64, Option<i64>) {
    match read_at {
        Patch::Absent => (0, None),
        Patch::Null => (1, None),
        Patch::Value(at) => (1, Some(at.0)),
    }
}

/// Deletes a notification of the caller, for the clean-up to remove; `changed()` is 0 when they have none of this id. Names
/// `caller`; `now` in epoch ms.
pub fn delete(id: &str, now: i64) -> Statement {
    stmt!(
        "update notification set deleted_at = ?2, updated_at = ?2 where id = ?1 and deleted_at is null \
         and user_id in (select c.user_id from caller c where c.link_id is null)",
        id,
        now
    )
}

/// How many of these the caller has, column `total`. Names `caller`.
pub fn owned(ids: &[&str]) -> Statement {
    stmt!(
        "select count(*) as total from caller c cross join json_rows(?1) v cross join notification n \
         where n.id = v.value and n.user_id = c.user_id and c.link_id is null and n.deleted_at is null",
        json_texts(ids)
    )
}

/// The caller's notifications of the list `?1`.
const LISTED: &str = "(select x.id from caller c cross join json_rows(?1) v cross join notification x \
     where x.id = v.value and x.user_id = c.user_id and c.link_id is null and x.deleted_at is null)";

/// Takes rows in one order, so that two requests about the same ones never wait for each other.
fn hold(list: &str) -> Statement {
    stmt!(
        "select count(*) as n from (select x.id from caller c cross join json_rows(?1) v cross join notification x \
         where x.id = v.value and x.user_id = c.user_id order by x.id for_update()) held",
        list
    )
}

/// Notes when these notifications of the caller were read (`None`: not yet). Names `caller`; `now` in epoch ms.
pub fn batch_update(ids: &[&str], read_at: Option<Millis>, now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let update = stmt!(
        format!(
            "update notification set read_at = cast(?2 as bigint), updated_at = ?3 where id in {LISTED}"
        ),
        &list,
        read_at.map(|at| at.0),
        now
    );
    vec![hold(&list), update]
}

/// Deletes these notifications of the caller, for the clean-up to remove. Names `caller`; `now` in epoch ms.
pub fn batch_delete(ids: &[&str], now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let delete = stmt!(
        format!("update notification set deleted_at = ?2, updated_at = ?2 where id in {LISTED}"),
        &list,
        now
    );
    vec![hold(&list), delete]
}
