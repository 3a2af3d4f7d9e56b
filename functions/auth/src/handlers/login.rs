//! Coming in and going out (api/auth.md sections 2 to 4).

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::IntoResponse,
};
use edge_api::{
    auth::{LoginCredential, LogoutResponse, SignUp, ValidateAccessTokenResponse},
    permission::perm,
    users::UserAdminResponse,
};
use edge_http::{
    App, Auth, Counted, Error, Result, Valid, auth::device::Device, cookies, secret, settings,
};
use edge_platform::Rows;
use edge_store::{
    caller::Kind,
    login::{self, Account, Subject},
    oauth,
    sessions::{self, NewSession},
    system,
    users::{self, NewUser},
};
use http::{HeaderMap, StatusCode};

use crate::{provider, rules};

/// Where the web app goes after a logout.
const AFTER_LOGOUT: &str = "/auth/login?autoLaunch=0";

/// Trades e-mail and password for a session (`login`).
pub async fn login(
    _counted: Counted,
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Valid(body): Valid<LoginCredential>,
) -> Result<impl IntoResponse> {
    let subject = rules::subject(&body.email, &app.trust.network(&headers));
    let account = known_account(&app, &body.email, &subject).await?;
    let hash = account.as_ref().and_then(|found| found.password.as_deref());
    if !secret::verify_password(&body.password, hash) {
        app.db().run(login::failed(&subject, app.now())).await?;
        // The same for unknown accounts and wrong passwords.
        return Err(wrong_credentials());
    }
    let account = account.ok_or_else(wrong_credentials)?;
    let token = secret::new_token(&*app.random);
    open_session(&app, &account, &token, &Device::of(&headers), &subject).await?;
    let cookies = cookies::login(&token, "password", cookies::is_https(&uri, &headers));
    let cookies = cookies::append(cookies);
    Ok((StatusCode::CREATED, cookies, Json(account.response(token))))
}

/// The account with this e-mail, unless logins are switched off or blocked for the caller, or the server has nothing but maintenance.
async fn known_account(app: &App, email: &str, subject: &Subject) -> Result<Option<Account>> {
    let now = app.now();
    let answers = app
        .db()
        .batch(vec![
            login::account(email),
            login::blocked(subject, now),
            system::find_statement(system::key::SYSTEM_CONFIG),
            system::find_statement(system::key::MAINTENANCE_MODE),
        ])
        .await?;
    let [account, blocked, config, maintenance] = answers.as_slice() else {
        return Err(Error::internal("four statements, other answers"));
    };
    rules::refuse_maintenance(maintenance)?;
    rules::refuse_blocked(Some(blocked), now)?;
    if !settings::read(system::value(config)?).password_login() {
        return Err(Error::unauthorized("Password login has been disabled"));
    }
    Ok(account
        .first()
        .map(|row| Account::from_row(&row))
        .transpose()?)
}

fn wrong_credentials() -> Error {
    Error::unauthorized("Incorrect email or password")
}

async fn open_session(
    app: &App,
    account: &Account,
    token: &str,
    device: &Device,
    subject: &Subject,
) -> Result<()> {
    let now = app.now();
    let session = NewSession {
        id: &app.uuid(),
        token_digest: &secret::digest(token),
        user_id: &account.id,
        parent_id: None,
        device_type: &device.device_type,
        device_os: &device.device_os,
        app_version: device.app_version.as_deref(),
        expires_at: None,
    };
    let answers = app
        .db()
        .batch(vec![
            login::unless_blocked(sessions::insert_for_login(&session, now), subject, now),
            login::succeeded(subject, now),
        ])
        .await?;
    if answers
        .first()
        .is_some_and(|inserted| inserted.changed() == 0)
    {
        return Err(rules::blocked_meanwhile(now));
    }
    Ok(())
}

/// Makes the first administrator (`signUpAdmin`).
pub async fn sign_up(
    _counted: Counted,
    State(app): State<App>,
    Valid(body): Valid<SignUp>,
) -> Result<(StatusCode, Json<UserAdminResponse>)> {
    let taken = || Error::bad_request("The server already has an admin");
    let asked = vec![
        users::count_admins(),
        system::find_statement(system::key::MAINTENANCE_MODE),
    ];
    let answers = app.db().batch(asked).await?;
    let [admins, maintenance] = answers.as_slice() else {
        return Err(Error::internal("two statements, other answers"));
    };
    rules::refuse_maintenance(maintenance)?;
    if admins.first().map(|row| row.get::<i64>("n")).transpose()? != Some(0) {
        return Err(taken());
    }
    let user = NewUser {
        id: app.uuid(),
        email: body.email,
        name: body.name,
        password: secret::hash_password(&*app.random, &body.password)?,
        ..NewUser::default()
    };
    let mut batch = users::batch_sign_up(&user, app.now());
    batch.push(users::find(&user.id));
    let answers = app.db().batch(batch).await?;
    let row = answers.last().and_then(Rows::first).ok_or_else(taken)?;
    Ok((StatusCode::CREATED, Json(users::admin(&row)?)))
}

/// Says that the credentials are good (`validateAccessToken`).
pub async fn validate_token(_auth: Auth<perm::Any>) -> Json<ValidateAccessTokenResponse> {
    Json(ValidateAccessTokenResponse { auth_status: true })
}

/// Ends the session (`logout`); of an API key nothing is deleted. Who came through the identity provider logs out there, too.
pub async fn logout(
    auth: Auth<perm::All>,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<impl IntoResponse> {
    let mut batch = Vec::new();
    let by_provider = cookies::read(&headers, cookies::AUTH_TYPE) == Some("oauth");
    if let Kind::Session(session) = &auth.kind {
        if by_provider {
            batch.push(oauth::logout_hint(&session.id));
            batch.push(system::find_statement(system::key::SYSTEM_CONFIG));
        }
        batch.extend(sessions::batch_delete(&session.id, &auth.user_id));
    }
    let answers = if batch.is_empty() {
        Vec::new()
    } else {
        app.db().batch(batch).await?
    };
    if let [.., ended, _deleted] = answers.as_slice() {
        app.disconnect(Some(ended)).await?;
    }
    let elsewhere = match answers.as_slice() {
        [hint, config, _ended, _deleted] => provider::logout_address(&app, hint, config).await?,
        _ => None,
    };
    let body = LogoutResponse {
        successful: true,
        redirect_uri: elsewhere.unwrap_or_else(|| AFTER_LOGOUT.to_owned()),
    };
    Ok((cookies::append(rules::logout_cookies()), Json(body)))
}
