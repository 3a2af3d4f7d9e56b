//! The password of a link: guesses are counted by link and address together (docs/decisions/0003-login-throttling.md).

use edge_http::{
    App, Error, Result,
    auth::{LINK_TOKENS, link_token},
    cookies, secret,
};
use edge_platform::{Rows, Statement};
use edge_store::{
    caller::LinkCaller,
    login::{self, Subject},
};
use http::{HeaderMap, HeaderValue, Uri};

/// Asks whether the guest may guess; travels with the admission. Names `caller`.
pub fn blocked(app: &App, headers: &HeaderMap) -> Statement {
    login::blocked_guest(&address(app, headers), app.now())
}

fn address(app: &App, headers: &HeaderMap) -> String {
    secret::digest(&format!("link\n{}", app.trust.network(headers)))
}

/// The cookie that proves the password from now on; `blocked` is the answer to [`blocked`]. Errors: the link has none (400), it is
/// another one (401), or too many were wrong (429).
pub async fn prove(
    app: &App,
    link: &LinkCaller,
    blocked: Option<&Rows>,
    given: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<HeaderValue>> {
    let Some(password) = &link.password else {
        return Err(Error::bad_request("Shared link is not password protected"));
    };
    let now = app.now();
    let until = blocked.map(login::blocked_until).transpose()?;
    if let Some(until) = until.flatten() {
        return Err(Error::TooManyLogins(login::seconds_until(until, now)));
    }
    let token = link_token(&link.id, password);
    let subject = Subject::link(&link.id, &address(app, headers));
    // Digests are compared, so that the time tells nothing about the password.
    settle(app, &subject, link_token(&link.id, given) == token, now).await?;
    let held = cookies::read(headers, cookies::SHARED_LINK_TOKEN).unwrap_or_default();
    let held = held
        .split(',')
        .filter(|other| !other.is_empty() && *other != token);
    let mut tokens: Vec<&str> = held.collect();
    tokens.push(&token);
    let recent = tokens.len().saturating_sub(LINK_TOKENS);
    Ok(cookies::set(
        cookies::SHARED_LINK_TOKEN,
        &tokens.get(recent..).unwrap_or_default().join(","),
        cookies::SHARED_LINK_MAX_AGE,
        cookies::is_https(uri, headers),
        true,
    ))
}

/// Counts a wrong guess, or forgets them after a right one. A burst of guesses, none of which was blocked when it was read, is told no more
/// than its first few: neither right nor wrong. One round trip. Errors: as [`prove`].
async fn settle(app: &App, subject: &Subject, is_right: bool, now: i64) -> Result<()> {
    if is_right {
        let batch = vec![login::blocked(subject, now), login::succeeded(subject, now)];
        let results = app.db().batch(batch).await?;
        let until = results.first().map(login::blocked_until).transpose()?;
        return match until.flatten() {
            Some(until) => Err(Error::TooManyLogins(login::seconds_until(until, now))),
            None => Ok(()),
        };
    }
    let counted = app.db().run(login::failed_guess(subject, now)).await?;
    if login::is_over(&counted)? {
        return Err(Error::TooManyLogins(login::seconds_until(
            now + login::WINDOW,
            now,
        )));
    }
    Err(Error::unauthorized("Invalid password"))
}
