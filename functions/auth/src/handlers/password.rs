//! The caller's password, and what the caller has to prove itself with (api/auth.md section 4).

use axum::{Json, extract::State};
use edge_api::{
    auth::{AuthStatusResponse, ChangePassword},
    permission::perm,
    time::Millis,
    users::UserAdminResponse,
};
use edge_http::{App, Error, Guard, Result, Valid, secret};
use edge_platform::Rows;
use edge_store::{
    caller::Kind,
    sessions,
    users::{self, Secrets, UserChanges},
};

/// Sets a new password and ends all other sessions (`changePassword`).
pub async fn change(
    guard: Guard<perm::AuthChangePassword>,
    State(app): State<App>,
    Valid(body): Valid<ChangePassword>,
) -> Result<Json<UserAdminResponse>> {
    let (auth, answers) = guard.admit(&app, vec![users::secrets()]).await?;
    let secrets = first_secrets(&answers)?;
    if !secret::verify_password(&body.password, secrets.password.as_deref()) {
        return Err(Error::bad_request("Wrong password"));
    }
    let changes = UserChanges {
        password: Some(secret::hash_password(&*app.random, &body.new_password)?),
        ..UserChanges::default()
    };
    let current = match &auth.kind {
        Kind::Session(session) => Some(session.id.as_str()),
        Kind::ApiKey(_) | Kind::Link(_) => None,
    };
    let mut batch = vec![users::update(&auth.user_id, changes, app.now())];
    // 3.1.0 does so whatever `invalidateSessions` says (api/auth.md section 4).
    batch.extend(sessions::batch_delete_others(&auth.user_id, current));
    batch.push(users::find(&auth.user_id));
    let answers = app.db().batch(batch).await?;
    let row = answers
        .last()
        .and_then(Rows::first)
        .ok_or_else(|| Error::unauthorized("Invalid user token"))?;
    Ok(Json(users::admin(&row)?))
}

/// Reads the answer to [`users::secrets`], sent along with the admission.
pub fn first_secrets(answers: &[Rows]) -> Result<Secrets> {
    let row = answers
        .first()
        .and_then(Rows::first)
        .ok_or_else(|| Error::internal("an admitted caller without account"))?;
    Ok(Secrets::from_row(&row)?)
}

/// Which proofs the account has, and how long session and elevation last (`getAuthStatus`).
pub async fn status(
    guard: Guard<perm::All>,
    State(app): State<App>,
) -> Result<Json<AuthStatusResponse>> {
    let (auth, answers) = guard.admit(&app, vec![users::secrets()]).await?;
    let secrets = first_secrets(&answers)?;
    let (expires_at, pin_expires_at) = match &auth.kind {
        Kind::Session(session) => (session.expires_at, session.pin_expires_at),
        Kind::ApiKey(_) | Kind::Link(_) => (None, None),
    };
    Ok(Json(AuthStatusResponse {
        pin_code: secrets.pin_code.is_some(),
        password: secrets.password.is_some(),
        is_elevated: auth.elevated,
        expires_at: expires_at.map(Millis),
        pin_expires_at: pin_expires_at.map(Millis),
    }))
}
