//! A login that came back from the provider.

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::IntoResponse,
};
use edge_api::auth::OAuthCallback;
use edge_http::{
    App, Counted, Error, Response, Result, Valid, auth::device::Device, cookies, secret,
};
use edge_platform::{DbError, Statement};
use edge_store::{
    login::Account,
    oauth,
    sessions::NewSession,
    users::{self, UserChanges},
};
use http::{HeaderMap, StatusCode};

use crate::{
    identity::{Identity, identify},
    picture,
    provider::Provider,
    rules,
};

/// Trades what the provider sent for a session (`finishOAuth`).
pub async fn callback(
    _counted: Counted,
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Valid(body): Valid<OAuthCallback>,
) -> Response {
    let secure = cookies::is_https(&uri, &headers);
    let outcome = log_in(&app, &headers, body, secure).await;
    // Whatever became of it: this login cannot be finished once more.
    (cookies::append(rules::end_cookies()), outcome).into_response()
}

async fn log_in(
    app: &App,
    headers: &HeaderMap,
    body: OAuthCallback,
    secure: bool,
) -> Result<impl IntoResponse + use<>> {
    let (provider, identity) = identify(app, headers, body).await?;
    let (mut account, mut batch) = account_of(app, &provider, &identity).await?;
    let token = secret::new_token(&*app.random);
    let device = Device::of(headers);
    let session = NewSession {
        id: &app.uuid(),
        token_digest: &secret::digest(&token),
        user_id: &account.id,
        parent_id: None,
        device_type: &device.device_type,
        device_os: &device.device_os,
        app_version: device.app_version.as_deref(),
        expires_at: None,
    };
    let (subject, sid) = (&identity.subject, identity.session.as_deref());
    let now = app.now();
    batch.push(oauth::use_once(&identity.once, now));
    batch.push(users::find(&account.id));
    batch.push(oauth::insert_session(
        &session,
        subject,
        sid,
        &identity.id_token,
        now,
    ));
    let answers = app.db().batch(batch).await.map_err(lost)?;
    let [.., user, opened] = answers.as_slice() else {
        return Err(Error::internal("a batch without answers"));
    };
    if opened.changed() == 0 {
        return Err(refused());
    }
    if let Some(user) = user.first() {
        account.is_admin = user.get("is_admin")?;
    }
    if account.profile_image_path.is_empty() {
        let image = picture::adopt(app, &provider, &identity, &account.id).await;
        account.profile_image_path = image.unwrap_or_default();
    }
    let cookies = cookies::append(cookies::login(&token, "oauth", secure));
    Ok((StatusCode::CREATED, cookies, Json(account.response(token))))
}

/// Whose login it is, and what must be written for it: the account that is linked to the subject, else the one with the e-mail
/// address, else a new one.
async fn account_of(
    app: &App,
    provider: &Provider,
    identity: &Identity,
) -> Result<(Account, Vec<Statement>)> {
    let (now, email) = (app.now(), rules::email(&identity.claims));
    let found = app
        .db()
        .run(oauth::accounts(&identity.subject, email.as_deref()))
        .await?;
    let role = rules::role(&identity.claims, &provider.settings.role_claim);
    let Some(row) = found.first() else {
        let (subject, claims) = (&identity.subject, &identity.claims);
        let mut user = rules::new_user(app.uuid(), email, subject, claims, &provider.settings)?;
        let taken = users::storage_label_owner(user.storage_label.as_deref());
        if app.db().run(taken).await?.first().is_some() {
            user.storage_label = None;
        }
        return Ok((rules::account(&user), vec![users::insert(&user, now)]));
    };
    let (account, linked) = oauth::read_account(&row)?;
    let mut batch = Vec::new();
    if linked.is_empty() {
        batch.push(oauth::link_first(&account.id, &identity.subject, now));
    } else if linked != identity.subject {
        return Err(refused());
    }
    if let Some(is_admin) = role.filter(|is_admin| *is_admin != account.is_admin) {
        let changes = UserChanges {
            is_admin: Some(is_admin),
            ..UserChanges::default()
        };
        batch.push(users::hold_admins());
        batch.push(users::update(&account.id, changes, now));
    }
    Ok((account, batch))
}

/// The answer to a login that nobody here is meant by.
fn refused() -> Error {
    Error::bad_request("OAuth authentication failed")
}

/// A conflict: the login was used already, or another one made or linked the account meanwhile.
fn lost(error: DbError) -> Error {
    match error {
        DbError::Conflict(what) if oauth::is_used(&what) => {
            Error::internal("this login was used already")
        }
        DbError::Conflict(_) => refused(),
        other => other.into(),
    }
}
