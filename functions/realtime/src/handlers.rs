//! HTTP in: who may open the channel.

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
use axum::response::IntoResponse as _;
use axum::{
    extract::{FromRequestParts as _, Request, State},
    response::Response,
};
use edge_api::{
    permission::perm,
    realtime::{Admitted, Room},
};
use edge_http::{App, Auth, Error, Result};
use edge_store::caller::{Caller, Kind};
use http::{HeaderMap, Uri, header};

use crate::polling;

/// Header of the question who connects, by a host that takes connections itself (`host/src/realtime.rs`).
const HOST_ASKS: &str = "x-edge-channel";

/// Opens the channel over a WebSocket; a poll is sent away (`pollSocket`). Credentials that are not good open it as well, to
/// hear so (api/realtime.md section 2). Where the host takes connections it asks here who it is: the answer is [`Admitted`].
/// One round trip.
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
    match Auth::<perm::All>::from_request_parts(&mut parts, app).await {
        Ok(auth) => Ok(admission(&auth)),
        Err(Error::Unauthorized(_) | Error::Forbidden(_)) => Ok(Admitted {
            user: None,
            room: None,
            until: None,
        }),
        Err(error) => Err(error),
    }
}

fn admission(caller: &Caller) -> Admitted {
    let (room, until) = match &caller.kind {
        Kind::Session(session) => (Some(Room::Session(session.id.clone())), session.expires_at),
        Kind::ApiKey(key) => (Some(Room::ApiKey(key.id.clone())), None),
        Kind::Link(_) => (None, None),
    };
    Admitted {
        user: Some(caller.user_id.clone()),
        room,
        until,
    }
}
