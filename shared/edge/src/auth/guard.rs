//! The extractors [`Auth`] and [`Guard`], and the rules of admission (api/auth.md section 1).

use std::{
    marker::PhantomData,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::extract::FromRequestParts;
use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::permission::{Permission, RequiredPermission};
use edge_platform::{Rows, Statement};
use edge_store::{
    caller::{self, Admission, Caller, Credential, Kind, LinkCaller},
    sessions,
};
use futures::future::BoxFuture;
use http::{HeaderMap, request::Parts};
use sha2::{Digest, Sha256};

use super::{credentials, device::Device};
use crate::{App, Error, Result, cookies};

/// A session is written to when it was last touched longer ago than this (ms).
const REFRESH_AFTER: i64 = 60 * 60 * 1000;
/// An elevation with less time left than this is extended to it (ms).
const ELEVATION_WINDOW: i64 = 5 * 60 * 1000;

/// Whether a route may be opened by a shared link.
pub trait LinkPolicy: Send + Sync + 'static {
    /// Shared-link credentials are allowed.
    const ALLOWED: bool;
    /// The password cookie of a protected link is demanded.
    const PASSWORD: bool;
}

/// Users only: a shared link gets 403.
#[derive(Debug, Clone, Copy)]
pub struct NoLink;
/// Users and shared links; a protected link needs its password cookie.
#[derive(Debug, Clone, Copy)]
pub struct WithLink;
/// Shared links that still have to prove their password.
#[derive(Debug, Clone, Copy)]
pub struct LinkLogin;

impl LinkPolicy for NoLink {
    const ALLOWED: bool = false;
    const PASSWORD: bool = false;
}
impl LinkPolicy for WithLink {
    const ALLOWED: bool = true;
    const PASSWORD: bool = true;
}
impl LinkPolicy for LinkLogin {
    const ALLOWED: bool = true;
    const PASSWORD: bool = false;
}

/// Credentials that have not been checked yet: nothing but [`Guard::admit`] can be done with them.
pub struct Guard<P, L = NoLink> {
    ticket: Arc<Ticket>,
    marker: PhantomData<fn() -> (P, L)>,
}

/// An admitted caller.
pub struct Auth<P, L = NoLink> {
    /// Who it is.
    pub caller: Caller,
    marker: PhantomData<fn() -> (P, L)>,
}

impl<P, L> std::ops::Deref for Auth<P, L> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<P: RequiredPermission, L: LinkPolicy> Guard<P, L> {
    const DEMANDS: Demands = Demands {
        permission: P::PERMISSION,
        admin: P::ADMIN,
        link: L::ALLOWED,
        link_password: L::PASSWORD,
    };

    /// Admits the caller and runs `statements` in the same round trip. Their texts may name the row
    /// `caller` (`edge_store::caller`), so they see only what this caller may see; their results are
    /// dropped unread when the caller is not admitted. They must not write anything.
    pub async fn admit(
        self,
        app: &App,
        statements: Vec<Statement>,
    ) -> Result<(Auth<P, L>, Vec<Rows>)> {
        let (caller, answers) = self.ticket.admit(app, Self::DEMANDS, statements).await?;
        let marker = PhantomData;
        Ok((Auth { caller, marker }, answers))
    }
}

/// What a route demands, as a value: so the code below exists once, not once per permission.
#[derive(Debug, Clone, Copy)]
struct Demands {
    permission: Option<Permission>,
    admin: bool,
    link: bool,
    link_password: bool,
}

/// What a request brings along to be admitted with.
struct Ticket {
    credential: Credential,
    device: Device,
    link_tokens: String,
    /// The database was asked for the caller.
    is_asked: AtomicBool,
}

impl Ticket {
    fn of(parts: &Parts) -> Result<Self> {
        let credential = credentials::find(parts)
            .ok_or_else(|| Error::unauthorized("Authentication required"))?;
        let link_tokens = link_tokens(&parts.headers);
        Ok(Self {
            credential,
            device: Device::of(&parts.headers),
            link_tokens,
            is_asked: AtomicBool::new(false),
        })
    }

    /// Boxed, so that handlers call it instead of each holding a copy (a tenth of a small Worker).
    fn admit(
        self: Arc<Self>,
        app: &App,
        demands: Demands,
        statements: Vec<Statement>,
    ) -> BoxFuture<'_, Result<(Caller, Vec<Rows>)>> {
        Box::pin(async move { self.admitted(app, demands, statements).await })
    }

    async fn admitted(
        &self,
        app: &App,
        demands: Demands,
        statements: Vec<Statement>,
    ) -> Result<(Caller, Vec<Rows>)> {
        self.is_asked.store(true, Ordering::Relaxed);
        let now = app.now();
        let mut batch = vec![caller::admission(&self.credential, now)];
        batch.extend(
            statements
                .into_iter()
                .map(|statement| caller::scoped(&self.credential, now, statement)),
        );
        let mut results = app.db().batch(batch).await?.into_iter();
        let caller = match Caller::admitted(&results.next().unwrap_or_default())? {
            Admission::Good(caller) => caller,
            Admission::Unknown => return Err(rejected(&self.credential)),
            // The server has nothing but maintenance (api/admin.md section 3).
            Admission::OutOfService => return Err(Error::not_found("Not Found")),
        };
        check(demands, &caller, &self.link_tokens)?;
        self.refresh(app, &caller, now).await?;
        Ok((caller, results.collect()))
    }

    /// Keeps the session's last use, device and elevation current; writes at most once an hour, or
    /// once in five minutes while the locked folder is open (api/auth.md sections 2 and 5).
    async fn refresh(&self, app: &App, caller: &Caller, now: i64) -> Result<()> {
        let Kind::Session(session) = &caller.kind else {
            return Ok(());
        };
        let stale = now - session.updated_at > REFRESH_AFTER;
        let updated =
            self.device.app_version.is_some() && self.device.app_version != session.app_version;
        let mut batch = Vec::new();
        if stale || updated {
            let device = &self.device;
            batch.push(sessions::touch(
                &session.id,
                &device.device_type,
                &device.device_os,
                device.app_version.as_deref(),
                now,
            ));
        }
        if let Some(expires) = session.pin_expires_at
            && expires > now
            && expires - now < ELEVATION_WINDOW
        {
            batch.push(sessions::elevate(&session.id, now + ELEVATION_WINDOW));
        }
        if !batch.is_empty() {
            app.db().batch(batch).await?;
        }
        Ok(())
    }
}

/// The caller of a request, from when a [`Guard`] found his credentials. `serve::handle` puts it into each
/// request: one that is refused before its handler has admitted the caller, e.g. for an invalid body, must not
/// tell him so unless he may call (api/auth.md section 1: 401 and 403 come before 400).
#[derive(Clone, Default)]
pub(crate) struct Pending(Arc<Mutex<Option<Found>>>);

struct Found {
    app: App,
    ticket: Arc<Ticket>,
    demands: Demands,
}

impl Pending {
    fn note(parts: &Parts, app: &App, demands: Demands) -> Result<Arc<Ticket>> {
        let ticket = Arc::new(Ticket::of(parts)?);
        if let Some(Ok(mut pending)) = parts.extensions.get::<Self>().map(|held| held.0.lock()) {
            *pending = Some(Found {
                app: app.clone(),
                ticket: Arc::clone(&ticket),
                demands,
            });
        }
        Ok(ticket)
    }

    /// Whether the caller may send a large body. One round trip where nobody has asked so far. Errors: he may not call, or
    /// 413 where nobody has to say who he is.
    pub(crate) async fn admit_large(&self) -> Result<()> {
        let (app, ticket, demands) = {
            let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let found = held.as_ref().ok_or(Error::PayloadTooLarge)?;
            (found.app.clone(), Arc::clone(&found.ticket), found.demands)
        };
        // Who was admitted already went past this: a refusal has ended the request.
        if !ticket.is_asked.load(Ordering::Relaxed) {
            ticket.admit(&app, demands, Vec::new()).await?;
        }
        Ok(())
    }

    /// Why the caller may not call, if nobody has asked so far. One round trip.
    pub(crate) async fn refusal(self) -> Option<Error> {
        let found = self.0.lock().ok()?.take()?;
        if found.ticket.is_asked.load(Ordering::Relaxed) {
            return None;
        }
        let admission = found.ticket.admit(&found.app, found.demands, Vec::new());
        admission.await.err()
    }
}

fn rejected(credential: &Credential) -> Error {
    Error::unauthorized(match credential {
        Credential::ShareKey(_) => "Invalid share key",
        Credential::ShareSlug(_) => "Invalid share slug",
        Credential::Session(_) => "Invalid user token",
        Credential::ApiKey(_) => "Invalid API key",
    })
}

/// What comes after authentication, in the contract's order: admin, shared link, key permission.
fn check(demands: Demands, caller: &Caller, link_tokens: &str) -> Result<()> {
    let is_admin = caller.is_admin && !matches!(caller.kind, Kind::Link(_));
    if demands.admin && !is_admin {
        return Err(Error::forbidden("Forbidden"));
    }
    match &caller.kind {
        Kind::Link(_) if !demands.link => Err(Error::forbidden("Forbidden")),
        Kind::Link(link) if demands.link_password && !holds_token(link, link_tokens) => {
            Err(Error::unauthorized("Password required"))
        }
        Kind::ApiKey(key) => match demands.permission {
            Some(needed) if !is_granted(needed, &key.permissions) => Err(Error::forbidden(
                format!("Missing required permission: {}", needed.as_str()),
            )),
            _ => Ok(()),
        },
        Kind::Link(_) | Kind::Session(_) => Ok(()),
    }
}

fn is_granted(needed: Permission, granted: &[String]) -> bool {
    granted
        .iter()
        .any(|held| held == Permission::All.as_str() || held == needed.as_str())
}

/// Passwords of so many links a browser remembers, and so many tokens of a cookie are looked at: each could be a guess that nobody counts.
pub const LINK_TOKENS: usize = 20;

/// Whether the cookie holds the token that proves the link's password (api/auth.md section 10). We ask
/// on every route a link opens, the official server on one only.
fn holds_token(link: &LinkCaller, tokens: &str) -> bool {
    link.password.as_ref().is_none_or(|password| {
        let token = link_token(&link.id, password);
        let mut held = tokens.split(',').take(LINK_TOKENS);
        held.any(|held| held == token)
    })
}

/// The tokens of links that a browser sends.
fn link_tokens(headers: &HeaderMap) -> String {
    percent_decoded(cookies::read(headers, cookies::SHARED_LINK_TOKEN).unwrap_or_default())
}

/// Whether a request proves the password of this link by its cookie, if it has one.
pub fn is_unlocked(link: &LinkCaller, headers: &HeaderMap) -> bool {
    holds_token(link, &link_tokens(headers))
}

/// The token that proves a shared link's password: base64 of SHA-256 of `<link id>-<password>`.
pub fn link_token(link_id: &str, password: &str) -> String {
    STANDARD.encode(Sha256::digest(format!("{link_id}-{password}")))
}

/// Browsers may send the comma and the base64 signs of a cookie percent-encoded.
fn percent_decoded(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '+' => guarded.push_str("%2B"),
            '=' => guarded.push_str("%3D"),
            '&' => guarded.push_str("%26"),
            plain => guarded.push(plain),
        }
    }
    form_urlencoded::parse(guarded.as_bytes())
        .map(|(text, _)| text)
        .collect()
}

impl<P: RequiredPermission, L: LinkPolicy> FromRequestParts<App> for Guard<P, L> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Ok(Self {
            ticket: Pending::note(parts, app, Self::DEMANDS)?,
            marker: PhantomData,
        })
    }
}

impl<P: RequiredPermission, L: LinkPolicy> FromRequestParts<App> for Auth<P, L> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let guard = Guard::<P, L>::from_request_parts(parts, app).await?;
        Ok(guard.admit(app, Vec::new()).await?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_links_are_found_plain_and_percent_encoded() {
        let link = LinkCaller {
            id: "l".into(),
            album_id: None,
            password: Some("p".into()),
            allow_upload: false,
            allow_download: false,
            show_metadata: false,
        };
        let token = link_token("l", "p");
        let encoded = token
            .replace('=', "%3D")
            .replace('+', "%2B")
            .replace('/', "%2F");
        for cookie in [
            token.clone(),
            encoded.clone(),
            format!("x=,{token}"),
            format!("{encoded}%2Cx"),
        ] {
            assert!(holds_token(&link, &percent_decoded(&cookie)), "{cookie}");
        }
        assert!(!holds_token(&link, &percent_decoded("x=")));
        let behind = |others| format!("{}{token}", "x,".repeat(others));
        assert!(holds_token(&link, &behind(LINK_TOKENS - 1)));
        assert!(!holds_token(&link, &behind(LINK_TOKENS)));
    }
}
