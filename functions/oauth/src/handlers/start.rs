//! A login begins, and comes back to the app.

use axum::{
    Json,
    extract::{OriginalUri, RawQuery, State},
    response::IntoResponse,
};
use edge_api::auth::{OAuthAuthorizeResponse, OAuthConfig};
use edge_http::{App, Counted, Error, Result, Valid, cookies};
use edge_oidc::Authorization;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{provider::Provider, rules};

/// Where the mobile app waits.
const APP: &str = "app.immich:///oauth-callback";

/// Tells where to log in (`startOAuth`).
pub async fn authorize(
    _counted: Counted,
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Valid(body): Valid<OAuthConfig>,
) -> Result<impl IntoResponse> {
    let provider = Provider::load(&app).await?;
    let state = rules::given(body.state).unwrap_or_else(|| rules::random_text(&app));
    let given = rules::given(body.code_challenge);
    let verifier = given.is_none().then(|| rules::random_text(&app));
    let own = verifier.as_deref().map(edge_oidc::challenge);
    let challenge = given.or(own).unwrap_or_default();
    let settings = &provider.settings;
    let request = Authorization {
        client_id: &settings.client_id,
        redirect_uri: &settings.redirect(&body.redirect_uri),
        scope: &settings.scope,
        state: &state,
        challenge: &challenge,
        prompt: &settings.prompt,
    };
    let url = request.address(&provider.discovery);
    let secure = cookies::is_https(&uri, &headers);
    let begun = rules::begin_cookies(&state, verifier.as_deref(), secure);
    let body = Json(OAuthAuthorizeResponse { url });
    Ok((StatusCode::CREATED, cookies::append(begun), body))
}

/// Sends the browser on to the app, for providers that allow no address of its scheme (`redirectOAuthToMobile`).
pub async fn mobile_redirect(RawQuery(query): RawQuery) -> Result<impl IntoResponse> {
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    let place = HeaderValue::try_from(format!("{APP}{query}"))
        .map_err(|error| Error::bad_request(format!("query: {error}")))?;
    Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, place)]))
}
