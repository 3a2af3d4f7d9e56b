//! Jobs in the hands of companions: claimed over HTTP, held by a lease that is renewed, given back (docs/companion.md).

use edge_api::enums::JobName;
use edge_platform::{Database, DbError, Statement, stmt};

use super::{
    Job, LEASE,
    kinds::{is_seen, queue_of},
    run::{CLAIM, CLAIMED},
    turns::Line,
};
use crate::companions;

/// Who asks for work.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Id of its token.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it told of itself, JSON.
    pub about: &'a str,
}

/// Most jobs that come back to the edge at once.
const MOST_BACK: u32 = 1_000;
/// How long a companion holds a job that it has not renewed yet, ms: an answer that nobody read, because the companion was killed
/// while it waited, must not hold the job for long. Whoever read it renews it at once, so a
/// lease that ends as short as this was never begun and is no try of the job ([`super::sweep`]).
pub const FIRST_LEASE: i64 = 20_000;
/// How long the edge leaves a job alone that came back because of what is installed or configured, ms: so long an isolate goes by what it
/// saw of that.
const SETTLES: i64 = 60_000;

/// What a companion gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// Its token was revoked.
    Revoked,
    /// There is none: nothing due, or the lease was lost.
    Nothing,
    /// What it asked for.
    Found(T),
}

/// Takes the companion's job of one of these kinds whose turn it is, for [`FIRST_LEASE`]. One round trip; `now` in epoch ms.
pub async fn claim(
    db: &dyn Database,
    asker: Asker<'_>,
    kinds: &[JobName],
    lease_id: &str,
    now: i64,
) -> Result<Answer<Job>, DbError> {
    if kinds.is_empty() {
        return Ok(Answer::Nothing);
    }
    let line = Line::of_companion(kinds);
    let take = stmt!(
        format!(
            "{CLAIM} where id = {} and state = 'waiting' and {} {CLAIMED}",
            line.next(),
            companions::is_admitted("?4")
        ),
        lease_id,
        now,
        now + FIRST_LEASE,
        asker.id,
    );
    let mut batch = vec![
        companions::seen(asker.id, asker.name, asker.about, now),
        companions::revocation(asker.id),
    ];
    // Each stands in its own line (`Line::of_companions`).
    let (seen, made): (Vec<JobName>, Vec<JobName>) =
        kinds.iter().copied().partition(|kind| is_seen(*kind));
    batch.extend(come(&made, now));
    batch.extend(seen.iter().filter_map(|kind| come(&[*kind], now)));
    batch.push(take);
    let results = db.batch(batch).await?;
    if results.get(1).is_some_and(companions::was_revoked) {
        return Ok(Answer::Revoked);
    }
    match results.last().and_then(edge_platform::Rows::first) {
        Some(row) => Ok(Answer::Found(Job::from_row(&row, lease_id)?)),
        None => Ok(Answer::Nothing),
    }
}

/// Gives a turn to the delayed job of these kinds that is due longest; `None`: there are no kinds.
fn come(kinds: &[JobName], now: i64) -> Option<Statement> {
    if kinds.is_empty() {
        return None;
    }
    let line = Line::of_companion(kinds);
    Some(stmt!(
        format!(
            "update job set turn = {} where id = {} and state = 'waiting' and turn is null",
            line.turn("job.owner_id"),
            line.come("cast(?1 as bigint)")
        ),
        now,
    ))
}

/// Whether [`claim`] would find a job. Nothing is written and nothing is locked, so it may be asked often: it reads a row or two of an
/// index per queue. One round trip; `now` in epoch ms.
pub async fn is_due(
    db: &dyn Database,
    companion_id: &str,
    kinds: &[JobName],
    now: i64,
) -> Result<Answer<()>, DbError> {
    if kinds.is_empty() {
        return Ok(Answer::Nothing);
    }
    let due = stmt!(
        format!(
            "select 1 as n where {}",
            Line::of_companion(kinds).has_any("cast(?1 as bigint)")
        ),
        now,
    );
    let results = db
        .batch(vec![companions::revocation(companion_id), due])
        .await?;
    if results.first().is_some_and(companions::was_revoked) {
        return Ok(Answer::Revoked);
    }
    let is_due = results.last().is_some_and(|rows| !rows.is_empty());
    Ok(if is_due {
        Answer::Found(())
    } else {
        Answer::Nothing
    })
}

/// The job that this lease holds. One round trip.
pub async fn held(
    db: &dyn Database,
    companion_id: &str,
    job_id: &str,
    lease_id: &str,
) -> Result<Answer<Job>, DbError> {
    let job = stmt!(
        "select id, queue, kind, payload, attempts, owner_id from job where id = ?1 and lease_id = ?2 \
         and state = 'active' and runner = 'companion'",
        job_id,
        lease_id
    );
    let results = db
        .batch(vec![companions::revocation(companion_id), job])
        .await?;
    if results.first().is_some_and(companions::was_revoked) {
        return Ok(Answer::Revoked);
    }
    match results.last().and_then(edge_platform::Rows::first) {
        Some(row) => Ok(Answer::Found(Job::from_row(&row, lease_id)?)),
        None => Ok(Answer::Nothing),
    }
}

/// Keeps a job for another [`LEASE`] and notes how much of it is done, per cent. False: the lease was lost, or the token revoked.
/// One round trip; `now` in epoch ms.
pub async fn renew(
    db: &dyn Database,
    companion_id: &str,
    (job_id, lease_id): (&str, &str),
    progress: Option<u8>,
    now: i64,
) -> Result<bool, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "update job set lease_expires_at = cast(?3 as bigint), progress = coalesce(cast(?4 as integer), progress), \
                 updated_at = cast(?5 as bigint) where id = ?1 and lease_id = ?2 and state = 'active' \
                 and runner = 'companion' and {} returning id",
                companions::is_admitted("?6")
            ),
            job_id,
            lease_id,
            now + LEASE,
            progress.map(i64::from),
            now,
            companion_id,
        ))
        .await?;
    Ok(!rows.is_empty())
}

/// Gives a job back as if it had not been claimed: the companion stops. One round trip; `now` in epoch ms.
pub async fn release(db: &dyn Database, job: &Job, now: i64) -> Result<(), DbError> {
    db.run(stmt!(
        "update job set state = 'waiting', attempts = attempts - 1, run_after = ?3, turn = null, lease_id = null, \
         lease_expires_at = null, progress = null, updated_at = ?3 where id = ?1 and lease_id = ?2",
        &job.id,
        &job.lease_id,
        now,
    ))
    .await?;
    Ok(())
}

/// Has the edge do a job that a companion was given and that is not a companion's any more: another model is configured, or a service has
/// it. The try does not count. One round trip; `now` in epoch ms.
pub async fn to_edge(db: &dyn Database, job: &Job, now: i64) -> Result<(), DbError> {
    db.run(stmt!(
        "update job set state = 'waiting', runner = 'edge', runner_reason = null, attempts = attempts - 1, \
         run_after = cast(?3 as bigint), turn = null, lease_id = null, lease_expires_at = null, progress = null, \
         updated_at = cast(?4 as bigint) where id = ?1 and lease_id = ?2",
        &job.id,
        &job.lease_id,
        now + SETTLES,
        now,
    ))
    .await?;
    Ok(())
}

/// Has the edge do again what it left to companions of a kind of [`super::SEEN`], with a fresh count of attempts, while none is there that
/// wants it. `now` and `touched`, which becomes the time of their last change, in epoch ms. While one is there no job is read, however many
/// wait for it.
pub(super) fn take_back(kind: JobName, now: i64, touched: i64) -> Statement {
    let waits = |turn: &str| {
        format!(
            "select w.id from (select 1 as one where not {}) gone cross join job w where w.queue = '{}' \
             and w.runner = 'companion' and w.state = 'waiting' and w.kind = '{kind}' and w.turn is {turn}",
            companions::is_learning(kind, "cast(?2 as bigint)"),
            queue_of(kind).as_str()
        )
    };
    stmt!(
        format!(
            "update job set runner = 'edge', runner_reason = null, attempts = 0, turn = null, updated_at = cast(?1 as bigint) \
             where id in ({} union all {} limit {MOST_BACK}) and state = 'waiting' and runner = 'companion'",
            waits("not null"),
            waits("null")
        ),
        touched,
        companions::awake_since(now),
    )
}
