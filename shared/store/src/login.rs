//! Table `login_attempt`: guesses of secrets (docs/decisions/0003-login-throttling.md).
//!
//! Only wrong guesses are counted, per [`Subject`]: a login by account and address together, everything that a caller proves
//! himself with (PIN code, password) by his account. A subject that fails [`LIMIT`] times within [`WINDOW`] is blocked for as
//! long. No login is blocked by account alone or by address alone: the right password of an account that nobody attacks is
//! always good, and that of one that is attacked from any other address.

use edge_api::{auth::LoginResponse, id::UserId};
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::user_metadata;

/// Failures count together, and a block lasts, this long (ms): 15 minutes.
pub const WINDOW: i64 = 15 * 60 * 1000;
/// Failures before a subject is blocked.
pub const LIMIT: i64 = 10;

/// Requests without an account count together for this long (ms).
pub const MINUTE: i64 = 60 * 1000;

/// Counts one more of the subject `?1` at `?2`; the first of a new window where the former one began at `?3` or before.
const COUNTED: &str = "insert into login_attempt (subject, failure_count, window_started_at, updated_at) \
     values (?1, 1, ?2, ?2) on conflict (subject) do update set \
     failure_count = case when login_attempt.window_started_at <= ?3 then 1 else login_attempt.failure_count + 1 end, \
     window_started_at = case when login_attempt.window_started_at <= ?3 then excluded.updated_at \
     else login_attempt.window_started_at end, updated_at = excluded.updated_at";

/// Whose guesses count together. A login's is a digest, so that the table tells neither mail nor address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// Logins to one account from one address; `digest` is of both.
    pub fn login(digest: &str) -> Self {
        Self(format!("account:{digest}"))
    }

    /// Guesses of the password of one shared link from one address; `digest` is of the address.
    pub fn link(link_id: &str, digest: &str) -> Self {
        Self(format!("link:{link_id}:{digest}"))
    }

    /// Requests of one address without an account; `digest` is of the address.
    pub fn anonymous(digest: &str) -> Self {
        Self(format!("anonymous:{digest}"))
    }

    /// What the callers of one account guess.
    pub fn caller(user_id: &str) -> Self {
        Self(format!("secret:{user_id}"))
    }
}

/// The account that a login names.
#[derive(Debug, Clone)]
pub struct Account {
    /// Id.
    pub id: String,
    /// Lower case.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Administrator.
    pub is_admin: bool,
    /// bcrypt; `None` when the account has no password (OAuth only).
    pub password: Option<String>,
    /// Object key.
    pub profile_image_path: String,
    /// The web app asks for a new password after login.
    pub should_change_password: bool,
    /// Document `onboarding` of `user_metadata`.
    pub onboarding: Option<String>,
}

/// Columns of [`Account`], of `users u`.
macro_rules! account_columns {
    () => {
        "u.id, u.email, u.name, u.is_admin, u.password, u.profile_image_path, \
         u.should_change_password, (select m.value from user_metadata m where m.user_id = u.id \
         and m.key = 'onboarding') as onboarding"
    };
}
pub(crate) use account_columns;

/// The living account with this e-mail, for [`Account::from_row`].
pub fn account(email: &str) -> Statement {
    stmt!(
        concat!(
            "select ",
            account_columns!(),
            " from users u where u.email = ?1 and u.deleted_at is null"
        ),
        email
    )
}

impl Account {
    /// Reads the row of [`account`].
    pub fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id")?,
            email: row.get("email")?,
            name: row.get("name")?,
            is_admin: row.get("is_admin")?,
            password: row
                .get::<Option<String>>("password")?
                .filter(|hash| !hash.is_empty()),
            profile_image_path: row.get("profile_image_path")?,
            should_change_password: row.get("should_change_password")?,
            onboarding: row.get("onboarding")?,
        })
    }

    /// What whoever logged in to the account is told; `token` is the session's.
    pub fn response(self, token: String) -> LoginResponse {
        LoginResponse {
            access_token: token,
            user_id: UserId::from_trusted(self.id),
            user_email: self.email,
            name: self.name,
            is_admin: self.is_admin,
            profile_image_path: self.profile_image_path,
            should_change_password: self.should_change_password,
            is_onboarded: user_metadata::is_onboarded(self.onboarding.as_deref()),
        }
    }
}

/// The block of this subject that holds at `now` (epoch ms), for [`blocked_until`].
pub fn blocked(subject: &Subject, now: i64) -> Statement {
    stmt!(
        "select blocked_until_at from login_attempt where subject = ?1 and blocked_until_at > ?2",
        &subject.0,
        now
    )
}

/// The block of the caller's guesses that holds at `now` (epoch ms), for [`blocked_until`]; names `caller`.
pub fn blocked_caller(now: i64) -> Statement {
    stmt!(
        "select l.blocked_until_at from caller c join login_attempt l on l.subject = 'secret:' || c.user_id \
         where l.blocked_until_at > ?1",
        now
    )
}

/// The block of a guest's guesses from one address that holds at `now` (epoch ms), for [`blocked_until`]; `digest` as in
/// [`Subject::link`]. Names `caller`.
pub fn blocked_guest(digest: &str, now: i64) -> Statement {
    stmt!(
        "select l.blocked_until_at from caller c join login_attempt l \
         on l.subject = 'link:' || c.link_id || ':' || cast(?1 as text) where l.blocked_until_at > ?2",
        digest,
        now
    )
}

/// Until when (epoch ms) the subject is blocked, if it is.
pub fn blocked_until(rows: &Rows) -> Result<Option<i64>, DbError> {
    let row = rows.first();
    row.map(|row| row.get("blocked_until_at")).transpose()
}

/// Seconds until a block ends, rounded up; times in epoch ms.
pub fn seconds_until(until: i64, now: i64) -> u64 {
    u64::try_from(until - now).unwrap_or(0).div_ceil(1000)
}

/// Has a statement that ends with its conditions do nothing while the subject is blocked: of parallel guesses, all of which were
/// read before the first one was counted, none but the first few comes through. `changed()` is 0 then.
pub fn unless_blocked(mut statement: Statement, subject: &Subject, now: i64) -> Statement {
    let place = statement.params.len() + 1;
    statement.sql = format!(
        "{} and not exists (select 1 from login_attempt l where l.subject = ?{place} \
         and l.blocked_until_at > cast(?{} as bigint))",
        statement.sql,
        place + 1
    )
    .into();
    statement
        .params
        .extend([Value::from(&subject.0), now.into()]);
    statement
}

/// Counts a wrong guess.
pub fn failed(subject: &Subject, now: i64) -> Statement {
    stmt!(
        format!(
            "{COUNTED}, blocked_until_at = case when login_attempt.window_started_at <= ?3 then null \
             when login_attempt.failure_count + 1 >= ?4 then cast(?5 as bigint) else null end"
        ),
        &subject.0,
        now,
        now - WINDOW,
        LIMIT,
        now + WINDOW
    )
}

/// [`failed`] that tells whether the guess may be answered, for [`is_over`]: of parallel guesses, all of which were read before the first one
/// was counted, none but the first few may.
pub fn failed_guess(subject: &Subject, now: i64) -> Statement {
    let mut counted = failed(subject, now);
    counted.sql = format!("{} returning failure_count", counted.sql).into();
    counted
}

/// Whether a guess of [`failed_guess`] was one of too many.
pub fn is_over(rows: &Rows) -> Result<bool, DbError> {
    let row = rows.first();
    let count = row.map(|row| row.get::<i64>("failure_count")).transpose()?;
    Ok(count.is_some_and(|count| count > LIMIT))
}

/// Counts a request of a subject that may send `limit` of them within [`MINUTE`]. Of one above the limit nothing is written, and no
/// row comes back; the next minute begins with the first request after the last one's end. `now` in epoch ms.
pub fn count(subject: &Subject, limit: i64, now: i64) -> Statement {
    stmt!(
        format!(
            "{COUNTED} where login_attempt.window_started_at <= ?3 or login_attempt.failure_count < ?4 \
             returning failure_count"
        ),
        &subject.0,
        now,
        now - MINUTE,
        limit
    )
}

/// Forgets the failures after a right guess; a block stays.
pub fn succeeded(subject: &Subject, now: i64) -> Statement {
    stmt!(
        "delete from login_attempt where subject = ?1 \
         and (blocked_until_at is null or blocked_until_at <= ?2)",
        &subject.0,
        now
    )
}

/// Removes counters that no longer matter; for the nightly clean-up.
pub fn prune(now: i64) -> Statement {
    stmt!(
        "delete from login_attempt where updated_at <= ?1",
        now - 2 * WINDOW
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_rounded_up() {
        assert_eq!(seconds_until(1_001, 0), 2);
        assert_eq!(seconds_until(0, 5), 0);
    }
}
