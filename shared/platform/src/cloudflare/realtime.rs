//! The realtime channel on Cloudflare: one Durable Object per user holds the connections (class `Channel` of area `realtime`).

use async_trait::async_trait;
use edge_api::realtime::Delivery;
use wasm_bindgen_futures::future_to_promise;
use worker::{
    Env, Method, ObjectNamespace, Request, RequestInit, Response,
    js_sys::Promise,
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
};

use super::unbound;
use crate::realtime::{Realtime, RealtimeError, lots};

/// Name of the binding of the Durable Objects.
pub const CHANNELS: &str = "CHANNELS";
/// Where a Durable Object takes a JSON list of [`Delivery`]s: those of its user, and perhaps others behind them, to be handed on.
pub const DELIVER: &str = "https://channel/deliver";

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
}

async fn send(
    objects: ObjectNamespace,
    user: String,
    lot: Vec<Delivery>,
) -> worker::Result<Response> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post);
    init.with_body(Some(JsValue::from_str(&serde_json::to_string(&lot)?)));
    let request = Request::new_with_init(DELIVER, &init)?;
    objects
        .get_by_name(&user)?
        .fetch_with_request(request)
        .await
}

#[async_trait]
impl Realtime for Channels {
    async fn deliver(&self, deliveries: Vec<Delivery>) -> Result<(), RealtimeError> {
        let objects = self.objects()?.clone();
        for lot in lots(deliveries) {
            let Some(user) = lot.first().map(|first| first.user.clone()) else {
                continue;
            };
            let objects = objects.clone();
            wait_until(&future_to_promise(async move {
                if let Err(error) = send(objects, user, lot).await {
                    worker::console_error!("realtime channel: {error}");
                }
                Ok(JsValue::UNDEFINED)
            }));
        }
        Ok(())
    }
}
