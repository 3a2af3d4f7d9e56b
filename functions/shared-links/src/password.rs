//! The password of a link: guesses are counted by link and address together (docs/decisions/0003-login-throttling.md).

use edge_http::{App, Error, Result, auth::link_token, cookies, secret};
use edge_store::{
    caller::LinkCaller,
    login::{self, Subject},
};
use http::{HeaderMap, HeaderValue, Uri};

/// Passwords of so many links a browser remembers.
const REMEMBERED: usize = 20;

/// The cookie that proves the password from now on. Errors: the link has none (400), it is another one (401), or too
/// many were wrong (429).
pub async fn prove(
    app: &App,
    link: &LinkCaller,
    given: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<HeaderValue>> {
    let Some(password) = &link.password else {
        return Err(Error::bad_request("Shared link is not password protected"));
    };
    let (now, network) = (app.now(), app.trust.network(headers));
    let subject = Subject::link(&secret::digest(&format!("{}\n{network}", link.id)));
    let blocked = app.db().run(login::blocked(&subject, now)).await?;
    if let Some(until) = login::blocked_until(&blocked)? {
        return Err(Error::TooManyLogins(login::seconds_until(until, now)));
    }
    let token = link_token(&link.id, password);
    // Digests are compared, so that the time tells nothing about the password.
    if link_token(&link.id, given) != token {
        app.db().run(login::failed(&subject, now)).await?;
        return Err(Error::unauthorized("Invalid password"));
    }
    let held = cookies::read(headers, cookies::SHARED_LINK_TOKEN).unwrap_or_default();
    let held = held
        .split(',')
        .filter(|other| !other.is_empty() && *other != token);
    let mut tokens: Vec<&str> = held.collect();
    tokens.push(&token);
    let recent = tokens.len().saturating_sub(REMEMBERED);
    Ok(cookies::set(
        cookies::SHARED_LINK_TOKEN,
        &tokens.get(recent..).unwrap_or_default().join(","),
        cookies::SHARED_LINK_MAX_AGE,
        cookies::is_https(uri, headers),
        true,
    ))
}
