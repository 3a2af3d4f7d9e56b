//! The provider says that somebody logged out there (OpenID Connect Back-Channel Logout 1.0).

use axum::{body::Body, extract::State, response::IntoResponse};
use edge_api::{auth::OAuthBackchannelLogout, input};
use edge_http::{App, Error, Result, extract::read_limited, secret, serve::log};
use edge_oidc::Claims;
use edge_platform::DbError;
use edge_store::oauth;
use http::{HeaderMap, StatusCode, header};

use crate::provider::Provider;

/// Longest form (bytes): it holds one token.
const LIMIT: usize = 128 * 1024;

/// Ends the sessions that a logout token of the provider names (`logoutOAuth`).
pub async fn backchannel(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse> {
    let body = read_limited(body, LIMIT).await?;
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let text = if is_form { body.as_ref() } else { b"" };
    let form: OAuthBackchannelLogout = input::from_query(&String::from_utf8_lossy(text))?;
    let disabled = "Received backchannel logout request but OAuth is not enabled";
    let provider = Provider::load_or(&app, disabled).await?;
    let claims = judge(&app, &provider, &form.logout_token).await?;
    end(&app, &provider, &claims).await?;
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]))
}

/// The claims of a logout token that the provider made for us just now.
async fn judge(app: &App, provider: &Provider, token: &str) -> Result<Claims> {
    let algorithm = &provider.settings.signing_algorithm;
    let verified = provider.verify(app, token, algorithm).await;
    let claims = verified.and_then(|claims| {
        let checked = claims.check_logout_token(provider.expected(app.now()));
        Ok(checked.map(|()| claims)?)
    });
    let claims = claims.map_err(|error| {
        log(&format!("back-channel logout: {error}"));
        Error::bad_request("Error backchannel logout: token validation failed")
    })?;
    claims.check_logout_event().map_err(invalid)?;
    Ok(claims)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn invalid(error: edge_oidc::Error) -> Error {
    Error::bad_request(format!("Invalid logout token: {error}"))
}

/// Ends the session at the provider, or all of the subject when the token names none. A token is good once: one that was
/// caught on its way must not end sessions that were opened since.
async fn end(app: &App, provider: &Provider, claims: &Claims) -> Result<()> {
    let id = claims.token_id().unwrap_or_default();
    let once = secret::digest(&format!("logout\n{}\n{id}", provider.discovery.issuer));
    let ending = match (claims.session(), claims.subject()) {
        (Some(sid), _) => oauth::batch_end_session(sid),
        (None, subject) => oauth::batch_end_sessions_of(subject.unwrap_or_default()),
    };
    let mut batch = vec![oauth::use_once(&once, app.now())];
    batch.extend(ending);
    match app.db().batch(batch).await {
        Ok(results) => app.disconnect(results.get(1)).await,
        Err(DbError::Conflict(_)) => Err(Error::bad_request("Invalid logout token: used already")),
        Err(error) => Err(error.into()),
    }
}
