//! What is in an album.

use std::collections::HashSet;

use axum::{Json, extract::State, response::IntoResponse};
use edge_api::{
    Permission,
    albums::{AlbumsAddAssets, AlbumsAddAssetsResponse},
    common::{BulkIdResponse, BulkIds, bulk_added, distinct},
    enums::BulkIdErrorReason,
    id::AlbumId,
    perm::{AlbumAssetCreate, AlbumAssetDelete, AlbumRead},
};
use edge_http::{App, Error, Guard, Id, Response, Result, Valid, WithLink, mail::Post};
use edge_platform::Rows;
use edge_store::{
    albums::{self, Standing},
    caller::Caller,
    mails, map, notifications, system,
};

use super::{gone, scoped, short, split};
use crate::{markers, rules};

/// Puts assets into an album; one result per id, in order (`addAssetsToAlbum`).
pub async fn add_assets(
    guard: Guard<AlbumAssetCreate>,
    State(app): State<App>,
    Id(id): Id<AlbumId>,
    Valid(body): Valid<BulkIds>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let mut wanted = distinct(&body.ids);
    let mut reads = vec![
        albums::standing(id.as_str(), None),
        albums::recipients(&[id.as_str()]),
        system::find_statement(system::key::SYSTEM_CONFIG),
    ];
    reads.extend(albums::existing(id.as_str(), &wanted));
    let (auth, results) = guard.admit(&app, reads).await?;
    let [standing, recipients, config, existing @ ..] = results.as_slice() else {
        return Err(short());
    };
    // Strangers hear the same as when there is no such album.
    let standing = Standing::read(standing)?
        .filter(|standing| standing.role.is_some())
        .ok_or_else(|| Error::bad_request("Album not found"))?;
    if !standing.may_edit() {
        return Err(Error::no_access(Permission::AlbumAssetCreate));
    }
    let existing = albums::read_texts(existing)?;
    let there: HashSet<&str> = existing.iter().map(String::as_str).collect();
    wanted.retain(|id| !there.contains(id));
    let added = fill(&app, &auth, &[id.as_str()], &wanted, (recipients, config)).await?;
    Ok(Json(bulk_added(&asked, &existing, &added)))
}

/// Puts assets into several albums; one result for all (`addAssetsToAlbums`).
pub async fn add_assets_to_albums(
    guard: Guard<AlbumAssetCreate>,
    State(app): State<App>,
    Valid(body): Valid<AlbumsAddAssets>,
) -> Result<Json<AlbumsAddAssetsResponse>> {
    let (album_ids, asset_ids) = (distinct(&body.album_ids), distinct(&body.asset_ids));
    let mut reads = vec![
        albums::editable(&album_ids),
        albums::recipients(&album_ids),
        system::find_statement(system::key::SYSTEM_CONFIG),
    ];
    reads.extend(albums::addable(&asset_ids));
    let (auth, results) = guard.admit(&app, reads).await?;
    let [editable, recipients, config, addable @ ..] = results.as_slice() else {
        return Err(short());
    };
    let editable = albums::read_texts(std::slice::from_ref(editable))?;
    let editable: Vec<&str> = editable.iter().map(String::as_str).collect();
    let allowed = albums::read_addable(addable)?;
    let failed = |error| {
        Ok(Json(AlbumsAddAssetsResponse {
            success: false,
            error: Some(error),
        }))
    };
    if editable.is_empty() || allowed == 0 {
        return failed(BulkIdErrorReason::NoPermission);
    }
    let added = fill(&app, &auth, &editable, &asset_ids, (recipients, config)).await?;
    if added.is_empty() {
        return failed(BulkIdErrorReason::Duplicate);
    }
    Ok(Json(AlbumsAddAssetsResponse {
        success: true,
        error: None,
    }))
}

/// Stores new content and tells the other `recipients`, also by mail if the configuration has mails; gives the ids that were added.
async fn fill(
    app: &App,
    caller: &Caller,
    album_ids: &[&str],
    asset_ids: &[&str],
    (recipients, config): (&Rows, &Rows),
) -> Result<Vec<String>> {
    if asset_ids.is_empty() {
        return Ok(Vec::new());
    }
    // One moment for all: what is told and mailed is found by it.
    let now = app.now();
    let writes = albums::batch_add(album_ids, asset_ids, now);
    let inserts = writes.len().saturating_sub(1);
    let mut batch: Vec<_> = scoped(caller, writes).collect();
    let messages = notifications::album_updates(recipients, || app.uuid(), now)?;
    batch.extend(messages);
    if Post::is_on_in(config)? {
        batch.push(mails::album_updates(album_ids, &caller.user_id, now));
    }
    let mut results = app.db().batch(batch).await.map_err(gone)?;
    app.announce_notifications(&results).await;
    results.truncate(inserts);
    let added = albums::read_texts(&results)?;
    if !added.is_empty() {
        app.announce_albums(&caller.user_id, album_ids, recipients)
            .await;
    }
    Ok(added)
}

/// Takes assets out of an album; one result per id, in order (`removeAssetFromAlbum`).
pub async fn remove_assets(
    guard: Guard<AlbumAssetDelete>,
    State(app): State<App>,
    Id(id): Id<AlbumId>,
    Valid(body): Valid<BulkIds>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let wanted = distinct(&body.ids);
    let mut reads = vec![
        albums::standing(id.as_str(), None),
        albums::recipients(&[id.as_str()]),
    ];
    reads.extend(albums::contents(id.as_str(), &wanted));
    let (auth, results) = guard.admit(&app, reads).await?;
    let [standing, recipients, contents @ ..] = results.as_slice() else {
        return Err(short());
    };
    let standing = Standing::read(standing)?
        .filter(Standing::may_edit)
        .ok_or_else(|| Error::no_access(Permission::AlbumAssetDelete))?;
    let contents = albums::read_pairs(contents)?;
    let (answer, removed) = rules::removed(&asked, &contents, standing.role);
    if !removed.is_empty() {
        let writes = albums::batch_remove(id.as_str(), &removed, app.now());
        app.run_as(&auth, writes).await?;
        app.announce_albums(&auth.user_id, &[id.as_str()], recipients)
            .await;
    }
    Ok(Json(answer))
}

/// Where the assets of an album were taken (`getAlbumMapMarkers`). Albums of less than ten thousand take one round trip; larger ones are
/// streamed.
pub async fn map_markers(
    guard: Guard<AlbumRead, WithLink>,
    State(app): State<App>,
    Id(id): Id<AlbumId>,
) -> Result<Response> {
    let reads = vec![
        albums::readable(id.as_str()),
        albums::map_markers(id.as_str(), None),
    ];
    let (auth, results) = guard.admit(&app, reads).await?;
    let [readable, first] = split(results)?;
    if readable.is_empty() {
        return Err(Error::no_access(Permission::AlbumRead));
    }
    let found = map::read(&first)?;
    Ok(match albums::markers_end(&first)? {
        None => Json(found).into_response(),
        Some(after) => markers::streamed(app, auth.caller, id, found, after),
    })
}
