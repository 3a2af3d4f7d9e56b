//! A server that speaks the Immich API, asked with one user's credential. Calls that fail for a passing reason are tried again.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use ureq::http::{HeaderValue, Response};
use ureq::{Agent, Body, SendBody};

use crate::multipart::Form;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(15);
/// How long the server may take until its answer begins: it may read a large upload first.
const ANSWER: Duration = Duration::from_secs(300);
/// Longest answer that is no file, bytes: a page of 250 assets has half a megabyte.
const JSON: u64 = 256 << 20;
/// The pause before the second try; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The server cannot be reached, or has troubles of its own: the move stops and is taken up again later.
    #[error("{0}")]
    Passing(String),
    /// The credential is not good for this: the move stops.
    #[error("the server does not allow this, {status}: {text}")]
    Forbidden {
        /// 401 or 403.
        status: u16,
        /// What the server says.
        text: String,
    },
    /// The server does not want this one thing.
    #[error("the server refuses, {status}: {text}")]
    Refused {
        /// Any other 4xx.
        status: u16,
        /// What the server says.
        text: String,
    },
}

impl From<ureq::Error> for CallError {
    fn from(error: ureq::Error) -> Self {
        Self::Passing(error.to_string())
    }
}

/// Whether nothing else would work either after this error.
pub fn is_fatal(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref(),
            Some(CallError::Passing(_) | CallError::Forbidden { .. })
        )
    })
}

/// The bytes of a file, as they arrived.
pub struct Stored {
    /// Bytes.
    pub size: u64,
    /// SHA-1 of the content.
    pub sha1: [u8; 20],
}

/// What names the caller.
#[derive(Clone)]
pub enum Credential {
    /// Header `x-api-key`.
    Key(String),
    /// A session's token.
    Token(String),
    /// None yet.
    Nobody,
}

/// A server and a credential.
#[derive(Clone)]
pub struct Server {
    agent: Agent,
    base: Arc<str>,
    credential: Credential,
    tries: u32,
}

impl Server {
    /// The server at `url`, with or without `/api` at its end; each call is tried `tries` times.
    pub fn new(url: &str, credential: Credential, tries: u32) -> Result<Self> {
        let url = url.trim_end_matches('/');
        let url = url.strip_suffix("/api").unwrap_or(url);
        anyhow::ensure!(
            url.starts_with("https://") || url.starts_with("http://"),
            "{url}: this is no address such as https://photos.example.com"
        );
        if let Credential::Key(word) | Credential::Token(word) = &credential {
            HeaderValue::from_str(word).context("this is no API key")?;
        }
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .http_status_as_error(false)
            // A credential goes to the server that was named, and nowhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("immich-move/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent: config.new_agent(),
            base: format!("{url}/api").into(),
            credential,
            tries,
        })
    }

    /// The same server, asked by somebody else.
    pub fn as_user(&self, credential: Credential) -> Self {
        Self {
            credential,
            ..self.clone()
        }
    }

    /// Whether the caller logged in.
    pub fn has_session(&self) -> bool {
        matches!(self.credential, Credential::Token(_))
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// Reads JSON.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.call("GET", path, None)
    }

    /// Sends JSON and reads JSON; an empty answer reads as null.
    pub fn send<T: DeserializeOwned>(&self, method: &str, path: &str, body: &Value) -> Result<T> {
        self.call(method, path, Some(body))
    }

    /// As [`Server::send`], for what answers nothing of interest.
    pub fn tell(&self, method: &str, path: &str, body: &Value) -> Result<()> {
        self.send::<Value>(method, path, body).map(drop)
    }

    /// Writes what `path` answers to a file, from its beginning.
    pub fn download(&self, path: &str, file: &Path) -> Result<Stored> {
        let stored = self.tried(|| {
            let mut answer = self.ask("GET", path, None)?;
            let mut file = File::create(file).map_err(|error| broken_disk(&error))?;
            copy(&mut answer.body_mut().as_reader(), &mut file)
        });
        stored.with_context(|| format!("GET {path}"))
    }

    /// Uploads a file with its form and reads the answer.
    pub fn upload<T: DeserializeOwned>(&self, form: &Form) -> Result<T> {
        let answer = self.tried(|| {
            let mut body = form.reader().map_err(|error| broken_disk(&error))?;
            let (name, caller) = self.caller();
            let request = self.agent.post(format!("{}/assets", self.base));
            let request = request.header(name, caller);
            let request = request.header("content-type", form.content_type());
            let request = request.header("content-length", form.length().to_string());
            json(checked(request.send(SendBody::from_reader(&mut body))?)?)
        });
        answer.with_context(|| format!("upload of {}", form.name()))
    }

    fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T> {
        let answer = self.tried(|| json(self.ask(method, path, body)?));
        answer.with_context(|| format!("{method} {}{path}", self.base))
    }

    fn tried<T>(&self, call: impl Fn() -> Result<T, CallError>) -> Result<T, CallError> {
        let mut pause = PAUSE;
        for _ in 1..self.tries {
            match call() {
                Err(CallError::Passing(_)) => thread::sleep(pause),
                other => return other,
            }
            pause *= 2;
        }
        call()
    }

    /// The header that names the caller.
    fn caller(&self) -> (&'static str, String) {
        match &self.credential {
            Credential::Key(key) => ("x-api-key", key.clone()),
            Credential::Token(token) => ("authorization", format!("Bearer {token}")),
            Credential::Nobody => ("accept", "*/*".to_owned()),
        }
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Body>, CallError> {
        let url = format!("{}{path}", self.base);
        let (name, caller) = self.caller();
        let Some(body) = body else {
            return checked(self.agent.get(url).header(name, caller).call()?);
        };
        let request = match method {
            "PUT" => self.agent.put(url),
            "PATCH" => self.agent.patch(url),
            "DELETE" => self.agent.delete(url).force_send_body(),
            _ => self.agent.post(url),
        };
        let request = request.header(name, caller);
        let request = request.header("content-type", "application/json");
        checked(request.send(body.to_string())?)
    }
}

fn broken_disk(error: &std::io::Error) -> CallError {
    CallError::Passing(format!("this machine's disk: {error}"))
}

/// Copies everything and gives its size and SHA-1.
pub fn copy(from: &mut dyn Read, to: &mut File) -> Result<Stored, CallError> {
    let (mut sha1, mut size) = (Sha1::new(), 0_u64);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = from
            .read(&mut buffer)
            .map_err(|error| CallError::Passing(format!("the transfer broke off: {error}")))?;
        if count == 0 {
            break;
        }
        let bytes = &buffer[..count];
        sha1.update(bytes);
        to.write_all(bytes).map_err(|error| broken_disk(&error))?;
        size += count as u64;
    }
    Ok(Stored {
        size,
        sha1: sha1.finalize().into(),
    })
}

fn json<T: DeserializeOwned>(mut answer: Response<Body>) -> Result<T, CallError> {
    let body = answer.body_mut().with_config().limit(JSON).read_to_vec()?;
    let text: &[u8] = if body.is_empty() { b"null" } else { &body };
    serde_json::from_slice(text).map_err(|error| CallError::Refused {
        status: answer.status().as_u16(),
        text: format!("this is not what an Immich server answers: {error}"),
    })
}

/// The answer, unless it says that something is wrong.
fn checked(mut answer: Response<Body>) -> Result<Response<Body>, CallError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    if let (true, Some(to)) = (status.is_redirection(), answer.headers().get("location")) {
        let text = format!(
            "it moved to {}: name that address",
            to.to_str().unwrap_or("?")
        );
        let status = status.as_u16();
        return Err(CallError::Refused { status, text });
    }
    let text = answer.body_mut().with_config().limit(JSON).read_to_string();
    let text = message(&text.unwrap_or_default());
    let status = status.as_u16();
    Err(match status {
        401 | 403 => CallError::Forbidden { status, text },
        408 | 429 | 500.. => CallError::Passing(format!("{status} {text}")),
        _ => CallError::Refused { status, text },
    })
}

/// What an error's body says, short.
fn message(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let text = match &json["message"] {
        Value::Null => body.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(300).collect()
}
