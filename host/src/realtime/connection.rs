//! One connection: socket.io over a WebSocket, from its first frame to its last.
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use edge_api::realtime::frame::{self, Said};
use edge_api::realtime::{Admitted, Room};
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::{Channel, Order};

/// Time between two pings, ms: what they cost at home is nothing, and proxies in front end connections that are silent for a minute.
const INTERVAL: u32 = 25_000;
/// How long a client may take to take a frame.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ids of connections are of no use here: nothing is asked by them.
const SID: &str = "none";

/// Talks to a client until one of the two ends it.
///
/// # Errors
/// The connection broke.
pub(super) async fn talk(upgraded: Upgraded, channel: &Arc<Channel>, who: Admitted) -> Result<()> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(frame::MAX_PAYLOAD))
        .max_frame_size(Some(frame::MAX_PAYLOAD));
    let stream = TokioIo::new(upgraded);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let mut connection = Connection { socket };
    connection.say(&frame::open(SID, INTERVAL)).await?;
    let end = timeout(PATIENCE, connection.connected()).await;
    if end.context("it does not say that it is there")?? {
        connection.serve(channel, who).await?;
    }
    timeout(PATIENCE, connection.socket.close(None)).await??;
    Ok(())
}

struct Connection<S> {
    socket: WebSocketStream<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn say(&mut self, frame: &str) -> Result<()> {
        let sent = self.socket.send(Message::text(frame));
        Ok(timeout(PATIENCE, sent).await??)
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

    async fn serve(&mut self, channel: &Arc<Channel>, who: Admitted) -> Result<()> {
        let Some(user) = &who.user else {
            for frame in frame::refusal(SID) {
                self.say(&frame).await?;
            }
            return Ok(());
        };
        // It joins first, so that nothing is missed that happens after its welcome.
        let tag = who.room.as_ref().map(Room::tag);
        let (_joined, orders) = channel.join(user, tag);
        for frame in frame::welcome(SID, channel.version, who.news.as_deref())? {
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
                    Some(Order::Frame(frame)) => self.say(&frame).await?,
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
    use tokio::io::DuplexStream;
    use tokio::task::JoinHandle;

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
            let mut connection = Connection { socket };
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
