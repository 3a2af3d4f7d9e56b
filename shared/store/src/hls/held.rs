//! Sessions of live transcoding in the hands of companions: taken and held by a lease, their segments stored (docs/companion.md).

use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};
use edge_protocol::wire::Wanted;

use super::{FACTS, IDLE, TIMING, Video, end_where, read_video};
use crate::{companions, jobs::companion::Answer};

/// How long a companion that says nothing holds a session, ms. Less than a viewer waits, so that another one can go on for him.
pub const LEASE: i64 = 8_000;

/// A session that a companion took.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Id of the session.
    pub id: String,
    /// The video.
    pub video: Video,
    /// What is wanted of it.
    pub wanted: Wanted,
}

/// The session that waits longest for a companion: its id. One round trip; `now` in epoch ms.
pub async fn waiting(
    db: &dyn Database,
    companion_id: &str,
    now: i64,
) -> Result<Answer<String>, DbError> {
    let free = stmt!(
        "select s.id from hls_session s where s.beat_at > ?1 and s.expires_at > ?2 \
         and (s.lease_id is null or s.lease_expires_at <= ?2) order by s.created_at limit 1",
        now - IDLE,
        now
    );
    let results = db
        .batch(vec![companions::revocation(companion_id), free])
        .await?;
    if results.first().is_some_and(companions::was_revoked) {
        return Ok(Answer::Revoked);
    }
    match results.last().and_then(Rows::first) {
        Some(row) => Ok(Answer::Found(row.get("id")?)),
        None => Ok(Answer::Nothing),
    }
}

/// Takes a session for [`LEASE`]; `None`: another companion was quicker, or it is over. One round trip; `now` in epoch ms.
pub async fn take(
    db: &dyn Database,
    (companion_id, lease_id): (&str, &str),
    id: &str,
    now: i64,
) -> Result<Option<Taken>, DbError> {
    let take = stmt!(
        "update hls_session set companion_id = ?2, lease_id = ?3, lease_expires_at = cast(?4 as bigint) \
         where id = ?1 and (lease_id is null or lease_expires_at <= cast(?5 as bigint))",
        id,
        companion_id,
        lease_id,
        now + LEASE,
        now
    );
    let read = stmt!(
        format!(
            "select {FACTS}, {TIMING}, {WANTED} from hls_session s join asset_video v on v.asset_id = s.asset_id \
             where s.id = ?1 and s.lease_id = ?2"
        ),
        id,
        lease_id
    );
    let results = db.batch(vec![take, read]).await?;
    let Some(row) = results.last().and_then(Rows::first) else {
        return Ok(None);
    };
    read_video(&row)?
        .map(|video| {
            Ok::<_, DbError>(Taken {
                id: id.to_owned(),
                video,
                wanted: wanted(&row)?,
            })
        })
        .transpose()
}

const WANTED: &str = "s.change, s.variant, s.segment, s.requested";

fn wanted(row: &Row<'_>) -> Result<Wanted, DbError> {
    let variant: Option<i64> = row.get("variant")?;
    let requested: Option<i64> = row.get("requested")?;
    Ok(Wanted {
        change: row.get("change")?,
        variant: variant.and_then(|index| u8::try_from(index).ok()),
        segment: row.get("segment")?,
        requested: requested.unwrap_or(0),
    })
}

/// What the viewer of a session wants, for the companion that holds it; it goes on holding it. One round trip; `now` in epoch ms.
pub async fn renew(
    db: &dyn Database,
    companion_id: &str,
    (id, lease_id): (&str, &str),
    now: i64,
) -> Result<Answer<Wanted>, DbError> {
    let results = db
        .batch(vec![
            companions::revocation(companion_id),
            hold(id, lease_id, now),
            read_wanted(id, lease_id),
        ])
        .await?;
    answered(&results)
}

/// As [`renew`], without renewing: has anything changed?
pub async fn wanted_now(
    db: &dyn Database,
    companion_id: &str,
    (id, lease_id): (&str, &str),
) -> Result<Answer<Wanted>, DbError> {
    let results = db
        .batch(vec![
            companions::revocation(companion_id),
            read_wanted(id, lease_id),
        ])
        .await?;
    answered(&results)
}

fn answered(results: &[Rows]) -> Result<Answer<Wanted>, DbError> {
    if results.first().is_some_and(companions::was_revoked) {
        return Ok(Answer::Revoked);
    }
    match results.last().and_then(Rows::first) {
        Some(row) => Ok(Answer::Found(wanted(&row)?)),
        None => Ok(Answer::Nothing),
    }
}

fn hold(id: &str, lease_id: &str, now: i64) -> Statement {
    stmt!(
        "update hls_session set lease_expires_at = cast(?3 as bigint) where id = ?1 and lease_id = ?2",
        id,
        lease_id,
        now + LEASE
    )
}

fn read_wanted(id: &str, lease_id: &str) -> Statement {
    stmt!(
        format!("select {WANTED} from hls_session s where s.id = ?1 and s.lease_id = ?2"),
        id,
        lease_id
    )
}

/// Gives a session back: another companion may take it at once. One round trip.
pub async fn release(db: &dyn Database, id: &str, lease_id: &str) -> Result<(), DbError> {
    db.run(stmt!(
        "update hls_session set companion_id = null, lease_id = null, lease_expires_at = null where id = ?1 and lease_id = ?2",
        id,
        lease_id
    ))
    .await?;
    Ok(())
}

/// Where the original of a session's video is, while a companion holds the session. One round trip.
pub async fn original(
    db: &dyn Database,
    companion_id: &str,
    (id, lease_id): (&str, &str),
) -> Result<Answer<String>, DbError> {
    let path = stmt!(
        "select a.original_path from hls_session s join asset a on a.id = s.asset_id where s.id = ?1 and s.lease_id = ?2",
        id,
        lease_id
    );
    let results = db
        .batch(vec![companions::revocation(companion_id), path])
        .await?;
    if results.first().is_some_and(companions::was_revoked) {
        return Ok(Answer::Revoked);
    }
    match results.last().and_then(Rows::first) {
        Some(row) => Ok(Answer::Found(row.get("original_path")?)),
        None => Ok(Answer::Nothing),
    }
}

/// Registers the object of a segment that is about to be written, while the companion holds the session: gives its key,
/// `encoded-video/<viewer>/<id[0:2]>/<id[2:4]>/<session>/<variant>/<name>`. One round trip; `now` in epoch ms.
pub async fn register(
    db: &dyn Database,
    companion_id: &str,
    (id, lease_id): (&str, &str),
    file: &str,
    now: i64,
) -> Result<Answer<String>, DbError> {
    const KEY: &str = "'encoded-video/' || s.viewer || '/' || substr(s.id, 1, 2) || '/' || substr(s.id, 3, 2) || '/' || s.id || '/' \
         || cast(?3 as text)";
    let register = stmt!(
        format!(
            "insert into pending_object (object_key, created_at, expires_at) select {KEY}, cast(?4 as bigint), cast(?5 as bigint) \
             from hls_session s where s.id = ?1 and s.lease_id = ?2 \
             on conflict (object_key) do update set expires_at = excluded.expires_at"
        ),
        id,
        lease_id,
        file,
        now,
        now + crate::objects::PENDING_LIFETIME
    );
    let key = stmt!(
        format!(
            "select {KEY} as object_key from hls_session s where s.id = ?1 and s.lease_id = ?2"
        ),
        id,
        lease_id,
        file
    );
    let results = db
        .batch(vec![companions::revocation(companion_id), register, key])
        .await?;
    if results.first().is_some_and(companions::was_revoked) {
        return Ok(Answer::Revoked);
    }
    match results.last().and_then(Rows::first) {
        Some(row) => Ok(Answer::Found(row.get("object_key")?)),
        None => Ok(Answer::Nothing),
    }
}

/// A segment's object is written: stores that, and tells what is wanted now. Whoever lost the session meanwhile leaves the object
/// pending. One round trip; `now` in epoch ms.
pub async fn store(
    db: &dyn Database,
    held: (&str, &str),
    segment: (u8, i32),
    key: &str,
    now: i64,
) -> Result<Option<Wanted>, DbError> {
    let results = db.batch(store_statements(held, segment, key, now)).await?;
    let row = results.last().and_then(Rows::first);
    row.map(|row| wanted(&row)).transpose()
}

/// The statements of [`store`]. The session is held first, so that nobody ends it while the segment is stored.
pub fn store_statements(
    (id, lease_id): (&str, &str),
    (variant, number): (u8, i32),
    key: &str,
    now: i64,
) -> Vec<Statement> {
    let insert = stmt!(
        "insert into hls_segment (session_id, variant, number, object_key) \
         select s.id, cast(?3 as integer), cast(?4 as integer), cast(?5 as text) from hls_session s \
         where s.id = ?1 and s.lease_id = ?2 on conflict (session_id, variant, number) do nothing",
        id,
        lease_id,
        i64::from(variant),
        number,
        key
    );
    let settle = stmt!(
        "delete from pending_object where object_key = ?1 and exists (select 1 from hls_segment g where g.object_key = ?1)",
        key
    );
    vec![
        hold(id, lease_id, now),
        insert,
        settle,
        read_wanted(id, lease_id),
    ]
}

/// Ends a session that this lease holds. `now` in epoch ms.
pub fn give_up(id: &str, lease_id: &str, now: i64) -> Vec<Statement> {
    let which = || vec![id.into(), lease_id.into()];
    end_where("s.id = ?1 and s.lease_id = ?2", which, now)
}
