//! The server, as a companion sees it (docs/companion.md, "Protocol").

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use edge_protocol::learning::Found;
use edge_protocol::stream::piece_name;
use edge_protocol::wire::{
    self, BASE, Failed, Known, LEASE_HEADER, Lease, LeaseRequest, Next, Outcome, Renewal, Renewed,
    Stream, Upload, Wanted,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

/// How long one call may take: a part of a file passes even slow lines by then.
const CALL: Duration = Duration::from_mins(5);
/// How long a renewal may take: two of them fit in the first lease, should the first be lost on the way.
const RENEWAL: Duration = Duration::from_secs(8);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest answer that is no file, bytes.
const ANSWER: u64 = 1 << 20;

/// Why a call did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The server cannot be reached, or has troubles of its own.
    #[error("{0}")]
    Passing(String),
    /// The job is somebody else's by now.
    #[error("the lease was lost")]
    Lost,
    /// The token is not taken.
    #[error("the server does not take this companion's token: {0}")]
    Refused(String),
    /// Whoever answers has nothing at this address, or takes less there: perhaps another release, or somebody in front of the server.
    #[error("the server refuses: {0}")]
    Unknown(String),
    /// The server does not want that.
    #[error("the server refuses: {0}")]
    Final(String),
}

impl From<ureq::Error> for CallError {
    fn from(error: ureq::Error) -> Self {
        Self::Passing(error.to_string())
    }
}

/// A part of an object.
pub struct Part {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Size of the whole object.
    pub total: u64,
    /// The object's entity tag.
    pub tag: Option<String>,
}

/// The server.
#[derive(Clone)]
pub struct Server {
    agent: Agent,
    base: Arc<str>,
    authorization: Arc<str>,
    about: LeaseRequest,
}

impl Server {
    /// The server at `url`, asked with `token` by a companion that has this version of ffmpeg, and wants to `learn` or not.
    /// `authorities` are trusted instead of the public ones.
    pub fn new(
        url: &str,
        token: &str,
        authorities: Option<&[u8]>,
        ffmpeg: &str,
        learn: bool,
    ) -> Result<Self> {
        let trusted = authorities.map_or(Ok(RootCerts::WebPki), roots)?;
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(trusted).build())
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(CALL))
            .http_status_as_error(false)
            .user_agent(concat!("immich-companion/", env!("CARGO_PKG_VERSION")))
            .build();
        let authorization = format!("Bearer {token}");
        ureq::http::HeaderValue::from_str(&authorization).context("this is no token")?;
        Ok(Self {
            agent: config.new_agent(),
            base: format!("{url}{BASE}").into(),
            authorization: authorization.into(),
            about: LeaseRequest {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                ffmpeg: ffmpeg.to_owned(),
                wait: None,
                edits: true,
                learn,
                sees: learn,
            },
        })
    }

    /// The job whose turn it is; `None`: there is none, and there was none for `wait`, or what the server takes for too long.
    pub fn lease(&self, wait: Duration) -> Result<Option<Lease>, CallError> {
        let url = format!("{}/lease", self.base);
        let request = LeaseRequest {
            wait: u64::try_from(wait.as_millis()).ok(),
            ..self.about.clone()
        };
        let answer = self.post(&url, "", &request)?;
        if answer.status() == 204 {
            return Ok(None);
        }
        read(answer).map(Some)
    }

    /// A session that nobody serves, and when to ask again. The answer takes some seconds.
    pub fn next_stream(&self) -> Result<Next, CallError> {
        let url = format!("{}/streams", self.base);
        read(self.post(&url, "", &self.about)?)
    }

    /// What the viewer of a session wants, as soon as it is not what is known.
    pub fn wanted(&self, stream: &Stream, change: i64) -> Result<Wanted, CallError> {
        let url = self.of_stream(stream, "wanted");
        read(self.post(&url, &stream.lease, &Known { change })?)
    }

    /// As [`Server::original`], of a session.
    pub fn stream_original(
        &self,
        stream: &Stream,
        first: u64,
        length: u64,
    ) -> Result<Part, CallError> {
        let url = self.of_stream(stream, "original");
        self.read_part(&url, &[], &stream.lease, (first, length))
    }

    /// Sends a segment and gives what is wanted then.
    pub fn segment(
        &self,
        stream: &Stream,
        (variant, number): (u8, i32),
        bytes: &[u8],
    ) -> Result<Wanted, CallError> {
        let answer = self
            .agent
            .put(self.of_stream(stream, &format!("{variant}/{}", piece_name(number))))
            .header("authorization", &*self.authorization)
            .header(LEASE_HEADER, &stream.lease)
            .header("content-type", "video/mp4")
            .send(bytes)?;
        read(checked(answer)?)
    }

    /// Ends a session that cannot be served.
    pub fn fail_stream(&self, stream: &Stream, reason: &str) -> Result<(), CallError> {
        let failed = Failed {
            reason: reason.to_owned(),
            may_pass: false,
        };
        let url = self.of_stream(stream, "fail");
        self.post(&url, &stream.lease, &failed).map(drop)
    }

    /// Gives a session back.
    pub fn release_stream(&self, stream: &Stream) -> Result<(), CallError> {
        let url = self.of_stream(stream, "release");
        self.post(&url, &stream.lease, &()).map(drop)
    }

    fn of_stream(&self, stream: &Stream, what: &str) -> String {
        format!("{}/streams/{}/{what}", self.base, stream.session)
    }

    /// Keeps a job, and gives how long the lease lasts now, ms.
    pub fn renew(&self, lease: &Lease, progress: Option<u8>) -> Result<i64, CallError> {
        let url = self.of(lease, "renew");
        let answer = self.post_within(RENEWAL, &url, &lease.lease, &Renewal { progress })?;
        Ok(read::<Renewed>(answer)?.expires_in)
    }

    /// Ends a job.
    pub fn finish(&self, lease: &Lease, outcome: &Outcome) -> Result<(), CallError> {
        self.tell(lease, "finish", outcome)
    }

    /// Ends a job with what networks found.
    pub fn found(&self, lease: &Lease, found: &Found) -> Result<(), CallError> {
        let url = format!("{}/networks/{}/finish", self.base, lease.job);
        self.post(&url, &lease.lease, found).map(drop)
    }

    /// Gives a job up.
    pub fn fail(&self, lease: &Lease, reason: &str, may_pass: bool) -> Result<(), CallError> {
        let failed = Failed {
            reason: reason.to_owned(),
            may_pass,
        };
        self.tell(lease, "fail", &failed)
    }

    /// Gives a job back.
    pub fn release(&self, lease: &Lease) -> Result<(), CallError> {
        self.tell(lease, "release", &())
    }

    /// The bytes from `first` on, at most `length`, of the original.
    pub fn original(&self, lease: &Lease, first: u64, length: u64) -> Result<Part, CallError> {
        let url = self.of(lease, "original");
        self.read_part(&url, &[], &lease.lease, (first, length))
    }

    /// As [`Server::original`], of the preview.
    pub fn preview(&self, lease: &Lease, first: u64, length: u64) -> Result<Part, CallError> {
        let url = self.of(lease, "preview");
        self.read_part(&url, &[], &lease.lease, (first, length))
    }

    /// As [`Server::original`], of a file of the model in this version.
    pub fn model_file(
        &self,
        lease: &Lease,
        (version, file): (&str, &str),
        first: u64,
        length: u64,
    ) -> Result<Part, CallError> {
        let query = [("version", version), ("file", file)];
        let url = self.of(lease, "model");
        self.read_part(&url, &query, &lease.lease, (first, length))
    }

    /// Sends what a job made.
    pub fn output(
        &self,
        lease: &Lease,
        name: &str,
        content_type: &str,
        bytes: &[u8],
    ) -> Result<(), CallError> {
        let answer = self
            .agent
            .put(self.of(lease, &format!("outputs/{name}")))
            .header("authorization", &*self.authorization)
            .header(LEASE_HEADER, &lease.lease)
            .header("content-type", content_type)
            .send(bytes)?;
        checked(answer).map(drop)
    }

    /// Starts the upload of an encoded video and gives its id.
    pub fn start_video(&self, lease: &Lease) -> Result<String, CallError> {
        let answer = self.post(&self.of(lease, "video"), &lease.lease, &())?;
        Ok(read::<Upload>(answer)?.upload)
    }

    /// Sends a part of it and gives its tag.
    pub fn put_part(
        &self,
        lease: &Lease,
        upload: &str,
        number: u16,
        bytes: &[u8],
    ) -> Result<String, CallError> {
        let answer = self
            .agent
            .put(self.of(lease, &format!("video/{upload}/{number}")))
            .header("authorization", &*self.authorization)
            .header(LEASE_HEADER, &lease.lease)
            .header("content-type", "video/mp4")
            .send(bytes)?;
        Ok(read::<wire::Part>(checked(answer)?)?.tag)
    }

    fn read_part(
        &self,
        url: &str,
        query: &[(&str, &str)],
        lease: &str,
        (first, length): (u64, u64),
    ) -> Result<Part, CallError> {
        let last = first + length - 1;
        let answer = self
            .agent
            .get(url)
            .query_pairs(query.iter().copied())
            .header("authorization", &*self.authorization)
            .header(LEASE_HEADER, lease)
            .header("range", format!("bytes={first}-{last}"))
            .call()?;
        let mut answer = checked(answer)?;
        let header = |name: &str| answer.headers().get(name)?.to_str().ok();
        let tag = header("etag").map(str::to_owned);
        let range = header("content-range");
        let total = range.and_then(|range| range.rsplit('/').next()?.parse().ok());
        let total = total.ok_or_else(|| CallError::Passing("no range in the answer".to_owned()))?;
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(length + 1)
            .read_to_vec()?;
        Ok(Part { bytes, total, tag })
    }

    fn of(&self, lease: &Lease, what: &str) -> String {
        format!("{}/jobs/{}/{what}", self.base, lease.job)
    }

    fn tell(&self, lease: &Lease, what: &str, body: &impl Serialize) -> Result<(), CallError> {
        self.post(&self.of(lease, what), &lease.lease, body)
            .map(drop)
    }

    fn post(
        &self,
        url: &str,
        lease: &str,
        body: &impl Serialize,
    ) -> Result<Response<Body>, CallError> {
        self.post_within(CALL, url, lease, body)
    }

    fn post_within(
        &self,
        time: Duration,
        url: &str,
        lease: &str,
        body: &impl Serialize,
    ) -> Result<Response<Body>, CallError> {
        let body = serde_json::to_vec(body).map_err(|error| CallError::Final(error.to_string()))?;
        let mut request = self
            .agent
            .post(url)
            .config()
            .timeout_global(Some(time))
            .build()
            .header("authorization", &*self.authorization)
            .header("content-type", "application/json");
        if !lease.is_empty() {
            request = request.header(LEASE_HEADER, lease);
        }
        checked(request.send(&body[..])?)
    }
}

/// The certificates in a PEM file.
fn roots(pem: &[u8]) -> Result<RootCerts> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.context("--ca")? {
            found.push(certificate);
        }
    }
    anyhow::ensure!(
        !found.is_empty(),
        "--ca: there is no certificate in this file"
    );
    Ok(RootCerts::new_with_certs(&found))
}

/// The JSON of an answer.
fn read<T: DeserializeOwned>(mut answer: Response<Body>) -> Result<T, CallError> {
    let text = answer
        .body_mut()
        .with_config()
        .limit(ANSWER)
        .read_to_vec()?;
    serde_json::from_slice(&text).map_err(|error| {
        CallError::Final(format!(
            "an answer that this version does not know: {error}"
        ))
    })
}

/// The answer, unless it says that something is wrong.
fn checked(mut answer: Response<Body>) -> Result<Response<Body>, CallError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let text = answer
        .body_mut()
        .with_config()
        .limit(ANSWER)
        .read_to_string();
    let text: String = text.unwrap_or_default().chars().take(300).collect();
    Err(match status.as_u16() {
        404 | 405 | 413 => CallError::Unknown(format!("{status} {text}")),
        412 => CallError::Lost,
        401 | 403 => CallError::Refused(text),
        408 | 429 | 500.. => CallError::Passing(format!("{status} {text}")),
        _ => CallError::Final(format!("{status} {text}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_authorities_has_certificates_in_it() {
        // What is in it is not looked at before it is needed.
        let pem = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        assert!(matches!(roots(&pem.repeat(2)), Ok(RootCerts::Specific(all)) if all.len() == 2));
        for wrong in [&b""[..], b"text", b"-----BEGIN CERTIFICATE-----\n!\n"] {
            assert!(roots(wrong).is_err());
        }
    }
}
