//! Glue of the functions that work off jobs (DESIGN section 3): claim, do the work, store its fate.
//!
//! A work function gets the claimed [`Job`] and says how it went: [`Done`] with what is to be stored,
//! or a [`Failure`]. Everything else, the same for all kinds, happens here and in `store::jobs`.

use edge_platform::{Consumer, DbError, ObjectError, Statement, Wake};
use edge_store::jobs::{self, Job, NewJob};

use crate::{App, serve::log};

/// Jobs of a list that others took, one after the other, before the list counts as stale.
const LOST: u32 = 8;
/// Jobs that a worker runs before it looks whether more urgent ones have come.
const RAN: u32 = 20;

/// A job that was done.
#[derive(Debug, Default)]
pub struct Done {
    /// What is written, in the batch that removes the job. Each names `{held}` in its condition
    /// ([`Job::held`]), or is harmless when the lease was lost.
    pub results: Vec<Statement>,
    /// Jobs that follow, stored in the same batch.
    pub next: Vec<NewJob>,
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
    /// Trying again cannot help: the job counts as failed.
    Final(String),
    /// Only the companion can do it, for this reason.
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

/// Runs the job with this id, and then the jobs that follow from it for the same consumer: one
/// invocation takes an upload from its metadata to its thumbnail. False: nothing happened, because the job
/// is done, taken, paused or not due.
///
/// Errors: the database did not answer, so the job's fate is not stored; deliver the message again.
pub async fn run(
    app: &App,
    consumer: Consumer,
    job_id: &str,
    work: impl AsyncFn(&App, &Job) -> Result<Done, Failure>,
) -> Result<bool, DbError> {
    let mut ids = vec![job_id.to_owned()];
    let mut was_ours = false;
    while let Some(id) = ids.pop() {
        let Some(job) = jobs::claim(app.db(), &id, &app.uuid(), app.now()).await? else {
            continue;
        };
        was_ours = true;
        match work(app, &job).await {
            Ok(done) => ids.extend(finish(app, consumer, &job, done).await?),
            Err(failure) => fail(app, &job, failure).await?,
        }
    }
    Ok(was_ours)
}

/// Runs these jobs and then whatever else is due. Leaves when others took all of a list: whoever took one looks
/// for more when it is done, so somebody always does while jobs are due.
///
/// Errors: the database did not answer.
pub async fn work_off(
    app: &App,
    consumer: Consumer,
    mut ids: Vec<String>,
    run: impl AsyncFn(&App, &str) -> Result<bool, DbError>,
) -> Result<(), DbError> {
    while work_on(app, &ids, &run).await? {
        let due = jobs::due(app.db(), app.now()).await?.into_iter();
        ids = due
            .filter(|wake| wake.consumer == consumer)
            .map(|wake| wake.job_id)
            .collect();
    }
    Ok(())
}

/// Runs jobs of a list until it is worth looking for a newer one. False: others took them all.
async fn work_on(
    app: &App,
    ids: &[String],
    run: &impl AsyncFn(&App, &str) -> Result<bool, DbError>,
) -> Result<bool, DbError> {
    let (mut ran, mut lost) = (0, 0);
    for id in ids {
        if run(app, id).await? {
            (ran, lost) = (ran + 1, 0);
        } else {
            lost += 1;
        }
        if ran == RAN || lost == LOST {
            return Ok(true);
        }
    }
    Ok(ran > 0)
}

/// Stores a success, wakes others and gives the ids of the jobs to go on with here.
async fn finish(
    app: &App,
    consumer: Consumer,
    job: &Job,
    done: Done,
) -> Result<Vec<String>, DbError> {
    let Done {
        results,
        next,
        mut wakes,
    } = done;
    let stored = match jobs::finish(app.db(), job, results, &next, app.now()).await {
        Ok(stored) => stored,
        Err(error @ DbError::Busy(_)) => return Err(error),
        // A result that the database refuses: the job's own fault, not to be repeated for ever.
        Err(error) => {
            jobs::retry(app.db(), job, &error.to_string(), app.now()).await?;
            return Ok(Vec::new());
        }
    };
    let mut here = Vec::new();
    if stored {
        let edge = next.iter().filter(|new| new.companion_reason.is_none());
        for wake in edge.map(NewJob::wake) {
            if wake.consumer == consumer {
                here.push(wake.job_id);
            } else {
                wakes.push(wake);
            }
        }
    }
    app.wake(wakes).await;
    Ok(here)
}

async fn fail(app: &App, job: &Job, failure: Failure) -> Result<(), DbError> {
    let Job { kind, id, .. } = job;
    match failure {
        Failure::Passing(error) => {
            log(&format!("{kind} {id}, attempt {}: {error}", job.attempts));
            jobs::retry(app.db(), job, &error, app.now()).await
        }
        Failure::Final(error) => {
            log(&format!("{kind} {id} failed: {error}"));
            jobs::fail(app.db(), job, &error, app.now()).await
        }
        Failure::Companion(reason) => jobs::hand_over(app.db(), job, &reason, app.now()).await,
    }
}

/// Declares a function that works off jobs: `consumer! { Media, work }`, and with a cron trigger
/// `consumer! { Tasks, work, tick }`.
///
/// `work` is an `async fn(&App, &Job) -> Result<Done, Failure>`, `tick` an
/// `async fn(&App) -> Result<(), DbError>`. Gives `run(app, job_id)` and `tick(app)` for tests and
/// native workers, and the platform's entry points.
#[macro_export]
macro_rules! consumer {
    ($consumer:ident, $work:path) => {
        $crate::consumer!(@run $consumer, $work);

        $crate::consumer!(@spin $consumer, async |_: &$crate::App| None);
    };
    ($consumer:ident, $work:path, $tick:path) => {
        $crate::consumer!(@run $consumer, $work);

        /// What the cron trigger does each minute. Errors: the database did not answer.
        pub async fn tick(app: &$crate::App) -> Result<(), $crate::reexport::DbError> {
            $tick(app).await
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

        $crate::consumer!(@spin $consumer, async |app: &$crate::App| Some(tick(app).await));
    };
    (@spin $consumer:ident, $tick:expr) => {
        $crate::spin_service!(|request| $crate::spin_consumer::serve(
            request,
            $crate::reexport::Consumer::$consumer,
            async |app: &$crate::App, id: &str| run(app, id).await,
            $tick,
        ));
        $crate::spin_subscriber!(|message| $crate::spin_consumer::receive(
            message,
            $crate::reexport::Consumer::$consumer,
            async |app: &$crate::App, id: &str| run(app, id).await,
        ));
    };
    (@run $consumer:ident, $work:path) => {
        /// Runs the job with this id and what follows from it here; false: it was not to be had. Errors: the
        /// database did not answer.
        pub async fn run(app: &$crate::App, job_id: &str) -> Result<bool, $crate::reexport::DbError> {
            $crate::consumer::run(app, $crate::reexport::Consumer::$consumer, job_id, $work).await
        }

        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        #[worker::event(queue)]
        async fn queue(
            batch: worker::MessageBatch<String>,
            env: worker::Env,
            _context: worker::Context,
        ) -> worker::Result<()> {
            let app = $crate::cloudflare::consumer_app(&env);
            $crate::cloudflare::consume(batch, async |id: String| run(app, &id).await.map(drop)).await;
            Ok(())
        }
    };
}
