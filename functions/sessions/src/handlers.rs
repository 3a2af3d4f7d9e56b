//! HTTP in, HTTP out.

use axum::{Json, body::Body, extract::State};
use edge_api::{
    id::SessionId,
    permission::{Permission, perm},
    sessions::{SessionCreate, SessionCreateResponse, SessionResponse, SessionUpdate},
};
use edge_http::{App, Auth, Error, Guard, Id, Result, Valid, secret, serve::no_content};
use edge_platform::Rows;
use edge_store::{
    caller::{Caller, Kind},
    sessions::{self, NewSession},
};
use http::{Response, StatusCode};

/// The caller's sessions, last used first (`getSessions`).
pub async fn list(
    guard: Guard<perm::SessionRead>,
    State(app): State<App>,
) -> Result<Json<Vec<SessionResponse>>> {
    let listed = sessions::list_mine(app.now());
    let (_, answers) = guard.admit(&app, vec![listed]).await?;
    let found: Result<Vec<_>> = answers
        .iter()
        .flat_map(Rows::iter)
        .map(|row| Ok(sessions::read(&row)?))
        .collect();
    Ok(Json(found?))
}

/// Opens a child session, e.g. for a cast device; it ends with this one (`createSession`).
pub async fn create(
    auth: Auth<perm::SessionCreate>,
    State(app): State<App>,
    Valid(body): Valid<SessionCreate>,
) -> Result<(StatusCode, Json<SessionCreateResponse>)> {
    let parent = current(&auth)
        .ok_or_else(|| Error::bad_request("This endpoint can only be used with a session token"))?;
    let now = app.now();
    let token = secret::new_token(&*app.random);
    let session = NewSession {
        id: &app.uuid(),
        token_digest: &secret::digest(&token),
        user_id: &auth.user_id,
        parent_id: Some(parent),
        device_type: body.device_type.as_deref().unwrap_or_default(),
        device_os: body.device_os.as_deref().unwrap_or_default(),
        app_version: None,
        expires_at: body.duration.map(|seconds| {
            now.saturating_add(seconds.saturating_mul(1000))
                .min(LAST_EXPIRY)
        }),
    };
    let batch = vec![
        sessions::insert(&session, now),
        sessions::find(session.id, Some(parent)),
    ];
    let answers = app.db().batch(batch).await?;
    let session = found(answers.last(), Permission::SessionRead)?;
    Ok((
        StatusCode::CREATED,
        Json(SessionCreateResponse { session, token }),
    ))
}

/// The end of the year 9999, which is as far as dates are written (epoch ms).
const LAST_EXPIRY: i64 = 253_402_300_799_999;

/// Ends all sessions but this one (`deleteAllSessions`).
pub async fn delete_others(
    auth: Auth<perm::SessionDelete>,
    State(app): State<App>,
) -> Result<Response<Body>> {
    let batch = sessions::batch_delete_others(&auth.user_id, current(&auth));
    let results = app.db().batch(batch).await?;
    app.disconnect(results.first()).await?;
    Ok(no_content())
}

/// Asks a device to fetch everything anew (`updateSession`).
pub async fn update(
    auth: Auth<perm::SessionUpdate>,
    State(app): State<App>,
    Id(id): Id<SessionId>,
    Valid(body): Valid<SessionUpdate>,
) -> Result<Json<SessionResponse>> {
    let pending = body
        .is_pending_sync_reset
        .ok_or_else(|| Error::bad_request("No fields to update"))?;
    let batch = vec![
        sessions::set_pending_sync_reset(id.as_str(), &auth.user_id, pending),
        sessions::find(id.as_str(), current(&auth)),
    ];
    let answers = app.db().batch(batch).await?;
    let changed = answers.first().filter(|rows| rows.changed() > 0);
    let session = changed.and(answers.last());
    Ok(Json(found(session, Permission::SessionUpdate)?))
}

/// Ends a session and its children (`deleteSession`).
pub async fn delete(
    auth: Auth<perm::SessionDelete>,
    State(app): State<App>,
    Id(id): Id<SessionId>,
) -> Result<Response<Body>> {
    let batch = sessions::batch_delete(id.as_str(), &auth.user_id);
    let results = app.db().batch(batch).await?;
    if results.last().map_or(0, Rows::changed) == 0 {
        return Err(Error::no_access(Permission::AuthDeviceDelete));
    }
    app.disconnect(results.first()).await?;
    Ok(no_content())
}

/// Closes the locked folder on another device (`lockSession`).
pub async fn lock(
    auth: Auth<perm::SessionLock>,
    State(app): State<App>,
    Id(id): Id<SessionId>,
) -> Result<Response<Body>> {
    let lock = sessions::lock_own(id.as_str(), &auth.user_id);
    if app.db().run(lock).await?.changed() == 0 {
        return Err(Error::no_access(Permission::SessionLock));
    }
    Ok(no_content())
}

fn found(rows: Option<&Rows>, permission: Permission) -> Result<SessionResponse> {
    let row = rows
        .and_then(Rows::first)
        .ok_or_else(|| Error::no_access(permission))?;
    Ok(sessions::read(&row)?)
}

/// The session of this request; none for API keys.
fn current(caller: &Caller) -> Option<&str> {
    match &caller.kind {
        Kind::Session(session) => Some(&session.id),
        Kind::ApiKey(_) | Kind::Link(_) => None,
    }
}
