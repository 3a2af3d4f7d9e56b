//! Another file for an asset (`replaceAsset`): it is uploaded like others, then the two assets change files.

use axum::{
    Json,
    extract::{Request, State},
    response::IntoResponse,
};
use edge_api::{Permission, assets::REPLACES, enums::JobName, id::AssetId, perm};
use edge_http::{App, Auth, Error, Id, Response, Result};
use edge_platform::Rows;
use edge_store::{
    assets::replace::{self, Content},
    caller::Caller,
    jobs::many,
    people::batch_repair,
};
use http::{HeaderName, HeaderValue, Method};
use serde_json::json;

use crate::{
    call::{Answer, Call},
    upload,
};

/// Gives an asset another file. What it had is in the trash then, under the id of the answer. Content that the account has already,
/// here or elsewhere, is not stored again: the answer names the asset that has it (api/v32.md section 11).
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
    let mut call = Call::of(&parts).at(Method::POST, "assets");
    let itself: HeaderValue = id.as_str().parse().map_err(Error::internal)?;
    call.headers
        .insert(HeaderName::from_static(REPLACES), itself);
    let answer = upload::store(&app, &call, body).await?;
    let (parts, stored) = match answer {
        Answer::Json(parts, stored) if parts.status.is_success() => (parts, stored),
        refused => return Ok(refused.into_response()),
    };
    let uploaded = stored["id"].as_str().unwrap_or_default();
    if stored["status"] == "duplicate" {
        return Ok(Answer::Json(parts, stored).into_response());
    }
    // Once more: the job that reads the new file may have cut out its motion part in between.
    let is_changed = change(&app, &auth, &id, &old, uploaded).await?
        || change(&app, &auth, &id, &old, uploaded).await?;
    if !is_changed {
        discard(&app, &auth, uploaded, &old).await?;
        return Err(Error::bad_request("The asset was changed meanwhile"));
    }
    Ok(Json(json!({ "id": uploaded, "status": "replaced" })).into_response())
}

/// Lets the two assets change files, and has both read again. False: the asset has not the file that it had, and nothing happened. What
/// else is known of that file is asked for anew: the new one may have come in for minutes.
async fn change(
    app: &App,
    caller: &Caller,
    id: &AssetId,
    old: &Content,
    uploaded: &str,
) -> Result<bool> {
    let reads = vec![
        replace::content_statement(uploaded),
        replace::content_statement(id.as_str()),
        replace::people_statement(id.as_str()),
    ];
    let results = app.run_as(caller, reads).await?;
    let [new, now_old, people] = results.as_slice() else {
        return Err(Error::internal("three statements have three results"));
    };
    let (Some(new), Some(now_old)) = (replace::content(new)?, replace::content(now_old)?) else {
        return Ok(false);
    };
    if now_old.checksum != old.checksum {
        return Ok(replace::was_done(old, &new));
    }
    let people = replace::people(people)?;
    let now = app.now();
    let mut batch = replace::swap(id.as_str(), &now_old, uploaded, &new, now);
    let ids = [id.as_str().to_owned(), uploaded.to_owned()];
    let again = JobName::AssetExtractMetadata;
    batch.push(many::insert_for_assets(
        again,
        &ids,
        Some("upload"),
        None,
        now,
    ));
    let before = batch.len();
    if !people.is_empty() {
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        batch.extend(batch_repair(&people, now));
    }
    let results = app.db().batch(batch).await?;
    let mut wakes = Vec::new();
    for rows in [
        results.get(before - 1),
        results.get(before..).and_then(<[Rows]>::last),
    ] {
        wakes.extend(rows.map(many::stored).transpose()?.unwrap_or_default());
    }
    app.wake(wakes).await;
    Ok(replace::is_done(&results))
}

/// Removes the uploaded asset, which nobody asked for as one of its own.
async fn discard(app: &App, caller: &Caller, uploaded: &str, old: &Content) -> Result<()> {
    let batch = replace::discard(&caller.user_id, uploaded, old, app.now());
    let results = app.db().batch(batch.into()).await?;
    let stored = results.last().map(many::stored).transpose()?;
    app.wake(stored.unwrap_or_default()).await;
    Ok(())
}

/// The file of one of the caller's own assets.
async fn content(app: &App, caller: &Caller, id: &str) -> Result<Content> {
    let results = app
        .run_as(caller, vec![replace::content_statement(id)])
        .await?;
    let rows: Rows = results.into_iter().next().unwrap_or_default();
    replace::content(&rows)?.ok_or_else(|| Error::no_access(Permission::AssetUpdate))
}
