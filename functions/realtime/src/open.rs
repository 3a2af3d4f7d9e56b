//! Opens connections on Cloudflare, in the Durable Object of the user.

use std::{pin::pin, time::Duration};

use axum::response::{IntoResponse as _, Response};
use edge_api::realtime::{Admitted, Room, frame};
use edge_http::{Error, Result};
use edge_platform::cloudflare::CHANNELS;
use futures::{
    StreamExt as _,
    future::{Either, select},
};
use http::StatusCode;
use wasm_bindgen_futures::spawn_local;
use worker::{
    Delay, Env, Headers, Request, RequestInit, WebSocket, WebSocketPair, WebsocketEvent,
    send::SendFuture,
    wasm_bindgen::{self, JsCast as _, JsValue, prelude::wasm_bindgen},
};

use crate::channel::{NEWS, OLD_APP};

/// Where a Durable Object takes a connection, with the tag of its room as the path that follows, and in the query when it
/// expires (epoch ms).
const CONNECT: &str = "https://channel/connect/";

/// How long who was not admitted may take to say that it is there, as on our host.
const PATIENCE: Duration = Duration::from_secs(20);

#[wasm_bindgen(module = "cloudflare:workers")]
extern "C" {
    /// The bindings of this Worker.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    static ENV: JsValue;
}

/// The answer that makes a request a WebSocket.
///
/// # Errors
/// The runtime opens none.
pub async fn open(who: &Admitted) -> Result<Response> {
    let socket = SendFuture::new(connect(who)).await;
    let socket = socket.map_err(|error| Error::internal(error.to_string()))?;
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    response.extensions_mut().insert(socket);
    Ok(response)
}

async fn connect(who: &Admitted) -> worker::Result<WebSocket> {
    let Some(user) = &who.user else {
        return refuse();
    };
    let tag = who.room.as_ref().map(Room::tag).unwrap_or_default();
    let until = who.until.map(|until| format!("?{until}"));
    let url = format!("{CONNECT}{tag}{}", until.unwrap_or_default());
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    if let Some(news) = &who.news {
        headers.set(NEWS, news)?;
    }
    if who.is_old_app {
        headers.set(OLD_APP, "1")?;
    }
    let mut init = RequestInit::new();
    init.with_headers(headers);
    let request = Request::new_with_init(&url, &init)?;
    let env = ENV.with(|env| env.clone().unchecked_into::<Env>());
    let object = env.durable_object(CHANNELS)?.get_by_name(user)?;
    let response = object.fetch_with_request(request).await?;
    let none = || worker::Error::RustError("the channel gave no WebSocket".to_owned());
    response.websocket().ok_or_else(none)
}

/// A connection that ends as soon as the client has said that it is there, or has not for too long.
fn refuse() -> worker::Result<WebSocket> {
    let WebSocketPair { client, server } = WebSocketPair::new()?;
    server.accept()?;
    server.send_with_str(frame::open("none", frame::PING_INTERVAL))?;
    spawn_local(async move {
        let said = match server.events() {
            Ok(mut events) => {
                match select(pin!(events.next()), pin!(Delay::from(PATIENCE))).await {
                    Either::Left((said, _)) => said,
                    Either::Right(_) => None,
                }
            }
            Err(_) => None,
        };
        let text = match said {
            Some(Ok(WebsocketEvent::Message(message))) => message.text(),
            _ => None,
        };
        if text.is_some_and(|text| frame::read(&text) == frame::Said::Connect) {
            // A client that went away meanwhile is no matter.
            for frame in frame::refusal("none") {
                drop(server.send_with_str(frame));
            }
        }
        drop(server.close(Some(1000), Some("")));
    });
    Ok(client)
}
