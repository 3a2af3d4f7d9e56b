//! Table `user_metadata`: preferences, onboarding and license of an account, one JSON document each.
//! All of it is told to the owner's clients (api/sync.md section 3), deletions by an audit row.

use edge_api::preferences::{Preferences, PreferencesUpdate};
use edge_platform::{Database, DbError, Rows, Statement, stmt};

use crate::users::{self, UserChanges};

/// How often a change of preferences is tried when other requests keep changing them too.
const ATTEMPTS: usize = 5;

/// Key of the sparse preferences (`edge_api::preferences`).
pub const PREFERENCES: &str = "preferences";
/// Key of `{"isOnboarded": …}`.
pub const ONBOARDING: &str = "onboarding";
/// Key of the licence.
pub const LICENSE: &str = "license";

/// `value` of one of the caller's documents; names `caller`.
pub fn mine(key: &str) -> Statement {
    stmt!(
        "select m.value from caller c join user_metadata m on m.user_id = c.user_id where m.key = ?1",
        key
    )
}

/// `value` of one document of a user.
pub fn find(user_id: &str, key: &str) -> Statement {
    stmt!(
        "select m.value from user_metadata m where m.user_id = ?1 and m.key = ?2",
        user_id,
        key
    )
}

/// Stores a document (JSON text), whatever was there.
pub fn put(user_id: &str, key: &str, value: &str, now: i64) -> Statement {
    stmt!(
        "insert into user_metadata (user_id, key, value, updated_at, update_id) \
         values (?1, ?2, ?3, ?4, uuid7()) on conflict (user_id, key) do update set \
         value = excluded.value, updated_at = excluded.updated_at, update_id = excluded.update_id",
        user_id,
        key,
        value,
        now
    )
}

/// Stores a document in place of `old`; `changed()` is 0 when another request was faster.
pub fn replace(user_id: &str, key: &str, old: Option<&str>, value: &str, now: i64) -> Statement {
    stmt!(
        "insert into user_metadata (user_id, key, value, updated_at, update_id) \
         values (?1, ?2, ?3, ?4, uuid7()) on conflict (user_id, key) do update set \
         value = excluded.value, updated_at = excluded.updated_at, update_id = excluded.update_id \
         where user_metadata.value = cast(?5 as text)",
        user_id,
        key,
        value,
        now,
        old
    )
}

/// Removes a document and tells the owner's clients.
pub fn batch_delete(user_id: &str, key: &str) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into user_metadata_audit (user_id, id, key) select m.user_id, uuid7(), m.key \
             from user_metadata m where m.user_id = ?1 and m.key = ?2",
            user_id,
            key
        ),
        stmt!(
            "delete from user_metadata where user_id = ?1 and key = ?2",
            user_id,
            key
        ),
    ]
}

/// Whether a document [`ONBOARDING`] says so; false without one.
pub fn is_onboarded(document: Option<&str>) -> bool {
    document
        .and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok())
        .and_then(|value| value.get("isOnboarded")?.as_bool())
        .unwrap_or(false)
}

/// The preferences that the answer to [`mine`] or [`find`] holds: the defaults with the stored
/// differences.
pub fn preferences(rows: &Rows) -> Result<Preferences, DbError> {
    match document(rows)? {
        Some(stored) => parse(&stored),
        None => Ok(Preferences::defaults()),
    }
}

/// Changes a user's preferences (and the avatar colour, which the same body may carry) and gives the
/// result. `rows` is the answer to [`mine`] or [`find`], which was read before; one round trip unless
/// another request changes them at the same time.
pub async fn update_preferences(
    db: &dyn Database,
    user_id: &str,
    rows: &Rows,
    update: &PreferencesUpdate,
    now: i64,
) -> Result<Preferences, DbError> {
    let mut old = document(rows)?;
    for _ in 0..ATTEMPTS {
        let mut preferences = match &old {
            Some(stored) => parse(stored)?,
            None => Preferences::defaults(),
        };
        preferences.apply(update);
        let stored = preferences.to_stored().to_string();
        let mut batch = vec![
            replace(user_id, PREFERENCES, old.as_deref(), &stored, now),
            find(user_id, PREFERENCES),
        ];
        if let Some(color) = update.avatar_color() {
            let changes = UserChanges {
                avatar_color: edge_api::input::Patch::Value(color),
                ..UserChanges::default()
            };
            batch.push(users::update(user_id, changes, now));
        }
        let answers = db.batch(batch).await?;
        if answers.first().is_some_and(|rows| rows.changed() > 0) {
            return Ok(preferences);
        }
        old = answers.get(1).map(document).transpose()?.flatten();
    }
    Err(DbError::Busy("preferences keep changing".to_owned()))
}

fn document(rows: &Rows) -> Result<Option<String>, DbError> {
    rows.first().map(|row| row.get("value")).transpose()
}

fn parse(stored: &str) -> Result<Preferences, DbError> {
    let stored = serde_json::from_str(stored)
        .map_err(|error| DbError::Other(format!("user_metadata.value: {error}")))?;
    Ok(Preferences::from_stored(&stored))
}
