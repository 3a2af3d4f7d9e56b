//! Decisions of this area: who counts as one attacker, which cookies, which proof.

use edge_http::{Error, Result, cookies, secret};
use edge_platform::Rows;
use edge_store::{
    caller::{Caller, Kind},
    login::{self, Subject},
    users::Secrets,
};
use http::HeaderValue;

/// Message for a PIN code that is not the right one.
pub const WRONG_PIN_CODE: &str = "Wrong PIN code";

/// Whose failures count together for a login with this e-mail from this network.
pub fn subject(email: &str, network: &str) -> Subject {
    Subject::login(&secret::digest(&format!("{email}\n{network}")))
}

/// Removes the cookies of a login.
pub fn logout_cookies() -> Vec<HeaderValue> {
    [
        cookies::ACCESS_TOKEN,
        cookies::AUTH_TYPE,
        cookies::IS_AUTHENTICATED,
    ]
    .into_iter()
    .filter_map(cookies::clear)
    .collect()
}

/// Refuses everything while the maintenance mode is on (api/admin.md section 3); `mode` is its row.
pub fn refuse_maintenance(mode: &Rows) -> Result<()> {
    if mode.is_empty() {
        return Ok(());
    }
    Err(Error::not_found("Not Found"))
}

/// Refuses what is blocked according to the answer to `login::blocked`.
pub fn refuse_blocked(blocked: Option<&Rows>, now: i64) -> Result<()> {
    match blocked.map(login::blocked_until).transpose()?.flatten() {
        Some(until) => Err(Error::TooManyLogins(login::seconds_until(until, now))),
        None => Ok(()),
    }
}

/// The answer to a guess that came too late: others were counted since its block was read.
pub fn blocked_meanwhile(now: i64) -> Error {
    Error::TooManyLogins(login::seconds_until(now + login::WINDOW, now))
}

/// The caller's session. Errors: an API key came; it neither opens the locked folder nor sets a password or PIN code.
pub fn session_of(caller: &Caller) -> Result<&str> {
    match &caller.kind {
        Kind::Session(session) => Ok(&session.id),
        Kind::ApiKey(_) | Kind::Link(_) => Err(Error::bad_request(
            "This endpoint can only be used with a session token",
        )),
    }
}

/// Checks a proof against the account's secrets; the password counts when both are given (api/auth.md
/// section 5). Gives the present PIN code's hash.
pub fn prove<'a>(
    secrets: &'a Secrets,
    pin_code: Option<&str>,
    password: Option<&str>,
) -> Result<&'a str> {
    let hash = secrets
        .pin_code
        .as_deref()
        .ok_or_else(|| Error::bad_request("User does not have a PIN code"))?;
    match (password, pin_code) {
        (Some(password), _) => {
            if !secret::verify_password(password, secrets.password.as_deref()) {
                return Err(Error::bad_request("Wrong password"));
            }
        }
        (None, Some(pin_code)) => {
            if !secret::verify_password(pin_code, Some(hash)) {
                return Err(Error::bad_request(WRONG_PIN_CODE));
            }
        }
        (None, None) => {
            return Err(Error::bad_request("Either password or pinCode is required"));
        }
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_differs_by_account_and_by_address() {
        let one = subject("a@b.c", "192.0.2.1");
        assert_ne!(one, subject("x@b.c", "192.0.2.1"));
        assert_ne!(one, subject("a@b.c", "192.0.2.2"));
    }
}
