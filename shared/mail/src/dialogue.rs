//! What is said to a mail server (RFC 5321), whatever carries it.

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use smtp_proto::{Response, response::parser::ResponseReceiver};

use crate::{Address, MailError, Message, SmtpServer};

/// A connection to a mail server.
pub(crate) trait Wire: Sized + Send {
    /// Reads some bytes; 0: it is closed.
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;
    /// Writes all bytes.
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
    /// Goes on with TLS; what was received before is not looked at again.
    fn secure(self) -> impl Future<Output = Result<Self, MailError>> + Send;
}

/// Most bytes of an answer.
const ANSWER: usize = 8 * 1024;

/// The name of this installation in EHLO. An address literal is what a client has that has no name (RFC 5321 section 4.1.3).
const SELF: &str = "[127.0.0.1]";

/// Logs in, hands the message over if there is one, and says goodbye. `is_secure`: the wire has TLS already.
pub(crate) async fn talk(
    wire: impl Wire,
    is_secure: bool,
    server: &SmtpServer,
    message: Option<&Message>,
) -> Result<(), MailError> {
    let mut line = Line::new(wire);
    line.expect(2).await?;
    let mut offers = line.greet().await?;
    let mut is_secure = is_secure;
    if !is_secure && offers.has("STARTTLS") {
        line.say("STARTTLS", 2).await?;
        line = Line::new(line.wire.secure().await?);
        is_secure = true;
        offers = line.greet().await?;
    }
    if !server.username.is_empty() || !server.password.is_empty() {
        if !is_secure && !server.ignore_cert {
            return Err(MailError::Insecure);
        }
        line.log_in(&offers, server).await?;
    }
    if let Some(message) = message {
        line.hand_over(message).await?;
    }
    // The mail is taken: how the server ends the connection changes nothing.
    let _said = line.say("QUIT", 2).await;
    Ok(())
}

/// What a server says that it can do.
struct Offers(Vec<String>);

impl Offers {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|line| line == name)
    }

    /// Whether it takes passwords in this way.
    fn has_way(&self, way: &str) -> bool {
        let ways = self.0.iter().filter_map(|line| {
            line.strip_prefix("AUTH ")
                .or_else(|| line.strip_prefix("AUTH="))
        });
        ways.flat_map(str::split_whitespace).any(|one| one == way)
    }
}

struct Line<W> {
    wire: W,
    /// Received and not looked at.
    rest: Vec<u8>,
}

impl<W: Wire> Line<W> {
    fn new(wire: W) -> Self {
        Self {
            wire,
            rest: Vec::new(),
        }
    }

    async fn greet(&mut self) -> Result<Offers, MailError> {
        let answer = self.say(&format!("EHLO {SELF}"), 2).await?;
        let lines = answer.lines().skip(1);
        Ok(Offers(
            lines.map(|line| line.trim().to_ascii_uppercase()).collect(),
        ))
    }

    async fn log_in(&mut self, offers: &Offers, server: &SmtpServer) -> Result<(), MailError> {
        let (name, password) = (&server.username, &server.password);
        if name.contains('\0') || password.contains('\0') {
            return Err(MailError::Refused("a NUL in the password".to_owned()));
        }
        if offers.has_way("PLAIN") || !offers.has_way("LOGIN") {
            let both = STANDARD.encode(format!("\0{name}\0{password}"));
            self.say(&format!("AUTH PLAIN {both}"), 2).await?;
        } else {
            self.say("AUTH LOGIN", 3).await?;
            self.say(&STANDARD.encode(name), 3).await?;
            self.say(&STANDARD.encode(password), 2).await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, message: &Message) -> Result<(), MailError> {
        // A relay gets its messages from elsewhere.
        let (from, to) = (Address::parse(&message.from)?, Address::parse(&message.to)?);
        let content = stuffed(&message.content()?);
        self.say(&format!("MAIL FROM:<{}>", from.email), 2).await?;
        self.say(&format!("RCPT TO:<{}>", to.email), 2).await?;
        self.say("DATA", 3).await?;
        self.wire.write(&content).await.map_err(broken)?;
        self.expect(2).await?;
        Ok(())
    }

    /// Sends a command; the answer must be of the `class` (first digit).
    async fn say(&mut self, command: &str, class: u16) -> Result<String, MailError> {
        let bytes = format!("{command}\r\n");
        self.wire.write(bytes.as_bytes()).await.map_err(broken)?;
        self.expect(class).await
    }

    async fn expect(&mut self, class: u16) -> Result<String, MailError> {
        let answer = self.answer().await?;
        let said = || match answer.esc {
            [0, 0, 0] => format!("{} {}", answer.code, answer.message.trim()),
            [a, b, c] => format!("{} {a}.{b}.{c} {}", answer.code, answer.message.trim()),
        };
        match answer.code / 100 {
            got if got == class => Ok(answer.message),
            4 => Err(MailError::Busy(said())),
            5 => Err(MailError::Refused(said())),
            _ => Err(MailError::Unreachable(format!(
                "unexpected answer {}",
                said()
            ))),
        }
    }

    /// The next answer.
    async fn answer(&mut self) -> Result<Response<String>, MailError> {
        let mut receiver = ResponseReceiver::default();
        let mut taken = 0;
        loop {
            let mut bytes = self.rest.iter();
            match receiver.parse(&mut bytes) {
                Ok(response) => {
                    self.rest = bytes.as_slice().to_vec();
                    return Ok(response);
                }
                Err(smtp_proto::Error::NeedsMoreData { .. }) => self.rest.clear(),
                Err(error) => {
                    return Err(MailError::Unreachable(format!("not SMTP: {error:?}")));
                }
            }
            let mut buffer = [0; 1024];
            let read = self.wire.read(&mut buffer).await.map_err(broken)?;
            taken += read;
            if read == 0 {
                return Err(MailError::Unreachable("the connection ended".to_owned()));
            }
            if taken > ANSWER {
                return Err(MailError::Unreachable("too long an answer".to_owned()));
            }
            self.rest.extend(buffer.get(..read).unwrap_or_default());
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn broken(error: io::Error) -> MailError {
    MailError::Unreachable(error.to_string())
}

/// The content of DATA: a dot more where a line begins with one, and the line that ends it (RFC 5321 section 4.5.2).
fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 64);
    let mut starts_line = true;
    for &byte in content {
        if starts_line && byte == b'.' {
            out.push(b'.');
        }
        starts_line = byte == b'\n';
        out.push(byte);
    }
    if !starts_line {
        out.extend(b"\r\n");
    }
    out.extend(b".\r\n");
    out
}

#[cfg(test)]
mod tests;
