//! Glue of the functions that work off jobs (DESIGN section 3): claim, do the work, store its fate.
//!
//! A work function gets the claimed [`Job`] and says how it went: [`Done`] with what is to be stored,
//! or a [`Failure`]. Everything else, the same for all kinds, happens here and in `store::jobs`.

use edge_api::{enums::JobName, realtime::Announcement};
use edge_platform::{Consumer, DbError, ObjectError, Statement, Wake};
use edge_store::jobs::{self, Job, NewJob};
use serde_json::{Map, Value};

use crate::{App, realtime::Change, serve::log};

/// Jobs that follow from each other and run in one turn; what is left has a turn of its own. D1 runs a thousand
/// statements for an invocation, and no job runs more than 250.
const CHAIN: usize = 4;

/// Jobs of one kind that are done together where a network is read for each turn: it is read once for all of them.
pub const GROUP: usize = 16;

/// Turns that a worker takes, of `turns` of one job each: a [`GROUP`] takes longer, and stores the fates of all of its jobs.
pub fn turns_of(consumer: Consumer, turns: usize) -> usize {
    match consumer {
        Consumer::Faces | Consumer::Clip | Consumer::Ocr => turns.div_ceil(GROUP).max(2),
        Consumer::Media | Consumer::Tasks | Consumer::Storage => turns,
    }
}

/// A job that was done.
#[derive(Debug, Default)]
pub struct Done {
    /// What is written, in the batch that removes the job. Each names `{held}` in its condition
    /// ([`Job::held`]), or is harmless when the lease was lost.
    pub results: Vec<Statement>,
    /// Jobs that follow, stored in the same batch.
    pub next: Vec<NewJob>,
    /// Statements that store further jobs under conditions, in the same batch behind all others: runs of workflows (`jobs::triggers`) and the
    /// like. They give columns `id` and `queue` of what they stored.
    pub triggers: Vec<Statement>,
    /// What is announced once all this is stored.
    pub announce: Vec<Announcement>,
    /// What happened to assets, announced then, too ([`App::announce_change`]).
    pub changes: Vec<Change>,
    /// Further jobs that `results` or earlier batches stored.
    pub wakes: Vec<Wake>,
}

impl Done {
    /// Done with results and nothing to follow.
    pub fn with(results: Vec<Statement>) -> Self {
        Self {
            results,
            ..Self::default()
        }
    }

    /// Done: there was nothing to do.
    pub fn nothing() -> Self {
        Self::default()
    }
}

/// A job that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// May pass: the job is tried again later.
    Passing(String),
    /// The job is not at fault: it waits for something that ends by itself, and no attempt is counted ([`jobs::wait`]).
    Waiting(String),
    /// Trying again cannot help: the job counts as failed.
    Final(String),
    /// Only the companion can do it, for this reason. Of kinds that companions do not do either ([`jobs::is_for_companions`]) it is as
    /// `Final`.
    Companion(String),
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl From<ObjectError> for Failure {
    fn from(error: ObjectError) -> Self {
        Self::Passing(error.to_string())
    }
}

/// The field `id` of a job's payload. Errors: there is none, and no further try brings it.
pub fn id_of(job: &Job) -> Result<&str, Failure> {
    job.text("id")
        .ok_or_else(|| Failure::Final("payload without id".to_owned()))
}

/// Runs the job of a consumer whose turn it is, and then the jobs that follow from it for the same consumer: one turn
/// takes an upload from its metadata to its thumbnail. Gives the job's id; while a database is restored, what `idle` gives.
///
/// Errors: the database did not answer, so the job's fate is not stored; deliver the message again.
pub async fn run_next(
    app: &App,
    consumer: Consumer,
    work: impl AsyncFn(&App, &Job) -> Result<Done, Failure>,
    idle: impl AsyncFn(&App) -> Result<Option<String>, DbError>,
) -> Result<Option<String>, DbError> {
    let first = match jobs::next(app.db(), consumer, &app.uuid(), app.now()).await? {
        jobs::Next::Job(job) => job,
        jobs::Next::Restore => return idle(app).await,
        jobs::Next::Nothing => return Ok(None),
    };
    let id = first.id.clone();
    let mut ids = run_one(app, consumer, &first, &work).await?;
    for _ in 1..CHAIN {
        let Some(id) = ids.pop() else {
            break;
        };
        if let Some(job) = jobs::claim(app.db(), &id, &app.uuid(), app.now()).await? {
            ids.extend(run_one(app, consumer, &job, &work).await?);
        }
    }
    let wake = |job_id| Wake { consumer, job_id };
    app.wake(ids.into_iter().map(wake).collect()).await;
    Ok(Some(id))
}

/// As [`run_next`], for a consumer that does jobs of one `kind` together: up to [`GROUP`] of those whose turn it is, by `group`, which
/// gives the fate of each in their order. A job that a worker died of, or that failed, is tried alone, so that none takes others along:
/// `group` gets it as the only one. Jobs of other kinds are done by `work`.
///
/// Errors: the database did not answer, so not all fates are stored; what is not stored is tried again when its lease has ended.
pub async fn run_together(
    app: &App,
    consumer: Consumer,
    kind: JobName,
    work: impl AsyncFn(&App, &Job) -> Result<Done, Failure>,
    group: impl AsyncFn(&App, &[Job]) -> Vec<Result<Done, Failure>>,
) -> Result<Option<String>, DbError> {
    let (mut together, mut alone) = (Vec::new(), None);
    let lease = app.uuid();
    while together.len() < GROUP && alone.is_none() {
        match jobs::next(app.db(), consumer, &lease, app.now()).await? {
            jobs::Next::Job(job) if job.kind == kind && job.attempts == 1 => together.push(job),
            jobs::Next::Job(job) => alone = Some(job),
            jobs::Next::Restore | jobs::Next::Nothing => break,
        }
    }
    let first = together.first().or(alone.as_ref());
    let first = first.map(|job| job.id.clone());
    let mut ids = Vec::new();
    // First, because its lease is its own: those that are done together keep theirs on the way.
    if let Some(job) = alone {
        if job.kind == kind {
            ids.extend(run_group(app, consumer, std::slice::from_ref(&job), &group).await?);
        } else {
            ids.extend(run_one(app, consumer, &job, &work).await?);
        }
        renew(app, &together).await;
    }
    if !together.is_empty() {
        ids.extend(run_group(app, consumer, &together, &group).await?);
    }
    let wake = |job_id| Wake { consumer, job_id };
    app.wake(ids.into_iter().map(wake).collect()).await;
    Ok(first)
}

/// Keeps the jobs that are done together from those who look for workers that died, when a third of the lease has gone by since
/// `since`, epoch ms. Whoever loses the lease stores nothing.
pub async fn keep(app: &App, jobs: &[Job], since: &mut i64) {
    let now = app.now();
    if now - *since > jobs::LEASE / 3 && renew(app, jobs).await {
        *since = now;
    }
}

/// As [`keep`], now: before what may take long. Gives whether the database heard of it.
pub async fn renew(app: &App, jobs: &[Job]) -> bool {
    if jobs.is_empty() {
        return false;
    }
    match app.db().run(jobs::keep(jobs, app.now())).await {
        Ok(_) => true,
        Err(error) => {
            log(&format!("keeping {} jobs: {error}", jobs.len()));
            false
        }
    }
}

/// The fates of jobs that are done together where none of them can be done, for the same reason.
pub fn none_done(jobs: &[Job], failure: &Failure) -> Vec<Result<Done, Failure>> {
    jobs.iter().map(|_| Err(failure.clone())).collect()
}

/// Does claimed jobs together and stores their fates. Gives the ids of those that follow here.
async fn run_group(
    app: &App,
    consumer: Consumer,
    jobs: &[Job],
    group: &impl AsyncFn(&App, &[Job]) -> Vec<Result<Done, Failure>>,
) -> Result<Vec<String>, DbError> {
    let mut ids = Vec::new();
    for (job, fate) in jobs.iter().zip(group(app, jobs).await) {
        ids.extend(settle(app, consumer, job, fate).await?);
    }
    Ok(ids)
}

/// Does a claimed job and stores its fate. Gives the ids of those that follow here.
async fn run_one(
    app: &App,
    consumer: Consumer,
    job: &Job,
    work: &impl AsyncFn(&App, &Job) -> Result<Done, Failure>,
) -> Result<Vec<String>, DbError> {
    settle(app, consumer, job, work(app, job).await).await
}

/// Stores the fate of a job. Gives the ids of those that follow here.
async fn settle(
    app: &App,
    consumer: Consumer,
    job: &Job,
    fate: Result<Done, Failure>,
) -> Result<Vec<String>, DbError> {
    match fate {
        Ok(done) => finish(app, consumer, job, done).await,
        Err(failure) => {
            fail(app, job, failure).await?;
            Ok(Vec::new())
        }
    }
}

/// Runs what is due, at most so many `turns`; then wakes another worker, for this one's time or memory is limited.
///
/// Errors: the database did not answer.
pub async fn work_off(
    app: &App,
    consumer: Consumer,
    turns: usize,
    run: impl AsyncFn(&App) -> Result<Option<String>, DbError>,
) -> Result<(), DbError> {
    let mut last = None;
    for _ in 0..turns {
        last = run(app).await?;
        if last.is_none() {
            break;
        }
    }
    // The message only says that there is work: whose turn it is then shows.
    let wake = last.map(|job_id| Wake { consumer, job_id });
    app.wake(wake.into_iter().collect()).await;
    Ok(())
}

/// Stores a success, wakes others and gives the ids of the jobs to go on with here.
async fn finish(
    app: &App,
    consumer: Consumer,
    job: &Job,
    done: Done,
) -> Result<Vec<String>, DbError> {
    let wakes = match conclude(app, job, done).await {
        Ok(wakes) => wakes.unwrap_or_default(),
        Err(error @ DbError::Busy(_)) => return Err(error),
        // A result that the database refuses: the job's own fault, not to be repeated for ever.
        Err(error) => {
            fail(app, job, Failure::Passing(error.to_string())).await?;
            return Ok(Vec::new());
        }
    };
    let (here, others) = wakes
        .into_iter()
        .partition::<Vec<Wake>, _>(|wake| wake.consumer == consumer);
    app.wake(others).await;
    Ok(here.into_iter().map(|wake| wake.job_id).collect())
}

/// Stores a success, announces it and gives the wake-ups of what follows; `None`: the lease was lost and nothing changed.
///
/// Errors: the database did not answer, or refuses a result.
pub async fn conclude(app: &App, job: &Job, done: Done) -> Result<Option<Vec<Wake>>, DbError> {
    let Done {
        results,
        mut next,
        triggers,
        announce,
        changes,
        mut wakes,
    } = done;
    for new in &mut next {
        new.owner_id = new.owner_id.take().or_else(|| job.owner_id.clone());
    }
    let finished = jobs::finish_with(app.db(), job, results, &next, triggers, app.now()).await?;
    let Some(started) = finished else {
        return Ok(None);
    };
    app.announce(announce).await;
    for change in changes {
        app.announce_change(change).await;
    }
    wakes.extend(started);
    let edge = next.iter().filter(|new| new.companion_reason.is_none());
    wakes.extend(edge.map(NewJob::wake));
    Ok(Some(wakes))
}

/// A job that deletes what table `object_deletion` lists.
pub fn file_delete(app: &App) -> NewJob {
    let now = app.now();
    NewJob::new(
        app.uuid(),
        JobName::FileDelete,
        Value::Object(Map::new()),
        now,
    )
    .once("FileDelete")
}

/// Stores a failure.
///
/// Errors: the database did not answer.
pub async fn fail(app: &App, job: &Job, failure: Failure) -> Result<(), DbError> {
    let Job { kind, id, .. } = job;
    let results = match failure {
        Failure::Passing(error) => {
            log(&format!("{kind} {id}, attempt {}: {error}", job.attempts));
            jobs::retry(app.db(), job, &error, app.now()).await?
        }
        Failure::Waiting(error) => {
            log(&format!("{kind} {id} waits: {error}"));
            jobs::wait(app.db(), job, &error, app.now()).await?
        }
        Failure::Companion(reason) if jobs::is_for_companions(*kind) => {
            return jobs::hand_over(app.db(), job, &reason, app.now()).await;
        }
        Failure::Final(error) | Failure::Companion(error) => {
            log(&format!("{kind} {id} failed: {error}"));
            jobs::fail(app.db(), job, &error, app.now()).await?
        }
    };
    app.announce_notifications(&results).await;
    Ok(())
}

/// Declares a function that works off jobs: `consumer! { Media, work }`; with a cron trigger `consumer! { Tasks, work, tick = tick, changed = scan }`; and
/// the one that goes on with the restore of a database `consumer! { Storage, work, idle = idle }`, where `idle` gives a name for it, `None`
/// when there is nothing to do; and one that does jobs of a kind together ([`run_together`]) `consumer! { Clip, work, SmartSearch = group, together }`.
///
/// `work` is an `async fn(&App, &Job) -> Result<Done, Failure>`, `tick` an
/// `async fn(&App) -> Result<(), DbError>`, `changed` an `async fn(&App, &[String]) -> Result<(), DbError>` that gets folders in which files
/// have changed. Gives `run(app)`, `tick(app)` and `changed(app, folders)` for tests and
/// native workers, and the platform's entry points.
#[macro_export]
macro_rules! consumer {
    ($consumer:ident, $work:path) => {
        $crate::consumer!(@run $consumer, $work, async |_: &$crate::App| Ok(None));

        $crate::consumer!(@spin $consumer, async |_: &$crate::App, _: Vec<String>| None);
    };
    ($consumer:ident, $work:path, $kind:ident = $group:path, together) => {
        /// Runs the jobs whose turn it is, those of one kind together; gives the id of the first, `None`: none is due.
        /// Errors: the database did not answer.
        pub async fn run(app: &$crate::App) -> Result<Option<String>, $crate::reexport::DbError> {
            let kind = $crate::reexport::JobName::$kind;
            let consumer = $crate::reexport::Consumer::$consumer;
            $crate::consumer::run_together(app, consumer, kind, $work, $group).await
        }

        $crate::consumer!(@queue $consumer);

        $crate::consumer!(@spin $consumer, async |_: &$crate::App, _: Vec<String>| None);
    };
    ($consumer:ident, $work:path, idle = $idle:path) => {
        $crate::consumer!(@run $consumer, $work, $idle);

        $crate::consumer!(@spin $consumer, async |_: &$crate::App, _: Vec<String>| None);
    };
    ($consumer:ident, $work:path, tick = $tick:path, changed = $changed:path) => {
        $crate::consumer!(@run $consumer, $work, async |_: &$crate::App| Ok(None));

        /// What the cron trigger does each minute. Errors: the database did not answer.
        pub async fn tick(app: &$crate::App) -> Result<(), $crate::reexport::DbError> {
            $tick(app).await
        }

        /// What is done when files have changed in these folders of the bucket. Errors: the database did not answer.
        pub async fn changed(app: &$crate::App, folders: &[String]) -> Result<(), $crate::reexport::DbError> {
            $changed(app, folders).await
        }

        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        #[worker::event(scheduled)]
        async fn scheduled(
            _event: worker::ScheduledEvent,
            env: worker::Env,
            _context: worker::ScheduleContext,
        ) {
            if let Err(error) = tick($crate::cloudflare::consumer_app(&env)).await {
                $crate::serve::log(&format!("cron tick: {error}"));
            }
        }

        $crate::consumer!(@spin $consumer, async |app: &$crate::App, folders: Vec<String>| {
            Some(if folders.is_empty() {
                tick(app).await
            } else {
                changed(app, &folders).await
            })
        });
    };
    (@spin $consumer:ident, $tick:expr) => {
        $crate::spin_service!(|request| $crate::spin_consumer::serve(
            request,
            $crate::reexport::Consumer::$consumer,
            async |app: &$crate::App| run(app).await,
            $tick,
        ));
        $crate::spin_subscriber!(|message| $crate::spin_consumer::receive(
            message,
            $crate::reexport::Consumer::$consumer,
            async |app: &$crate::App| run(app).await,
        ));
    };
    (@run $consumer:ident, $work:path, $idle:expr) => {
        /// Runs the job whose turn it is and what follows from it here; gives its id, `None`: none is due.
        /// Errors: the database did not answer.
        pub async fn run(app: &$crate::App) -> Result<Option<String>, $crate::reexport::DbError> {
            $crate::consumer::run_next(app, $crate::reexport::Consumer::$consumer, $work, $idle).await
        }

        $crate::consumer!(@queue $consumer);
    };
    (@queue $consumer:ident) => {
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        #[worker::event(queue)]
        async fn queue(
            batch: worker::MessageBatch<String>,
            env: worker::Env,
            _context: worker::Context,
        ) -> worker::Result<()> {
            let app = $crate::cloudflare::consumer_app(&env);
            let consumer = $crate::reexport::Consumer::$consumer;
            $crate::cloudflare::consume(batch, app, consumer, async |app: &$crate::App| run(app).await).await;
            Ok(())
        }
    };
}
