//! The port to the other functions of the installation: for the one that answers in their name (docs/generations.md).

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;

use crate::{ByteStream, HttpError, ObjectBody};

/// The body of a request to another function.
pub enum SentBody {
    /// All of it; may be empty.
    Whole(Bytes),
    /// Chunks that pass through our memory one by one.
    Stream(ByteStream),
}

/// Sends requests to the other functions.
#[async_trait]
pub trait Siblings: Send + Sync {
    /// The answer of the function `area`, e.g. `shared-links`. The address of the request is the one the client
    /// asked for; any status code is an answer.
    async fn call(
        &self,
        area: &str,
        request: Request<SentBody>,
    ) -> Result<Response<ObjectBody>, HttpError>;
}

/// No others: what an app has that was given none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

#[async_trait]
impl Siblings for Alone {
    async fn call(
        &self,
        area: &str,
        _: Request<SentBody>,
    ) -> Result<Response<ObjectBody>, HttpError> {
        Err(HttpError::Unreachable(format!("no way to {area}")))
    }
}
