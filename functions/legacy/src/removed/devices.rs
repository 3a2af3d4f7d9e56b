//! What devices ask about the files they have sent.

use axum::{Json, extract::State};
use edge_api::{
    legacy::{CheckExistingAssets, ExistingAssets},
    perm,
};
use edge_http::{App, Guard, Result, Valid, extract::Params};
use edge_store::assets::device;

/// What a device calls the caller's assets that came from it (`getAllUserAssetsByDeviceId`).
pub async fn of_device(
    guard: Guard<perm::All>,
    State(app): State<App>,
    params: Params,
) -> Result<Json<Vec<String>>> {
    let (_, results) = guard
        .admit(&app, vec![device::of_device(params.text("deviceId"))])
        .await?;
    Ok(Json(device::names(
        &results.into_iter().next().unwrap_or_default(),
    )?))
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
