//! HTTP in, HTTP out.

use axum::{Json, body::Body, extract::State};
use edge_api::{
    Permission,
    api_keys::{ApiKeyCreate, ApiKeyCreateResponse, ApiKeyResponse, ApiKeyUpdate},
    id::ApiKeyId,
    permission::perm,
    realtime::Announcement,
};
use edge_http::{App, Auth, Error, Guard, Id, Result, Valid, secret, serve::no_content};
use edge_platform::Rows;
use edge_store::api_keys::{self, NewApiKey};
use http::{Response, StatusCode};

use crate::rules;

/// The caller's keys (`getApiKeys`).
pub async fn list(
    guard: Guard<perm::ApiKeyRead>,
    State(app): State<App>,
) -> Result<Json<Vec<ApiKeyResponse>>> {
    let (_, answers) = guard.admit(&app, vec![api_keys::list_mine()]).await?;
    let keys: Result<Vec<_>> = answers
        .iter()
        .flat_map(Rows::iter)
        .map(|row| Ok(api_keys::read(&row)?))
        .collect();
    Ok(Json(keys?))
}

/// Makes a key and shows its secret, this once (`createApiKey`).
pub async fn create(
    auth: Auth<perm::ApiKeyCreate>,
    State(app): State<App>,
    Valid(body): Valid<ApiKeyCreate>,
) -> Result<(StatusCode, Json<ApiKeyCreateResponse>)> {
    rules::may_grant(&auth.kind, &body.permissions)?;
    let secret = secret::new_token(&*app.random);
    let key = NewApiKey {
        id: &app.uuid(),
        key_digest: &secret::digest(&secret),
        user_id: &auth.user_id,
        name: body.name.as_deref().unwrap_or("API Key"),
        permissions: &body.permissions,
    };
    let batch = vec![
        api_keys::insert(&key, app.now()),
        api_keys::find(key.id, key.user_id),
    ];
    let answers = app.db().batch(batch).await?;
    let api_key = found(answers.last())?;
    Ok((
        StatusCode::CREATED,
        Json(ApiKeyCreateResponse::new(secret, api_key)),
    ))
}

/// The key of this request (`getMyApiKey`).
pub async fn get_current(
    guard: Guard<perm::Any>,
    State(app): State<App>,
) -> Result<Json<ApiKeyResponse>> {
    let (_, answers) = guard.admit(&app, vec![api_keys::find_current()]).await?;
    let row = answers
        .first()
        .and_then(Rows::first)
        .ok_or_else(|| Error::forbidden("Not authenticated with an API Key"))?;
    Ok(Json(api_keys::read(&row)?))
}

/// One key (`getApiKey`).
pub async fn get(
    guard: Guard<perm::ApiKeyRead>,
    State(app): State<App>,
    Id(id): Id<ApiKeyId>,
) -> Result<Json<ApiKeyResponse>> {
    let (_, answers) = guard
        .admit(&app, vec![api_keys::find_mine(id.as_str())])
        .await?;
    Ok(Json(found(answers.first())?))
}

/// Renames a key or changes what it may do (`updateApiKey`). What it had opened is disconnected when it has `all` no more, without which
/// nothing is admitted to the realtime channel (api/realtime.md section 2).
pub async fn update(
    auth: Auth<perm::ApiKeyUpdate>,
    State(app): State<App>,
    Id(id): Id<ApiKeyId>,
    Valid(body): Valid<ApiKeyUpdate>,
) -> Result<Json<ApiKeyResponse>> {
    if let Some(permissions) = &body.permissions {
        rules::may_grant(&auth.kind, permissions)?;
    }
    let batch = vec![
        api_keys::update(
            id.as_str(),
            &auth.user_id,
            body.name.as_deref(),
            body.permissions.as_deref(),
            app.now(),
        ),
        api_keys::find(id.as_str(), &auth.user_id),
    ];
    let answers = app.db().batch(batch).await?;
    let key = found(answers.last())?;
    if body.permissions.is_some() && !key.permissions.contains(&Permission::All) {
        let revoked = Announcement::key_revoked(&auth.user_id, id.as_str());
        app.announce(vec![revoked]).await;
    }
    Ok(Json(key))
}

/// Removes a key (`deleteApiKey`).
pub async fn delete(
    auth: Auth<perm::ApiKeyDelete>,
    State(app): State<App>,
    Id(id): Id<ApiKeyId>,
) -> Result<Response<Body>> {
    let delete = api_keys::delete(id.as_str(), &auth.user_id);
    if app.db().run(delete).await?.changed() == 0 {
        return Err(unknown());
    }
    let revoked = Announcement::key_revoked(&auth.user_id, id.as_str());
    app.announce(vec![revoked]).await;
    Ok(no_content())
}

/// Gives a key another secret; the former one is worth nothing from then on (`rotateApiKey`; api/v32.md section 3).
pub async fn rotate(
    auth: Auth<perm::ApiKeyRotate>,
    State(app): State<App>,
    Id(id): Id<ApiKeyId>,
) -> Result<(StatusCode, Json<ApiKeyCreateResponse>)> {
    let held = app
        .db()
        .run(api_keys::find(id.as_str(), &auth.user_id))
        .await?;
    let key = found(Some(&held))?;
    rules::may_rotate(&auth.kind, &key.permissions)?;
    let secret = secret::new_token(&*app.random);
    let digest = secret::digest(&secret);
    let batch = vec![
        api_keys::rotate(&key, &auth.user_id, &digest, app.now()),
        api_keys::find(id.as_str(), &auth.user_id),
    ];
    let answers = app.db().batch(batch).await?;
    if answers.first().is_none_or(|rows| rows.changed() == 0) {
        return Err(unknown());
    }
    let key = found(answers.last())?;
    let revoked = Announcement::key_revoked(&auth.user_id, id.as_str());
    app.announce(vec![revoked]).await;
    Ok((
        StatusCode::CREATED,
        Json(ApiKeyCreateResponse::new(secret, key)),
    ))
}

fn found(rows: Option<&Rows>) -> Result<ApiKeyResponse> {
    let row = rows.and_then(Rows::first).ok_or_else(unknown)?;
    Ok(api_keys::read(&row)?)
}

fn unknown() -> Error {
    Error::bad_request("API Key not found")
}
