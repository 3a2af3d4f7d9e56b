//! Edits of pictures (api/assets.md section 12): stored here, rendered by the media function. Reads take one database round
//! trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    assets::{AssetEditsCreate, AssetEditsResponse},
    enums::JobName,
    id::AssetId,
    permission::{Permission, perm},
};
use edge_http::{App, Error, Guard, Id, Response, Result, Valid, serve::no_content};
use edge_platform::Rows;
use edge_store::{assets::edits, caller::Caller, jobs::NewJob};
use serde_json::json;

use crate::rules;

/// The steps of an asset (`getAssetEdits`).
pub async fn list(
    guard: Guard<perm::AssetEditGet>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
) -> Result<Json<AssetEditsResponse>> {
    let reads = vec![edits::find(id.as_str()), edits::list(id.as_str())];
    let (_, answers) = guard.admit(&app, reads).await?;
    owned(answers.first(), Permission::AssetEditGet)?;
    answer(id, answers.last())
}

/// Replaces the steps of an asset (`editAsset`).
pub async fn replace(
    guard: Guard<perm::AssetEditCreate>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    Valid(body): Valid<AssetEditsCreate>,
) -> Result<Json<AssetEditsResponse>> {
    let (auth, answers) = guard.admit(&app, vec![edits::find(id.as_str())]).await?;
    let editable = owned(answers.first(), Permission::AssetEditCreate)?;
    rules::check_edits(&editable, &body.edits)?;
    let job = job(&app, &auth, &id);
    let mut batch = edits::batch_replace(id.as_str(), &body.edits, || app.uuid(), &job, app.now());
    batch.push(edits::list(id.as_str()));
    let answers = app.run_as(&auth, batch).await?;
    app.wake(vec![job.wake()]).await;
    answer(id, answers.last())
}

/// Removes all steps of an asset: it looks as it was uploaded (`removeAssetEdits`).
pub async fn remove(
    guard: Guard<perm::AssetEditDelete>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
) -> Result<Response> {
    let (auth, answers) = guard.admit(&app, vec![edits::find(id.as_str())]).await?;
    owned(answers.first(), Permission::AssetEditDelete)?;
    let job = job(&app, &auth, &id);
    let batch = edits::batch_replace(id.as_str(), &[], || app.uuid(), &job, app.now());
    app.run_as(&auth, batch).await?;
    app.wake(vec![job.wake()]).await;
    Ok(no_content())
}

fn answer(asset_id: AssetId, edits: Option<&Rows>) -> Result<Json<AssetEditsResponse>> {
    let edits = edits.map(edits::read).transpose()?.unwrap_or_default();
    Ok(Json(AssetEditsResponse { asset_id, edits }))
}

fn owned(rows: Option<&Rows>, permission: Permission) -> Result<edits::Editable> {
    let found = rows.map(edits::editable).transpose()?.flatten();
    found.ok_or_else(|| Error::no_access(permission))
}

fn job(app: &App, caller: &Caller, id: &AssetId) -> NewJob {
    let kind = JobName::AssetEditThumbnailGeneration;
    let job = NewJob::new(app.uuid(), kind, json!({ "id": id.as_str() }), app.now());
    job.of(&caller.user_id)
        .once(format!("{kind}:{}", id.as_str()))
}
