//! The life of one job: claimed with a lease, then finished, failed, or handed to the companion.

use edge_api::enums::{JobName, QueueName};
use edge_platform::{Consumer, Database, DbError, Row, Rows, Statement, Value, Wake, stmt};

use crate::{backup, json_texts, notifications, system::IN_SERVICE};

use super::{
    kinds::consumer_of,
    new::{NewJob, insert_where},
    turns::Line,
};

/// How long a claimed job belongs to its worker, ms. Twice what the slowest picture took in workerd;
/// a worker that needs longer loses the job and changes nothing.
pub const LEASE: i64 = 90_000;

/// Claims a job gets before it counts as failed.
pub const ATTEMPTS: i64 = 3;

/// Pauses before the second and the third attempt, ms.
const BACK_OFF: [i64; 2] = [10_000, 60_000];

/// Pauses of a job that waits for something that ends by itself, ms: together longer than that takes, whatever happens to those who are
/// at it (ten minutes for objects that are being deleted). Behind the last one attempts are counted.
const WAITS: [i64; 5] = [10_000, 60_000, 180_000, 240_000, 300_000];

/// The number of [`WAITS`] that a job has behind it, in its payload.
const WAITED: &str = "waited";

/// A job that this worker holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Row id.
    pub id: String,
    /// Queue it counts in.
    pub queue: QueueName,
    /// What is to be done.
    pub kind: JobName,
    /// JSON object.
    pub payload: serde_json::Value,
    /// Claims so far, this one included.
    pub attempts: i64,
    /// Whose work it is; `None`: the server's own.
    pub owner_id: Option<String>,
    /// Proof that this worker holds the job.
    pub lease_id: String,
}

impl Job {
    /// A text field of the payload.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.payload.get(field)?.as_str()
    }

    /// A flag of the payload; missing is false.
    pub fn flag(&self, field: &str) -> bool {
        self.payload
            .get(field)
            .and_then(serde_json::Value::as_bool)
            .unwrap_or(false)
    }

    pub(super) fn from_row(row: &Row<'_>, lease_id: &str) -> Result<Self, DbError> {
        let (queue, kind): (String, String) = (row.get("queue")?, row.get("kind")?);
        let unknown = || DbError::Other(format!("job of unknown kind {queue}/{kind}"));
        let payload: String = row.get("payload")?;
        Ok(Self {
            id: row.get("id")?,
            queue: QueueName::parse(&queue).ok_or_else(unknown)?,
            kind: JobName::parse(&kind).ok_or_else(unknown)?,
            payload: serde_json::from_str(&payload)
                .map_err(|error| DbError::Other(format!("job.payload: {error}")))?,
            attempts: row.get("attempts")?,
            owner_id: row.get("owner_id")?,
            lease_id: lease_id.to_owned(),
        })
    }

    /// Under which key the same work waits only once, also while it waits for the companion.
    pub(super) fn key(&self) -> Option<String> {
        Some(format!("{}:{}", self.kind, self.text("id")?))
    }

    /// Completes a statement that writes a result: `{held}` in its text becomes the condition that
    /// this worker still holds the job, so that a worker which lost its lease changes nothing.
    pub fn held(&self, mut statement: Statement) -> Statement {
        if !statement.sql.contains("{held}") {
            return statement;
        }
        let count = statement.params.len();
        let condition = format!(
            "exists (select 1 from job held where held.id = ?{} and held.lease_id = ?{})",
            count + 1,
            count + 2
        );
        statement.sql = statement.sql.replace("{held}", &condition).into();
        statement.params.push(Value::from(&self.id));
        statement.params.push(Value::from(&self.lease_id));
        statement
    }
}

/// What a claim changes. Only waiting jobs keep their dedupe key: the next request for the same work may come while
/// this one runs.
pub(super) const CLAIM: &str = "update job set state = 'active', lease_id = ?1, lease_expires_at = cast(?3 as bigint), \
     attempts = attempts + 1, dedupe_key = null, progress = null, updated_at = cast(?2 as bigint)";

pub(super) const CLAIMED: &str = "returning id, queue, kind, payload, attempts, owner_id";

/// Takes this waiting, due job of a running queue for [`LEASE`]; `None` when there is none with this id:
/// done, taken by someone else, paused, or the companion's. One round trip; `now` in epoch ms.
///
/// For a job that follows from one that its owner had a turn for; others come by [`claim_next`].
pub async fn claim(
    db: &dyn Database,
    id: &str,
    lease_id: &str,
    now: i64,
) -> Result<Option<Job>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "{CLAIM} where id = ?4 and state = 'waiting' and runner = 'edge' and run_after <= cast(?2 as bigint) \
                 and not exists (select 1 from queue_state qs where qs.queue = job.queue and qs.is_paused = 1) \
                 and {IN_SERVICE} {CLAIMED}"
            ),
            lease_id,
            now,
            now + LEASE,
            id,
        ))
        .await?;
    let row = rows.first();
    row.map(|row| Job::from_row(&row, lease_id)).transpose()
}

/// Keeps jobs that a worker does together, under one lease, for another [`LEASE`], as far as it still holds them. `now` in epoch ms.
pub fn keep(jobs: &[Job], now: i64) -> Statement {
    let ids: Vec<&str> = jobs.iter().map(|job| job.id.as_str()).collect();
    stmt!(
        "update job set lease_expires_at = cast(?3 as bigint), updated_at = cast(?4 as bigint) \
         where id in json_list(?1) and state = 'active' and lease_id = ?2",
        json_texts(&ids),
        jobs.first().map_or("", |job| job.lease_id.as_str()),
        now + LEASE,
        now,
    )
}

/// What a worker does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// A job, which it holds now.
    Job(Job),
    /// A database restore is going on, and no job is done meanwhile. Only for [`Consumer::Storage`].
    Restore,
    /// Nothing is due.
    Nothing,
}

/// Takes the job of a consumer whose turn it is, and looks whether a database is being restored. Owners take turns
/// (docs/jobs.md). One round trip, which reads a few rows however many jobs there are; `now` in epoch ms.
pub async fn next(
    db: &dyn Database,
    consumer: Consumer,
    lease_id: &str,
    now: i64,
) -> Result<Next, DbError> {
    let line = Line::of(consumer);
    // A delayed job whose time has come gets its turn: one for each claim, so none waits longer than its owner's others.
    let come = stmt!(
        format!(
            "update job set turn = {} where id = {} and state = 'waiting' and turn is null",
            line.turn("job.owner_id"),
            line.come("cast(?1 as bigint)")
        ),
        now,
    );
    let take = stmt!(
        format!(
            "{CLAIM} where id = {} and state = 'waiting' and {IN_SERVICE} {CLAIMED}",
            line.next()
        ),
        lease_id,
        now,
        now + LEASE,
    );
    let mut batch = vec![come, take];
    if consumer == Consumer::Storage {
        let sql = "select key from system_metadata where key = ?1";
        batch.push(stmt!(sql, backup::RESTORE));
    }
    let results = db.batch(batch).await?;
    if let Some(row) = results.get(1).and_then(Rows::first) {
        return Ok(Next::Job(Job::from_row(&row, lease_id)?));
    }
    let is_restored = results.get(2).is_some_and(|rows| !rows.is_empty());
    Ok(if is_restored {
        Next::Restore
    } else {
        Next::Nothing
    })
}

/// The job of [`next`]; `None` when none is due. One round trip.
pub async fn claim_next(
    db: &dyn Database,
    consumer: Consumer,
    lease_id: &str,
    now: i64,
) -> Result<Option<Job>, DbError> {
    Ok(match next(db, consumer, lease_id, now).await? {
        Next::Job(job) => Some(job),
        Next::Restore | Next::Nothing => None,
    })
}

/// Ends a job: its results, the jobs that follow and its own removal are one batch. `results` name
/// `{held}` in their condition (see [`Job::held`]). False: the lease was lost and nothing changed.
pub async fn finish(
    db: &dyn Database,
    job: &Job,
    results: Vec<Statement>,
    next: &[NewJob],
    now: i64,
) -> Result<bool, DbError> {
    let finished = finish_with(db, job, results, next, Vec::new(), now).await?;
    Ok(finished.is_some())
}

/// The same with statements that store jobs behind those of `next` ([`super::triggers::insert_held`]); gives the wake-ups of what
/// they stored. `None`: the lease was lost and nothing happened.
pub async fn finish_with(
    db: &dyn Database,
    job: &Job,
    results: Vec<Statement>,
    next: &[NewJob],
    triggers: Vec<Statement>,
    now: i64,
) -> Result<Option<Vec<Wake>>, DbError> {
    let mut batch: Vec<Statement> = results
        .into_iter()
        .map(|statement| job.held(statement))
        .collect();
    // In one order everywhere, for their counts: two of them never wait for each other.
    let mut next: Vec<&NewJob> = next.iter().collect();
    next.sort_by_key(|new| (&new.owner_id, new.queue.as_str()));
    batch.extend(
        next.into_iter()
            .map(|new| job.held(insert_where(new, "{held}", Vec::new(), now))),
    );
    let before = batch.len();
    batch.extend(triggers.into_iter().map(|started| job.held(started)));
    batch.push(stmt!(
        "delete from job where id = ?1 and lease_id = ?2",
        &job.id,
        &job.lease_id
    ));
    let mut rows = db.batch(batch).await?;
    let is_finished = rows.pop().is_some_and(|last| last.changed() > 0);
    let mut stored = Vec::new();
    for rows in rows.get(before..).unwrap_or_default() {
        stored.extend(wakes(rows)?);
    }
    Ok(is_finished.then_some(stored))
}

/// Notes a failure that may pass: the job waits again, longer each time, and counts as failed after
/// [`ATTEMPTS`]. One round trip; gives what [`fail`] gives.
pub async fn retry(
    db: &dyn Database,
    job: &Job,
    error: &str,
    now: i64,
) -> Result<Vec<Rows>, DbError> {
    let pause = usize::try_from(job.attempts - 1)
        .ok()
        .and_then(|at| BACK_OFF.get(at));
    let Some(pause) = pause.filter(|_| job.attempts < ATTEMPTS) else {
        return fail(db, job, error, now).await;
    };
    db.run(stmt!(
        "update job set state = 'waiting', run_after = ?3, turn = null, lease_id = null, lease_expires_at = null, \
         last_error = ?4, updated_at = ?5 where id = ?1 and lease_id = ?2",
        &job.id,
        &job.lease_id,
        now + pause,
        error,
        now,
    ))
    .await?;
    Ok(Vec::new())
}

/// Lets a job wait that is not at fault, longer each time, without counting the attempt; when it has waited for 13 minutes
/// all in all, what keeps it counts as a failure that may pass ([`retry`]). One round trip; gives what [`fail`] gives.
pub async fn wait(
    db: &dyn Database,
    job: &Job,
    error: &str,
    now: i64,
) -> Result<Vec<Rows>, DbError> {
    let waited = job.payload.get(WAITED).and_then(serde_json::Value::as_u64);
    let waited = waited.unwrap_or(0);
    let pause = usize::try_from(waited).ok().and_then(|at| WAITS.get(at));
    let Some(pause) = pause else {
        return retry(db, job, error, now).await;
    };
    let mut payload = job.payload.clone();
    if let Some(payload) = payload.as_object_mut() {
        payload.insert(WAITED.to_owned(), (waited + 1).into());
    }
    db.run(stmt!(
        "update job set state = 'waiting', attempts = attempts - 1, run_after = ?3, turn = null, lease_id = null, \
         lease_expires_at = null, last_error = ?4, updated_at = ?5, payload = ?6 where id = ?1 and lease_id = ?2",
        &job.id,
        &job.lease_id,
        now + pause,
        error,
        now,
        payload.to_string(),
    ))
    .await?;
    Ok(Vec::new())
}

/// Gives a job up: it stays as failed with its error until an administrator clears it, and if it is one that administrators are told
/// of, they are. One round trip; gives the results for [`notifications::made`].
pub async fn fail(
    db: &dyn Database,
    job: &Job,
    error: &str,
    now: i64,
) -> Result<Vec<Rows>, DbError> {
    // First the message: it is told only while the job is held.
    let mut batch = Vec::from_iter(notifications::job_failed(job, error, now));
    batch.push(stmt!(
        "update job set state = 'failed', lease_id = null, lease_expires_at = null, last_error = ?3, \
         updated_at = ?4, payload = ?5 where id = ?1 and lease_id = ?2",
        &job.id,
        &job.lease_id,
        error,
        now,
        without_secrets(job),
    ));
    db.batch(batch).await
}

/// What stays of the payload of a job that is given up, as JSON: administrators may keep it for years.
pub(super) fn without_secrets(job: &Job) -> String {
    let mut payload = job.payload.clone();
    if let Some(payload) = payload.as_object_mut() {
        payload.remove("password");
    }
    payload.to_string()
}

/// Leaves a job to the companion, which starts with a fresh count of attempts. The same work waits there only once,
/// however often it is asked for: a night's run stores it again for each asset that still lacks its result.
pub async fn hand_over(
    db: &dyn Database,
    job: &Job,
    reason: &str,
    now: i64,
) -> Result<(), DbError> {
    db.batch(leave_to_companion(job, reason, now)).await?;
    Ok(())
}

/// As [`hand_over`]. Its turn is one among what waits for companions: that of the edge's line says nothing there.
pub(super) fn leave_to_companion(job: &Job, reason: &str, now: i64) -> Vec<Statement> {
    let turn = Line::of_companions(job.kind).turn("job.owner_id");
    let waits = "exists (select 1 from job o where o.queue = job.queue and o.dedupe_key = ?3 and o.state = 'waiting'";
    vec![
        stmt!(
            format!(
                "delete from job where id = ?1 and lease_id = ?2 and {waits} and o.runner = 'companion')"
            ),
            &job.id,
            &job.lease_id,
            job.key(),
        ),
        stmt!(
            format!(
                "update job set state = 'waiting', runner = 'companion', runner_reason = ?4, attempts = 0, turn = {turn}, \
                 dedupe_key = case when {waits}) then null else cast(?3 as text) end, \
                 lease_id = null, lease_expires_at = null, updated_at = ?5 where id = ?1 and lease_id = ?2"
            ),
            &job.id,
            &job.lease_id,
            job.key(),
            reason,
            now,
        ),
    ]
}

/// Wake-ups for returned rows that have the columns `id` and `queue`.
pub(super) fn wakes(rows: &Rows) -> Result<Vec<Wake>, DbError> {
    let wake = |row: Row<'_>| {
        let queue: String = row.get("queue")?;
        let queue = QueueName::parse(&queue)
            .ok_or_else(|| DbError::Other(format!("job in unknown queue {queue}")))?;
        Ok(Wake {
            consumer: consumer_of(queue),
            job_id: row.get("id")?,
        })
    };
    rows.iter().map(wake).collect()
}

#[cfg(test)]
mod tests {
    use super::WAITS;
    use crate::objects::TAKEN;

    #[test]
    fn a_job_waits_longer_than_a_deletion_whose_worker_has_died() {
        assert!(WAITS.iter().sum::<i64>() > TAKEN);
    }
}
