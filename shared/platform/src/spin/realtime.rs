//! The realtime channel on Spin: a host that holds connections (host/src/realtime.rs) takes what goes to them, by Redis where
//! several do, else as the component `realtime`.

use async_trait::async_trait;
use bytes::Bytes;
use edge_api::realtime::Delivery;
use http::{HeaderValue, Request, header};
use spin_sdk::wasip3;

use super::{
    fetch,
    queue::{Invocation, TOKEN_HEADER},
    redis, variable,
};
use crate::{Realtime, RealtimeError};

/// Where a host takes a JSON list of [`Delivery`]s.
const DELIVER: &str = "http://realtime.spin.internal/internal/realtime";
/// The Redis channel that hosts read.
const CHANNEL: &str = "immich-edge-realtime";

/// Hands frames to the hosts.
#[derive(Debug, Clone, Copy)]
pub struct SpinRealtime(pub Invocation);

#[async_trait]
impl Realtime for SpinRealtime {
    /// Lets no HTTP request wait, as for wake-ups.
    async fn deliver(&self, deliveries: Vec<Delivery>) -> Result<(), RealtimeError> {
        let deliveries = serde_json::to_vec(&deliveries);
        let deliveries = deliveries.map_err(|error| RealtimeError(error.to_string()))?;
        let sent = send(deliveries.into(), self.0);
        match self.0 {
            Invocation::Request => wasip3::spawn(sent),
            Invocation::Message => sent.await,
        }
        Ok(())
    }
}

/// By Redis; and where that is not wanted, not there, or nobody listens, to this host.
async fn send(deliveries: Bytes, invocation: Invocation) {
    let address = variable("redis_address").await;
    if !address.is_empty() {
        match redis::publish(&address, CHANNEL, deliveries.to_vec()).await {
            Ok(0) => {}
            Ok(_) => return,
            Err(error) => eprintln!("realtime channel by Redis: {error}"),
        }
    }
    if invocation == Invocation::Request
        && let Err(error) = call(deliveries).await
    {
        eprintln!("realtime channel: {error}");
    }
}

async fn call(deliveries: Bytes) -> Result<(), String> {
    let token = HeaderValue::from_str(&variable("internal_token").await);
    let request = Request::post(DELIVER)
        .header(header::CONTENT_TYPE, "application/json")
        .header(TOKEN_HEADER, token.map_err(|error| error.to_string())?)
        .body(deliveries)
        .map_err(|error| error.to_string())?;
    let answer = fetch::send(request)
        .await
        .map_err(|error| error.to_string())?;
    match answer.status {
        // Spin itself has no channel: the component answers.
        204 | 404 => Ok(()),
        status => Err(format!("it answered {status}")),
    }
}
