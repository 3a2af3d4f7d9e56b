//! The Durable Object of a user: it holds the connections of all his devices. It sleeps while nothing happens (hibernating
//! WebSockets); its alarm pings, and answers to pings do not wake it.

use edge_api::realtime::{
    Delivery,
    frame::{self, Said},
};
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage,
    WebSocketPair, durable_object, wasm_bindgen, worker_sys::WebSocketRequestResponsePair,
};

/// One for each user, named as he is.
#[durable_object]
pub struct Channel {
    state: State,
}

impl DurableObject for Channel {
    fn new(state: State, _env: Env) -> Self {
        // The runtime answers a client's pong with nothing, so that it wakes nobody.
        if let Ok(pair) = WebSocketRequestResponsePair::new(frame::PONG, frame::NOOP) {
            state.set_websocket_auto_response(&pair);
        }
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        if let Some(tag) = path.strip_prefix("/connect/") {
            return self.open(tag).await;
        }
        let delivery: Delivery = serde_json::from_str(&request.text().await?)?;
        self.deliver(&delivery);
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
            Said::Connect => {
                socket.serialize_attachment(true)?;
                for frame in frame::welcome(&uuid())? {
                    socket.send_with_str(frame)?;
                }
                Ok(())
            }
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
        let sockets = self.state.get_websockets();
        for socket in &sockets {
            // One that went away is taken off by the runtime.
            drop(socket.send_with_str(frame::PING));
        }
        if !sockets.is_empty() {
            self.ping_later().await?;
        }
        Response::empty()
    }
}

impl Channel {
    async fn open(&self, tag: &str) -> Result<Response> {
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&server, &[tag]);
        server.send_with_str(frame::open(&uuid()))?;
        if self.state.storage().get_alarm().await?.is_none() {
            self.ping_later().await?;
        }
        Response::from_websocket(client)
    }

    async fn ping_later(&self) -> Result<()> {
        let later = i64::from(frame::PING_INTERVAL);
        self.state.storage().set_alarm(later).await
    }

    /// Errors of single connections are theirs: a client that went away is no matter.
    fn deliver(&self, delivery: &Delivery) {
        let sockets = match &delivery.room {
            Some(tag) => self.state.get_websockets_with_tag(tag),
            None => self.state.get_websockets(),
        };
        for socket in sockets {
            let has_joined = matches!(socket.deserialize_attachment::<bool>(), Ok(Some(true)));
            if let Some(frame) = delivery.frame.as_ref().filter(|_| has_joined) {
                drop(socket.send_with_str(frame));
            }
            if delivery.ends {
                drop(socket.send_with_str(frame::DISCONNECT));
                drop(socket.close(Some(1000), Some("")));
            }
        }
    }
}

/// An id that means nothing to us.
fn uuid() -> String {
    use edge_platform::Random as _;
    edge_platform::cloudflare::WorkersRandom.uuid()
}
