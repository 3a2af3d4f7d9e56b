//! HTTP in: who may open the channel.

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
use axum::response::IntoResponse as _;
use axum::{
    extract::{FromRequestParts as _, Request, State},
    response::Response,
};
use edge_api::{
    legacy,
    permission::perm,
    realtime::{Admitted, MAINTENANCE, Room},
};
use edge_http::{
    App, Error, Guard, Result,
    maintenance::{LIFETIME, Mode},
};
use edge_store::{
    caller::{Caller, Kind},
    system::{self, key},
};
use http::{HeaderMap, Uri, header};

use crate::{news, polling};

/// Header of the question who connects, by a host that takes connections itself (`host/src/realtime.rs`).
const HOST_ASKS: &str = "x-edge-channel";

/// Opens the channel over a WebSocket; a poll is sent away (`pollSocket`). Credentials that are not good open it as well, to
/// hear so (api/realtime.md section 2); in the maintenance mode it is open to everybody, to hear how far that is. Where the host
/// takes connections it asks here who it is: the answer is [`Admitted`]. One round trip, two for credentials that are not good.
pub async fn connect(State(app): State<App>, request: Request) -> Result<Response> {
    if !is_socket(request.uri()) || !is_asked(request.headers()) {
        return polling::poll(&app, request.uri());
    }
    let who = admitted(&app, request).await?;
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    return crate::open::open(&who).await;
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    Ok(axum::Json(who).into_response())
}

/// Whether this can be done: on Cloudflare the client asks for it, elsewhere the host that takes connections.
fn is_asked(headers: &HeaderMap) -> bool {
    if cfg!(all(target_arch = "wasm32", target_os = "unknown")) {
        let upgrade = headers.get(header::UPGRADE);
        return upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    }
    headers.contains_key(HOST_ASKS)
}

/// Whether a request asks for a WebSocket of the protocol that we speak.
fn is_socket(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    let has = |wanted: &str| query.split('&').any(|pair| pair == wanted);
    has("EIO=4") && has("transport=websocket")
}

/// Only headers count, not the query.
async fn admitted(app: &App, request: Request) -> Result<Admitted> {
    let (mut parts, _) = request.into_parts();
    parts.uri = Uri::from_static("/api/socket.io");
    let guard = Guard::<perm::All>::from_request_parts(&mut parts, app).await;
    let admitted = match with_news(app, guard).await {
        // In the maintenance mode nobody's credentials are.
        Err(Error::Unauthorized(_) | Error::Forbidden(_) | Error::NotFound(_)) => {
            waiting(app, &parts.headers).await?
        }
        outcome => outcome?,
    };
    Ok(Admitted {
        is_old_app: is_old_app(&parts.headers),
        ..admitted
    })
}

/// Whether the app of 2.7 connects.
fn is_old_app(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    agent.is_some_and(legacy::is_app)
}

async fn with_news(app: &App, guard: Result<Guard<perm::All>>) -> Result<Admitted> {
    let about = [key::VERSION_CHECK_STATE, key::SYSTEM_CONFIG].map(system::find_statement);
    let (auth, about) = guard?.admit(app, about.to_vec()).await?;
    let [state, config] = about.as_slice() else {
        return Err(Error::internal("two results expected"));
    };
    let (state, config) = (system::value(state)?, system::value(config)?);
    let release = news::release(app.version().await, state, config);
    let (room, until) = credential(&auth);
    Ok(Admitted {
        user: Some(auth.user_id.clone()),
        room,
        until,
        news: release.map(|event| event.frame()),
        is_old_app: false,
    })
}

/// What a connection was opened with, and when that expires.
fn credential(caller: &Caller) -> (Option<Room>, Option<i64>) {
    match &caller.kind {
        Kind::Session(session) => (Some(Room::Session(session.id.clone())), session.expires_at),
        Kind::ApiKey(key) => (Some(Room::ApiKey(key.id.clone())), None),
        Kind::Link(_) => (None, None),
    }
}

/// Somebody who waits for the end of the maintenance mode, for as long as its token is good; nobody while it is off.
async fn waiting(app: &App, headers: &HeaderMap) -> Result<Admitted> {
    let mode = Mode::read(app).await?;
    let is_holder = |mode: Mode| mode.holder(app, headers).is_ok();
    let room = mode.map(is_holder).map(|is_holder| {
        if is_holder {
            Room::Holder
        } else {
            Room::Public
        }
    });
    Ok(Admitted {
        user: room.as_ref().map(|_| MAINTENANCE.to_owned()),
        until: room.as_ref().map(|_| app.now() + LIFETIME * 1000),
        room,
        news: None,
        is_old_app: false,
    })
}
