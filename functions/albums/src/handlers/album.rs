//! Albums themselves.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    albums::{AlbumQuery, AlbumResponse, AlbumStatistics, CreateAlbum, UpdateAlbum},
    common::distinct,
    enums::{AlbumUserRole, AssetOrder},
    id::AlbumId,
    perm::{AlbumCreate, AlbumDelete, AlbumRead, AlbumStatistics as StatisticsRead, AlbumUpdate},
    preferences::Preferences,
};
use edge_http::{
    App, Error, Guard, Id, Response, Result, Valid, ValidQuery, WithLink, mail::Post,
    serve::no_content,
};
use edge_platform::Rows;
use edge_store::{
    albums::{self, NewAlbum, Standing, Which},
    caller::Kind,
    system, user_metadata,
};
use http::StatusCode;

use super::{members, run_and_read, scoped, split};
use crate::rules;

/// Albums the caller is a member of (`getAllAlbums`).
pub async fn list(
    guard: Guard<AlbumRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<AlbumQuery>,
) -> Result<Json<Vec<AlbumResponse>>> {
    let (_, results) = guard
        .admit(&app, albums::statements(Which::Mine(&query)))
        .await?;
    let [facts, members] = split(results)?;
    Ok(Json(albums::read_albums(&facts, &members)?))
}

/// How many albums there are (`getAlbumStatistics`).
pub async fn statistics(
    guard: Guard<StatisticsRead>,
    State(app): State<App>,
) -> Result<Json<AlbumStatistics>> {
    let (_, results) = guard.admit(&app, vec![albums::statistics()]).await?;
    let [rows] = split(results)?;
    Ok(Json(albums::read_statistics(&rows)?))
}

/// One album (`getAlbumInfo`).
pub async fn info(
    guard: Guard<AlbumRead, WithLink>,
    State(app): State<App>,
    Id(id): Id<AlbumId>,
) -> Result<Json<AlbumResponse>> {
    let mut statements = albums::statements(Which::One(id.as_str()));
    statements.push(albums::contributors(id.as_str()));
    let (auth, results) = guard.admit(&app, statements).await?;
    let [facts, members, contributors] = split(results)?;
    let mut album = albums::read_albums(&facts, &members)?
        .pop()
        .ok_or_else(|| Error::no_access(Permission::AlbumRead))?;
    if album.shared && !matches!(auth.kind, Kind::Link(_)) {
        album.contributor_counts = Some(albums::read_contributors(&contributors)?);
    }
    Ok(Json(album))
}

/// Makes an album with its first members and content (`createAlbum`).
pub async fn create(
    guard: Guard<AlbumCreate>,
    State(app): State<App>,
    Valid(body): Valid<CreateAlbum>,
) -> Result<(StatusCode, Json<AlbumResponse>)> {
    let asked: Vec<&str> = body
        .album_users
        .iter()
        .map(|m| m.user_id.as_str())
        .collect();
    let reads = vec![
        albums::active_users(&asked),
        user_metadata::mine(user_metadata::PREFERENCES),
        system::find_statement(system::key::SYSTEM_CONFIG),
    ];
    let (auth, results) = guard.admit(&app, reads).await?;
    let [users, preferences, config] = split(results)?;
    let active = albums::read_texts(&[users])?;
    let invited = rules::first_members(&auth.user_id, &body.album_users, &active)?;
    let (id, now) = (app.uuid(), app.now());
    let album = NewAlbum {
        id: &id,
        name: &body.album_name,
        description: body.description.as_deref().unwrap_or_default(),
        order: default_order(&preferences)?,
    };
    let mut batch = albums::insert(&album, now);
    if !invited.is_empty() {
        batch.extend(albums::batch_invite(&id, &invited, now));
    }
    if !body.asset_ids.is_empty() {
        let assets = distinct(&body.asset_ids);
        batch.extend(albums::batch_add(&[&id], &assets, now));
    }
    let mut batch: Vec<_> = scoped(&auth, batch).collect();
    batch.extend(members::invitations(
        &app,
        &auth,
        &id,
        &body.album_name,
        &invited,
    ));
    if Post::is_on_in(&config)? {
        batch.extend(members::invitation_mails(&app, &auth, &id, &invited));
    }
    let album = run_and_read(&app, &auth, batch, &id).await?;
    Ok((StatusCode::CREATED, Json(album)))
}

/// The order of the caller's preferences; what cannot be read counts as not set.
fn default_order(preferences: &Rows) -> Result<AssetOrder> {
    let stored: Option<String> = preferences
        .first()
        .map(|row| row.get("value"))
        .transpose()?;
    let stored = stored.and_then(|json| serde_json::from_str(&json).ok());
    Ok(stored
        .map_or_else(Preferences::defaults, |value| {
            Preferences::from_stored(&value)
        })
        .default_asset_order())
}

/// Changes name, description, cover, order or activity of an album (`updateAlbumInfo`).
pub async fn update(
    guard: Guard<AlbumUpdate>,
    State(app): State<App>,
    Id(id): Id<AlbumId>,
    Valid(body): Valid<UpdateAlbum>,
) -> Result<Json<AlbumResponse>> {
    let mut reads = vec![albums::standing(id.as_str(), None)];
    if let Some(cover) = &body.album_thumbnail_asset_id {
        reads.push(albums::has_asset(id.as_str(), cover.as_str()));
    }
    let (auth, results) = guard.admit(&app, reads).await?;
    let (standing, cover) = match results.as_slice() {
        [standing] => (Standing::read(standing)?, true),
        [standing, cover, ..] => (Standing::read(standing)?, !cover.is_empty()),
        [] => (None, false),
    };
    if !standing.is_some_and(|standing| standing.may_edit()) {
        return Err(Error::no_access(Permission::AlbumUpdate));
    }
    if !cover {
        return Err(Error::bad_request("Invalid album thumbnail"));
    }
    let write = auth.scoped(albums::update(id.as_str(), &body, app.now()));
    Ok(Json(
        run_and_read(&app, &auth, vec![write], id.as_str()).await?,
    ))
}

/// Removes an album, not its assets (`deleteAlbum`).
pub async fn delete(
    guard: Guard<AlbumDelete>,
    State(app): State<App>,
    Id(id): Id<AlbumId>,
) -> Result<Response> {
    let (auth, results) = guard
        .admit(&app, vec![albums::standing(id.as_str(), None)])
        .await?;
    let [standing] = split(results)?;
    let role = Standing::read(&standing)?.and_then(|standing| standing.role);
    if role != Some(AlbumUserRole::Owner) {
        return Err(Error::no_access(Permission::AlbumDelete));
    }
    app.run_as(&auth, albums::batch_delete(id.as_str())).await?;
    Ok(no_content())
}
