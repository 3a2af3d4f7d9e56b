//! HTTP in, HTTP out.

use axum::extract::State;
use edge_api::permission::perm::{self, Admin};
use edge_http::{App, Auth, Response, Result, serve::no_content};
use edge_store::oauth;

/// Takes the links of all accounts to the identity provider away (`unlinkAllOAuthAccountsAdmin`).
pub async fn unlink_all(
    _auth: Auth<Admin<perm::AdminAuthUnlinkAll>>,
    State(app): State<App>,
) -> Result<Response> {
    app.db().batch(oauth::batch_unlink_all(app.now())).await?;
    Ok(no_content())
}
