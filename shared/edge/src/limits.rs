//! How often one address may ask without an account (docs/decisions/0003-login-throttling.md, "Requests without an account").

use axum::extract::FromRequestParts;
use edge_store::login::{self, Subject};
use http::{HeaderMap, request::Parts};

use crate::{App, Error, Result, secret, serve::log};

/// Variable of an installation: how many requests of this kind one address may send in a minute. Empty or 0: as many as it likes.
pub const VARIABLE: &str = "anonymous_requests_per_minute";

/// A request that needs no account and asks the database, a provider or for a slow digest. Extracting it counts the request for the
/// address it comes from: one round trip where a limit is set, none otherwise. Errors: it is above the limit (429).
#[derive(Debug, Clone, Copy)]
pub struct Counted;

impl FromRequestParts<App> for Counted {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        count(app, &parts.headers).await?;
        Ok(Self)
    }
}

async fn count(app: &App, headers: &HeaderMap) -> Result<()> {
    let variable = app.variables.get(VARIABLE).await;
    let Some(limit) = variable.as_deref().and_then(parse) else {
        return Ok(());
    };
    let network = app.trust.network(headers);
    if network.is_empty() {
        // Nobody who is believed tells where requests come from: all of them would count together, and anybody could lock everybody out.
        return Ok(());
    }
    let subject = Subject::anonymous(&secret::digest(&network));
    let counted = app.db().run(login::count(&subject, limit, app.now()));
    if counted.await?.first().is_none() {
        let minute = login::seconds_until(login::MINUTE, 0);
        return Err(Error::TooManyRequests(minute));
    }
    Ok(())
}

/// The limit that a variable sets.
fn parse(variable: &str) -> Option<i64> {
    let limit = variable.trim().parse::<i64>();
    if limit.is_err() {
        log("ANONYMOUS_REQUESTS_PER_MINUTE is no number: there is no limit");
    }
    limit.ok().filter(|limit| *limit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_above_zero() {
        let limits = ["60", " 7 ", "0", "-1", "many"].map(parse);
        assert_eq!(limits, [Some(60), Some(7), None, None, None]);
    }
}
