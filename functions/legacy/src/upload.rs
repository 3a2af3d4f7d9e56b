//! Uploads: the form is put into today's words on its way, and what the device calls the file is kept.

use axum::body::Body;
use edge_http::{App, Response, Result};
use edge_store::assets::device::{self, Device};

use crate::{
    call::{Answer, Call},
    form::{self, Said},
};

/// `POST /assets` of 2.7 (`uploadAsset`).
pub async fn upload(app: &App, call: Call, body: Body) -> Result<Response> {
    Ok(store(app, &call, body).await?.into_response())
}

/// Sends an upload on.
pub async fn store(app: &App, call: &Call, body: Body) -> Result<Answer> {
    let (form, body) = form::read(&call.headers, body).await?;
    let answer = Answer::read(call.send(app, body).await?).await?;
    if let Some(id) = stored(&answer) {
        remember(app, &id, form.said()).await?;
    }
    Ok(answer)
}

/// The asset that a successful upload is.
fn stored(answer: &Answer) -> Option<String> {
    let Answer::Json(parts, found) = answer else {
        return None;
    };
    let id = found["id"].as_str().filter(|_| parts.status.is_success());
    id.map(str::to_owned)
}

/// Keeps what the device calls the file: whoever sent it once is told so when it asks (`checkExistingAssets`).
async fn remember(app: &App, asset_id: &str, said: Said) -> Result<()> {
    let (Some(device_id), Some(device_asset_id)) = (said.device_id, said.device_asset_id) else {
        return Ok(());
    };
    let device = Device {
        device_id,
        device_asset_id,
    };
    if let Some(statement) = device::remember(asset_id, &device) {
        app.db().batch(vec![statement]).await?;
    }
    Ok(())
}
