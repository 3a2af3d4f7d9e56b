//! The cron trigger, each minute: nothing is forgotten.

use edge_http::App;
use edge_platform::DbError;
use edge_store::{jobs, objects};

use crate::{files, nightly};

/// Wakes forgotten jobs, takes over what writers left behind, deletes objects that are due, and once a
/// day stores the nightly tasks.
pub async fn tick(app: &App) -> Result<(), DbError> {
    let mut wakes = jobs::sweep(app.db(), app.now()).await?;
    app.db().batch(objects::sweep(app.now())).await?;
    if files::delete_due(app).await? {
        let job = files::job(app);
        app.db().run(jobs::insert(&job, app.now())).await?;
        wakes.push(job.wake());
    }
    wakes.extend(nightly::start(app).await?);
    app.wake(wakes).await;
    Ok(())
}
