//! What the scheduler does each minute so that no job is forgotten.

use edge_api::enums::QueueName;
use edge_platform::{Consumer, Database, DbError, Wake, stmt};

use super::{
    new::consumer_of,
    run::{ATTEMPTS, wakes},
};

/// A waiting job that nobody touched for so long is woken again, ms.
const FORGOTTEN: i64 = 60_000;

/// Most wake-ups of one sweep.
const WAKES: i64 = 1_000;

/// Makes jobs whose worker died wait again and gives the wake-ups of all due jobs that nobody has
/// touched for a minute, at most a thousand. One round trip; `now` in epoch ms.
///
/// A job whose worker died three times is not tried a fourth time: pictures go to the companion (the
/// isolate most likely ran out of memory or time), everything else counts as failed.
pub async fn sweep(db: &dyn Database, now: i64) -> Result<Vec<Wake>, DbError> {
    let results = db
        .batch(vec![
            stmt!(
                "update job set \
                 state = case when attempts < cast(?2 as bigint) or kind = 'AssetGenerateThumbnails' then 'waiting' else 'failed' end, \
                 runner = case when attempts >= cast(?2 as bigint) and kind = 'AssetGenerateThumbnails' then 'companion' else runner end, \
                 runner_reason = case when attempts >= cast(?2 as bigint) and kind = 'AssetGenerateThumbnails' \
                 then 'the edge worker died at it (memory or time limit)' else runner_reason end, \
                 last_error = 'the worker died or took too long', lease_id = null, lease_expires_at = null, \
                 run_after = cast(?1 as bigint), updated_at = cast(?3 as bigint) \
                 where state = 'active' and lease_expires_at <= cast(?1 as bigint)",
                now,
                ATTEMPTS,
                // Not touched for long, so the next statement wakes it at once.
                now - FORGOTTEN,
            ),
            stmt!(
                "update job set updated_at = cast(?1 as bigint) where id in (select due.id from job due \
                 where due.state = 'waiting' and due.runner = 'edge' and due.run_after <= cast(?1 as bigint) \
                 and due.updated_at <= cast(?2 as bigint) and not exists \
                 (select 1 from queue_state qs where qs.queue = due.queue and qs.is_paused = 1) \
                 order by due.priority, due.run_after limit cast(?3 as bigint)) returning id, queue",
                now,
                now - FORGOTTEN,
                WAKES,
            ),
        ])
        .await?;
    results.last().map_or(Ok(Vec::new()), wakes)
}

/// The wake-ups of all due jobs, however lately touched: for a worker loop without a queue, and tests.
pub async fn due(db: &dyn Database, now: i64) -> Result<Vec<Wake>, DbError> {
    let rows = db
        .run(stmt!(
            "select due.id, due.queue from job due where due.state = 'waiting' and due.runner = 'edge' \
             and due.run_after <= cast(?1 as bigint) and not exists \
             (select 1 from queue_state qs where qs.queue = due.queue and qs.is_paused = 1) \
             order by due.priority, due.run_after, due.id limit cast(?2 as bigint)",
            now,
            WAKES,
        ))
        .await?;
    wakes(&rows)
}

/// How many jobs of `consumer` are being worked on: claimed, and the lease has not run out.
pub async fn active(db: &dyn Database, consumer: Consumer, now: i64) -> Result<i64, DbError> {
    let rows = db
        .run(stmt!(
            "select queue, count(*) as jobs from job where state = 'active' \
             and lease_expires_at > cast(?1 as bigint) group by queue",
            now
        ))
        .await?;
    let mut active = 0;
    for row in rows.iter() {
        let queue: String = row.get("queue")?;
        if QueueName::parse(&queue).is_some_and(|queue| consumer_of(queue) == consumer) {
            active += row.get::<i64>("jobs")?;
        }
    }
    Ok(active)
}
