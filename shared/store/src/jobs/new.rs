//! New jobs.

use edge_api::enums::{JobName, QueueName};
use edge_platform::{Statement, Value, Wake};

use super::{
    kinds::{consumer_of, queue_of},
    turns::Line,
};

/// A job to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Fresh id, `app.uuid()`.
    pub id: String,
    /// The queue it is counted in; [`queue_of`] tells the right one.
    pub queue: QueueName,
    /// What is to be done.
    pub kind: JobName,
    /// JSON object; the module's table lists what each kind expects.
    pub payload: serde_json::Value,
    /// While a job with this key waits in the queue, no second one is stored.
    pub dedupe_key: Option<String>,
    /// Not before this time, epoch ms.
    pub run_after: i64,
    /// Smaller comes first; 0 is usual.
    pub priority: i64,
    /// Whose work it is: owners take turns. `None`: the server's own.
    pub owner_id: Option<String>,
    /// Why only the companion can do it; `None`: the edge does it.
    pub companion_reason: Option<String>,
}

impl NewJob {
    /// A job of usual priority in the queue of its kind, due at once. `now` in epoch ms.
    pub fn new(id: String, kind: JobName, payload: serde_json::Value, now: i64) -> Self {
        Self {
            id,
            queue: queue_of(kind),
            kind,
            payload,
            dedupe_key: None,
            run_after: now,
            priority: 0,
            owner_id: None,
            companion_reason: None,
        }
    }

    /// The same job as work of this user.
    #[must_use]
    pub fn of(mut self, owner_id: impl Into<String>) -> Self {
        self.owner_id = Some(owner_id.into());
        self
    }

    /// The same job, stored only while none with this key waits in its queue.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedupe_key = Some(key.into());
        self
    }

    /// The wake-up to send after the job is stored. Waking a job that was not stored changes nothing.
    pub fn wake(&self) -> Wake {
        Wake {
            consumer: consumer_of(self.queue),
            job_id: self.id.clone(),
        }
    }
}

const COLUMNS: &str = "insert into job (id, queue, kind, payload, dedupe_key, run_after, priority, runner, \
     runner_reason, created_at, updated_at, owner_id, turn) ";

const VALUES: &str = "cast(?1 as text), cast(?2 as text), cast(?3 as text), cast(?4 as text), cast(?5 as text), \
     cast(?6 as bigint), cast(?7 as bigint), cast(?8 as text), cast(?9 as text), \
     cast(?10 as bigint), cast(?10 as bigint), cast(?11 as text)";

/// Condition: no job with the key waits already. One that does is held until the batch ends: who takes it sees all that the batch stored,
/// for which no job of its own was stored. Only PostgreSQL would let it be taken meanwhile.
const NONE_WAITS: &str = " and not exists (select 1 from job w where w.queue = cast(?2 as text) \
     and w.dedupe_key = cast(?5 as text) and w.state = 'waiting' for_update())";

/// Parameters of [`VALUES`]; a condition's own come behind them.
const PARAMS: usize = 11;

/// The values of a job's row; its turn is given when it is due.
fn row(job: &NewJob) -> String {
    let line = if job.companion_reason.is_some() {
        Line::of_companions(job.kind)
    } else {
        Line::of(consumer_of(job.queue))
    };
    let turn = line.turn("cast(?11 as text)");
    format!("{VALUES}, case when cast(?6 as bigint) <= cast(?10 as bigint) then {turn} end")
}

fn values(job: &NewJob, now: i64) -> Vec<Value> {
    let runner = if job.companion_reason.is_some() {
        "companion"
    } else {
        "edge"
    };
    vec![
        Value::from(&job.id),
        job.queue.as_str().into(),
        job.kind.as_str().into(),
        job.payload.to_string().into(),
        job.dedupe_key.clone().into(),
        job.run_after.into(),
        job.priority.into(),
        runner.into(),
        job.companion_reason.clone().into(),
        now.into(),
        job.owner_id.clone().into(),
    ]
}

/// Stores a job, unless one with its dedupe key waits already. For a batch; `now` in epoch ms.
pub fn insert(job: &NewJob, now: i64) -> Statement {
    insert_where(job, "1 = 1", Vec::new(), now)
}

/// The same, but only when the asset exists: for batches whose insert of the asset may do nothing.
pub fn insert_for_asset(job: &NewJob, asset_id: &str, now: i64) -> Statement {
    let condition = "exists (select 1 from asset a where a.id = {1})";
    insert_where(job, condition, vec![asset_id.into()], now)
}

/// The same under a condition with parameters of its own, which it calls `{1}` and so on.
pub(crate) fn insert_where(
    job: &NewJob,
    condition: &str,
    params: Vec<Value>,
    now: i64,
) -> Statement {
    let none_waits = job.dedupe_key.as_ref().map_or("", |_| NONE_WAITS);
    let mut sql = format!(
        "{COLUMNS} select {} where {condition}{none_waits} on conflict do nothing",
        row(job)
    );
    for at in 1..=params.len() {
        sql = sql.replace(&format!("{{{at}}}"), &format!("?{}", PARAMS + at));
    }
    let mut all = values(job, now);
    all.extend(params);
    Statement::new(sql, all)
}
