//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use std::collections::HashSet;

use axum::{Json, extract::State, response::IntoResponse};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use edge_api::{
    Permission,
    common::{AssetIds, AssetIdsResponse, distinct},
    enums::{AssetIdErrorReason, SharedLinkType},
    id::SharedLinkId,
    permission::perm,
    shared_links::{
        SharedLinkCreate, SharedLinkEdit, SharedLinkLogin, SharedLinkQuery, SharedLinkResponse,
    },
};
use edge_http::{
    App, Auth, Counted, Error, Guard, Id, Response, Result, Valid, ValidQuery, WithLink,
    auth::LinkLogin, json_array, serve::no_content,
};
use edge_platform::{DbError, Rows};
use edge_store::{
    albums::{self, read_texts},
    caller::{Kind, LinkCaller},
    shared_links::{self, Which},
};
use http::{HeaderMap, StatusCode, Uri, header};

use crate::password;

/// Bytes of a link's secret.
const KEY_BYTES: usize = 50;

/// The caller's links, newest first (`getAllSharedLinks`). Of more than two thousand single assets in all some are in memory at a time.
pub async fn list(
    guard: Guard<perm::SharedLinkRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<SharedLinkQuery>,
) -> Result<Response> {
    let reads = shared_links::statements(Which::Mine(&query));
    let (auth, answers) = guard.admit(&app, reads).await?;
    if !shared_links::is_cut(&answers) {
        return Ok(Json(shared_links::read(&answers)?).into_response());
    }
    let sizes = auth.caller.scoped(shared_links::sizes(&query));
    let groups = shared_links::groups(&answers, &app.db().run(sizes).await?)?;
    let ask = |links: &Vec<SharedLinkResponse>| shared_links::contents(links);
    Ok(json_array::of_groups(
        app,
        auth.caller,
        groups,
        ask,
        shared_links::fill,
    ))
}

/// One link of the caller (`getSharedLinkById`).
pub async fn get(
    guard: Guard<perm::SharedLinkRead>,
    State(app): State<App>,
    Id(id): Id<SharedLinkId>,
) -> Result<Json<SharedLinkResponse>> {
    let reads = shared_links::statements(Which::One(id.as_str()));
    let (_, answers) = guard.admit(&app, reads).await?;
    Ok(Json(found(&answers)?))
}

fn found(answers: &[Rows]) -> Result<SharedLinkResponse> {
    let link = shared_links::read(answers)?.pop();
    link.ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::bad_request("Shared link not found")
}

/// The link by which a guest came in (`getMySharedLink`).
pub async fn mine(
    guard: Guard<perm::All, WithLink>,
    _counted: Counted,
    State(app): State<App>,
) -> Result<Json<SharedLinkResponse>> {
    let (auth, answers) = guard
        .admit(&app, shared_links::statements(Which::Guest))
        .await?;
    guest(&auth.kind)?;
    Ok(Json(found(&answers)?))
}

/// The link of a caller who came in by one; everybody else gets 403.
fn guest(kind: &Kind) -> Result<&LinkCaller> {
    match kind {
        Kind::Link(link) => Ok(link),
        Kind::Session(_) | Kind::ApiKey(_) => Err(Error::forbidden("Forbidden")),
    }
}

/// Proves a link's password; the answer's cookie proves it from then on (`sharedLinkLogin`).
pub async fn prove(
    guard: Guard<perm::All, LinkLogin>,
    _counted: Counted,
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
    Valid(body): Valid<SharedLinkLogin>,
) -> Result<Response> {
    let mut reads = shared_links::statements(Which::Guest);
    reads.push(password::blocked(&app, &headers));
    let (auth, mut answers) = guard.admit(&app, reads).await?;
    let blocked = answers.pop();
    let link = guest(&auth.kind)?;
    let given = &body.password;
    let cookie = password::prove(&app, link, blocked.as_ref(), given, &uri, &headers).await?;
    let mut answer = (StatusCode::CREATED, Json(found(&answers)?)).into_response();
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Makes a link to an album or to single assets (`createSharedLink`).
pub async fn create(
    guard: Guard<perm::SharedLinkCreate>,
    State(app): State<App>,
    Valid(mut body): Valid<SharedLinkCreate>,
) -> Result<(StatusCode, Json<SharedLinkResponse>)> {
    let reads = match (body.kind, &body.album_id) {
        (SharedLinkType::Album, None) => return Err(Error::bad_request("Invalid albumId")),
        (SharedLinkType::Album, Some(album)) => vec![shared_links::may_share_album(album.as_str())],
        (SharedLinkType::Individual, _) if body.asset_ids.is_empty() => {
            return Err(Error::bad_request("Invalid assetIds"));
        }
        (SharedLinkType::Individual, _) => {
            body.album_id = None;
            let mut seen = HashSet::new();
            body.asset_ids.retain(|id| seen.insert(id.clone()));
            albums::addable(&distinct(&body.asset_ids))
        }
    };
    let (auth, answers) = guard.admit(&app, reads).await?;
    match body.kind {
        SharedLinkType::Album if answers.first().is_none_or(Rows::is_empty) => {
            return Err(Error::no_access(Permission::AlbumShare));
        }
        SharedLinkType::Album => {}
        SharedLinkType::Individual => {
            let total = albums::read_addable(&answers)?;
            if usize::try_from(total) != Ok(body.asset_ids.len()) {
                return Err(Error::no_access(Permission::AssetShare));
            }
        }
    }
    let mut key = [0; KEY_BYTES];
    app.random.fill(&mut key);
    let id = app.uuid();
    let key = URL_SAFE_NO_PAD.encode(key);
    let mut batch = shared_links::batch_insert(&id, &key, &body, app.now());
    let reads = shared_links::statements(Which::One(&id));
    let wanted = reads.len();
    batch.extend(reads);
    let answers = app.run_as(&auth, batch).await?;
    if answers.first().map_or(0, Rows::changed) == 0 {
        return Err(Error::bad_request("Failed to save shared link"));
    }
    let last = answers.get(answers.len().saturating_sub(wanted)..);
    Ok((StatusCode::CREATED, Json(found(last.unwrap_or_default())?)))
}

/// Changes a link (`updateSharedLink`).
pub async fn update(
    auth: Auth<perm::SharedLinkUpdate>,
    State(app): State<App>,
    Id(id): Id<SharedLinkId>,
    Valid(body): Valid<SharedLinkEdit>,
) -> Result<Json<SharedLinkResponse>> {
    let mut batch = vec![shared_links::update(id.as_str(), &body)];
    batch.extend(shared_links::statements(Which::One(id.as_str())));
    let batch = batch.into_iter().map(|step| auth.scoped(step)).collect();
    let answers = match app.db().batch(batch).await {
        Err(DbError::Conflict(_)) => {
            return Err(Error::bad_request("Failed to save shared link"));
        }
        answers => answers?,
    };
    Ok(Json(found(answers.get(1..).unwrap_or_default())?))
}

/// Removes a link; what it showed stays (`removeSharedLink`).
pub async fn delete(
    auth: Auth<perm::SharedLinkDelete>,
    State(app): State<App>,
    Id(id): Id<SharedLinkId>,
) -> Result<Response> {
    let answers = app
        .run_as(&auth, vec![shared_links::delete(id.as_str())])
        .await?;
    if answers.first().map_or(0, Rows::changed) == 0 {
        return Err(unknown());
    }
    Ok(no_content())
}

/// Puts assets behind a link to single assets; one result per id, in order (`addSharedLinkAssets`).
pub async fn add_assets(
    guard: Guard<perm::SharedLinkUpdate>,
    State(app): State<App>,
    Id(id): Id<SharedLinkId>,
    Valid(body): Valid<AssetIds>,
) -> Result<Json<Vec<AssetIdsResponse>>> {
    let asked: Vec<&str> = body.asset_ids.iter().map(AsRef::as_ref).collect();
    let reads = vec![
        shared_links::kind(id.as_str()),
        shared_links::existing(id.as_str(), &asked),
    ];
    let (auth, answers) = guard.admit(&app, reads).await?;
    of_single_assets(answers.first())?;
    let before: HashSet<String> = read_texts(answers.get(1..).unwrap_or_default())?
        .into_iter()
        .collect();
    let write = shared_links::insert_assets(id.as_str(), &asked);
    let added = read_texts(&app.run_as(&auth, vec![write]).await?)?;
    let added: HashSet<String> = added.into_iter().collect();
    Ok(Json(results(&body, &added, |id, is_again| {
        if is_again || before.contains(id) {
            AssetIdErrorReason::Duplicate
        } else {
            AssetIdErrorReason::NoPermission
        }
    })))
}

/// Takes assets off a link to single assets; one result per id, in order (`removeSharedLinkAssets`).
pub async fn remove_assets(
    guard: Guard<perm::SharedLinkUpdate>,
    State(app): State<App>,
    Id(id): Id<SharedLinkId>,
    Valid(body): Valid<AssetIds>,
) -> Result<Json<Vec<AssetIdsResponse>>> {
    let asked: Vec<&str> = body.asset_ids.iter().map(AsRef::as_ref).collect();
    let (auth, answers) = guard
        .admit(&app, vec![shared_links::kind(id.as_str())])
        .await?;
    of_single_assets(answers.first())?;
    let write = shared_links::delete_assets(id.as_str(), &asked);
    let removed = read_texts(&app.run_as(&auth, vec![write]).await?)?;
    let removed: HashSet<String> = removed.into_iter().collect();
    Ok(Json(results(&body, &removed, |_, _| {
        AssetIdErrorReason::NotFound
    })))
}

/// Errors: the caller has no such link; it shows an album.
fn of_single_assets(rows: Option<&Rows>) -> Result<()> {
    let row = rows.and_then(Rows::first).ok_or_else(unknown)?;
    if row.get::<String>("type")? != SharedLinkType::Individual.as_str() {
        return Err(Error::bad_request("Invalid shared link type"));
    }
    Ok(())
}

/// One result per id: of an id sent twice, the first counts. `reason` is asked with an id that was not done, and whether
/// it was done before in the same request.
fn results(
    body: &AssetIds,
    done: &HashSet<String>,
    reason: impl Fn(&str, bool) -> AssetIdErrorReason,
) -> Vec<AssetIdsResponse> {
    let mut seen = HashSet::new();
    let answer = |asset_id: &edge_api::id::AssetId| {
        let is_done = done.contains(asset_id.as_str());
        let is_first = seen.insert(asset_id.as_str().to_owned());
        let success = is_done && is_first;
        AssetIdsResponse {
            asset_id: asset_id.clone(),
            success,
            error: (!success).then(|| reason(asset_id.as_str(), is_done && !is_first)),
        }
    };
    body.asset_ids.iter().map(answer).collect()
}
