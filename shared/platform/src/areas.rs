//! The port to the functions that answer clients, for the one that answers in their name (docs/generations.md). Those that only other
//! functions call are [`crate::siblings`].

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

/// Sends requests to the functions that answer clients.
#[async_trait]
pub trait Areas: Send + Sync {
    /// The answer of the function `area`, e.g. `shared-links`. The address of the request is the one the client
    /// asked for; any status code is an answer.
    async fn call(
        &self,
        area: &str,
        request: Request<SentBody>,
    ) -> Result<Response<ObjectBody>, HttpError>;
}
