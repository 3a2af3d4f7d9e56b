//! Table `session`: logged-in devices (api/auth.md section 2).

use edge_api::{id::SessionId, realtime::Announcement, sessions::SessionResponse, time::Millis};
use edge_platform::{DbError, Row, Rows, Statement, stmt};

macro_rules! columns {
    () => {
        "s.id, s.created_at, s.updated_at, s.expires_at, s.device_type, s.device_os, s.app_version, \
         s.is_pending_sync_reset"
    };
}

/// Records a use of the session: device, app version, time (epoch ms).
pub fn touch(
    id: &str,
    device_type: &str,
    device_os: &str,
    app_version: Option<&str>,
    now: i64,
) -> Statement {
    stmt!(
        "update session set device_type = ?2, device_os = ?3, app_version = ?4, updated_at = ?5 where id = ?1",
        id,
        device_type,
        device_os,
        app_version,
        now,
    )
}

/// Opens the locked folder for this session until `until` (epoch ms).
pub fn elevate(id: &str, until: i64) -> Statement {
    stmt!(
        "update session set pin_expires_at = ?2 where id = ?1",
        id,
        until
    )
}

/// Closes the locked folder for this session.
pub fn lock(id: &str) -> Statement {
    stmt!("update session set pin_expires_at = null where id = ?1", id)
}

/// Closes the locked folder for one of the user's sessions; `changed()` is 0 when it is not one.
pub fn lock_own(id: &str, user_id: &str) -> Statement {
    stmt!(
        "update session set pin_expires_at = null where id = ?1 and user_id = ?2",
        id,
        user_id
    )
}

/// Closes the locked folder for all sessions of a user.
pub fn lock_all(user_id: &str) -> Statement {
    stmt!(
        "update session set pin_expires_at = null where user_id = ?1 and pin_expires_at is not null",
        user_id
    )
}

/// A session to be made.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Id, made by the caller.
    pub id: &'a str,
    /// SHA-256 of the token, base64.
    pub token_digest: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// The session it ends with.
    pub parent_id: Option<&'a str>,
    /// Browser or device.
    pub device_type: &'a str,
    /// Operating system.
    pub device_os: &'a str,
    /// Version of the mobile app.
    pub app_version: Option<&'a str>,
    /// Epoch ms; `None` = never.
    pub expires_at: Option<i64>,
}

/// Makes a session at `now` (epoch ms).
pub fn insert(session: &NewSession<'_>, now: i64) -> Statement {
    stmt!(
        "insert into session (id, token_digest, user_id, parent_id, device_type, device_os, app_version, \
         expires_at, created_at, updated_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        session.id,
        session.token_digest,
        session.user_id,
        session.parent_id,
        session.device_type,
        session.device_os,
        session.app_version,
        session.expires_at,
        now
    )
}

/// Makes a session for an account that lives, from its conditions on extensible (`login::unless_blocked`); `changed()` is 0
/// when it does not.
pub fn insert_for_login(session: &NewSession<'_>, now: i64) -> Statement {
    stmt!(
        "insert into session (id, token_digest, user_id, device_type, device_os, app_version, created_at, \
         updated_at) select cast(?1 as text), cast(?2 as text), u.id, cast(?4 as text), cast(?5 as text), \
         cast(?6 as text), cast(?7 as bigint), cast(?7 as bigint) from users u where u.id = ?3 \
         and u.deleted_at is null",
        session.id,
        session.token_digest,
        session.user_id,
        session.device_type,
        session.device_os,
        session.app_version,
        now
    )
}

/// The caller's living sessions, last used first, for [`read`]; names `caller`.
pub fn list_mine(now: i64) -> Statement {
    stmt!(
        concat!(
            "select ",
            columns!(),
            ", case when s.id = c.session_id then 1 else 0 end as is_current \
             from caller c join session s on s.user_id = c.user_id \
             where s.expires_at is null or s.expires_at > ?1 order by s.updated_at desc, s.id"
        ),
        now
    )
}

/// Another user's living sessions for an administrator, for [`read`]; names `caller`.
pub fn list_of(user_id: &str, now: i64) -> Statement {
    stmt!(
        concat!(
            "select ",
            columns!(),
            ", case when s.id = c.session_id then 1 else 0 end as is_current \
             from caller c join session s on s.user_id = ?1 where c.is_admin = 1 \
             and (s.expires_at is null or s.expires_at > ?2) order by s.updated_at desc, s.id"
        ),
        user_id,
        now
    )
}

/// One session, for [`read`]; `current` is the caller's own.
pub fn find(id: &str, current: Option<&str>) -> Statement {
    stmt!(
        concat!(
            "select ",
            columns!(),
            ", case when s.id = cast(?2 as text) then 1 else 0 end as is_current \
             from session s where s.id = ?1"
        ),
        id,
        current
    )
}

/// Reads a session as clients see it.
pub fn read(row: &Row<'_>) -> Result<SessionResponse, DbError> {
    Ok(SessionResponse {
        id: SessionId::from_trusted(row.get::<String>("id")?),
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        expires_at: row.get::<Option<i64>>("expires_at")?.map(Millis),
        current: row.get("is_current")?,
        device_type: row.get("device_type")?,
        device_os: row.get("device_os")?,
        app_version: row.get("app_version")?,
        is_pending_sync_reset: row.get("is_pending_sync_reset")?,
    })
}

/// Marks one of the user's sessions as to fetch everything anew, or takes the mark away;
/// `changed()` is 0 when it is not one of the user's.
pub fn set_pending_sync_reset(id: &str, user_id: &str, pending: bool) -> Statement {
    stmt!(
        "update session set is_pending_sync_reset = ?3 where id = ?1 and user_id = ?2",
        id,
        user_id,
        pending
    )
}

/// Ends one of the user's sessions and its children: the first result is for [`ended`], `changed()` of the last is 0 when it
/// is not one.
pub fn batch_delete(id: &str, user_id: &str) -> Vec<Statement> {
    vec![
        stmt!(
            "with recursive ending (id) as (select s.id from session s where s.id = ?1 and s.user_id = ?2 \
             union select s.id from ending e cross join session s where s.parent_id = e.id) \
             select 'session' as kind, e.id as id, cast(?2 as text) as user_id from ending e order by e.id",
            id,
            user_id
        ),
        stmt!(
            "delete from session where id = ?1 and user_id = ?2",
            id,
            user_id
        ),
    ]
}

/// Reads what a batch that ends sessions and keys ended, from its first result: their connections are to be disconnected.
/// Columns `kind` (`session` or `key`), `id`, `user_id`.
pub fn ended(rows: Option<&Rows>) -> Result<Vec<Announcement>, DbError> {
    let read = |row: Row<'_>| {
        let (id, user): (String, String) = (row.get("id")?, row.get("user_id")?);
        Ok(if row.get::<String>("kind")? == "session" {
            Announcement::session_ended(&user, &id)
        } else {
            Announcement::key_revoked(&user, &id)
        })
    };
    rows.into_iter().flat_map(Rows::iter).map(read).collect()
}

/// The user's sessions but `keep`.
const OTHERS: &str = "select 'session' as kind, s.id as id, s.user_id as user_id from session s where s.user_id = ?1 \
     and (cast(?2 as text) is null or s.id <> ?2)";

/// Ends all sessions of a user but `keep`; the first result is for [`ended`]. A kept child is first detached, else it would
/// end with its parent.
pub fn batch_delete_others(user_id: &str, keep: Option<&str>) -> Vec<Statement> {
    delete_others(user_id, keep, stmt!(OTHERS, user_id, keep))
}

fn delete_others(user_id: &str, keep: Option<&str>, ending: Statement) -> Vec<Statement> {
    vec![
        ending,
        stmt!(
            "update session set parent_id = null where id = ?1 and parent_id is not null",
            keep
        ),
        stmt!(
            "delete from session where user_id = ?1 and (cast(?2 as text) is null or id <> ?2)",
            user_id,
            keep
        ),
    ]
}

/// What a new password ends: all sessions of the user but `keep`, and all API keys; the first result is for [`ended`]. Whoever
/// knew the old one may have made any of them.
pub fn batch_revoke(user_id: &str, keep: Option<&str>) -> Vec<Statement> {
    let keys = "select 'key' as kind, k.id as id, k.user_id as user_id from api_key k where k.user_id = ?1";
    let ending = stmt!(format!("{OTHERS} union all {keys}"), user_id, keep);
    let mut batch = delete_others(user_id, keep, ending);
    batch.push(stmt!("delete from api_key where user_id = ?1", user_id));
    batch
}
