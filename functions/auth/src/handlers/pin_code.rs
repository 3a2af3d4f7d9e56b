//! The PIN code and the locked folder it opens (api/auth.md section 5).

use axum::{body::Body, extract::State};
use edge_api::{
    auth::{PinCodeChange, PinCodeProof, PinCodeSetup},
    permission::perm,
};
use edge_http::{App, Auth, Error, Guard, Result, Valid, secret, serve::no_content};
use edge_store::{
    caller::Caller,
    login::{self, Subject},
    sessions,
    users::{self, Secrets},
};
use http::Response;

use super::password::{admit, first_secrets, wrong_guess};
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
    rules::session_of(&auth)?;
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
    let (auth, secrets) = admit(guard, &app).await?;
    rules::session_of(&auth)?;
    let old = prove(
        &app,
        &auth,
        &secrets,
        body.pin_code.as_deref(),
        body.password.as_deref(),
    )
    .await?;
    let hash = secret::hash_password(&*app.random, &body.new_pin_code)?;
    let (now, subject) = (app.now(), Subject::caller(&auth.user_id));
    let set = users::set_pin_code(&auth.user_id, Some(old), Some(&hash), now);
    let batch = vec![
        login::unless_blocked(set, &subject, now),
        login::succeeded(&subject, now),
        login::blocked(&subject, now),
    ];
    let answers = app.db().batch(batch).await?;
    if answers.first().is_none_or(|rows| rows.changed() == 0) {
        rules::refuse_blocked(answers.last(), now)?;
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
    let (auth, secrets) = admit(guard, &app).await?;
    rules::session_of(&auth)?;
    let old = prove(
        &app,
        &auth,
        &secrets,
        body.pin_code.as_deref(),
        body.password.as_deref(),
    )
    .await?;
    let (now, subject) = (app.now(), Subject::caller(&auth.user_id));
    let set = users::set_pin_code(&auth.user_id, Some(old), None, now);
    let batch = vec![
        login::unless_blocked(set, &subject, now),
        sessions::lock_all(&auth.user_id),
        login::succeeded(&subject, now),
        login::blocked(&subject, now),
    ];
    let answers = app.db().batch(batch).await?;
    rules::refuse_blocked(answers.last(), now)?;
    Ok(no_content())
}

/// Opens the locked folder for this session (`unlockAuthSession`).
pub async fn unlock(
    guard: Guard<perm::All>,
    State(app): State<App>,
    Valid(body): Valid<PinCodeProof>,
) -> Result<Response<Body>> {
    let (auth, secrets) = admit(guard, &app).await?;
    let session = rules::session_of(&auth)?;
    prove(
        &app,
        &auth,
        &secrets,
        body.pin_code.as_deref(),
        body.password.as_deref(),
    )
    .await?;
    let (now, subject) = (app.now(), Subject::caller(&auth.user_id));
    let elevated = sessions::elevate(session, now + ELEVATION);
    let batch = vec![
        login::unless_blocked(elevated, &subject, now),
        login::succeeded(&subject, now),
    ];
    let answers = app.db().batch(batch).await?;
    if answers.first().is_none_or(|rows| rows.changed() == 0) {
        return Err(rules::blocked_meanwhile(now));
    }
    Ok(no_content())
}

/// Closes the locked folder for this session (`lockAuthSession`).
pub async fn lock(auth: Auth<perm::All>, State(app): State<App>) -> Result<Response<Body>> {
    app.db()
        .run(sessions::lock(rules::session_of(&auth)?))
        .await?;
    Ok(no_content())
}

/// [`rules::prove`]; a wrong guess is counted.
async fn prove<'a>(
    app: &App,
    caller: &Caller,
    secrets: &'a Secrets,
    pin_code: Option<&str>,
    password: Option<&str>,
) -> Result<&'a str> {
    match rules::prove(secrets, pin_code, password) {
        Err(answer) if secrets.pin_code.is_some() && (pin_code.is_some() || password.is_some()) => {
            Err(wrong_guess(app, caller, answer).await?)
        }
        proven => proven,
    }
}
