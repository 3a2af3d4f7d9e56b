//! The realtime channel on Cloudflare: one Durable Object per user holds the connections (class `Channel` of area `realtime`).

use async_trait::async_trait;
use edge_api::realtime::{Admitted, Delivery};
use futures::{StreamExt as _, future::try_join_all};
use wasm_bindgen_futures::{future_to_promise, spawn_local};
use worker::{
    Env, Headers, Method, ObjectNamespace, Request, RequestInit, Response, WebSocket,
    WebSocketPair, WebsocketEvent,
    js_sys::Promise,
    send::SendFuture,
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
};

use super::unbound;
use crate::realtime::{Realtime, RealtimeError};

/// Name of the binding of the Durable Objects.
pub const CHANNELS: &str = "CHANNELS";
/// Where a Durable Object takes a [`Delivery`].
pub const DELIVER: &str = "https://channel/deliver";
/// Where a Durable Object takes a connection, with the tag of its room as the path that follows.
pub const CONNECT: &str = "https://channel/connect/";

#[wasm_bindgen(module = "cloudflare:workers")]
extern "C" {
    /// Lets the runtime go on after the answer until the promise is settled.
    #[wasm_bindgen(js_name = waitUntil)]
    fn wait_until(promise: &Promise);
}

/// The Durable Objects bound as [`CHANNELS`].
pub struct Channels(Option<ObjectNamespace>);

impl Channels {
    /// Those that this Worker has.
    pub fn new(env: &Env) -> Self {
        Self(env.durable_object(CHANNELS).ok())
    }

    fn objects(&self) -> Result<&ObjectNamespace, RealtimeError> {
        self.0
            .as_ref()
            .ok_or_else(|| RealtimeError(unbound(CHANNELS)))
    }

    async fn open(&self, who: &Admitted) -> Result<WebSocket, RealtimeError> {
        let Some(user) = &who.user else {
            return refuse().map_err(failed);
        };
        let tag = who.room.as_ref().map(edge_api::realtime::Room::tag);
        let url = format!("{CONNECT}{}", tag.unwrap_or_default());
        let headers = Headers::new();
        headers.set("upgrade", "websocket").map_err(failed)?;
        let mut init = RequestInit::new();
        init.with_headers(headers);
        let request = Request::new_with_init(&url, &init).map_err(failed)?;
        let object = self.objects()?.get_by_name(user).map_err(failed)?;
        let response = object.fetch_with_request(request).await.map_err(failed)?;
        let socket = response.websocket();
        socket.ok_or_else(|| RealtimeError("the channel gave no WebSocket".to_owned()))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: worker::Error) -> RealtimeError {
    RealtimeError(error.to_string())
}

async fn send(objects: ObjectNamespace, delivery: Delivery) -> worker::Result<Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post);
    init.with_body(Some(JsValue::from_str(&serde_json::to_string(&delivery)?)));
    let request = Request::new_with_init(DELIVER, &init)?;
    objects
        .get_by_name(&delivery.user)?
        .fetch_with_request(request)
        .await
}

/// A connection that ends as soon as the client has said that it is there.
fn refuse() -> worker::Result<WebSocket> {
    use edge_api::realtime::frame;
    let WebSocketPair { client, server } = WebSocketPair::new()?;
    server.accept()?;
    server.send_with_str(frame::open("none"))?;
    spawn_local(async move {
        let said = match server.events() {
            Ok(mut events) => events.next().await,
            Err(_) => None,
        };
        let text = match said {
            Some(Ok(WebsocketEvent::Message(message))) => message.text(),
            _ => None,
        };
        if text.is_some_and(|text| frame::read(&text) == frame::Said::Connect)
            && let Ok(frames) = frame::refusal("none")
        {
            // A client that went away meanwhile is no matter.
            frames
                .iter()
                .for_each(|frame| drop(server.send_with_str(frame)));
        }
        drop(server.close(Some(1000), Some("")));
    });
    Ok(client)
}

#[async_trait]
impl Realtime for Channels {
    async fn deliver(&self, deliveries: Vec<Delivery>) -> Result<(), RealtimeError> {
        let objects = self.objects()?.clone();
        let sent = future_to_promise(async move {
            let sending = deliveries
                .into_iter()
                .map(|delivery| send(objects.clone(), delivery));
            if let Err(error) = try_join_all(sending).await {
                worker::console_error!("realtime channel: {error}");
            }
            Ok(JsValue::UNDEFINED)
        });
        wait_until(&sent);
        Ok(())
    }

    async fn connect(&self, who: &Admitted) -> Result<Option<http::Extensions>, RealtimeError> {
        let socket = SendFuture::new(self.open(who)).await?;
        let mut upgrade = http::Extensions::new();
        upgrade.insert(socket);
        Ok(Some(upgrade))
    }
}
