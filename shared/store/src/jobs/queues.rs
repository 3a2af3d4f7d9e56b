//! Queues as the administrator sees them: counts, switch, listing, emptying (api/jobs-ml.md section 1).

use std::sync::LazyLock;

use edge_api::{
    enums::{JobName, QueueJobStatus, QueueName},
    jobs::{QueueJob, QueueResponse, QueueStatistics},
    time::Millis,
};
use edge_platform::{Database, DbError, Row, Rows, Statement, Wake, stmt};

use super::{
    NewJob,
    kinds::queue_of,
    new::insert_where,
    run::wakes,
    turns::{table, window},
};

/// Most jobs one listing shows.
const LISTED: i64 = 1_000;

/// Delayed jobs whose time has come and that no claim has given a turn yet: most of a queue that are counted as waiting.
const COME: i64 = 100;

/// Most terms of a compound select in D1, measured.
const D1_TERMS: usize = 5;

/// All queues as a table with the column `queue`.
static QUEUES: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = QueueName::VALUES.iter().map(|name| name.as_str()).collect();
    table(&names)
});

/// All queues in the contract's order. One round trip, answered by kept counts. `now` in epoch ms.
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
    let queues = &*QUEUES;
    batch.push(stmt!(
        format!(
            "with come as (select q.queue, (select count(*) from (select 1 as one from job j where j.queue = q.queue \
         and j.state = 'waiting' and j.turn is null and j.run_after <= cast(?1 as bigint) limit {COME}) due) as jobs \
         from {queues} q) \
         select counted.queue, counted.state, cast(sum(counted.total) as bigint) as jobs from ( \
         select queue, state, total from job_count where total <> 0 \
         union all select queue, 'active', 1 from job where state = 'active' \
         union all select come.queue, 'waiting', come.jobs from come \
         union all select come.queue, 'delayed', 0 - come.jobs from come \
         ) counted group by counted.queue, counted.state"
        ),
        now,
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
    let jobs: i64 = row.get("jobs")?;
    let Some(queue) = queues.iter_mut().find(|queue| queue.name.as_str() == name) else {
        return Ok(());
    };
    let statistics = &mut queue.statistics;
    *match state.as_str() {
        "active" => &mut statistics.active,
        "failed" => &mut statistics.failed,
        "delayed" => &mut statistics.delayed,
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
    let insert = insert_where(
        job,
        "not exists (select 1 from job busy where busy.queue = {1} and busy.state = 'active')",
        vec![job.queue.as_str().into()],
        now,
    );
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

/// Lets a queue go on: the queue as it is then, and the wake-ups of its next due jobs: who is woken goes on with the
/// others. One round trip.
pub async fn resume(
    db: &dyn Database,
    name: QueueName,
    now: i64,
) -> Result<(QueueResponse, Vec<Wake>), DbError> {
    let due = window(&[name], "cast(?1 as bigint)");
    let commands = vec![
        set_paused(name, false, now),
        stmt!(
            format!(
                "update job set updated_at = cast(?1 as bigint) where id in (select due.id from {due} due) \
                 returning id, queue"
            ),
            now,
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

/// Jobs in a state of the API: condition and order are those of an index. `?2` is now.
const LISTS: [(QueueJobStatus, &str, &str); 6] = [
    (
        QueueJobStatus::Active,
        "j.state = 'active'",
        "j.lease_expires_at",
    ),
    (QueueJobStatus::Failed, "j.state = 'failed'", "j.created_at"),
    (
        QueueJobStatus::Delayed,
        "j.state = 'waiting' and j.turn is null and j.run_after > cast(?2 as bigint)",
        "j.run_after",
    ),
    (
        QueueJobStatus::Waiting,
        "j.state = 'waiting' and j.turn is null and j.run_after <= cast(?2 as bigint)",
        "j.run_after",
    ),
    (
        QueueJobStatus::Waiting,
        "j.state = 'waiting' and j.turn is not null and j.runner = 'edge'",
        "j.priority, j.turn",
    ),
    (
        QueueJobStatus::Waiting,
        "j.state = 'waiting' and j.turn is not null and j.runner = 'companion'",
        "j.priority, j.turn",
    ),
];

/// What a note begins with that tells how much is done.
const PROGRESS: &str = "progress ";

/// SQL text: what is told of a job in a state beside its payload.
fn note(status: QueueJobStatus) -> &'static str {
    match status {
        QueueJobStatus::Active => "'progress ' || j.progress",
        QueueJobStatus::Failed => "j.last_error",
        _ => {
            "case when j.runner = 'companion' then 'waits for the companion: ' || j.runner_reason end"
        }
    }
}

const PAUSED: &str =
    "exists (select 1 from queue_state qs where qs.queue = ?1 and qs.is_paused = 1)";

/// The part of a list that is asked for: waiting jobs of a paused queue count as paused. `None`: nothing.
fn shown(status: QueueJobStatus, asked: &[QueueJobStatus]) -> Option<String> {
    let wants = |status| asked.is_empty() || asked.contains(&status);
    if status != QueueJobStatus::Waiting {
        return wants(status).then(String::new);
    }
    match (
        wants(QueueJobStatus::Waiting),
        wants(QueueJobStatus::Paused),
    ) {
        (true, true) => Some(String::new()),
        (true, false) => Some(format!(" and not {PAUSED}")),
        (false, true) => Some(format!(" and {PAUSED}")),
        (false, false) => None,
    }
}

/// The jobs of a queue in the given states (all when empty), at most a thousand, oldest first; of more, those that come
/// next. What waits for the companion says so and why in `data.reason`, what failed why it did; `data.progress` is per cent. Of what is
/// done only pictures that are not all there are known: they follow, with what is wrong. One round trip; `now` in epoch ms.
pub async fn jobs(
    db: &dyn Database,
    name: QueueName,
    states: &[QueueJobStatus],
    now: i64,
) -> Result<Vec<QueueJob>, DbError> {
    let lists = [stored(name, states, now), warned(name, states)];
    let lists: Vec<Statement> = lists.into_iter().flatten().collect();
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let results = db.batch(lists).await?;
    let rows = results.iter().flat_map(Rows::iter);
    let most = usize::try_from(LISTED).unwrap_or(usize::MAX);
    rows.take(most).map(|row| listed(&row)).collect()
}

/// Jobs that are not done.
fn stored(name: QueueName, states: &[QueueJobStatus], now: i64) -> Option<Statement> {
    let mut lists: Vec<String> = LISTS
        .iter()
        .enumerate()
        .filter_map(|(at, (status, condition, order))| {
            let shown = shown(*status, states)?;
            let note = note(*status);
            Some(format!(
                "select * from (select j.id, j.kind, j.payload, j.created_at, \
                 {note} as note from job j where j.queue = ?1 \
                 and {condition}{shown} order by {order} limit {LISTED}) list{at}"
            ))
        })
        .collect();
    if lists.is_empty() {
        return None;
    }
    // D1 lets a compound select have five terms: the last ones are one of their own.
    if lists.len() > D1_TERMS {
        let last = lists.split_off(D1_TERMS - 1);
        lists.push(format!(
            "select * from ({}) others",
            last.join(" union all ")
        ));
    }
    Some(stmt!(
        format!(
            "select shown.id, shown.kind, shown.payload, shown.created_at, shown.note from ({}) shown \
             where cast(?2 as bigint) >= 0 order by shown.created_at, shown.id limit {LISTED}",
            lists.join(" union all ")
        ),
        name.as_str(),
        now,
    ))
}

/// Jobs that are done and left a warning.
fn warned(name: QueueName, states: &[QueueJobStatus]) -> Option<Statement> {
    let is_asked = states.is_empty() || states.contains(&QueueJobStatus::Completed);
    let kind = JobName::AssetGenerateThumbnails;
    (is_asked && name == queue_of(kind)).then(|| {
        stmt!(
            format!(
                "select s.asset_id as id, cast(?1 as text) as kind, '{{\"id\":\"' || s.asset_id || '\"}}' as payload, \
                 s.thumbnails_generated_at as created_at, s.thumbnails_warning as note from asset_job_status s \
                 where s.thumbnails_warning is not null order by s.thumbnails_generated_at limit {LISTED}"
            ),
            kind.as_str()
        )
    })
}

fn listed(row: &Row<'_>) -> Result<QueueJob, DbError> {
    let (kind, payload): (String, String) = (row.get("kind")?, row.get("payload")?);
    let mut data: serde_json::Value = serde_json::from_str(&payload)
        .map_err(|error| DbError::Other(format!("job.payload: {error}")))?;
    if let Some(note) = row.get::<Option<String>>("note")?
        && let Some(data) = data.as_object_mut()
    {
        match note.strip_prefix(PROGRESS).map(str::parse::<u8>) {
            Some(Ok(progress)) => data.insert("progress".to_owned(), progress.into()),
            _ => data.insert("reason".to_owned(), note.into()),
        };
    }
    Ok(QueueJob {
        id: Some(row.get("id")?),
        name: JobName::parse(&kind)
            .ok_or_else(|| DbError::Other(format!("job of unknown kind {kind}")))?,
        data,
        timestamp: Millis(row.get("created_at")?),
    })
}
