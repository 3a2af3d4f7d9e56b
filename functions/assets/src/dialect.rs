//! The second dialect's answer to an upload (api/gumnut-upload.md).

use axum::{Json, response::IntoResponse};
use edge_api::{enums::AssetMediaStatus, gumnut::GumnutUpload};
use edge_http::{App, Error, Response, Result};
use edge_store::{assets::gumnut, caller::Caller};
use http::StatusCode;

use crate::handlers::Outcome;

/// Answers with the asset as that dialect knows it: 201 when it is new, else 200.
pub async fn answer(
    app: &App,
    caller: &Caller,
    outcome: &Outcome,
    sent: &GumnutUpload,
) -> Result<Response> {
    let statements = gumnut::statements(&outcome.id, &caller.user_id);
    let results = app.db().batch(statements).await?;
    let asset = gumnut::asset(&results, sent)?
        .ok_or_else(|| Error::bad_request("Asset was deleted while it was uploaded"))?;
    let status = match outcome.status {
        AssetMediaStatus::Created => StatusCode::CREATED,
        AssetMediaStatus::Duplicate => StatusCode::OK,
    };
    Ok((status, Json(asset)).into_response())
}
