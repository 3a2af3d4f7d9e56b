//! Database backups and their restore (docs/backups.md).

mod dump;
mod read;
pub mod restore;

use std::time::Duration;

use edge_api::enums::JobName;
use edge_http::{
    App,
    backup::{self, Dump},
    consumer::{Done, Failure},
};
use edge_store::{
    jobs::{Job, NewJob},
    objects,
};

/// What a lost writer left behind is removed when it is older.
const LEFTOVER: Duration = Duration::from_secs(24 * 60 * 60);

/// `DatabaseBackup`: writes some pages of a dump; the next job goes on. At the end routine backups beyond the configured number go.
pub async fn backup(app: &App, job: &Job) -> Result<Done, Failure> {
    let dump = match serde_json::from_value::<Dump>(job.payload.clone()) {
        Ok(dump) => dump,
        Err(_) => dump::begin(app, backup::ROUTINE).await?,
    };
    let key = backup::key(&dump.name);
    if let Some(dump) = dump::go_on(app, dump).await? {
        let payload = serde_json::to_value(dump);
        let payload = payload.map_err(|error| Failure::Final(error.to_string()))?;
        let mut done = Done::with(vec![objects::keep(&key, app.now())]);
        let next = NewJob::new(app.uuid(), JobName::DatabaseBackup, payload, app.now());
        done.next.push(next);
        return Ok(done);
    }
    retain(app).await?;
    Ok(Done::nothing())
}

/// Removes routine backups that are too many, and what lost writers left behind.
async fn retain(app: &App) -> Result<(), Failure> {
    let settings = app.settings().await;
    let settings = settings.map_err(|error| Failure::Passing(format!("settings: {error:?}")))?;
    let kept = settings.int("/backup/database/keepLastAmount").max(1);
    let names = backup::names(app).await?;
    let mut gone = backup::superfluous(&names, usize::try_from(kept).unwrap_or(usize::MAX));
    for name in names.iter().filter(|name| name.contains(".sql.gz.tmp")) {
        let meta = app.objects.head(&backup::key(name)).await?;
        let age = meta.map_or(0, |meta| app.now() - meta.modified);
        if u64::try_from(age).is_ok_and(|age| Duration::from_millis(age) > LEFTOVER) {
            gone.push(name.clone());
        }
    }
    let keys: Vec<String> = gone.iter().map(|name| backup::key(name)).collect();
    Ok(app.objects.delete(&keys).await?)
}
