//! Sockets of the Workers runtime, which does TLS itself. Port 25 is closed there.

use std::{io, pin::pin, time::Duration};

use futures::future::{Either, select};
use tokio::io::{AsyncReadExt, AsyncWriteExt as _};
use worker::{Delay, SecureTransport, Socket, send::SendFuture};

use crate::{
    CONNECT, DELIVER, MailError, Message, SmtpServer,
    dialogue::{self, Wire},
};

/// Hands a message to a mail server; without one, only sees that the server lets us in. The authorities are the runtime's: a
/// certificate of one's own is not taken here, `ignore_cert` or not.
///
/// # Errors
/// Why it was not taken. Whoever sends again after an error may send twice: an answer can be lost.
pub async fn deliver(server: &SmtpServer, message: Option<&Message>) -> Result<(), MailError> {
    SendFuture::new(in_time(DELIVER, connect_and_talk(server, message))).await
}

async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, MailError>>,
) -> Result<T, MailError> {
    match select(pin!(work), pin!(Delay::from(limit))).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(MailError::Unreachable(format!(
            "no answer within {limit:?}"
        ))),
    }
}

async fn connect_and_talk(server: &SmtpServer, message: Option<&Message>) -> Result<(), MailError> {
    let transport = if server.secure {
        SecureTransport::On
    } else {
        SecureTransport::StartTls
    };
    let builder = Socket::builder().secure_transport(transport);
    let socket = builder
        .connect(server.host.as_str(), server.port)
        .map_err(failed)?;
    in_time(CONNECT, async { socket.opened().await.map_err(failed) }).await?;
    dialogue::talk(socket, server.secure, server, message).await
}

impl Wire for Socket {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        AsyncReadExt::read(self, buffer).await
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes).await?;
        self.flush().await
    }

    async fn secure(self) -> Result<Self, MailError> {
        Ok(self.start_tls())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: worker::Error) -> MailError {
    MailError::Unreachable(error.to_string())
}
