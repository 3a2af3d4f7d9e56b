//! The realtime channel (docs/realtime.md): a component cannot answer with a WebSocket, so the host holds the connections. It asks
//! the component of the path who connects, and takes what components have to say to a user's devices.
mod connection;
mod redis;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use edge_api::{
    realtime::{Admitted, Delivery, Room},
    server::ServerVersion,
};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use wasmtime_wasi_http::{Error, WasiBody};

pub use self::redis::listen;
use crate::app::App;
use crate::{log, server};

/// Marks the question who connects; nothing that comes from outside has it.
pub const ASKS: &str = "x-edge-channel";
/// Header with the variable `internal_token`.
const TOKEN: &str = "x-internal-token";
/// The component that other components address, and where.
pub const COMPONENT: &str = "realtime";
/// Its path for deliveries.
pub const PATH: &str = "/internal/realtime";
/// Longest answer to the question who connects, bytes.
const ANSWER: usize = 16 * 1024;
/// Most bytes of deliveries in one call.
const DELIVERIES: usize = 16 * 1024 * 1024;
/// What may wait for a connection, frames: one that does not take them is ended.
const WAITING: usize = 256;

/// What goes to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Order {
    /// A frame.
    Frame(Arc<str>),
    /// It is disconnected, after this frame if there is one.
    End(Option<&'static str>),
}

struct Entry {
    id: u64,
    room: Option<String>,
    orders: mpsc::Sender<Order>,
}

/// All connections of this host that were admitted.
pub struct Channel {
    users: Mutex<HashMap<String, Vec<Entry>>>,
    count: AtomicU64,
    token: String,
    /// What the server says it is.
    version: ServerVersion,
}

impl Channel {
    /// For an application whose components prove themselves by `token`.
    pub fn new(token: String, version: ServerVersion) -> Self {
        Self {
            users: Mutex::default(),
            count: AtomicU64::default(),
            token,
            version,
        }
    }

    fn users(&self) -> MutexGuard<'_, HashMap<String, Vec<Entry>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection; what it gets from now on, until the guard goes.
    fn join(self: &Arc<Self>, user: &str, room: Option<String>) -> (Joined, mpsc::Receiver<Order>) {
        let id = self.count.fetch_add(1, Ordering::Relaxed);
        let (orders, taken) = mpsc::channel(WAITING);
        let entry = Entry { id, room, orders };
        self.users().entry(user.to_owned()).or_default().push(entry);
        let joined = Joined {
            channel: self.clone(),
            user: user.to_owned(),
            id,
        };
        (joined, taken)
    }

    /// The place of a connection that was admitted; `None`: it was not.
    fn admit(self: &Arc<Self>, who: &Admitted) -> Option<connection::Place> {
        let tag = who.room.as_ref().map(Room::tag);
        who.user.as_ref().map(|user| self.join(user, tag))
    }

    /// Hands frames to the connections they are for. Nobody waits for a slow one.
    pub fn deliver(&self, deliveries: &[Delivery]) {
        let mut users = self.users();
        for delivery in deliveries {
            let frame = delivery.frame.as_deref().map(Arc::from).map(Order::Frame);
            let end = delivery.ends.then(|| Order::End(delivery.farewell()));
            let orders: Vec<_> = frame.into_iter().chain(end).collect();
            let Some(entries) = users.get_mut(&delivery.user) else {
                continue;
            };
            entries.retain(|entry| {
                let is_meant = delivery.room.is_none() || delivery.room == entry.room;
                !is_meant || orders.iter().all(|order| entry.takes(order))
            });
        }
    }

    /// Takes the call of a component with [`Delivery`]s as JSON.
    pub async fn take(&self, request: Request<WasiBody>) -> Response<WasiBody> {
        let token = request.headers().get(TOKEN);
        if token.is_none_or(|token| token.as_bytes() != self.token.as_bytes()) {
            return empty(StatusCode::FORBIDDEN);
        }
        let body = Limited::new(request.into_body(), DELIVERIES);
        let Ok(body) = body.collect().await else {
            return empty(StatusCode::BAD_REQUEST);
        };
        match serde_json::from_slice::<Vec<Delivery>>(&body.to_bytes()) {
            Ok(deliveries) => {
                self.deliver(&deliveries);
                empty(StatusCode::NO_CONTENT)
            }
            Err(error) => {
                log::say(&format!("realtime channel: {error}"));
                empty(StatusCode::BAD_REQUEST)
            }
        }
    }
}

impl Entry {
    /// False: it takes nothing any more. Its connection ends then, and its device comes back and looks for what it missed.
    fn takes(&self, order: &Order) -> bool {
        self.orders.try_send(order.clone()).is_ok()
    }
}

/// A connection among those of its user.
struct Joined {
    channel: Arc<Channel>,
    user: String,
    id: u64,
}

impl Drop for Joined {
    fn drop(&mut self) {
        let mut users = self.channel.users();
        if let Some(entries) = users.get_mut(&self.user) {
            entries.retain(|entry| entry.id != self.id);
            if entries.is_empty() {
                users.remove(&self.user);
            }
        }
    }
}

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

/// The answer that turns the connection into a WebSocket of who the component says it is; whatever else that says is the answer.
///
/// # Errors
/// A request that is no handshake of a WebSocket (RFC 6455 section 4.2.1).
pub async fn connect(
    app: &App,
    mut request: Request<Incoming>,
    client: SocketAddr,
) -> Result<Response<WasiBody>> {
    let key = request.headers().get(SEC_WEBSOCKET_KEY);
    let accept = derive_accept_key(key.context("no Sec-WebSocket-Key")?.as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    let headers = request.headers_mut();
    headers.remove(UPGRADE);
    headers.remove(CONNECTION);
    headers.insert(ASKS, HeaderValue::from_static("1"));
    let answer = server::ask(app, request, client).await;
    if answer.status() != StatusCode::OK {
        return Ok(answer);
    }
    let said = Limited::new(answer.into_body(), ANSWER).collect().await;
    let said = said.ok().context("the component did not say who it is")?;
    let who: Admitted = serde_json::from_slice(&said.to_bytes())?;
    // It joins here: a session that ends before its client has said that it is there must not be missed.
    let place = app.channel().admit(&who);
    tokio::spawn(async move {
        // A client that goes away in the middle is no matter.
        if let Ok(upgraded) = upgrade.await {
            drop(connection::talk(upgraded, who, place).await);
        }
    });
    let mut response = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept.try_into()?);
    Ok(response)
}

fn empty(status: StatusCode) -> Response<WasiBody> {
    let body = Full::default().map_err(Error::from).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use edge_api::server::VERSION;

    use super::*;
    use edge_api::realtime::MAINTENANCE;

    fn delivery(user: &str, room: Option<&str>, frame: Option<&str>, ends: bool) -> Delivery {
        Delivery {
            user: user.to_owned(),
            room: room.map(str::to_owned),
            frame: frame.map(str::to_owned),
            ends,
        }
    }

    #[test]
    fn frames_go_to_the_user_and_the_room_they_are_for() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (_tab, mut tab) = channel.join("alice", Some("session:1".to_owned()));
        let (_key, mut key) = channel.join("alice", Some("key:1".to_owned()));
        let (_bob, mut bob) = channel.join("bob", None);
        channel.deliver(&[
            delivery("alice", None, Some("a"), false),
            delivery("alice", Some("session:1"), Some("b"), true),
            delivery("carol", None, Some("c"), true),
        ]);
        let frame = |text: &str| Order::Frame(Arc::from(text));
        for order in [frame("a"), frame("b"), Order::End(Some("41"))] {
            assert_eq!(tab.try_recv().ok(), Some(order));
        }
        assert_eq!(key.try_recv().ok(), Some(frame("a")));
        assert!(key.try_recv().is_err() && bob.try_recv().is_err());
    }

    #[test]
    fn who_waits_for_the_end_of_the_maintenance_mode_comes_back_by_itself() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (_waiting, mut taken) = channel.join(MAINTENANCE, Some("public".to_owned()));
        channel.deliver(&[delivery(MAINTENANCE, None, Some("a"), true)]);
        for order in [Order::Frame(Arc::from("a")), Order::End(None)] {
            assert_eq!(taken.try_recv().ok(), Some(order));
        }
    }

    #[tokio::test]
    async fn who_does_not_take_its_events_is_ended() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (_joined, mut taken) = channel.join("alice", None);
        let one = delivery("alice", None, Some("a"), false);
        channel.deliver(&vec![one; WAITING + 1]);
        let mut count = 0;
        while taken.recv().await.is_some() {
            count += 1;
        }
        assert_eq!(count, WAITING);
    }

    #[test]
    fn who_left_gets_nothing_and_leaves_nothing() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (joined, taken) = channel.join("alice", None);
        drop((joined, taken));
        channel.deliver(&[delivery("alice", None, Some("a"), true)]);
        assert!(channel.users().is_empty());
    }

    #[tokio::test]
    async fn only_who_knows_the_token_is_heard() {
        let channel = Arc::new(Channel::new("secret".to_owned(), VERSION));
        let (_joined, mut taken) = channel.join("alice", None);
        let body = serde_json::to_string(&[delivery("alice", None, Some("a"), false)]).unwrap();
        for (token, text, status) in [
            (None, body.as_str(), StatusCode::FORBIDDEN),
            (Some("wrong"), body.as_str(), StatusCode::FORBIDDEN),
            (Some("secret"), "{", StatusCode::BAD_REQUEST),
            (Some("secret"), body.as_str(), StatusCode::NO_CONTENT),
        ] {
            let body = Full::from(text.to_owned()).map_err(Error::from);
            let mut request = Request::new(body.boxed_unsync());
            if let Some(token) = token {
                request
                    .headers_mut()
                    .insert(TOKEN, HeaderValue::from_static(token));
            }
            assert_eq!(channel.take(request).await.status(), status);
        }
        assert_eq!(taken.try_recv().ok(), Some(Order::Frame(Arc::from("a"))));
        assert!(taken.try_recv().is_err());
    }
}
