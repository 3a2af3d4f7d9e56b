//! Where whoever came through the identity provider logs out (api/auth.md section 4).

use edge_api::config::OAuthSettings;
use edge_http::{App, Result, serve::log, settings};
use edge_platform::Rows;
use edge_store::system;

/// The provider's address for logging out, with the ID token of the session as hint; `None` when there is none or it cannot be
/// found out: a logout succeeds without.
pub async fn logout_address(app: &App, hint: &Rows, config: &Rows) -> Result<Option<String>> {
    let settings = settings::read(system::value(config)?).oauth_settings();
    if !settings.enabled {
        return Ok(None);
    }
    let endpoint = if settings.end_session_endpoint.is_empty() {
        discovered(app, &settings).await
    } else {
        Some(settings.end_session_endpoint)
    };
    let row = hint.first();
    let token: Option<String> = row.map(|row| row.get("id_token")).transpose()?.flatten();
    Ok(endpoint.map(|endpoint| edge_oidc::logout_address(&endpoint, token.as_deref())))
}

/// What the provider's document says.
async fn discovered(app: &App, settings: &OAuthSettings) -> Option<String> {
    match app.discover(settings).await {
        Ok(provider) => provider.end_session_endpoint,
        Err(error) => {
            log(&format!("discovery for a logout: {error}"));
            None
        }
    }
}
