//! Mails (api/admin.md section 8): a [`Message`] as MIME, and [`deliver`], which hands it to the mail server of an installation by
//! SMTP (RFC 5321) with TLS from the start or by STARTTLS (RFC 3207) and a password (RFC 4954).
//!
//! The dialogue is the same everywhere (`dialogue.rs`); the sockets are those of the platform. Components have none with TLS: there
//! the host, or whoever else is configured, relays a [`Relayed`].

mod address;
#[cfg(not(target_os = "wasi"))]
mod dialogue;
mod message;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod cloudflare;
#[cfg(not(target_arch = "wasm32"))]
mod native;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use address::Address;
pub use message::{Letter, Message, Picture};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub use cloudflare::deliver;
#[cfg(not(target_arch = "wasm32"))]
pub use native::deliver;

/// How long a connection may take (api/admin.md section 8).
pub const CONNECT: Duration = Duration::from_secs(5);
/// How long all of a delivery may take.
pub const DELIVER: Duration = Duration::from_secs(60);

/// The mail server of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpServer {
    /// Name or address.
    pub host: String,
    /// Usually 465 or 587.
    pub port: u16,
    /// TLS from the start; otherwise STARTTLS where the server offers it.
    pub secure: bool,
    /// Takes any certificate, and sends the password without TLS. A Worker cannot take any certificate.
    pub ignore_cert: bool,
    /// Empty: none.
    pub username: String,
    /// Empty: none.
    pub password: String,
}

/// What a component asks its host to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relayed {
    /// Where to.
    pub server: SmtpServer,
    /// `None`: only to see that the server lets this installation in.
    pub message: Option<Message>,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum MailError {
    /// No connection, no TLS, or it broke off: trying again may work.
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(String),
    /// The server says no for now (4xx).
    #[error("the mail server refuses for now: {0}")]
    Busy(String),
    /// The server says no (5xx), also to the user name and password.
    #[error("the mail server refuses: {0}")]
    Refused(String),
    /// The password would be sent without TLS.
    #[error("the mail server offers no TLS, so that the password is not sent")]
    Insecure,
    /// No mail can be sent to this address, or from it.
    #[error("{0:?} is no address that this server can send mails to or from")]
    Address(String),
}

impl MailError {
    /// Whether trying again later may work.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Busy(_))
    }
}
