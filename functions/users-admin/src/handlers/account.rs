//! Accounts: made, changed, deleted, brought back.

use axum::{Json, extract::State};
use edge_api::{
    enums::JobName,
    id::UserId,
    input::Patch,
    permission::perm::{self, Admin},
    realtime::Announcement,
    users::{
        UserAdminCreate, UserAdminDelete, UserAdminResponse, UserAdminSearch, UserAdminUpdate,
    },
};
use edge_http::{App, Auth, Error, Guard, Id, Result, Valid, ValidQuery, secret};
use edge_platform::Rows;
use edge_store::{
    caller::{Caller, Kind},
    jobs::{self, NewJob},
    mails, sessions,
    users::{self, NewUser, UserChanges},
};
use http::StatusCode;

use super::{found, unknown};
use crate::rules;

/// All accounts, or one (`searchUsersAdmin`).
pub async fn list(
    guard: Guard<Admin<perm::AdminUserRead>>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<UserAdminSearch>,
) -> Result<Json<Vec<UserAdminResponse>>> {
    let id = query.id.as_ref().map(UserId::as_str);
    let listed = users::list_all(id, query.with_deleted);
    let (_, answers) = guard.admit(&app, vec![listed]).await?;
    let accounts: Result<Vec<_>> = answers
        .iter()
        .flat_map(Rows::iter)
        .map(|row| Ok(users::admin(&row)?))
        .collect();
    Ok(Json(accounts?))
}

/// Makes an account (`createUserAdmin`).
pub async fn create(
    _auth: Auth<Admin<perm::AdminUserCreate>>,
    State(app): State<App>,
    Valid(body): Valid<UserAdminCreate>,
) -> Result<(StatusCode, Json<UserAdminResponse>)> {
    let password = if !body.password.is_empty() {
        secret::hash_password(&*app.random, &body.password)?
    } else if app.stored_settings().await?.flag("/oauth/enabled") {
        String::new()
    } else {
        return Err(Error::bad_request("password is required"));
    };
    let user = NewUser {
        id: app.uuid(),
        email: body.email,
        name: body.name,
        password,
        pin_code: hashed(&app, body.pin_code)?,
        is_admin: body.is_admin,
        avatar_color: body.avatar_color,
        storage_label: body
            .storage_label
            .and_then(|label| rules::storage_label(&label)),
        quota_size_in_bytes: body.quota_size_in_bytes,
        should_change_password: body.should_change_password,
        oauth_id: String::new(),
    };
    let mut batch = vec![users::insert(&user, app.now()), users::find(&user.id)];
    let welcome = mails::welcome(app.uuid(), &user.id, &body.password, app.now());
    if body.notify {
        batch.insert(1, jobs::insert(&welcome, app.now()));
    }
    let answers = app.db().batch(batch).await.map_err(rules::taken)?;
    if body.notify {
        app.wake(vec![welcome.wake()]).await;
    }
    Ok((StatusCode::CREATED, Json(found(answers.last())?)))
}

fn hashed(app: &App, pin_code: Option<String>) -> Result<Option<String>> {
    pin_code
        .map(|pin_code| secret::hash_password(&*app.random, &pin_code))
        .transpose()
}

/// One account, also a deleted one (`getUserAdmin`).
pub async fn get(
    guard: Guard<Admin<perm::AdminUserRead>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
) -> Result<Json<UserAdminResponse>> {
    let (_, answers) = guard.admit(&app, vec![users::find(id.as_str())]).await?;
    Ok(Json(found(answers.first())?))
}

/// The caller's session, if he came in with one.
fn session_of(caller: &Caller) -> Option<&str> {
    match &caller.kind {
        Kind::Session(session) => Some(&session.id),
        Kind::ApiKey(_) | Kind::Link(_) => None,
    }
}

/// Changes what the body names (`updateUserAdmin`).
pub async fn update(
    auth: Auth<Admin<perm::AdminUserUpdate>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
    Valid(body): Valid<UserAdminUpdate>,
) -> Result<Json<UserAdminResponse>> {
    if id.as_str() == auth.user_id && body.is_admin.is_some_and(|wanted| wanted != auth.is_admin) {
        return Err(Error::bad_request(
            "Admin status can only be changed by another admin",
        ));
    }
    let session = session_of(&auth);
    if session.is_none() && (body.password.is_some() || !body.pin_code.is_absent()) {
        return Err(Error::bad_request(
            "A password or PIN code can only be set with a session token",
        ));
    }
    let pin_code = match body.pin_code {
        Patch::Value(pin_code) => Patch::Value(secret::hash_password(&*app.random, &pin_code)?),
        other => other,
    };
    let closes_folder = pin_code == Patch::Null;
    let password = body
        .password
        .map(|password| secret::hash_password(&*app.random, &password))
        .transpose()?;
    let is_revoked = password.is_some();
    let changes = UserChanges {
        email: body.email,
        name: body.name,
        password,
        pin_code,
        avatar_color: body.avatar_color,
        storage_label: rules::storage_label_change(body.storage_label),
        should_change_password: body.should_change_password,
        quota_size_in_bytes: body.quota_size_in_bytes,
        is_admin: body.is_admin,
    };
    let mut batch = Vec::new();
    if changes.is_admin == Some(false) {
        batch.push(users::hold_admins());
    }
    let at = batch.len();
    batch.push(users::update(id.as_str(), changes, app.now()));
    if is_revoked {
        let keep = session.filter(|_| id.as_str() == auth.user_id);
        batch.extend(sessions::batch_revoke(id.as_str(), keep));
    }
    if closes_folder {
        batch.push(sessions::lock_all(id.as_str()));
    }
    batch.push(users::find(id.as_str()));
    let answers = app.db().batch(batch).await.map_err(rules::taken)?;
    let ended = answers.get(at + 1).filter(|_| is_revoked);
    app.disconnect(ended).await?;
    let user = found(answers.last())?;
    if answers.get(at).is_some_and(|rows| rows.changed() > 0) {
        return Ok(Json(user));
    }
    Err(if user.deleted_at.is_none() && user.is_admin {
        last_admin()
    } else {
        unknown()
    })
}

/// Without an administrator anybody could sign up as the first one.
fn last_admin() -> Error {
    Error::bad_request("The last administrator cannot be removed")
}

/// Deletes an account; with `force` it is removed at once instead of after the delay
/// (`deleteUserAdmin`).
pub async fn delete(
    auth: Auth<Admin<perm::AdminUserDelete>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
    Valid(body): Valid<UserAdminDelete>,
) -> Result<Json<UserAdminResponse>> {
    if id.as_str() == auth.user_id {
        return Err(Error::forbidden("Cannot delete your own account"));
    }
    let now = app.now();
    let payload = serde_json::json!({ "id": id.as_str(), "force": true });
    let removal =
        NewJob::new(app.uuid(), JobName::UserDelete, payload, now).once(format!("UserDelete:{id}"));
    let mut batch = users::batch_delete(id.as_str(), body.force, now);
    if body.force {
        batch.push(jobs::insert(&removal, now));
    }
    batch.push(users::find(id.as_str()));
    let answers = app.db().batch(batch).await?;
    let user = found(answers.last())?;
    if user.deleted_at.is_none() {
        return Err(last_admin());
    }
    app.announce(vec![Announcement::account_ended(id.as_str())])
        .await;
    if body.force {
        app.wake(vec![removal.wake()]).await;
    }
    Ok(Json(user))
}

/// Brings a deleted account and its albums back (`restoreUserAdmin`).
pub async fn restore(
    _auth: Auth<Admin<perm::AdminUserDelete>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
) -> Result<Json<UserAdminResponse>> {
    let mut batch = users::batch_restore(id.as_str(), app.now());
    batch.push(users::find(id.as_str()));
    let answers = app.db().batch(batch).await?;
    let user = found(answers.last())?;
    if user.deleted_at.is_some() {
        return Err(Error::bad_request("The removal of this user has begun"));
    }
    Ok(Json(user))
}
