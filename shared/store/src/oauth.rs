//! Accounts and sessions of the identity provider (api/auth.md section 8): columns `oauth_…` of `users` and `session`, and the
//! table `oauth_seen` of what was used once and may not be used again.

use edge_platform::{DbError, Row, Statement, stmt};

use crate::{
    login::{Account, account_columns},
    sessions::NewSession,
};

/// How long it is remembered that a login or logout token was used (ms); the provider's own codes and tokens live for minutes.
const SEEN: i64 = 30 * 24 * 60 * 60 * 1000;

/// The accounts that a login may mean, for [`read_account`]: the one that is linked to the subject first, then the one with
/// the e-mail.
pub fn accounts(subject: &str, email: Option<&str>) -> Statement {
    stmt!(
        concat!(
            "select ",
            account_columns!(),
            ", u.oauth_id from users u where u.deleted_at is null and u.id in (select a.id from users a \
             where a.oauth_id = ?1 and a.oauth_id <> '' union all select b.id from users b where b.email = ?2) \
             order by case when u.oauth_id = ?1 then 0 else 1 end"
        ),
        subject,
        email
    )
}

/// Reads an account and the subject it is linked to; `""` when it is not.
pub fn read_account(row: &Row<'_>) -> Result<(Account, String), DbError> {
    Ok((Account::from_row(row)?, row.get("oauth_id")?))
}

/// Notes that something was used, by its digest. A conflict when it was before: the whole batch is off then.
pub fn use_once(digest: &str, now: i64) -> Statement {
    stmt!(
        "insert into oauth_seen (digest, created_at) values (?1, ?2)",
        digest,
        now
    )
}

/// Whether a conflict is that of [`use_once`].
pub fn is_used(conflict: &str) -> bool {
    conflict.contains("oauth_seen")
}

/// Forgets what nobody can use any more; for the nightly clean-up.
pub fn prune(now: i64) -> Statement {
    stmt!("delete from oauth_seen where created_at <= ?1", now - SEEN)
}

/// Links the account to a subject. A conflict when another account is linked to it.
pub fn link(user_id: &str, subject: &str, now: i64) -> Statement {
    stmt!(
        "update users set oauth_id = ?2, updated_at = ?3, update_id = uuid7() where id = ?1 and deleted_at is null",
        user_id,
        subject,
        now
    )
}

/// Links the account to a subject unless it is linked to another; `changed()` is 0 then. A conflict when another account is
/// linked to the subject.
pub fn link_first(user_id: &str, subject: &str, now: i64) -> Statement {
    stmt!(
        "update users set oauth_id = ?2, updated_at = ?3, update_id = uuid7() where id = ?1 and oauth_id = '' \
         and deleted_at is null",
        user_id,
        subject,
        now
    )
}

/// Takes the link of the account away.
pub fn unlink(user_id: &str, now: i64) -> Statement {
    stmt!(
        "update users set oauth_id = '', updated_at = ?2, update_id = uuid7() where id = ?1 and oauth_id <> ''",
        user_id,
        now
    )
}

/// Takes the links of all accounts away, and what sessions know of the provider.
pub fn batch_unlink_all(now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "update users set oauth_id = '', updated_at = ?1, update_id = uuid7() where oauth_id <> ''",
            now
        ),
        stmt!(
            "update session set oauth_sid = null, oauth_bearer_token = null \
             where oauth_sid is not null or oauth_bearer_token is not null"
        ),
    ]
}

/// Makes a session at `now` (epoch ms) for an account that lives and is linked to the subject; `changed()` is 0 when it does
/// not or is not. `sid` is the session at the provider, `id_token` the hint for logging out there.
pub fn insert_session(
    session: &NewSession<'_>,
    subject: &str,
    sid: Option<&str>,
    id_token: &str,
    now: i64,
) -> Statement {
    stmt!(
        "insert into session (id, token_digest, user_id, device_type, device_os, app_version, oauth_sid, \
         oauth_bearer_token, created_at, updated_at) select cast(?1 as text), cast(?2 as text), u.id, \
         cast(?4 as text), cast(?5 as text), cast(?6 as text), cast(?7 as text), cast(?8 as text), \
         cast(?9 as bigint), cast(?9 as bigint) from users u where u.id = ?3 and u.deleted_at is null \
         and u.oauth_id = ?10",
        session.id,
        session.token_digest,
        session.user_id,
        session.device_type,
        session.device_os,
        session.app_version,
        sid,
        id_token,
        now,
        subject
    )
}

/// The ID token that the session was made with, as `id_token`.
pub fn logout_hint(session_id: &str) -> Statement {
    stmt!(
        "select oauth_bearer_token as id_token from session where id = ?1",
        session_id
    )
}

/// Ends the sessions here that belong to a session at the provider, and their children; the first result is for
/// `sessions::ended`.
pub fn batch_end_session(sid: &str) -> [Statement; 2] {
    end("oauth_sid = ?1", sid)
}

/// Ends all sessions that the subject opened through the provider, and their children; the first result is for
/// `sessions::ended`.
pub fn batch_end_sessions_of(subject: &str) -> [Statement; 2] {
    end(
        "oauth_bearer_token is not null \
         and user_id in (select u.id from users u where u.oauth_id = ?1 and u.oauth_id <> '')",
        subject,
    )
}

fn end(which: &str, parameter: &str) -> [Statement; 2] {
    let ending = format!(
        "with recursive ending (id, user_id) as (select id, user_id from session where {which} \
         union select s.id, s.user_id from ending e cross join session s where s.parent_id = e.id) \
         select 'session' as kind, e.id as id, e.user_id as user_id from ending e order by e.id"
    );
    [ending, format!("delete from session where {which}")].map(|sql| stmt!(sql, parameter))
}
