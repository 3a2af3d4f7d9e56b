//! `DELETE /assets` (api/assets.md section 15).

use axum::extract::State;
use edge_api::{
    assets::AssetBulkDelete,
    common::distinct,
    enums::JobName,
    permission::{Permission, perm},
    realtime::{Announcement, Event},
};
use edge_http::{App, Guard, Response, Result, Valid, owned::check_owned, serve::no_content};
use edge_platform::Rows;
use edge_store::{
    assets::remove::{mark_deleted, owned_count, trash},
    jobs::{self, NewJob},
};
use serde_json::json;

/// So many assets get a job each; more are purged together, by the job that also empties the trash.
const SINGLE: usize = 50;

/// Into the trash, or with `force` away for good: at once out of sight, the objects by a job.
pub async fn remove(
    guard: Guard<perm::AssetDelete>,
    State(app): State<App>,
    Valid(body): Valid<AssetBulkDelete>,
) -> Result<Response> {
    let ids = distinct(&body.ids);
    let (who, rows) = guard.admit(&app, vec![owned_count(&ids)]).await?;
    check_owned(rows.first(), &ids, Permission::AssetDelete)?;
    let now = app.now();
    if !body.force {
        let batch = trash(&who.user_id, &ids, now);
        app.db().batch(batch.into()).await?;
        let event = Event::asset_trash(&ids);
        app.announce(vec![Announcement::to_user(&who.user_id, event)])
            .await;
        return Ok(no_content());
    }
    let mut batch = Vec::from(mark_deleted(&who.user_id, &ids, now));
    if ids.len() > SINGLE {
        let payload = json!({ "id": who.user_id });
        let job = NewJob::new(app.uuid(), JobName::AssetEmptyTrash, payload, now)
            .of(&who.user_id)
            .once(format!("AssetEmptyTrash:{}", who.user_id));
        batch.push(jobs::insert(&job, now));
        app.db().batch(batch).await?;
        app.wake(vec![job.wake()]).await;
        return Ok(no_content());
    }
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let kind = JobName::AssetDelete;
    batch.push(jobs::many::insert_for_assets(kind, &ids, None, None, now));
    let results = app.db().batch(batch).await?;
    let stored = jobs::many::stored(results.last().unwrap_or(&Rows::default()))?;
    app.wake(stored).await;
    Ok(no_content())
}
