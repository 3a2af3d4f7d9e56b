//! The cron trigger, each minute: nothing is forgotten.

use edge_http::{App, backup::Restore, consumer, serve::log};
use edge_platform::{DbError, Wake};
use edge_store::{hls, jobs, objects};

use crate::{files, nightly, releases};

/// Pages of overdue objects that one minute takes.
const PAGES: usize = 10;

/// Wakes forgotten jobs, takes over what writers left behind, deletes objects that are due, and once a
/// day stores the nightly tasks. A step that fails does not keep the others from being done; the first error is given when
/// they are.
pub async fn tick(app: &App) -> Result<(), DbError> {
    let mut failed = None;
    let mut wakes = settle("sweep", jobs::sweep(app.db(), app.now()).await, &mut failed);
    settle("streams", streams(app).await, &mut failed);
    settle("pending objects", pending(app).await, &mut failed);
    wakes.extend(settle("deletions", deletions(app).await, &mut failed));
    wakes.extend(settle(
        "nightly tasks",
        nightly::start(app).await,
        &mut failed,
    ));
    let release = releases::start(app).await;
    wakes.extend(settle("version check", release, &mut failed));
    wakes.extend(settle("restore", Restore::resume(app).await, &mut failed));
    app.wake(wakes).await;
    failed.map_or(Ok(()), Err)
}

/// The result of a step, or nothing and a line in the log.
fn settle<T: Default>(step: &str, result: Result<T, DbError>, failed: &mut Option<DbError>) -> T {
    result.unwrap_or_else(|error| {
        log(&format!("tick, {step}: {error}"));
        failed.get_or_insert(error);
        T::default()
    })
}

/// Sessions of live transcoding that nobody watches any more.
async fn streams(app: &App) -> Result<(), DbError> {
    for _ in 0..PAGES {
        if !hls::sweep(app.db(), app.now()).await? {
            break;
        }
    }
    Ok(())
}

/// Objects of writers that were lost; of very many some are left to the next minutes.
async fn pending(app: &App) -> Result<(), DbError> {
    for _ in 0..PAGES {
        if !objects::sweep(app.db(), app.now()).await? {
            break;
        }
    }
    Ok(())
}

/// Objects whose deletion is due; of very many the rest is a job's.
async fn deletions(app: &App) -> Result<Option<Wake>, DbError> {
    if !files::delete_due(app).await? {
        return Ok(None);
    }
    let job = consumer::file_delete(app);
    app.db().run(jobs::insert(&job, app.now())).await?;
    Ok(Some(job.wake()))
}
