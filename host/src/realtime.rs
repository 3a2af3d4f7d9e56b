//! The realtime channel until it is built (docs/realtime.md): a component cannot answer with a WebSocket, so the host takes the
//! connection, and disconnects the client of socket.io as the gateway of the Workers does.
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::{SinkExt as _, StreamExt as _};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// How long a client may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest message that is read, bytes: whoever comes is unknown, and has nothing to say.
const MESSAGE: usize = 16 * 1024;
/// Packets of Engine.IO 4 and Socket.IO 5: connects to the namespace `/`, and disconnects.
const CONNECT: &str = "40";
const DISCONNECT: &str = "41";

/// Whether a request wants to become a WebSocket of the realtime channel.
pub fn is_socket(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    let is_channel = path.strip_suffix('/').unwrap_or(path) == "/api/socket.io";
    is_channel && names(request.headers(), "websocket")
}

fn names(headers: &HeaderMap, protocol: &str) -> bool {
    let wanted = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(protocol))
}

/// The answer that turns the connection into a WebSocket, which ends as soon as the client has said that it is there.
///
/// # Errors
/// A request that is no handshake of a WebSocket (RFC 6455 section 4.2.1).
pub fn accept_and_disconnect<B: Default>(mut request: Request<Incoming>) -> Result<Response<B>> {
    let key = request.headers().get(SEC_WEBSOCKET_KEY);
    let accept = derive_accept_key(key.context("no Sec-WebSocket-Key")?.as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        // A client that goes away in the middle is no matter.
        if let Ok(upgraded) = upgrade.await {
            let talk = talk(TokioIo::new(upgraded));
            drop(tokio::time::timeout(PATIENCE, talk).await);
        }
    });
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept.try_into()?);
    Ok(response)
}

async fn talk<S>(stream: S) -> Result<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE))
        .max_frame_size(Some(MESSAGE));
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    // Ids are of no use to a client that is sent away.
    let open = json!({
        "sid": "none", "upgrades": [], "pingInterval": 25_000, "pingTimeout": 20_000,
        "maxPayload": 1_000_000,
    });
    socket.send(Message::text(format!("0{open}"))).await?;
    let is_there = loop {
        match socket.next().await.transpose()? {
            Some(Message::Text(text)) => break text.starts_with(CONNECT),
            Some(Message::Ping(_) | Message::Pong(_)) => {}
            _ => break false,
        }
    };
    if is_there {
        let connected = format!("{CONNECT}{}", json!({ "sid": "none" }));
        socket.send(Message::text(connected)).await?;
        socket.send(Message::text(DISCONNECT)).await?;
    }
    Ok(socket.close(None).await?)
}
