//! A mail server on loopback that keeps what it gets.

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Takes mails without TLS from whoever knows the password; ends with the test.
pub struct MailServer {
    /// Where it listens.
    pub port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    /// Recipient and content.
    mails: Mutex<Vec<(String, String)>>,
    /// What it answers to RCPT instead of taking a mail.
    refusal: Mutex<Option<&'static str>>,
}

/// User name and password of a [`MailServer`].
pub const MAIL_LOGIN: (&str, &str) = ("photos", "mail-password");

impl MailServer {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::<State>::default();
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                tokio::spawn(async move { serve(stream, &state).await });
            }
        });
        Self { port, state, task }
    }

    /// Recipients and contents since the last call, in the order in which they came.
    pub fn take(&self) -> Vec<(String, String)> {
        std::mem::take(
            &mut *self
                .state
                .mails
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Answers so to every recipient from now on, or takes mails again.
    pub fn refuse(&self, answer: Option<&'static str>) {
        *self
            .state
            .refusal
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// The section `notifications.smtp` that leads here, switched on.
    pub fn config(&self) -> serde_json::Value {
        let (username, password) = MAIL_LOGIN;
        serde_json::json!({
            "enabled": true,
            "from": "Photos <photos@immich.test>",
            "replyTo": "",
            "transport": {
                "host": "127.0.0.1", "port": self.port, "secure": false, "ignoreCert": true,
                "username": username, "password": password,
            },
        })
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, state: &State) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write
        .write_all(b"220 mail.immich.test ESMTP\r\n")
        .await
        .ok()?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match line
            .split_once([' ', ':'])
            .map_or(line.as_str(), |(verb, _)| verb)
        {
            "EHLO" => "250-mail.immich.test\r\n250 AUTH PLAIN",
            "AUTH" if line == login() => "235 welcome",
            "AUTH" => "535 wrong password",
            "RCPT" => {
                line.trim_start_matches("RCPT TO:<")
                    .trim_end_matches('>')
                    .clone_into(&mut to);
                let refusal = state.refusal.lock().unwrap_or_else(PoisonError::into_inner);
                refusal.unwrap_or("250 ok")
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut content = String::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    content.push_str(&line);
                    content.push('\n');
                }
                let mut mails = state.mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails.push((to.clone(), content));
                "250 taken"
            }
            _ => "250 ok",
        };
        write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
    }
    Some(())
}

fn login() -> String {
    let (name, password) = MAIL_LOGIN;
    format!(
        "AUTH PLAIN {}",
        STANDARD.encode(format!("\0{name}\0{password}"))
    )
}
