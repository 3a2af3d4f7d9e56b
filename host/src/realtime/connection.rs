//! One connection: socket.io over a WebSocket, from its first frame to its last.
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use edge_api::realtime::Admitted;
use edge_api::realtime::frame::{self, Said};
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::{Joined, Order};

/// Time between two pings, ms: what they cost at home is nothing, and proxies in front end connections that are silent for a minute.
const INTERVAL: u32 = 25_000;
/// How long a client may take to take a frame.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ids of connections are of no use here: nothing is asked by them.
const SID: &str = "none";

/// What a connection hears while it is among those of its user.
pub(super) type Place = (Joined, Receiver<Order>);

/// Talks to a client until one of the two ends it. Whoever was admitted has joined already: what ends his session while his client takes
/// its time, ends this, too.
///
/// # Errors
/// The connection broke.
pub(super) async fn talk(upgraded: Upgraded, who: Admitted, place: Option<Place>) -> Result<()> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(frame::MAX_PAYLOAD))
        .max_frame_size(Some(frame::MAX_PAYLOAD));
    let stream = TokioIo::new(upgraded);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let is_old_app = who.is_old_app;
    let mut connection = Connection { socket, is_old_app };
    connection.serve(who, place).await?;
    timeout(PATIENCE, connection.socket.close(None)).await??;
    Ok(())
}

struct Connection<S> {
    socket: WebSocketStream<S>,
    /// It waits for the events of 2.7.
    is_old_app: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn say(&mut self, frame: &str) -> Result<()> {
        let sent = self.socket.send(Message::text(frame));
        Ok(timeout(PATIENCE, sent).await??)
    }

    /// Tells what happened, in the words of its generation.
    async fn tell(&mut self, frame: &str) -> Result<()> {
        if self.is_old_app {
            return self.say(&frame::of_then(frame)).await;
        }
        self.say(frame).await
    }

    /// What the client says next; `None`: it has gone.
    async fn hear(&mut self) -> Result<Option<Said>> {
        Ok(match self.socket.next().await.transpose()? {
            Some(Message::Text(text)) => Some(frame::read(&text)),
            Some(Message::Close(_)) | None => None,
            Some(_) => Some(Said::Other),
        })
    }

    /// Waits for the client to connect to the namespace; false: it has gone.
    async fn connected(&mut self) -> Result<bool> {
        loop {
            match self.hear().await? {
                Some(Said::Connect) => return Ok(true),
                Some(Said::Pong | Said::Other) => {}
                Some(Said::Leave) | None => return Ok(false),
            }
        }
    }

    /// The same, until it is ended: then it gets this farewell. What else is for its user is not for it yet.
    async fn connected_or_ended(
        &mut self,
        orders: &mut Receiver<Order>,
    ) -> Result<ControlFlow<Option<&'static str>, bool>> {
        loop {
            tokio::select! {
                is_there = self.connected() => return Ok(ControlFlow::Continue(is_there?)),
                order = orders.recv() => match order {
                    Some(Order::Frame(_)) => {}
                    Some(Order::End(farewell)) => return Ok(ControlFlow::Break(farewell)),
                    None => return Ok(ControlFlow::Break(None)),
                },
            }
        }
    }

    async fn serve(&mut self, who: Admitted, place: Option<Place>) -> Result<()> {
        const SILENT: &str = "it does not say that it is there";
        self.say(&frame::open(SID, INTERVAL)).await?;
        let Some((joined, mut orders)) = place else {
            let is_there = timeout(PATIENCE, self.connected()).await;
            if is_there.context(SILENT)?? {
                for frame in frame::refusal(SID) {
                    self.say(&frame).await?;
                }
            }
            return Ok(());
        };
        let is_there = timeout(PATIENCE, self.connected_or_ended(&mut orders)).await;
        match is_there.context(SILENT)?? {
            ControlFlow::Continue(true) => {}
            ControlFlow::Break(Some(farewell)) => return self.say(farewell).await,
            ControlFlow::Continue(false) | ControlFlow::Break(None) => return Ok(()),
        }
        for frame in frame::welcome(SID, joined.channel.version, who.news.as_deref())? {
            self.say(&frame).await?;
        }
        self.carry(orders, who.until.map(left)).await
    }

    /// Carries frames out and pings, until the credential expires after `left` or somebody ends it.
    async fn carry(&mut self, mut orders: Receiver<Order>, left: Option<Duration>) -> Result<()> {
        let interval = Duration::from_millis(INTERVAL.into());
        let answer = Duration::from_millis(frame::timeout(INTERVAL).into());
        let start = Instant::now();
        let expiry = left.and_then(|left| start.checked_add(left));
        let (mut ping, mut heard) = (start + interval, start);
        loop {
            tokio::select! {
                said = self.hear() => match said? {
                    Some(Said::Leave) | None => return Ok(()),
                    Some(Said::Connect | Said::Pong | Said::Other) => heard = Instant::now(),
                },
                order = orders.recv() => match order {
                    Some(Order::Frame(frame)) => self.tell(&frame).await?,
                    Some(Order::End(Some(farewell))) => return self.say(farewell).await,
                    Some(Order::End(None)) | None => return Ok(()),
                },
                () = sleep_until(ping) => {
                    if heard + interval + answer < Instant::now() {
                        return Ok(());
                    }
                    self.say(frame::PING).await?;
                    ping = Instant::now() + interval;
                },
                () = until(expiry) => return self.say(frame::DISCONNECT).await,
            }
        }
    }
}

async fn until(expiry: Option<Instant>) {
    match expiry {
        Some(expiry) => sleep_until(expiry).await,
        None => std::future::pending().await,
    }
}

/// How long it is until a time, epoch ms.
fn left(until: i64) -> Duration {
    let until = Duration::from_millis(until.try_into().unwrap_or(0));
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    until.saturating_sub(now.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use edge_api::server::VERSION;

    use super::*;
    use crate::realtime::Channel;
    use edge_api::realtime::{Delivery, Room};
    use std::sync::Arc;
    use tokio::io::DuplexStream;
    use tokio::task::JoinHandle;

    /// A connection of a session of Alice's from its beginning, and the client's end of it.
    async fn begun(
        channel: &Arc<Channel>,
        is_old_app: bool,
    ) -> (WebSocketStream<DuplexStream>, JoinHandle<Result<()>>) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let socket = WebSocketStream::from_raw_socket(ours, Role::Server, None).await;
        let client = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        let who = Admitted {
            user: Some("alice".to_owned()),
            room: Some(Room::Session("1".to_owned())),
            until: None,
            news: None,
            is_old_app,
        };
        let place = channel.admit(&who);
        let mut connection = Connection { socket, is_old_app };
        let served = tokio::spawn(async move { connection.serve(who, place).await });
        (client, served)
    }

    fn told(room: &str, frame: Option<&str>, ends: bool) -> [Delivery; 1] {
        [Delivery {
            user: "alice".to_owned(),
            room: Some(room.to_owned()),
            frame: frame.map(str::to_owned),
            ends,
        }]
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_ends_before_its_client_says_that_it_is_there_is_disconnected() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (mut client, served) = begun(&channel, false).await;
        assert!(
            heard(&mut client)
                .await
                .is_some_and(|frame| frame.starts_with('0'))
        );
        channel.deliver(&told("session:2", None, true));
        channel.deliver(&told(
            "session:1",
            Some("42[\"on_session_delete\",\"1\"]"),
            true,
        ));
        assert_eq!(heard(&mut client).await.as_deref(), Some(frame::DISCONNECT));
        served.await.unwrap().unwrap();
        assert_eq!(heard(&mut client).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_said_that_he_is_there_hears_what_comes_then() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (mut client, served) = begun(&channel, false).await;
        assert!(
            heard(&mut client)
                .await
                .is_some_and(|frame| frame.starts_with('0'))
        );
        channel.deliver(&told("session:1", Some("early"), false));
        // It is taken off before the client says something.
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.send(Message::text("40")).await.unwrap();
        assert!(
            heard(&mut client)
                .await
                .is_some_and(|frame| frame.starts_with("40"))
        );
        assert!(
            heard(&mut client)
                .await
                .is_some_and(|frame| frame.contains("on_server_version"))
        );
        channel.deliver(&told("session:1", Some("later"), true));
        assert_eq!(heard(&mut client).await.as_deref(), Some("later"));
        assert_eq!(heard(&mut client).await.as_deref(), Some(frame::DISCONNECT));
        served.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_app_of_then_hears_the_events_that_it_waits_for() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (mut client, served) = begun(&channel, true).await;
        client.send(Message::text("40")).await.unwrap();
        for start in ["0", "40", "42[\"on_server_version\""] {
            let frame = heard(&mut client).await.unwrap();
            assert!(frame.starts_with(start), "{frame}");
        }
        let ready = r#"42["AssetEditReadyV2",{"asset":{"duration":1500},"edit":[]}]"#;
        channel.deliver(&told("session:1", Some(ready), true));
        let then = r#"42["AssetEditReadyV1",{"asset":{"duration":"00:00:01.500"},"edit":[]}]"#;
        assert_eq!(heard(&mut client).await.as_deref(), Some(then));
        assert_eq!(heard(&mut client).await.as_deref(), Some(frame::DISCONNECT));
        served.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_is_not_waited_for() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (mut client, served) = begun(&channel, false).await;
        assert!(
            heard(&mut client)
                .await
                .is_some_and(|frame| frame.starts_with('0'))
        );
        assert!(served.await.unwrap().is_err());
        channel.deliver(&told("session:1", Some("a"), false));
        assert_eq!(heard(&mut client).await, None);
    }

    /// A connection that carries, and the client's end of it.
    async fn carried(
        channel: &Arc<Channel>,
        left: Option<Duration>,
    ) -> (WebSocketStream<DuplexStream>, JoinHandle<Result<()>>) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (joined, orders) = channel.join("alice", None);
        let socket = WebSocketStream::from_raw_socket(ours, Role::Server, None).await;
        let client = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        let served = tokio::spawn(async move {
            let mut connection = Connection {
                socket,
                is_old_app: false,
            };
            let done = connection.carry(orders, left).await;
            drop(joined);
            done
        });
        (client, served)
    }

    async fn heard(client: &mut WebSocketStream<DuplexStream>) -> Option<String> {
        let message = client.next().await?.ok()?;
        Some(message.into_text().ok()?.to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn who_answers_pings_stays_and_who_does_not_is_gone() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (mut client, served) = carried(&channel, None).await;
        for _ in 0..3 {
            assert_eq!(heard(&mut client).await.as_deref(), Some(frame::PING));
            client.send(Message::text(frame::PONG)).await.unwrap();
        }
        assert_eq!(heard(&mut client).await.as_deref(), Some(frame::PING));
        assert_eq!(heard(&mut client).await, None, "no answer, no further ping");
        served.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_credential_ends_its_connection() {
        let channel = Arc::new(Channel::new(String::new(), VERSION));
        let (mut client, served) = carried(&channel, Some(Duration::from_secs(10))).await;
        assert_eq!(heard(&mut client).await.as_deref(), Some(frame::DISCONNECT));
        served.await.unwrap().unwrap();
        assert!(left(0).is_zero() && !left(i64::MAX).is_zero());
    }
}
