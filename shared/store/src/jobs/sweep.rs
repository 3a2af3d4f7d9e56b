//! What the scheduler does each minute so that no job is forgotten.

use edge_api::enums::{JobName, QueueName};
use edge_platform::{Consumer, Database, DbError, Statement, Wake, stmt};

use super::{
    Job, companion,
    kinds::{SEEN, is_for_companions},
    run::{ATTEMPTS, leave_to_companion, wakes, without_secrets},
    turns::{Line, window},
};

/// A waiting job that nobody touched for so long is woken again, ms.
const FORGOTTEN: i64 = 60_000;

/// Most jobs of dead workers that one sweep takes: as many as there are workers, and far more.
const DEAD: i64 = 100;

/// Workers that may die at a picture before it goes to the companion.
pub const DEATHS: i64 = 2;

/// How long a picture that a worker died at waits before the next one takes it, ms: others come first, and what died
/// with its host is made up for.
pub const QUARANTINE: i64 = 60_000;

/// Why a picture goes to the companion at last, or has failed.
const DIED: &str = "edge workers died at it (memory or time limit)";

const OVER: &str = "the worker died or took too long";

/// Deals with jobs whose worker died, and gives the wake-ups of due jobs that nobody has touched for a minute, at most a
/// hundred for each queue: who is woken goes on with what is due. One round trip, two when a worker
/// died; `now` in epoch ms.
///
/// A picture waits [`QUARANTINE`] then, and goes to the companion after [`DEATHS`]: the isolate most likely ran out of
/// memory or time, and must not take others down in turn. Reading its metadata, which no companion does, has failed then.
/// Everything else is tried again at once, [`ATTEMPTS`] times. A companion's lease that was never renewed is no try: nobody read of
/// it. What the edge left to companions that are gone it does itself.
pub async fn sweep(db: &dyn Database, now: i64) -> Result<Vec<Wake>, DbError> {
    let over = stmt!(
        "select id, queue, kind, payload, attempts, owner_id, lease_id, runner, \
         case when runner = 'companion' and lease_expires_at - updated_at = cast(?3 as bigint) then 1 else 0 end as is_unread \
         from job where state = 'active' and lease_expires_at <= ?1 order by lease_expires_at limit ?2",
        now,
        DEAD,
        companion::FIRST_LEASE,
    );
    let rows = db.run(over).await?;
    let mut batch = Vec::new();
    for row in rows.iter() {
        let lease_id: String = row.get("lease_id")?;
        let is_companions = row.get::<String>("runner")? == "companion";
        let mut job = Job::from_row(&row, &lease_id)?;
        if row.get("is_unread")? {
            job.attempts -= 1;
        }
        batch.extend(after_death(&job, is_companions, now));
    }
    // Not touched for long, so the next statement wakes them at once.
    let back = |kind: &JobName| companion::take_back(*kind, now, now - FORGOTTEN);
    batch.extend(SEEN.iter().map(back));
    batch.push(wake(now));
    let results = db.batch(batch).await?;
    results.last().map_or(Ok(Vec::new()), wakes)
}

/// What becomes of a job whose worker died after the job's attempts, which are stored. There is nobody else to hand a companion's job to.
fn after_death(job: &Job, is_companions: bool, now: i64) -> Vec<Statement> {
    let is_picture = !is_companions
        && matches!(
            job.kind,
            JobName::AssetGenerateThumbnails
                | JobName::AssetExtractMetadata
                | JobName::AssetEditThumbnailGeneration
        );
    let (state, pause, error) = match (is_picture, job.attempts) {
        (true, attempts) if attempts >= DEATHS => {
            if is_for_companions(job.kind) {
                return leave_to_companion(job, DIED, now);
            }
            ("failed", 0, DIED)
        }
        (true, _) => ("waiting", QUARANTINE, OVER),
        (false, attempts) if attempts >= ATTEMPTS => ("failed", 0, OVER),
        (false, _) => ("waiting", 0, OVER),
    };
    vec![stmt!(
        "update job set state = ?3, last_error = ?4, lease_id = null, lease_expires_at = null, \
         run_after = cast(?5 as bigint), turn = null, updated_at = ?6, payload = coalesce(cast(?7 as text), payload), \
         attempts = cast(?9 as integer) \
         where id = ?1 and lease_id = ?2 and lease_expires_at <= ?8",
        &job.id,
        &job.lease_id,
        state,
        error,
        now + pause,
        // Not touched for long, so the next statement wakes it at once.
        now - FORGOTTEN,
        (state == "failed").then(|| without_secrets(job)),
        // Somebody who does several together may have kept it meanwhile.
        now,
        job.attempts,
    )]
}

fn wake(now: i64) -> Statement {
    let due = window(QueueName::VALUES, "cast(?1 as bigint)");
    stmt!(
        format!(
            "update job set updated_at = cast(?1 as bigint) where id in (select due.id from {due} due \
             where due.updated_at <= cast(?2 as bigint)) returning id, queue"
        ),
        now,
        now - FORGOTTEN,
    )
}

/// The wake-ups of due jobs, however lately touched, a hundred for each queue: for a worker loop without a queue, and tests.
pub async fn due(db: &dyn Database, now: i64) -> Result<Vec<Wake>, DbError> {
    let due = window(QueueName::VALUES, "cast(?1 as bigint)");
    let rows = db
        .run(stmt!(
            format!(
                "select due.id, due.queue from {due} due \
                 order by due.priority, case when due.turn is null then 1 else 0 end, due.turn, due.id"
            ),
            now,
        ))
        .await?;
    wakes(&rows)
}

/// Whether another worker of `consumer` may start beside those at work: while fewer than `workers` are, and when it
/// is the turn of an owner for whom nobody works yet. Jobs that are done together have one lease: they are one worker's. So no owner fills all workers, whatever one job of his takes.
/// One round trip; `now` in epoch ms.
pub async fn has_room(
    db: &dyn Database,
    consumer: Consumer,
    workers: i64,
    now: i64,
) -> Result<bool, DbError> {
    let line = Line::of(consumer);
    let busy = format!(
        "state = 'active' and runner = 'edge' and lease_expires_at > cast(?1 as bigint) and queue in {}",
        line.names
    );
    let rows = db
        .run(stmt!(
            format!(
                "select (select count(distinct lease_id) from job where {busy}) as workers, \
                 case when exists (select 1 from job n where n.id = {next} and not exists (select 1 from job busy \
                 where {busy} and coalesce(busy.owner_id, '') = coalesce(n.owner_id, ''))) then 1 else 0 end as waits",
                next = line.first()
            ),
            now
        ))
        .await?;
    let Some(row) = rows.first() else {
        return Ok(true);
    };
    let (at_work, waits): (i64, bool) = (row.get("workers")?, row.get("waits")?);
    Ok(at_work < workers || (waits && at_work < 2 * workers))
}
