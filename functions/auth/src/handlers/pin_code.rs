//! The PIN code and the locked folder it opens (api/auth.md section 5).

use axum::{body::Body, extract::State};
use edge_api::{
    auth::{PinCodeChange, PinCodeProof, PinCodeSetup},
    permission::perm,
};
use edge_http::{App, Auth, Error, Guard, Result, Valid, secret, serve::no_content};
use edge_store::{
    caller::{Caller, Kind},
    sessions, users,
};
use http::Response;

use super::password::first_secrets;
use crate::rules;

/// How long an unlocked session stays elevated (ms): 15 minutes.
const ELEVATION: i64 = 15 * 60 * 1000;

/// Sets the first PIN code (`setupPinCode`).
pub async fn set_up(
    guard: Guard<perm::PinCodeCreate>,
    State(app): State<App>,
    Valid(body): Valid<PinCodeSetup>,
) -> Result<Response<Body>> {
    let (auth, answers) = guard.admit(&app, vec![users::secrets()]).await?;
    let taken = || Error::bad_request("User already has a PIN code");
    if first_secrets(&answers)?.pin_code.is_some() {
        return Err(taken());
    }
    let hash = secret::hash_password(&*app.random, &body.pin_code)?;
    let set = users::set_pin_code(&auth.user_id, None, Some(&hash), app.now());
    if app.db().run(set).await?.changed() == 0 {
        return Err(taken());
    }
    Ok(no_content())
}

/// Replaces the PIN code (`changePinCode`).
pub async fn change(
    guard: Guard<perm::PinCodeUpdate>,
    State(app): State<App>,
    Valid(body): Valid<PinCodeChange>,
) -> Result<Response<Body>> {
    let (auth, answers) = guard.admit(&app, vec![users::secrets()]).await?;
    let secrets = first_secrets(&answers)?;
    let old = rules::prove(&secrets, body.pin_code.as_deref(), body.password.as_deref())?;
    let hash = secret::hash_password(&*app.random, &body.new_pin_code)?;
    let set = users::set_pin_code(&auth.user_id, Some(old), Some(&hash), app.now());
    if app.db().run(set).await?.changed() == 0 {
        return Err(Error::bad_request(rules::WRONG_PIN_CODE));
    }
    Ok(no_content())
}

/// Removes the PIN code and closes the locked folder everywhere (`resetPinCode`).
pub async fn reset(
    guard: Guard<perm::PinCodeDelete>,
    State(app): State<App>,
    Valid(body): Valid<PinCodeProof>,
) -> Result<Response<Body>> {
    let (auth, answers) = guard.admit(&app, vec![users::secrets()]).await?;
    let secrets = first_secrets(&answers)?;
    let old = rules::prove(&secrets, body.pin_code.as_deref(), body.password.as_deref())?;
    app.db()
        .batch(vec![
            users::set_pin_code(&auth.user_id, Some(old), None, app.now()),
            sessions::lock_all(&auth.user_id),
        ])
        .await?;
    Ok(no_content())
}

/// Opens the locked folder for this session (`unlockAuthSession`).
pub async fn unlock(
    guard: Guard<perm::All>,
    State(app): State<App>,
    Valid(body): Valid<PinCodeProof>,
) -> Result<Response<Body>> {
    let (auth, answers) = guard.admit(&app, vec![users::secrets()]).await?;
    let session = session_of(&auth)?;
    let secrets = first_secrets(&answers)?;
    rules::prove(&secrets, body.pin_code.as_deref(), body.password.as_deref())?;
    app.db()
        .run(sessions::elevate(session, app.now() + ELEVATION))
        .await?;
    Ok(no_content())
}

/// Closes the locked folder for this session (`lockAuthSession`).
pub async fn lock(auth: Auth<perm::All>, State(app): State<App>) -> Result<Response<Body>> {
    app.db().run(sessions::lock(session_of(&auth)?)).await?;
    Ok(no_content())
}

fn session_of(caller: &Caller) -> Result<&str> {
    match &caller.kind {
        Kind::Session(session) => Ok(&session.id),
        Kind::ApiKey(_) | Kind::Link(_) => Err(Error::bad_request(
            "This endpoint can only be used with a session token",
        )),
    }
}
