//! HTTP in: who may open the channel.

use axum::{
    Json,
    extract::{FromRequestParts as _, Request, State},
    response::{IntoResponse as _, Response},
};
use edge_api::{
    permission::perm,
    realtime::{Admitted, Room},
};
use edge_http::{App, Auth, Error, Result};
use edge_store::caller::{Caller, Kind};
use http::{StatusCode, Uri};

use crate::polling;

/// Opens the channel over a WebSocket; a poll is sent away (`pollSocket`). Credentials that are not good open it as well, to
/// hear so (api/realtime.md section 2). Where the host takes connections it asks here who it is: the answer is [`Admitted`].
/// One round trip.
pub async fn connect(State(app): State<App>, request: Request) -> Result<Response> {
    if !is_socket(request.uri()) {
        return polling::poll(&app, request.uri());
    }
    let who = admitted(&app, request).await?;
    let connected = app.realtime.connect(&who).await;
    let Some(upgrade) = connected.map_err(|error| Error::Internal(error.to_string()))? else {
        return Ok(Json(who).into_response());
    };
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    response.extensions_mut().extend(upgrade);
    Ok(response)
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
        }),
        Err(error) => Err(error),
    }
}

fn admission(caller: &Caller) -> Admitted {
    let room = match &caller.kind {
        Kind::Session(session) => Some(Room::Session(session.id.clone())),
        Kind::ApiKey(key) => Some(Room::ApiKey(key.id.clone())),
        Kind::Link(_) => None,
    };
    Admitted {
        user: Some(caller.user_id.clone()),
        room,
    }
}
