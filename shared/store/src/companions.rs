//! Table `companion`: native programs that do what does not fit an isolate (docs/companion.md).

use edge_api::enums::JobName;
use edge_platform::{Database, DbError, Rows, Statement, stmt};

/// How often it is noted that a companion asks for work, ms: each note is a write.
const NOTED: i64 = 60_000;
/// A companion that has not asked for this long is not there, ms.
const AWAY: i64 = 3 * 60_000;
/// What a companion says of itself that has networks look at pictures for searches by meaning, and for nothing else (those of before the
/// other networks): the text of `learning` in `about`.
pub const LEARNING: &str = "smartSearch";
/// The same of one that finds faces and reads text, too.
pub const LEARNING_ALL: &str = "all";

/// A companion that has asked for work, or whose token was revoked before it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Companion {
    /// Id of its token.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it told of itself, JSON.
    pub about: serde_json::Value,
    /// When it last asked for work, to the minute, epoch ms.
    pub seen_at: i64,
    /// When its token was revoked, epoch ms.
    pub revoked_at: Option<i64>,
}

/// Notes that a companion asks for work and what it is; `about` is JSON, `now` in epoch ms.
pub fn seen(id: &str, name: &str, about: &str, now: i64) -> Statement {
    stmt!(
        "insert into companion (id, name, about, seen_at) values (?1, ?2, ?3, ?4) \
         on conflict (id) do update set name = excluded.name, about = excluded.about, seen_at = excluded.seen_at \
         where companion.seen_at <= excluded.seen_at - ?5 or companion.about <> excluded.about",
        id,
        name,
        about,
        now,
        NOTED
    )
}

/// Notes that there is a companion, where that is not known yet. It asks for no job at this moment: all that it can do at a time it may be
/// doing for hours, and [`seen`] would have jobs wait for it ([`has_learner`]).
pub fn known(id: &str, name: &str, about: &str, now: i64) -> Statement {
    stmt!(
        "insert into companion (id, name, about, seen_at) values (?1, ?2, ?3, ?4) on conflict (id) do nothing",
        id,
        name,
        about,
        now
    )
}

/// Notes that a companion asks for sessions of live transcoding; see [`known`] for the rest. `now` in epoch ms.
pub fn seen_for_streams(id: &str, now: i64) -> Statement {
    stmt!(
        "update companion set streams_at = cast(?2 as bigint) where id = ?1 \
         and (streams_at is null or streams_at <= cast(?2 as bigint) - cast(?3 as bigint))",
        id,
        now,
        NOTED
    )
}

/// Selects whether a companion for live transcoding is there: column `n` is 1 or 0. `now` in epoch ms.
pub fn streams(now: i64) -> Statement {
    stmt!(
        "select case when exists (select 1 from companion c where c.streams_at > ?1 and c.revoked_at is null) then 1 else 0 end as n",
        now - AWAY
    )
}

/// Whether [`streams`] found one.
pub fn has_streams(rows: Option<&Rows>) -> Result<bool, DbError> {
    let row = rows.and_then(Rows::first);
    row.map_or(Ok(false), |row| Ok(row.get::<i64>("n")? == 1))
}

/// SQL condition: a companion that has a network look at pictures for jobs of this kind is there; `since` is SQL text for [`awake_since`].
pub(crate) fn is_learning(kind: JobName, since: &str) -> String {
    let words = match kind {
        JobName::SmartSearch => format!("('{LEARNING}', '{LEARNING_ALL}')"),
        _ => format!("('{LEARNING_ALL}')"),
    };
    format!(
        "exists (select 1 from companion learner where learner.seen_at > {since} and learner.revoked_at is null \
         and json_text(learner.about, learning) in {words})"
    )
}

/// A companion that last asked before this time is not there; epoch ms, as `now`.
pub(crate) fn awake_since(now: i64) -> i64 {
    now - AWAY
}

/// Whether a companion that has a network look at pictures for jobs of this kind is there. One round trip; `now` in epoch ms.
pub async fn has_learner(db: &dyn Database, kind: JobName, now: i64) -> Result<bool, DbError> {
    let is_there = is_learning(kind, "cast(?1 as bigint)");
    let rows = db
        .run(stmt!(
            format!("select 1 as n where {is_there}"),
            awake_since(now)
        ))
        .await?;
    Ok(!rows.is_empty())
}

/// SQL condition: the token with the id `{id}` (SQL text) is not revoked.
pub(crate) fn is_admitted(id: &str) -> String {
    format!(
        "not exists (select 1 from companion admitted where admitted.id = {id} and admitted.revoked_at is not null)"
    )
}

/// Selects when a token was revoked; read it with [`was_revoked`].
pub fn revocation(id: &str) -> Statement {
    stmt!(
        "select c.revoked_at from companion c where c.id = ?1 and c.revoked_at is not null",
        id
    )
}

/// Whether [`revocation`] found one.
pub fn was_revoked(rows: &Rows) -> bool {
    !rows.is_empty()
}

/// Revokes a token for good, also one that was never used. One round trip.
pub async fn revoke(db: &dyn Database, id: &str, now: i64) -> Result<(), DbError> {
    db.run(stmt!(
        "insert into companion (id, name, about, seen_at, revoked_at) values (?1, '', '{}', 0, ?2) \
         on conflict (id) do update set revoked_at = coalesce(companion.revoked_at, excluded.revoked_at)",
        id,
        now
    ))
    .await?;
    Ok(())
}

/// All companions, last seen first, at most a thousand. One round trip.
pub async fn list(db: &dyn Database) -> Result<Vec<Companion>, DbError> {
    let rows = db
        .run(stmt!(
            "select id, name, about, seen_at, revoked_at from companion order by seen_at desc, id limit 1000"
        ))
        .await?;
    let read = |row: edge_platform::Row<'_>| {
        let about: String = row.get("about")?;
        Ok(Companion {
            id: row.get("id")?,
            name: row.get("name")?,
            about: serde_json::from_str(&about)
                .map_err(|error| DbError::Other(format!("companion.about: {error}")))?,
            seen_at: row.get("seen_at")?,
            revoked_at: row.get("revoked_at")?,
        })
    };
    rows.iter().map(read).collect()
}
