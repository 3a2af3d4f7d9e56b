//! What components of all hosts tell the devices of users, read from Redis where that is configured.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use edge_api::realtime::Delivery;
use futures::StreamExt as _;

use super::{COMPONENT, Channel};
use crate::app::App;
use crate::log;

/// Where components publish.
const CHANNEL: &str = "immich-edge-realtime";
/// Until the next try when Redis has gone.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads for ever; without Redis, or in an application that takes no connections, there is nothing to read.
pub async fn listen(app: &App, variables: &BTreeMap<String, String>) {
    let address = variables.get("redis_address");
    let address = address.filter(|address| !address.is_empty());
    let Some(address) = address.filter(|_| app.component(COMPONENT).is_some()) else {
        return std::future::pending().await;
    };
    loop {
        if let Err(error) = read(address, app.channel()).await {
            log::say(&format!("realtime channel: Redis: {error:#}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn read(address: &str, channel: &Arc<Channel>) -> Result<()> {
    let client = redis::Client::open(address)?;
    let mut messages = client.get_async_pubsub().await?;
    messages.subscribe(CHANNEL).await?;
    let mut messages = messages.on_message();
    while let Some(message) = messages.next().await {
        match serde_json::from_slice::<Vec<Delivery>>(message.get_payload_bytes()) {
            Ok(deliveries) => channel.deliver(&deliveries),
            Err(error) => log::say(&format!("realtime channel: {error}")),
        }
    }
    bail!("disconnected")
}
