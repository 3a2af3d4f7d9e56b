//! The caller's password, and what the caller has to prove itself with (api/auth.md section 4).

use axum::{Json, extract::State};
use edge_api::{
    auth::{AuthStatusResponse, ChangePassword},
    permission::{RequiredPermission, perm},
    time::Millis,
    users::UserAdminResponse,
};
use edge_http::{App, Auth, Error, Guard, Result, Valid, secret};
use edge_platform::Rows;
use edge_store::{
    caller::{Caller, Kind},
    login::{self, Subject},
    sessions,
    users::{self, Secrets, UserChanges},
};

use crate::rules;

/// Sets a new password and ends all other sessions (`changePassword`).
pub async fn change(
    guard: Guard<perm::AuthChangePassword>,
    State(app): State<App>,
    Valid(body): Valid<ChangePassword>,
) -> Result<Json<UserAdminResponse>> {
    let (auth, secrets) = admit(guard, &app).await?;
    let session = rules::session_of(&auth)?;
    if !secret::verify_password(&body.password, secrets.password.as_deref()) {
        return Err(wrong_guess(&app, &auth, Error::bad_request("Wrong password")).await?);
    }
    let changes = UserChanges {
        password: Some(secret::hash_password(&*app.random, &body.new_password)?),
        ..UserChanges::default()
    };
    let now = app.now();
    let subject = Subject::caller(&auth.user_id);
    let update = users::update(&auth.user_id, changes, now);
    let mut batch = vec![login::unless_blocked(update, &subject, now)];
    // 3.1.0 ends the sessions whatever `invalidateSessions` says (api/auth.md section 4); we end API keys, too.
    batch.extend(sessions::batch_revoke(&auth.user_id, Some(session)));
    batch.push(login::succeeded(&subject, now));
    batch.push(users::find(&auth.user_id));
    let answers = app.db().batch(batch).await?;
    app.disconnect(answers.get(1)).await?;
    if answers.first().is_some_and(|rows| rows.changed() == 0) {
        return Err(rules::blocked_meanwhile(now));
    }
    let row = answers
        .last()
        .and_then(Rows::first)
        .ok_or_else(|| Error::unauthorized("Invalid user token"))?;
    Ok(Json(users::admin(&row)?))
}

/// Admits a caller who is about to prove himself: gives his secrets, unless he has guessed too often.
pub async fn admit<P: RequiredPermission>(
    guard: Guard<P>,
    app: &App,
) -> Result<(Auth<P>, Secrets)> {
    let now = app.now();
    let asked = vec![users::secrets(), login::blocked_caller(now)];
    let (auth, answers) = guard.admit(app, asked).await?;
    rules::refuse_blocked(answers.get(1), now)?;
    Ok((auth, first_secrets(&answers)?))
}

/// Counts a wrong guess of the caller, and gives its answer.
pub async fn wrong_guess(app: &App, caller: &Caller, answer: Error) -> Result<Error> {
    let counted = login::failed(&Subject::caller(&caller.user_id), app.now());
    app.db().run(counted).await?;
    Ok(answer)
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
