//! Sending: by the configuration, over the sockets of the platform or, from a component, through its host.

use edge_api::config::SystemConfig;
use edge_mail::{Address, Letter, MailError, Message, Picture, SmtpServer};

use edge_platform::Rows;
use edge_store::system;
use serde_json::Value;

use super::{DEFAULT_BASE, Mail, PICTURE};
use crate::{App, Result as Answer};

/// How mails leave this installation.
#[derive(Debug, Clone)]
pub struct Post {
    server: SmtpServer,
    from: Address,
    reply_to: Address,
    base: String,
}

impl Post {
    /// By a configuration, whether mails are switched on or not. `replyTo` is `from` unless it is given.
    ///
    /// # Errors
    /// No address to send from.
    pub fn new(config: &SystemConfig) -> Result<Self, MailError> {
        let smtp = |key: &str| config.text(&["/notifications/smtp/", key].concat());
        let flag = |key: &str| config.flag(&["/notifications/smtp/transport/", key].concat());
        let from = Address::parse(smtp("from"))?;
        let reply_to = match smtp("replyTo") {
            "" => from.clone(),
            own => Address::parse(own)?,
        };
        let port = config.int("/notifications/smtp/transport/port");
        Ok(Self {
            server: SmtpServer {
                host: smtp("transport/host").to_owned(),
                port: u16::try_from(port).unwrap_or_default(),
                secure: flag("secure"),
                ignore_cert: flag("ignoreCert"),
                username: smtp("transport/username").to_owned(),
                password: smtp("transport/password").to_owned(),
            },
            from,
            reply_to,
            base: base(config).to_owned(),
        })
    }

    /// The same from a server that users know under another address, without a slash at the end.
    #[must_use]
    pub fn at(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self
    }

    /// Whether the configuration has mails switched on.
    pub fn is_on(config: &SystemConfig) -> bool {
        config.flag("/notifications/smtp/enabled")
    }

    /// The same by the stored row, for handlers that read nothing else of it.
    pub fn is_on_in(stored: &Rows) -> Answer<bool> {
        let stored = system::value(stored)?;
        let flag = stored
            .as_ref()
            .and_then(|value| value.pointer("/notifications/smtp/enabled"));
        Ok(flag.and_then(Value::as_bool).unwrap_or_default())
    }

    /// Sees that the server lets this installation in.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn verify(&self, app: &App) -> Result<(), MailError> {
        deliver(app, &self.server, None).await
    }

    /// Sends a mail to a user; gives its id. `template`: what the administrator wrote instead of greeting and sentence;
    /// `picture`: media type and bytes of what the mail shows.
    ///
    /// # Errors
    /// Why it was not taken. An answer can be lost: whoever sends again may send twice.
    pub async fn send(
        &self,
        app: &App,
        to: &Address,
        mail: &Mail<'_>,
        template: &str,
        picture: Option<(&str, &[u8])>,
    ) -> Result<String, MailError> {
        let id = app.uuid();
        let picture = picture.map(|(mime_type, bytes)| Picture {
            id: PICTURE,
            mime_type,
            bytes,
        });
        let message = Message::new(&Letter {
            from: &self.from,
            reply_to: &self.reply_to,
            to,
            subject: &mail.subject(),
            html: &mail.html(template, &self.base, picture.is_some()),
            text: &mail.text(&self.base),
            picture,
            id: &id,
            now: app.now(),
        });
        deliver(app, &self.server, Some(&message)).await?;
        Ok(id)
    }
}

/// The address of the server as users know it, without a slash at the end.
pub fn base(config: &SystemConfig) -> &str {
    match config.text("/server/externalDomain") {
        "" => DEFAULT_BASE,
        own => own.trim_end_matches('/'),
    }
}

#[cfg(not(target_os = "wasi"))]
async fn deliver(_: &App, server: &SmtpServer, message: Option<&Message>) -> Result<(), MailError> {
    edge_mail::deliver(server, message).await
}

#[cfg(target_os = "wasi")]
use relay::deliver;

/// Components have no sockets with TLS: who hosts them sends (docs/mails.md).
#[cfg(target_os = "wasi")]
mod relay {
    use bytes::Bytes;
    use edge_mail::{DELIVER, MailError, Message, Relayed, SmtpServer};
    use edge_platform::Limits;
    use http::{Request, StatusCode, header};

    use crate::App;

    pub(super) async fn deliver(
        app: &App,
        server: &SmtpServer,
        message: Option<&Message>,
    ) -> Result<(), MailError> {
        let relayed = Relayed {
            server: server.clone(),
            message: message.cloned(),
        };
        let unreachable = |error: String| MailError::Unreachable(error);
        let body = serde_json::to_vec(&relayed).map_err(|error| unreachable(error.to_string()))?;
        let variable = async |name: &str| app.variables.get(name).await.unwrap_or_default();
        let relay = format!("{}/mail", variable("mail_relay").await);
        let request = Request::post(relay)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-internal-token", variable("mail_token").await)
            .body(Bytes::from(body))
            .map_err(|error| unreachable(error.to_string()))?;
        let limits = Limits {
            timeout: DELIVER,
            ..Limits::default()
        };
        let answer = app.fetch(request, limits).await;
        let answer = answer.map_err(|error| unreachable(error.to_string()))?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(()),
            StatusCode::UNPROCESSABLE_ENTITY => Err(serde_json::from_slice(answer.body())
                .unwrap_or_else(|error| unreachable(error.to_string()))),
            status => Err(unreachable(format!("the relay answers {status}"))),
        }
    }
}
