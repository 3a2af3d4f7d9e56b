//! Another file for an asset (`replaceAsset`): it is uploaded like others, then the two assets change files.

use axum::{
    Json,
    extract::{Request, State},
    response::IntoResponse,
};
use edge_api::{Permission, enums::JobName, id::AssetId, perm};
use edge_http::{App, Auth, Error, Id, Response, Result};
use edge_platform::Rows;
use edge_store::{
    assets::replace::{self, Content},
    caller::Caller,
    jobs::many,
};
use http::Method;
use serde_json::json;

use crate::{
    call::{Answer, Call},
    upload,
};

/// Gives an asset another file. What it had is in the trash then, under the id of the answer.
pub async fn replace(
    auth: Auth<perm::AssetUpdate>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    request: Request,
) -> Result<Response> {
    let old = content(&app, &auth, id.as_str()).await?;
    if old.is_external {
        return Err(Error::bad_request(
            "Assets of external libraries cannot be replaced",
        ));
    }
    let (parts, body) = request.into_parts();
    let call = Call::of(&parts).at(Method::POST, "assets");
    let answer = upload::store(&app, &call, body).await?;
    let (parts, stored) = match answer {
        Answer::Json(parts, stored) if parts.status.is_success() => (parts, stored),
        refused => return Ok(refused.into_response()),
    };
    let uploaded = stored["id"].as_str().unwrap_or_default();
    if stored["status"] == "duplicate" {
        return Ok(Answer::Json(parts, stored).into_response());
    }
    let new = content(&app, &auth, uploaded).await?;
    let now = app.now();
    let mut batch = replace::swap(id.as_str(), &old, uploaded, &new, now);
    let ids = [id.as_str().to_owned(), uploaded.to_owned()];
    batch.push(many::insert_for_assets(
        JobName::AssetExtractMetadata,
        &ids,
        Some("upload"),
        None,
        now,
    ));
    let results = app.db().batch(batch).await?;
    app.wake(many::stored(
        &results.into_iter().next_back().unwrap_or_default(),
    )?)
    .await;
    Ok(Json(json!({ "id": uploaded, "status": "replaced" })).into_response())
}

/// The file of one of the caller's own assets.
async fn content(app: &App, caller: &Caller, id: &str) -> Result<Content> {
    let results = app
        .run_as(caller, vec![replace::content_statement(id)])
        .await?;
    let rows: Rows = results.into_iter().next().unwrap_or_default();
    replace::content(&rows)?.ok_or_else(|| Error::no_access(Permission::AssetUpdate))
}
