//! The Redis trigger, by Spin's rules: a connection for each address, whose messages are handled one after the other,
//! each in a new instance that ends with its handler; when a connection breaks, the process is to end.
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use futures::StreamExt as _;
use redis::aio::PubSub;
use tokio::task::JoinSet;

use crate::app::App;
use crate::bindings::Imports as Guest;
use crate::log;
use crate::manifest::{Manifest, render};

/// Channel and component.
type Channels = Vec<(String, String)>;

/// The connections of an application that are subscribed to all its channels.
pub struct Subscriptions(Vec<Subscription>);

struct Subscription {
    address: String,
    messages: PubSub,
    channels: Channels,
}

impl Subscriptions {
    /// Subscribes to what the Redis triggers of `manifest` name.
    ///
    /// # Errors
    /// A server that does not answer.
    pub async fn start(manifest: &Manifest, variables: &BTreeMap<String, String>) -> Result<Self> {
        let mut servers: BTreeMap<String, Channels> = BTreeMap::new();
        for trigger in manifest.redis_triggers() {
            let address = render(&trigger.address, variables)?;
            let channel = render(&trigger.channel, variables)?;
            let channels = servers.entry(address).or_default();
            channels.push((channel, trigger.component.clone()));
        }
        let mut subscriptions = Vec::new();
        for (address, channels) in servers {
            let client =
                redis::Client::open(address.as_str()).context("address of a Redis trigger")?;
            let address = client.get_connection_info().addr.to_string();
            let mut messages = client
                .get_async_pubsub()
                .await
                .with_context(|| format!("Redis at {address}"))?;
            for (channel, _) in &channels {
                messages.subscribe(channel).await?;
            }
            subscriptions.push(Subscription {
                address,
                messages,
                channels,
            });
        }
        Ok(Self(subscriptions))
    }

    /// Hands messages to `app` until a connection breaks; without any for ever.
    ///
    /// # Errors
    /// Always, if it ends: the connection that broke.
    pub async fn run(self, app: Arc<App>) -> Result<()> {
        let mut running = JoinSet::new();
        for subscription in self.0 {
            running.spawn(subscription.run(app.clone()));
        }
        match running.join_next().await {
            Some(ended) => ended?,
            None => std::future::pending().await,
        }
    }
}

impl Subscription {
    async fn run(mut self, app: Arc<App>) -> Result<()> {
        let mut messages = self.messages.on_message();
        while let Some(message) = messages.next().await {
            let channel = message.get_channel_name();
            for (_, component) in self.channels.iter().filter(|(name, _)| name == channel) {
                let payload = message.get_payload_bytes().to_vec();
                let (all, name) = (app.clone(), component.clone());
                let taken = app.behind(async move { handle(&all, &name, payload).await });
                if let Err(error) = taken.await.and_then(|taken| taken) {
                    log::say(&format!("{component}: message on {channel}: {error:#}"));
                }
            }
        }
        bail!("disconnected from Redis at {}", self.address)
    }
}

/// Lets a new instance of `component` take a message. What it has not finished when its handler ends is lost.
async fn handle(app: &App, component: &str, message: Vec<u8>) -> Result<()> {
    let component = app
        .component(component)
        .with_context(|| format!("there is no component {component:?}"))?;
    let (mut store, instance) = component.instance().await?;
    let guest = Guest::new(&mut store, &instance)?;
    let handler = guest.spin_redis_inbound_redis();
    let taken = store
        .run_concurrent(async |accessor| handler.call_handle_message(accessor, message).await)
        .await??;
    taken.map_err(|error| anyhow!("{error:?}"))
}
