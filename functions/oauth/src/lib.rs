//! Area `oauth`: logins through an identity provider (OpenID Connect; api/auth.md section 8, docs/oauth.md).
//!
//! State and PKCE verifier of a login that has begun are with the client, in cookies or in the app; the server keeps nothing.
//! What the provider sends is judged by `edge_oidc`; a login and a logout token are good once.

mod handlers;
mod identity;
mod picture;
mod provider;
mod rules;

edge_http::area! {
    "oauth";
    POST "/oauth/authorize" => handlers::start::authorize as startOAuth;
    POST "/oauth/backchannel-logout" => handlers::logout::backchannel as logoutOAuth;
    POST "/oauth/callback" => handlers::login::callback as finishOAuth;
    POST "/oauth/link" => handlers::link::link as linkOAuthAccount;
    GET "/oauth/mobile-redirect" => handlers::start::mobile_redirect as redirectOAuthToMobile;
    POST "/oauth/unlink" => handlers::link::unlink as unlinkOAuthAccount;
}
