//! Queues as the administrator sees them: counts, switch, listing, emptying (api/jobs-ml.md section 1).

use edge_api::{
    enums::{JobName, QueueJobStatus, QueueName},
    jobs::{QueueJob, QueueResponse, QueueStatistics},
    time::Millis,
};
use edge_platform::{Database, DbError, Row, Rows, Statement, Wake, stmt};

use super::{NewJob, new::insert_where, run::wakes};

/// Most jobs one listing shows.
const LISTED: i64 = 1_000;

/// Waiting jobs a resumed queue is woken with at once; the sweeper wakes the others.
const RESUMED: i64 = 1_000;

/// All queues in the contract's order. One round trip, answered by an index. `now` in epoch ms.
///
/// Delayed jobs are not due yet; due jobs of a paused queue count as paused. Finished jobs are dropped,
/// so `completed` is 0.
pub async fn list(db: &dyn Database, now: i64) -> Result<Vec<QueueResponse>, DbError> {
    Ok(list_after(db, Vec::new(), now).await?.1)
}

/// Runs `commands` and then counts, in one batch: what the commands changed, and all queues.
async fn list_after(
    db: &dyn Database,
    commands: Vec<Statement>,
    now: i64,
) -> Result<(Vec<Rows>, Vec<QueueResponse>), DbError> {
    let mut batch = commands;
    batch.push(stmt!("select queue from queue_state where is_paused = 1"));
    batch.push(stmt!(
        "select queue, state, case when run_after > cast(?1 as bigint) then 1 else 0 end as later, \
         count(*) as jobs from job \
         group by queue, state, case when run_after > cast(?1 as bigint) then 1 else 0 end",
        now
    ));
    let mut results = db.batch(batch).await?;
    let counts = results.pop().unwrap_or_default();
    let paused = results.pop().unwrap_or_default();
    let mut queues: Vec<QueueResponse> = QueueName::VALUES
        .iter()
        .map(|name| QueueResponse {
            name: *name,
            is_paused: false,
            statistics: QueueStatistics::default(),
        })
        .collect();
    for row in paused.iter() {
        let name: String = row.get("queue")?;
        if let Some(queue) = queues.iter_mut().find(|queue| queue.name.as_str() == name) {
            queue.is_paused = true;
        }
    }
    for row in counts.iter() {
        count(&mut queues, &row)?;
    }
    Ok((results, queues))
}

fn count(queues: &mut [QueueResponse], row: &Row<'_>) -> Result<(), DbError> {
    let (name, state): (String, String) = (row.get("queue")?, row.get("state")?);
    let (later, jobs): (bool, i64) = (row.get("later")?, row.get("jobs")?);
    let Some(queue) = queues.iter_mut().find(|queue| queue.name.as_str() == name) else {
        return Ok(());
    };
    let statistics = &mut queue.statistics;
    *match state.as_str() {
        "active" => &mut statistics.active,
        "failed" => &mut statistics.failed,
        _ if later => &mut statistics.delayed,
        _ if queue.is_paused => &mut statistics.paused,
        _ => &mut statistics.waiting,
    } += jobs;
    Ok(())
}

/// One queue, as [`list`] counts it. One round trip.
pub async fn get(db: &dyn Database, name: QueueName, now: i64) -> Result<QueueResponse, DbError> {
    only(list(db, now).await?, name)
}

/// Runs commands ([`set_paused`], [`empty`], [`clear_failed`]) and gives the queue as it is then. One
/// round trip.
pub async fn get_after(
    db: &dyn Database,
    name: QueueName,
    commands: Vec<Statement>,
    now: i64,
) -> Result<QueueResponse, DbError> {
    only(list_after(db, commands, now).await?.1, name)
}

/// Stores a job that goes through the whole queue, unless the queue is working: then `None`. Gives the
/// queue as it is then. One round trip.
pub async fn start(
    db: &dyn Database,
    job: &NewJob,
    now: i64,
) -> Result<Option<QueueResponse>, DbError> {
    let mut insert = insert_where(
        job,
        "not exists (select 1 from job busy where busy.queue = ?11 and busy.state = 'active')",
        now,
    );
    insert.params.push(job.queue.as_str().into());
    let (results, queues) = list_after(db, vec![insert], now).await?;
    if results.first().is_none_or(|rows| rows.changed() == 0) {
        return Ok(None);
    }
    only(queues, job.queue).map(Some)
}

fn only(queues: Vec<QueueResponse>, name: QueueName) -> Result<QueueResponse, DbError> {
    let mut queues = queues.into_iter();
    queues
        .find(|queue| queue.name == name)
        .ok_or_else(|| DbError::Other(format!("no queue {name}")))
}

/// Stops a queue or lets it go on. Jobs that run are finished.
pub fn set_paused(name: QueueName, paused: bool, now: i64) -> Statement {
    stmt!(
        "insert into queue_state (queue, is_paused, updated_at) values (?1, ?2, ?3) \
         on conflict (queue) do update set is_paused = excluded.is_paused, updated_at = excluded.updated_at",
        name.as_str(),
        paused,
        now,
    )
}

/// Lets a queue go on: the queue as it is then, and the wake-ups of its due jobs, at most a thousand.
/// One round trip.
pub async fn resume(
    db: &dyn Database,
    name: QueueName,
    now: i64,
) -> Result<(QueueResponse, Vec<Wake>), DbError> {
    let commands = vec![
        set_paused(name, false, now),
        stmt!(
            "update job set updated_at = cast(?2 as bigint) where id in (select due.id from job due \
             where due.queue = ?1 and due.state = 'waiting' and due.runner = 'edge' \
             and due.run_after <= cast(?2 as bigint) \
             order by due.priority, due.run_after limit cast(?3 as bigint)) returning id, queue",
            name.as_str(),
            now,
            RESUMED,
        ),
    ];
    let (results, queues) = list_after(db, commands, now).await?;
    let woken = results.last().map_or(Ok(Vec::new()), wakes)?;
    Ok((only(queues, name)?, woken))
}

/// Removes the waiting and delayed jobs of a queue.
pub fn empty(name: QueueName) -> Statement {
    stmt!(
        "delete from job where queue = ?1 and state = 'waiting'",
        name.as_str()
    )
}

/// Removes the failed jobs of a queue.
pub fn clear_failed(name: QueueName) -> Statement {
    stmt!(
        "delete from job where queue = ?1 and state = 'failed'",
        name.as_str()
    )
}

/// The jobs of a queue in the given states (all when empty), oldest first, at most a thousand. What waits for the
/// companion says so and why in `data.reason`. One round trip; `now` in epoch ms.
pub async fn jobs(
    db: &dyn Database,
    name: QueueName,
    states: &[QueueJobStatus],
    now: i64,
) -> Result<Vec<QueueJob>, DbError> {
    let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
    // Each job has one state of the API; the sub-select names it as `list` counts it.
    let rows = db
        .run(stmt!(
            "select shown.id, shown.kind, shown.payload, shown.created_at, shown.reason from (select j.id, j.kind, \
             j.payload, j.created_at, case when j.runner = 'companion' then j.runner_reason end as reason, case when j.state <> 'waiting' then j.state \
             when j.run_after > cast(?2 as bigint) then 'delayed' \
             when exists (select 1 from queue_state qs where qs.queue = j.queue and qs.is_paused = 1) \
             then 'paused' else 'waiting' end as status from job j where j.queue = ?1) shown \
             where cast(?3 as text) = '[]' or shown.status in json_list(?3) \
             order by shown.created_at, shown.id limit cast(?4 as bigint)",
            name.as_str(),
            now,
            serde_json::json!(states).to_string(),
            LISTED,
        ))
        .await?;
    rows.iter().map(|row| listed(&row)).collect()
}

fn listed(row: &Row<'_>) -> Result<QueueJob, DbError> {
    let (kind, payload): (String, String) = (row.get("kind")?, row.get("payload")?);
    let mut data: serde_json::Value = serde_json::from_str(&payload)
        .map_err(|error| DbError::Other(format!("job.payload: {error}")))?;
    if let Some(reason) = row.get::<Option<String>>("reason")?
        && let Some(data) = data.as_object_mut()
    {
        let reason = format!("waits for the companion: {reason}");
        data.insert("reason".to_owned(), reason.into());
    }
    Ok(QueueJob {
        id: Some(row.get("id")?),
        name: JobName::parse(&kind)
            .ok_or_else(|| DbError::Other(format!("job of unknown kind {kind}")))?,
        data,
        timestamp: Millis(row.get("created_at")?),
    })
}
