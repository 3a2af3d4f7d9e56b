//! Engine.IO's long polling, which the channel does not offer (docs/realtime.md): it accepts whoever comes and disconnects
//! them, which makes a client of socket.io stop asking. Nothing is kept: such a channel needs no state to be ended.

use axum::response::{IntoResponse, Response};
use edge_api::realtime::frame;
use edge_http::{App, Error, Result};
use http::{Uri, header};

/// Separates the packets of one answer (Engine.IO 4).
const SEPARATOR: char = '\u{1e}';

/// Opens a channel, or gives the packets of an open one: connected, and disconnected (`pollSocket`).
pub fn poll(app: &App, uri: &Uri) -> Result<Response> {
    let packets = match session(uri)? {
        None => frame::open(&app.uuid(), frame::PING_INTERVAL),
        Some(_) => format!(
            "{}{SEPARATOR}{}",
            frame::connected(&app.uuid()),
            frame::DISCONNECT
        ),
    };
    Ok(text(packets))
}

/// Takes the packets of a client, none of which matters (`sendToSocket`).
pub async fn send(uri: Uri) -> Result<Response> {
    match session(&uri)? {
        Some(_) => Ok(text("ok".to_owned())),
        None => Err(Error::bad_request("Session ID unknown")),
    }
}

/// The id of the channel, none to open one. What is wrong with the query is said in the words of Engine.IO.
fn session(uri: &Uri) -> Result<Option<String>> {
    let query = uri.query().unwrap_or_default();
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    if value("EIO").as_deref() != Some("4") {
        return Err(Error::bad_request("Unsupported protocol version"));
    }
    if value("transport").as_deref() != Some("polling") {
        return Err(Error::bad_request("Transport unknown"));
    }
    Ok(value("sid"))
}

fn text(packets: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=UTF-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, packets).into_response()
}
