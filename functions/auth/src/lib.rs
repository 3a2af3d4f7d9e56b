//! Area `auth`: login, logout, passwords, PIN codes (api/auth.md sections 2 to 5).
//!
//! Failed logins are throttled per account and address and per address (`edge_store::login`); only
//! `POST /auth/login` ever answers 429. Logins through an identity provider are the area `oauth`; their logout is here.

mod handlers;
mod provider;
mod rules;

edge_http::area! {
    "auth";
    POST "/auth/admin-sign-up" => handlers::login::sign_up as signUpAdmin;
    POST "/auth/change-password" => handlers::password::change as changePassword;
    POST "/auth/login" => handlers::login::login as login;
    POST "/auth/logout" => handlers::login::logout as logout;
    POST "/auth/pin-code" => handlers::pin_code::set_up as setupPinCode;
    PUT "/auth/pin-code" => handlers::pin_code::change as changePinCode;
    DELETE "/auth/pin-code" => handlers::pin_code::reset as resetPinCode;
    POST "/auth/session/lock" => handlers::pin_code::lock as lockAuthSession;
    POST "/auth/session/unlock" => handlers::pin_code::unlock as unlockAuthSession;
    GET "/auth/status" => handlers::password::status as getAuthStatus;
    POST "/auth/validateToken" => handlers::login::validate_token as validateAccessToken;
}
