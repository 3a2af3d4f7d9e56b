//! Table `login_attempt` and what a login reads (api/auth.md section 4).
//!
//! Only failed logins are counted, per subject: the pair of account and address, and the address
//! alone. A subject that fails too often within [`WINDOW`] is blocked for as long. There is no
//! block per account: the owner's right password is good from any other address.

use edge_platform::{DbError, Row, Statement, stmt};

/// Failures count together, and a block lasts, this long (ms): 15 minutes.
pub const WINDOW: i64 = 15 * 60 * 1000;
/// Failures of one account from one address before that pair is blocked.
pub const PAIR_LIMIT: i64 = 10;
/// Failures from one address, whatever the accounts, before the address is blocked.
pub const ADDRESS_LIMIT: i64 = 100;

/// The subjects of one login; digests, so that the table tells neither mail nor address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    /// Account and address.
    pub pair: String,
    /// Address alone.
    pub address: String,
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

/// The living account with this e-mail, for [`Account::from_row`].
pub fn account(email: &str) -> Statement {
    stmt!(
        "select u.id, u.email, u.name, u.is_admin, u.password, u.profile_image_path, \
         u.should_change_password, (select m.value from user_metadata m where m.user_id = u.id \
         and m.key = 'onboarding') as onboarding from users u where u.email = ?1 and u.deleted_at is null",
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
}

/// `blocked_until_at` (epoch ms) of the longest block that holds at `now`, or null.
pub fn blocked(subjects: &Subjects, now: i64) -> Statement {
    stmt!(
        "select max(blocked_until_at) as blocked_until_at from login_attempt \
         where subject in (?1, ?2) and blocked_until_at > ?3",
        &subjects.pair,
        &subjects.address,
        now
    )
}

/// Counts a failed login for both subjects.
pub fn batch_failed(subjects: &Subjects, now: i64) -> Vec<Statement> {
    vec![
        failed(&subjects.pair, PAIR_LIMIT, now),
        failed(&subjects.address, ADDRESS_LIMIT, now),
    ]
}

fn failed(subject: &str, limit: i64, now: i64) -> Statement {
    stmt!(
        "insert into login_attempt (subject, failure_count, window_started_at, updated_at) \
         values (?1, 1, ?2, ?2) on conflict (subject) do update set \
         failure_count = case when login_attempt.window_started_at <= ?3 then 1 \
           else login_attempt.failure_count + 1 end, \
         window_started_at = case when login_attempt.window_started_at <= ?3 then excluded.updated_at \
           else login_attempt.window_started_at end, \
         blocked_until_at = case when login_attempt.window_started_at <= ?3 then null \
           when login_attempt.failure_count + 1 >= ?4 then cast(?5 as bigint) else null end, \
         updated_at = excluded.updated_at",
        subject,
        now,
        now - WINDOW,
        limit,
        now + WINDOW
    )
}

/// Forgets the failures of the pair after a right password; a block stays.
pub fn succeeded(subjects: &Subjects, now: i64) -> Statement {
    stmt!(
        "delete from login_attempt where subject = ?1 \
         and (blocked_until_at is null or blocked_until_at <= ?2)",
        &subjects.pair,
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
