//! HTTP in, HTTP out of the trash. Two database round trips; one when there is nothing to do.

use std::collections::HashSet;

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    common::{BulkIds, CountResponse},
    enums::JobName,
    perm::AssetDelete,
    realtime::{Announcement, Event},
};
use edge_http::{App, Error, Guard, Result, Valid};
use edge_platform::Rows;
use edge_store::{
    jobs::{self, NewJob},
    trash,
};
use serde_json::json;

/// Deletes everything in the trash for good (`emptyTrash`). The files go in the background.
pub async fn empty(
    guard: Guard<AssetDelete>,
    State(app): State<App>,
) -> Result<Json<CountResponse>> {
    let (auth, found) = guard.admit(&app, vec![trash::any()]).await?;
    if found.iter().all(Rows::is_empty) {
        return Ok(Json(CountResponse { count: 0 }));
    }
    let now = app.now();
    let payload = json!({ "id": auth.user_id });
    let job = NewJob::new(app.uuid(), JobName::AssetEmptyTrash, payload, now)
        .of(&auth.user_id)
        .once(format!("AssetEmptyTrash:{}", auth.user_id));
    let mut batch = Vec::from(trash::empty(&auth.user_id, now));
    batch.push(jobs::insert(&job, now));
    let results = app.db().batch(batch).await?;
    app.wake(vec![job.wake()]).await;
    Ok(Json(counted(&results)?))
}

/// Takes everything out of the trash (`restoreTrash`).
pub async fn restore_all(
    guard: Guard<AssetDelete>,
    State(app): State<App>,
) -> Result<Json<CountResponse>> {
    let (auth, found) = guard.admit(&app, vec![trash::any()]).await?;
    if found.iter().all(Rows::is_empty) {
        return Ok(Json(CountResponse { count: 0 }));
    }
    let batch = trash::restore_all(&auth.user_id, app.now());
    let results = app.db().batch(batch.into()).await?;
    Ok(Json(counted(&results)?))
}

/// Takes single assets out of the trash; answers how many were sent (`restoreAssets`).
pub async fn restore(
    guard: Guard<AssetDelete>,
    State(app): State<App>,
    Valid(body): Valid<BulkIds>,
) -> Result<Json<CountResponse>> {
    let unique: HashSet<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let ids: Vec<&str> = unique.into_iter().collect();
    let (auth, counts) = guard.admit(&app, trash::owned(&ids)).await?;
    if trash::read_count(&counts)? != number(ids.len()) {
        return Err(Error::no_access(Permission::AssetDelete));
    }
    if !ids.is_empty() {
        let batch = trash::restore(&auth.user_id, &ids, app.now());
        app.db().batch(batch).await?;
        let event = Event::asset_restore(&ids);
        app.announce(vec![Announcement::to_user(&auth.user_id, event)])
            .await;
    }
    Ok(Json(CountResponse {
        count: number(body.ids.len()),
    }))
}

/// What the first statement of a batch counted.
fn counted(results: &[Rows]) -> Result<CountResponse> {
    let first = results.get(..1).unwrap_or_default();
    let count = trash::read_count(first)?;
    Ok(CountResponse { count })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
