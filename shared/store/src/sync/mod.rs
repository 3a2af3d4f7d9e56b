//! The sync stream: how far a session has got, and the rows that come next (api/sync.md).
//!
//! A stream begins with one round trip: the statements of [`opening`] beside the authentication. They give the
//! bound below which all ids are final (docs/decisions/0001-update-ids.md), the session's checkpoints, and the
//! albums and partners that came since. Everything else is [`Source::page`].

mod rows;
pub mod sources;

use edge_api::{
    enums::SyncEntityType,
    sync::{Ack, AckResponse},
};
use edge_platform::{DbError, Rows, Statement, stmt};

pub use rows::{Page, Range, Source};

/// Something whose older rows a client must get once when it comes in: an album, a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Album id, or id of the user who shares.
    pub id: String,
    /// UUID v7: when the caller came in.
    pub create_id: String,
}

/// What a stream must know before it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// Only rows with smaller ids are sent.
    pub bound: String,
    /// What the session has acknowledged, one per type.
    pub checkpoints: Vec<Ack>,
    /// The caller's albums from the oldest that a checkpoint does not call complete, in order of `create_id`.
    pub albums: Vec<Container>,
    /// As `albums`: who shares with the caller.
    pub partners: Vec<Container>,
}

/// Asks for the [`Opening`]; `albums` and `partners` are the backfill types of those that will be sent. Name
/// `caller`, and belong into the round trip that authenticates.
pub fn opening(albums: &[SyncEntityType], partners: &[SyncEntityType]) -> Vec<Statement> {
    vec![
        stmt!("select uuid7_bound() as bound from caller c"),
        checkpoints(),
        containers(
            "select m.album_id as id, m.create_id as create_id from caller c cross join album_user m \
             where m.user_id = c.user_id",
            albums,
        ),
        containers(
            "select m.shared_by_id as id, m.create_id as create_id from caller c cross join partner m \
             where m.shared_with_id = c.user_id",
            partners,
        ),
    ]
}

/// All but those that every type has already completed.
fn containers(select: &str, types: &[SyncEntityType]) -> Statement {
    let names: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
    stmt!(
        format!(
            "{select} and cast(?2 as bigint) > 0 and m.create_id >= (select case when count(*) < ?2 then '' \
             else min(substr(k.ack, length(k.type) + 2, 36)) end from session_sync_checkpoint k \
             where k.session_id = c.session_id and k.type in json_list(?1)) order by m.create_id"
        ),
        crate::json_texts(&names),
        i64::try_from(names.len()).unwrap_or(0)
    )
}

impl Opening {
    /// Reads the results of [`opening`].
    pub fn read(results: &[Rows]) -> Result<Self, DbError> {
        let [bound, acks, albums, partners] = results else {
            return Err(DbError::Other("a stream opens with four statements".into()));
        };
        let Some(row) = bound.first() else {
            return Err(DbError::Other("the bound has no row".into()));
        };
        let bound: String = row.get("bound")?;
        Ok(Self {
            checkpoints: read_checkpoints(acks)?,
            albums: read_containers(albums, &bound)?,
            partners: read_containers(partners, &bound)?,
            bound,
        })
    }

    /// The checkpoint of a type.
    pub fn checkpoint(&self, kind: SyncEntityType) -> Option<&Ack> {
        self.checkpoints.iter().find(|ack| ack.kind == kind)
    }
}

/// Those that came in before the bound; younger ones wait for the next stream.
fn read_containers(rows: &Rows, bound: &str) -> Result<Vec<Container>, DbError> {
    let read = |row: edge_platform::Row<'_>| {
        Ok(Container {
            id: row.get("id")?,
            create_id: row.get("create_id")?,
        })
    };
    let mut found: Vec<Container> = rows.iter().map(read).collect::<Result<_, DbError>>()?;
    found.retain(|container| container.create_id.as_str() < bound);
    Ok(found)
}

/// The checkpoints of the caller's session, for an [`Opening`] or [`responses`]. Names `caller`.
pub fn checkpoints() -> Statement {
    stmt!(
        "select k.ack as ack from caller c cross join session_sync_checkpoint k \
         where k.session_id = c.session_id order by k.type"
    )
}

/// Reads [`checkpoints`]. What is no ack any more counts as not acknowledged.
fn read_checkpoints(rows: &Rows) -> Result<Vec<Ack>, DbError> {
    let texts = rows.iter().map(|row| row.get::<String>("ack"));
    texts
        .filter_map(|text| text.map(|text| Ack::parse(&text).ok()).transpose())
        .collect()
}

/// Reads [`checkpoints`] as clients see them.
pub fn responses(rows: &Rows) -> Result<Vec<AckResponse>, DbError> {
    let acks = read_checkpoints(rows)?.into_iter();
    Ok(acks
        .map(|ack| AckResponse {
            kind: ack.kind,
            ack: ack.to_string(),
        })
        .collect())
}

/// Stores checkpoints in place of the session's former ones; no two may have the same type. Nothing happens when
/// the session has ended. `now` in epoch ms.
pub fn acknowledge(session_id: &str, acks: &[Ack], now: i64) -> Statement {
    let types: Vec<&str> = acks.iter().map(|ack| ack.kind.as_str()).collect();
    let texts: Vec<String> = acks.iter().map(Ack::to_string).collect();
    stmt!(
        "insert into session_sync_checkpoint (session_id, type, ack, updated_at) \
         select s.id, k.value, a.value, cast(?4 as bigint) from session s cross join json_rows(?2) k \
         join json_rows(?3) a on a.position = k.position where s.id = ?1 \
         on conflict (session_id, type) do update set ack = excluded.ack, updated_at = excluded.updated_at",
        session_id,
        crate::json_texts(&types),
        crate::json_texts(&texts),
        now
    )
}

/// Forgets the checkpoints of these types.
pub fn forget(session_id: &str, types: &[SyncEntityType]) -> Statement {
    let names: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
    stmt!(
        "delete from session_sync_checkpoint where session_id = ?1 and type in json_list(?2)",
        session_id,
        crate::json_texts(&names)
    )
}

/// Forgets all checkpoints.
pub fn forget_all(session_id: &str) -> Statement {
    stmt!(
        "delete from session_sync_checkpoint where session_id = ?1",
        session_id
    )
}

/// Begins anew: forgets all checkpoints and that the session was to do so.
pub fn batch_reset(session_id: &str) -> Vec<Statement> {
    vec![
        forget_all(session_id),
        stmt!(
            "update session set is_pending_sync_reset = 0 where id = ?1",
            session_id
        ),
    ]
}
