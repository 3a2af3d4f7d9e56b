//! What devices ask about the files they have sent.

use axum::{Json, extract::State};
use edge_api::{
    legacy::{CheckExistingAssets, ExistingAssets},
    perm,
};
use edge_http::{App, Guard, Response, Result, Valid, extract::Params};
use edge_store::{
    assets::device::{self, Files, Last},
    caller::Caller,
};
use serde_json::Value;

use crate::pages::{self, Pages};

/// What a device calls the caller's assets that came from it (`getAllUserAssetsByDeviceId`).
pub async fn of_device(
    guard: Guard<perm::All>,
    State(app): State<App>,
    params: Params,
) -> Result<Response> {
    let device_id = params.text("deviceId").to_owned();
    let first = device::of_device(&device_id, &Last::default());
    let (auth, results) = guard.admit(&app, vec![first]).await?;
    let known = device::files(&results.into_iter().next().unwrap_or_default())?;
    let names = Names {
        app: app.clone(),
        caller: Caller::clone(&auth),
        device_id,
        known: Some(known),
    };
    pages::list(app, names).await
}

/// The names that are told, page by page.
struct Names {
    app: App,
    caller: Caller,
    device_id: String,
    /// The page that was read last; `None`: it was the last one.
    known: Option<Files>,
}

impl Pages for Names {
    async fn next(&mut self) -> Result<Vec<Value>> {
        while let Some(page) = self.known.take() {
            if let Some(last) = &page.last {
                let read = device::of_device(&self.device_id, last);
                let results = self.app.run_as(&self.caller, vec![read]).await?;
                let rows = results.into_iter().next().unwrap_or_default();
                self.known = Some(device::files(&rows)?);
            }
            if !page.names.is_empty() {
                return Ok(page.names.into_iter().map(Value::from).collect());
            }
        }
        Ok(Vec::new())
    }
}

/// Which of its files a device need not send (`checkExistingAssets`).
pub async fn exist(
    guard: Guard<perm::AssetUpload>,
    State(app): State<App>,
    Valid(body): Valid<CheckExistingAssets>,
) -> Result<Json<ExistingAssets>> {
    let read = device::existing(&body.device_id, &body.device_asset_ids);
    let (_, results) = guard.admit(&app, vec![read]).await?;
    let existing_ids = device::names(&results.into_iter().next().unwrap_or_default())?;
    Ok(Json(ExistingAssets { existing_ids }))
}
