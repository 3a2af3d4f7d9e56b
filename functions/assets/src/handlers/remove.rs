//! `DELETE /assets` (api/assets.md section 15).

use axum::extract::State;
use edge_api::{
    assets::AssetBulkDelete,
    enums::JobName,
    permission::{Permission, perm},
};
use edge_http::{App, Guard, Response, Result, Valid, serve::no_content};
use edge_platform::Rows;
use edge_store::{
    assets::remove::{mark_deleted, owned_count, trash},
    jobs,
};

use super::{admit, check_owned, distinct};

/// Into the trash, or with `force` away for good: at once out of sight, the objects by a job.
pub async fn remove(
    guard: Guard<perm::AssetDelete>,
    State(app): State<App>,
    body: Result<Valid<AssetBulkDelete>>,
) -> Result<Response> {
    let ask = |body: &AssetBulkDelete| vec![owned_count(&distinct(&body.ids))];
    let (who, body, rows) = admit(guard, &app, body, ask).await?;
    let ids = distinct(&body.ids);
    check_owned(rows.first(), &ids, Permission::AssetDelete)?;
    let now = app.now();
    if !body.force {
        app.db().run(trash(&who.user_id, &ids, now)).await?;
        return Ok(no_content());
    }
    let ids_owned: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let jobs = jobs::many::insert_for_assets(JobName::AssetDelete, &ids_owned, None, None, now);
    let batch = vec![mark_deleted(&who.user_id, &ids, now), jobs];
    let results = app.db().batch(batch).await?;
    let stored = jobs::many::stored(results.last().unwrap_or(&Rows::default()))?;
    app.wake(stored).await;
    Ok(no_content())
}
