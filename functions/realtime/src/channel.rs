//! The Durable Object of a user: it holds the connections of all his devices. It sleeps while nothing happens (hibernating
//! WebSockets); its alarm pings and ends what has expired, and answers to pings do not wake it.

use std::borrow::Cow;

use edge_api::{
    realtime::{
        Delivery,
        frame::{self, Said},
    },
    server::ServerVersion,
};
use edge_platform::{Realtime as _, cloudflare::Channels, realtime};
use serde::{Deserialize, Serialize};
use worker::{
    Date, DurableObject, Env, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, WebSocketPair, durable_object, js_sys,
    wasm_bindgen::{self, JsCast as _, JsValue, prelude::wasm_bindgen},
    worker_sys::WebSocketRequestResponsePair,
};

/// Variable with another interval of the pings, ms: tests have no time.
const INTERVAL: &str = "REALTIME_PING_INTERVAL";

#[wasm_bindgen]
extern "C" {
    /// The state of a Durable Object, as far as `worker` does not know it.
    type Answers;

    /// When the runtime last answered a connection for us.
    #[wasm_bindgen(method, js_name = getWebSocketAutoResponseTimestamp)]
    fn last(this: &Answers, socket: &JsValue) -> Option<js_sys::Date>;
}

/// Header of a request to connect: the frame that follows the welcome.
pub const NEWS: &str = "x-edge-news";
/// Header of a request to connect: the app of 2.7 does.
pub const OLD_APP: &str = "x-edge-old-app";

/// What is kept of a connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// It has connected to the namespace.
    has_joined: bool,
    /// When it was opened, epoch ms.
    since: i64,
    /// When its credential expires, epoch ms.
    until: Option<i64>,
    /// A frame that follows its welcome.
    news: Option<String>,
    /// Its client waits for the events of 2.7. Connections that were kept before this was asked have none.
    #[serde(default)]
    is_old_app: bool,
}

/// One for each user, named as he is.
#[durable_object]
pub struct Channel {
    state: State,
    /// All of them, for what it hands on.
    channels: Channels,
    /// Between pings, ms.
    interval: u32,
    /// What the server says it is.
    version: ServerVersion,
}

impl DurableObject for Channel {
    fn new(state: State, env: Env) -> Self {
        // The runtime answers a client's pong with nothing, so that it wakes nobody.
        if let Ok(pair) = WebSocketRequestResponsePair::new(frame::PONG, frame::NOOP) {
            state.set_websocket_auto_response(&pair);
        }
        let interval = env.var(INTERVAL).ok();
        let interval = interval.and_then(|interval| interval.to_string().parse().ok());
        let version = env.var("EDGE_API_VERSION").ok();
        let version = version.map(|version| version.to_string());
        Self {
            version: ServerVersion::configured(version.as_deref()),
            state,
            channels: Channels::new(&env),
            interval: interval.unwrap_or(frame::PING_INTERVAL),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let url = request.url()?;
        if let Some(tag) = url.path().strip_prefix("/connect/") {
            let kept = Kept {
                has_joined: false,
                since: now(),
                until: url.query().and_then(|until| until.parse().ok()),
                news: request.headers().get(NEWS)?,
                is_old_app: request.headers().has(OLD_APP)?,
            };
            return self.open(tag, kept).await;
        }
        let deliveries: Vec<Delivery> = serde_json::from_str(&request.text().await?)?;
        let (own, others) = realtime::own(deliveries);
        for delivery in &own {
            self.deliver(delivery);
        }
        if !others.is_empty()
            && let Err(error) = self.channels.deliver(others).await
        {
            worker::console_error!("{error}");
        }
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        let said = match &message {
            WebSocketIncomingMessage::String(text) => frame::read(text),
            WebSocketIncomingMessage::Binary(_) => Said::Other,
        };
        match said {
            Said::Connect => self.welcome(&socket),
            Said::Leave => socket.close(Some(1000), Some("")),
            Said::Pong | Said::Other => Ok(()),
        }
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        // Its side may be closed already.
        drop(socket.close(Some(1000), Some("")));
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> Result<()> {
        Ok(())
    }

    async fn alarm(&self) -> Result<Response> {
        let sockets = self.state.get_websockets().into_iter();
        let mut stay = sockets.filter(|socket| self.ping(socket)).peekable();
        if stay.peek().is_some() {
            let due = self.due(stay.filter_map(|socket| kept(&socket)?.until));
            self.wake_at(due).await?;
        }
        Response::empty()
    }
}

impl Channel {
    async fn open(&self, tag: &str, kept: Kept) -> Result<Response> {
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&server, &[tag]);
        let due = self.due(kept.until);
        server.serialize_attachment(kept)?;
        server.send_with_str(frame::open(&uuid(), self.interval))?;
        let set = self.state.storage().get_alarm().await?;
        if set.is_none_or(|set| due < set) {
            self.wake_at(due).await?;
        }
        Response::from_websocket(client)
    }

    /// Whether it stays open. Errors of a connection are its own: a client that went away is no matter.
    fn ping(&self, socket: &WebSocket) -> bool {
        let kept = kept(socket);
        let until = kept.as_ref().and_then(|kept| kept.until);
        if until.is_some_and(|until| until <= now()) {
            end(socket, Some(frame::DISCONNECT));
            return false;
        }
        let answers: &Answers = self.state.as_raw().unchecked_ref();
        let answered = answers.last(socket.as_ref()).map(|date| date.get_time());
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
        let answered = answered.map(|time| time as i64);
        let heard = answered.max(kept.map(|kept| kept.since));
        if heard.is_some_and(|heard| frame::is_gone(heard, now(), self.interval)) {
            drop(socket.close(Some(1000), Some("")));
            return false;
        }
        socket.send_with_str(frame::PING).is_ok()
    }

    /// Says that somebody is connected, once with the news.
    fn welcome(&self, socket: &WebSocket) -> Result<()> {
        let kept = kept(socket);
        socket.serialize_attachment(Kept {
            has_joined: true,
            since: kept.as_ref().map_or_else(now, |kept| kept.since),
            until: kept.as_ref().and_then(|kept| kept.until),
            news: None,
            is_old_app: kept.as_ref().is_some_and(|kept| kept.is_old_app),
        })?;
        let news = kept.and_then(|kept| kept.news);
        for frame in frame::welcome(&uuid(), self.version, news.as_deref())? {
            socket.send_with_str(frame)?;
        }
        Ok(())
    }

    /// When the next ping is due, or earlier, when the first of these credentials expires (`until`); epoch ms.
    fn due(&self, until: impl IntoIterator<Item = i64>) -> i64 {
        let ping = now() + i64::from(self.interval);
        until.into_iter().fold(ping, i64::min)
    }

    /// Sets the alarm for a time, epoch ms.
    async fn wake_at(&self, due: i64) -> Result<()> {
        let later = due.saturating_sub(now()).max(0);
        self.state.storage().set_alarm(later).await
    }

    fn deliver(&self, delivery: &Delivery) {
        let sockets = match &delivery.room {
            Some(tag) => self.state.get_websockets_with_tag(tag),
            None => self.state.get_websockets(),
        };
        for socket in sockets {
            let joined = kept(&socket).filter(|kept| kept.has_joined);
            if let (Some(frame), Some(kept)) = (&delivery.frame, joined) {
                let frame = if kept.is_old_app {
                    frame::of_then(frame)
                } else {
                    Cow::Borrowed(frame.as_str())
                };
                drop(socket.send_with_str(frame));
            }
            if delivery.ends {
                end(&socket, delivery.farewell());
            }
        }
    }
}

/// Disconnects a client with this last frame.
fn end(socket: &WebSocket, farewell: Option<&str>) {
    if let Some(farewell) = farewell {
        drop(socket.send_with_str(farewell));
    }
    drop(socket.close(Some(1000), Some("")));
}

fn kept(socket: &WebSocket) -> Option<Kept> {
    socket.deserialize_attachment().ok().flatten()
}

/// Epoch ms.
fn now() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}

/// An id that means nothing to us.
fn uuid() -> String {
    use edge_platform::Random as _;
    edge_platform::cloudflare::WorkersRandom.uuid()
}
