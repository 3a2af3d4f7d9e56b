//! The HTTP client port: OpenID discovery, version checks, the machine-learning service.

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
}

/// Sends HTTP requests to other servers.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request and collects the answer. Redirects are followed; meant for small bodies only
    /// (native: at most 10 MB).
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError>;
}
