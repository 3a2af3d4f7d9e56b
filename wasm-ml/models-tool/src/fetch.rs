//! Files at an address of the user's.
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use ureq::http::Response;
use ureq::{Agent, Body};
use url::Url;

use crate::say;

/// Largest file: the weights of the largest CLIPs have 4 GB.
pub const MOST_BYTES: u64 = 8 << 30;
/// Most addresses that send on to another.
const MOST_REDIRECTS: usize = 5;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(15);
/// How long the server may be silent.
const SILENCE: Duration = Duration::from_mins(1);
/// How long a file may take.
const WHOLE: Duration = Duration::from_hours(4);
/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

/// Asks servers for files, by https only.
pub struct Fetcher {
    agent: Agent,
    schemes: &'static [&'static str],
}

impl Fetcher {
    /// By https.
    pub fn new() -> Self {
        Self::by(&["https"])
    }

    /// Without encryption, too: from the server of a test.
    #[cfg(test)]
    pub fn of_tests() -> Self {
        Self::by(&["https", "http"])
    }

    fn by(schemes: &'static [&'static str]) -> Self {
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .timeout_global(Some(WHOLE))
            .http_status_as_error(false)
            // Followed here, so that each is looked at.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("immich-edge-models/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.new_agent(),
            schemes,
        }
    }

    /// Writes the file at `address` to `to` and says its SHA-256; `None`: there is none. Errors: the server, or one that it sends on
    /// to, cannot be reached, is none of https, answers otherwise, or with more than `most` bytes.
    pub fn get(&self, address: &Url, to: &Path, most: u64) -> Result<Option<String>> {
        let shown = shown(address);
        let Some(answer) = self.open(address).with_context(|| shown.clone())? else {
            return Ok(None);
        };
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut body = answer.into_body().into_with_config().reader();
        let mut file = fs::File::create(to).with_context(|| to.display().to_string())?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE];
        let mut got = 0_u64;
        loop {
            let length = body.read(&mut piece).with_context(|| shown.clone())?;
            let Some(bytes) = piece.get(..length).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            got += length as u64;
            // Counted here: what a server has packed is longer than it says.
            ensure!(got <= most, "{shown}: more than {most} bytes");
            hash.update(bytes);
            file.write_all(bytes)?;
        }
        file.flush()?;
        let sum = hex::encode(hash.finalize());
        say(&format!("{shown}: {got} bytes, SHA-256 {sum}"))?;
        Ok(Some(sum))
    }

    fn open(&self, address: &Url) -> Result<Option<Response<Body>>> {
        let mut at = address.clone();
        for _ in 0..=MOST_REDIRECTS {
            ensure!(
                self.schemes.contains(&at.scheme()),
                "{}: only addresses of https",
                shown(&at)
            );
            let answer = self.agent.get(at.as_str()).call()?;
            match answer.status().as_u16() {
                200 => return Ok(Some(answer)),
                404 => return Ok(None),
                301 | 302 | 303 | 307 | 308 => {
                    let to = answer.headers().get("location");
                    let to = to.context("sent on to nowhere")?.to_str()?;
                    at = at.join(to)?;
                }
                status => bail!("the server answers {status}"),
            }
        }
        bail!("sent on more than {MOST_REDIRECTS} times")
    }
}

/// An address without what may be secret in it: names, passwords, and what stands behind `?` and `#`.
pub fn shown(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    let port = address.port().map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    format!("{}://{host}{port}{}", address.scheme(), address.path())
}

/// SHA-256 of a file, hexadecimal.
pub fn sum(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        let length = file.read(&mut piece)?;
        match piece.get(..length) {
            Some(bytes) if !bytes.is_empty() => hash.update(bytes),
            _ => return Ok(hex::encode(hash.finalize())),
        }
    }
}
