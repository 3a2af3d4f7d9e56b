//! The HTTP client port: OpenID discovery, version checks, the machine-learning service.

use std::time::Duration;

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;

/// What can go wrong before an answer arrives; any status code is an answer, not an error.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The other side could not be reached or broke off; trying again may work.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The request itself is malformed (URL, header).
    #[error("bad request: {0}")]
    Invalid(String),
    /// The answer did not arrive in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The body of the answer is longer than the caller takes.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}

/// How much of an answer a caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the connection to the last byte of the body.
    pub timeout: Duration,
    /// Longest body, bytes; it is held in memory.
    pub bytes: usize,
}

/// Half a minute and one megabyte.
impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            bytes: 1024 * 1024,
        }
    }
}

/// Sends HTTP requests to other servers.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request and collects the answer. Redirects are answers like others: whoever follows one decides whereto.
    async fn fetch(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError>;
}

/// No way out: what an app has that was given none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

#[async_trait]
impl Http for Offline {
    async fn fetch(&self, _: Request<Bytes>, _: Limits) -> Result<Response<Bytes>, HttpError> {
        Err(HttpError::Unreachable("no HTTP client".to_owned()))
    }
}
