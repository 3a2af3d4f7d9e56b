//! An account and its login at the provider.

use axum::{Json, extract::State, response::IntoResponse};
use edge_api::{auth::OAuthCallback, permission::perm, users::UserAdminResponse};
use edge_http::{App, Auth, Error, Response, Result, Valid, cookies};
use edge_platform::{DbError, Rows};
use edge_store::{oauth, users};
use http::HeaderMap;

use crate::{identity::identify, rules};

/// Links the caller's account to who came back from the provider (`linkOAuthAccount`).
pub async fn link(
    auth: Auth<perm::All>,
    State(app): State<App>,
    headers: HeaderMap,
    Valid(body): Valid<OAuthCallback>,
) -> Response {
    let outcome = link_to(&app, &auth.user_id, &headers, body).await;
    (cookies::append(rules::end_cookies()), outcome.map(Json)).into_response()
}

async fn link_to(
    app: &App,
    user_id: &str,
    headers: &HeaderMap,
    body: OAuthCallback,
) -> Result<UserAdminResponse> {
    let (_, identity) = identify(app, headers, body).await?;
    let now = app.now();
    let answers = app
        .db()
        .batch(vec![
            oauth::use_once(&identity.once, now),
            oauth::link(user_id, &identity.subject, now),
            users::find(user_id),
        ])
        .await
        .map_err(taken)?;
    account(&answers)
}

/// Takes the link away (`unlinkOAuthAccount`).
pub async fn unlink(
    auth: Auth<perm::All>,
    State(app): State<App>,
) -> Result<Json<UserAdminResponse>> {
    let batch = vec![
        oauth::unlink(&auth.user_id, app.now()),
        users::find(&auth.user_id),
    ];
    account(&app.db().batch(batch).await?).map(Json)
}

/// The account that the last statement of a batch read.
fn account(answers: &[Rows]) -> Result<UserAdminResponse> {
    let row = answers.last().and_then(Rows::first);
    let row = row.ok_or_else(|| Error::bad_request("User not found"))?;
    Ok(users::admin(&row)?)
}

/// A conflict: the login was used already, or another account is linked to the subject.
fn taken(error: DbError) -> Error {
    match error {
        DbError::Conflict(what) if oauth::is_used(&what) => {
            Error::internal("this login was used already")
        }
        DbError::Conflict(_) => {
            Error::bad_request("This OAuth account has already been linked to another user.")
        }
        other => other.into(),
    }
}
