//! Who came back from the provider.

use edge_api::auth::OAuthCallback;
use edge_http::{App, Error, Result, cookies, provider::Failure, secret};
use edge_oidc::{Callback, Claims, challenge, nonce};
use http::HeaderMap;

use crate::{provider::Provider, rules};

/// Somebody whom the provider vouches for.
pub struct Identity {
    /// Who it is there.
    pub subject: String,
    /// The session there, for back-channel logout.
    pub session: Option<String>,
    /// The token that says so, the hint for logging out there.
    pub id_token: String,
    /// What the provider says about them.
    pub claims: Claims,
    /// Digest of the provider's code and our nonce, which are good together once.
    pub once: String,
}

/// Finishes a login at the provider. State and verifier are in the body or in the cookies that the beginning set.
///
/// # Errors
/// 400 when one of them is nowhere or logins through a provider are off; 500 for everything that goes wrong at the provider or
/// does not fit, with the reason in the log.
pub async fn identify(
    app: &App,
    headers: &HeaderMap,
    body: OAuthCallback,
) -> Result<(Provider, Identity)> {
    let state = rules::given(body.state)
        .or_else(|| rules::cookie(headers, cookies::OAUTH_STATE))
        .ok_or_else(|| Error::bad_request("OAuth state is missing"))?;
    let verifier = rules::given(body.code_verifier)
        .or_else(|| rules::cookie(headers, cookies::OAUTH_VERIFIER))
        .ok_or_else(|| Error::bad_request("OAuth code verifier is missing"))?;
    let provider = Provider::load(app).await?;
    let callback = Callback::parse(&provider.settings.redirect(&body.url));
    let identity = exchange(app, &provider, &callback, &state, &verifier).await;
    let identity = identity.map_err(Error::internal)?;
    Ok((provider, identity))
}

async fn exchange(
    app: &App,
    provider: &Provider,
    callback: &Callback,
    state: &str,
    verifier: &str,
) -> std::result::Result<Identity, Failure> {
    let code = callback.code(state, &provider.discovery)?;
    let tokens = provider
        .trade(app, code, &callback.redirect_uri, verifier)
        .await?;
    let algorithm = &provider.settings.signing_algorithm;
    let claims = provider.verify(app, &tokens.id_token, algorithm).await?;
    let nonce = nonce(state, &challenge(verifier));
    claims.check_id_token(provider.expected(app.now()), &nonce)?;
    let subject = claims.subject().unwrap_or_default().to_owned();
    let session = claims.session().map(str::to_owned);
    let claims = match (claims.text("email"), &tokens.access_token) {
        (None, Some(token)) => provider.userinfo(app, token, &subject).await?,
        _ => claims,
    };
    let issuer = &provider.discovery.issuer;
    Ok(Identity {
        subject,
        session,
        id_token: tokens.id_token,
        claims,
        once: secret::digest(&format!("login\n{issuer}\n{nonce}\n{code}")),
    })
}
