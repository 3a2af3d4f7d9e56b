//! The caller's own account.

use axum::{Json, extract::State};
use edge_api::{
    enums::CalendarHeatmapType,
    permission::perm,
    users::{CalendarHeatmapQuery, CalendarHeatmapResponse, UserAdminResponse, UserUpdateMe},
};
use edge_http::{App, Auth, Error, Guard, Result, Valid, ValidQuery, secret};
use edge_platform::{DbError, Rows};
use edge_store::{
    caller::Kind,
    login::{self, Subject},
    sessions,
    users::{self, PasswordProof, UserChanges, heatmap},
};

use crate::rules;

/// The caller (`getMyUser`).
pub async fn get(
    guard: Guard<perm::UserRead>,
    State(app): State<App>,
) -> Result<Json<UserAdminResponse>> {
    let (_, answers) = guard.admit(&app, vec![users::me()]).await?;
    Ok(Json(own(answers.first())?))
}

/// Changes name, e-mail, colour or password (`updateMyUser`). Another password closes the locked folder.
pub async fn update(
    guard: Guard<perm::UserUpdate>,
    State(app): State<App>,
    Valid(body): Valid<UserUpdateMe>,
) -> Result<Json<UserAdminResponse>> {
    let now = app.now();
    let proof = body.password.iter();
    let proof = proof.flat_map(|_| [users::password_proof(), login::blocked_caller(now)]);
    let (auth, answers) = guard.admit(&app, proof.collect()).await?;
    let subject = Subject::caller(&auth.user_id);
    let revoked = match (&body.password, &auth.kind) {
        (None, _) => Vec::new(),
        (Some(_), Kind::Session(session)) => {
            sessions::batch_revoke(&auth.user_id, Some(&session.id))
        }
        (Some(_), Kind::ApiKey(_) | Kind::Link(_)) => {
            return Err(Error::bad_request(
                "A password can only be set with a session token",
            ));
        }
    };
    if let Some(row) = answers.first().and_then(Rows::first) {
        let blocked = answers.get(1).map(login::blocked_until).transpose()?;
        if let Some(until) = blocked.flatten() {
            return Err(rules::too_many_guesses(until, now));
        }
        let proof = PasswordProof::from_row(&row)?;
        let current = body.current_password.as_deref();
        if let Err(refused) = rules::check_new_password(&proof, current, now) {
            if current.is_some() {
                app.db().run(login::failed(&subject, now)).await?;
            }
            return Err(refused);
        }
    }
    let password = body
        .password
        .map(|password| secret::hash_password(&*app.random, &password))
        .transpose()?;
    let changes = UserChanges {
        email: body.email,
        name: body.name,
        avatar_color: body.avatar_color,
        should_change_password: password.as_ref().map(|_| false),
        password,
        ..UserChanges::default()
    };
    let is_new_password = changes.password.is_some();
    let mut change = users::update(&auth.user_id, changes, now);
    if is_new_password {
        change = login::unless_blocked(change, &subject, now);
    }
    let mut batch = vec![change];
    batch.extend(revoked);
    if is_new_password {
        batch.push(sessions::lock_all(&auth.user_id));
    }
    batch.push(users::find(&auth.user_id));
    let answers = app.db().batch(batch).await.map_err(taken)?;
    let ended = answers.get(1).filter(|_| is_new_password);
    app.disconnect(ended).await?;
    Ok(Json(own(answers.last())?))
}

fn taken(error: DbError) -> Error {
    match error {
        DbError::Conflict(_) => Error::bad_request("Email is not available"),
        other => other.into(),
    }
}

fn own(rows: Option<&Rows>) -> Result<UserAdminResponse> {
    let row = rows
        .and_then(Rows::first)
        .ok_or_else(|| Error::internal("an admitted caller without account"))?;
    Ok(users::admin(&row)?)
}

/// How many assets were added or taken on each day (`getMyCalendarHeatmap`).
pub async fn heatmap(
    auth: Auth<perm::UserRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<CalendarHeatmapQuery>,
) -> Result<Json<CalendarHeatmapResponse>> {
    let by = query.kind.unwrap_or(CalendarHeatmapType::Upload);
    let period = heatmap::Period::of(query.from, query.to, app.now())
        .ok_or_else(|| Error::bad_request("The period is too long"))?;
    let rows = app
        .db()
        .run(heatmap::count(&auth.user_id, by, period))
        .await?;
    Ok(Json(heatmap::read(&rows, by, period)?))
}
