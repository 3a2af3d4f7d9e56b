//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    common::{BulkIdResponse, IdsAtOnce, bulk_added, bulk_removed, distinct},
    id::MemoryId,
    memories::{MemoryCreate, MemoryQuery, MemoryResponse, MemoryStatistics, MemoryUpdate},
    permission::perm,
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result, Valid, ValidQuery, serve::no_content,
};
use edge_platform::Rows;
use edge_store::{albums::read_texts, memories};
use http::StatusCode;

/// The caller's memories (`searchMemories`).
pub async fn search(
    guard: Guard<perm::MemoryRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<MemoryQuery>,
) -> Result<Json<Vec<MemoryResponse>>> {
    let (_, answers) = guard.admit(&app, vec![memories::search(&query)]).await?;
    Ok(Json(memories::read(
        answers.first().unwrap_or(&Rows::default()),
    )?))
}

/// How many the same query finds (`memoriesStatistics`).
pub async fn statistics(
    guard: Guard<perm::MemoryStatistics>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<MemoryQuery>,
) -> Result<Json<MemoryStatistics>> {
    let (_, answers) = guard.admit(&app, vec![memories::count(&query)]).await?;
    let row = answers.first().and_then(Rows::first);
    let total = row.map(|row| row.get("total")).transpose()?.unwrap_or(0);
    Ok(Json(MemoryStatistics { total }))
}

/// One memory (`getMemory`).
pub async fn get(
    guard: Guard<perm::MemoryRead>,
    State(app): State<App>,
    Id(id): Id<MemoryId>,
) -> Result<Json<MemoryResponse>> {
    let (_, answers) = guard.admit(&app, vec![memories::find(id.as_str())]).await?;
    Ok(Json(found(answers.last(), Permission::MemoryRead)?))
}

fn found(rows: Option<&Rows>, permission: Permission) -> Result<MemoryResponse> {
    let memories = rows.map(memories::read).transpose()?.unwrap_or_default();
    let memory = memories.into_iter().next();
    memory.ok_or_else(|| Error::no_access(permission))
}

/// Makes a memory of those assets that the caller may share (`createMemory`).
pub async fn create(
    auth: Auth<perm::MemoryCreate>,
    State(app): State<App>,
    Valid(body): Valid<MemoryCreate>,
) -> Result<(StatusCode, Json<MemoryResponse>)> {
    let (id, now) = (app.uuid(), app.now());
    let assets = distinct(&body.asset_ids);
    let batch = vec![
        memories::insert(&id, &body, now),
        memories::insert_assets(&id, &assets, now),
        memories::find(&id),
    ];
    let answers = app.run_as(&auth, batch).await?;
    let memory = found(answers.last(), Permission::MemoryCreate)?;
    Ok((StatusCode::CREATED, Json(memory)))
}

/// Keeps a memory, notes that it was seen, or moves it to another day (`updateMemory`).
pub async fn update(
    auth: Auth<perm::MemoryUpdate>,
    State(app): State<App>,
    Id(id): Id<MemoryId>,
    Valid(body): Valid<MemoryUpdate>,
) -> Result<Json<MemoryResponse>> {
    let batch = vec![
        memories::update(id.as_str(), &body, app.now()),
        memories::find(id.as_str()),
    ];
    let answers = app.run_as(&auth, batch).await?;
    Ok(Json(found(answers.last(), Permission::MemoryUpdate)?))
}

/// Removes a memory, not its assets (`deleteMemory`).
pub async fn delete(
    auth: Auth<perm::MemoryDelete>,
    State(app): State<App>,
    Id(id): Id<MemoryId>,
) -> Result<Response> {
    let answers = app
        .run_as(&auth, memories::batch_delete(id.as_str()))
        .await?;
    if answers.last().map_or(0, Rows::changed) == 0 {
        return Err(Error::no_access(Permission::MemoryDelete));
    }
    Ok(no_content())
}

/// Puts assets into a memory; one result per id, in order (`addMemoryAssets`).
pub async fn add_assets(
    guard: Guard<perm::MemoryAssetCreate>,
    State(app): State<App>,
    Id(id): Id<MemoryId>,
    Valid(body): Valid<IdsAtOnce>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let wanted = distinct(&body.ids);
    let reads = vec![
        memories::owned(id.as_str()),
        memories::existing(id.as_str(), &wanted),
    ];
    let (auth, answers) = guard.admit(&app, reads).await?;
    if answers.first().is_none_or(Rows::is_empty) {
        return Err(Error::no_access(Permission::MemoryRead));
    }
    let before = read_texts(answers.get(1..).unwrap_or_default())?;
    let write = memories::insert_assets(id.as_str(), &wanted, app.now());
    let added = read_texts(&app.run_as(&auth, vec![write]).await?)?;
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    Ok(Json(bulk_added(&asked, &before, &added)))
}

/// Takes assets out of a memory; one result per id, in order (`removeMemoryAssets`).
pub async fn remove_assets(
    guard: Guard<perm::MemoryAssetDelete>,
    State(app): State<App>,
    Id(id): Id<MemoryId>,
    Valid(body): Valid<IdsAtOnce>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let wanted = distinct(&body.ids);
    let (auth, answers) = guard
        .admit(&app, vec![memories::owned(id.as_str())])
        .await?;
    if answers.first().is_none_or(Rows::is_empty) {
        return Err(Error::no_access(Permission::MemoryRead));
    }
    let batch = memories::batch_remove_assets(id.as_str(), &wanted);
    let answers = app.run_as(&auth, batch).await?;
    let removed = read_texts(answers.get(1..).unwrap_or_default())?;
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    Ok(Json(bulk_removed(&asked, &removed)))
}
