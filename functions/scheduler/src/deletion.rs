//! Deletion for good: of assets, emptied trashes and accounts (api/assets.md section 15).

use std::sync::Arc;

use edge_api::{
    config::SystemConfig,
    enums::JobName,
    realtime::{Announcement, Event},
};
use edge_http::{
    App,
    consumer::{self, Done, Failure, id_of},
};
use edge_store::{
    assets,
    jobs::{
        Job, NewJob,
        cleanup::{self, Doomed},
    },
    users,
};
use serde_json::json;

/// Assets of one batch: what hangs on them goes in the same transaction.
const BATCH: i64 = 50;

/// Batches of one run; what is left is for the next job.
const BATCHES: usize = 10;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The configuration.
pub(crate) async fn settings(app: &App) -> Result<Arc<SystemConfig>, Failure> {
    let settings = app.settings().await;
    settings.map_err(|error| Failure::Passing(format!("settings: {error:?}")))
}

/// `AssetDelete`: one asset, unless it was restored meanwhile.
pub async fn asset(app: &App, job: &Job) -> Result<Done, Failure> {
    let doomed = cleanup::still_deleted(app.db(), &[id_of(job)?]).await?;
    if doomed.is_empty() {
        return Ok(Done::nothing());
    }
    let ids: Vec<&str> = doomed.iter().map(|(id, _)| id.as_str()).collect();
    let mut done = Done::with(assets::purge(&ids, app.now()));
    done.next.push(consumer::file_delete(app));
    done.announce = deleted(&doomed);
    Ok(done)
}

/// Tells the owners.
fn deleted(doomed: &[(String, String)]) -> Vec<Announcement> {
    let doomed = doomed.iter();
    doomed
        .map(|(id, owner)| Announcement::to_user(owner, Event::asset_delete(id)))
        .collect()
}

/// `AssetEmptyTrash`: what users deleted for good; of one user with an id.
pub async fn trash(app: &App, job: &Job) -> Result<Done, Failure> {
    let more = purge(app, Doomed::Deleted(job.text("id"))).await?;
    Ok(followed(app, job, more))
}

/// `UserDelete`: an account deleted longer ago than configured, or at once with `force`. First its assets
/// go, portion by portion, then the rest.
pub async fn user(app: &App, job: &Job) -> Result<Done, Failure> {
    let (id, now) = (id_of(job)?, app.now());
    let before = if job.flag("force") {
        now
    } else {
        now - settings(app).await?.user_delete_delay() * DAY
    };
    let begun = app.db().run(users::begin_removal(id, before, now)).await?;
    if begun.changed() == 0 {
        return Ok(Done::nothing());
    }
    let more = purge(app, Doomed::OwnedBy(id)).await?;
    let mut done = followed(app, job, more);
    if !more {
        done.results = users::purge(id, now);
        let event = Event::user_delete(id);
        done.announce.push(Announcement::to_everybody(event));
    }
    Ok(done)
}

/// `AssetDeleteCheck`: what has been in the trash for the configured days.
pub async fn expired(app: &App, job: &Job) -> Result<Done, Failure> {
    let config = settings(app).await?;
    let days = if config.trash_enabled() {
        config.trash_days()
    } else {
        0
    };
    let more = purge(app, Doomed::TrashedBefore(app.now() - days * DAY)).await?;
    Ok(followed(app, job, more))
}

/// Purges what is doomed, batch by batch. True: there is more. Each batch stands for itself, so an
/// interrupted run is simply continued by the next.
async fn purge(app: &App, which: Doomed<'_>) -> Result<bool, Failure> {
    for _ in 0..BATCHES {
        let doomed = cleanup::doomed(app.db(), which, BATCH).await?;
        if doomed.is_empty() {
            return Ok(false);
        }
        let told = match which {
            // Nobody is left who could be told.
            Doomed::OwnedBy(_) => Vec::new(),
            Doomed::Deleted(_) | Doomed::TrashedBefore(_) => deleted(&doomed),
        };
        let ids: Vec<&str> = doomed.iter().map(|(id, _)| id.as_str()).collect();
        app.db().batch(assets::purge(&ids, app.now())).await?;
        app.announce(told).await;
    }
    Ok(true)
}

/// Done, with the objects to delete now and, if there is more, the same again.
fn followed(app: &App, job: &Job, more: bool) -> Done {
    let mut done = Done::nothing();
    done.next.push(consumer::file_delete(app));
    if more {
        let again = NewJob::new(app.uuid(), job.kind, job.payload.clone(), app.now());
        done.next.push(again);
    }
    done
}

/// `UserDeleteCheck`: accounts deleted longer ago than configured.
pub async fn expired_users(app: &App) -> Result<Done, Failure> {
    let config = settings(app).await?;
    let before = app.now() - config.user_delete_delay() * DAY;
    let users = cleanup::deleted_users(app.db(), before).await?;
    let mut done = Done::nothing();
    done.next.extend(users.into_iter().map(|user| {
        let key = format!("UserDelete:{user}");
        let payload = json!({ "id": user });
        NewJob::new(app.uuid(), JobName::UserDelete, payload, app.now()).once(key)
    }));
    Ok(done)
}
