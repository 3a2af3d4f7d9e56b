//! Bodies as the host gives them: a stream of bytes, and whether it ended well.

use bytes::Bytes;
use futures::stream;
use spin_sdk::wasip3::{
    http::types::{ErrorCode, Request, Response, Trailers},
    wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult},
    wit_future,
};

use crate::{ByteStream, ObjectError};

/// Largest chunk that is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// What the host says at the end of a body.
pub type End = FutureReader<Result<Option<Trailers>, ErrorCode>>;

/// The body of a request or response that has not been read.
pub struct NativeBody {
    stream: StreamReader<u8>,
    end: End,
    /// Dropping it tells the host that we are done.
    done: FutureWriter<Result<(), ErrorCode>>,
    length: Option<u64>,
}

impl NativeBody {
    /// The body of an incoming request; `length` as its headers say.
    pub fn of_request(request: Request, length: Option<u64>) -> Self {
        let (done, told) = wit_future::new(|| Ok(()));
        let (stream, end) = Request::consume_body(request, told);
        Self {
            stream,
            end,
            done,
            length,
        }
    }

    /// The body of an answer; `length` as its headers say.
    pub fn of_response(response: Response, length: Option<u64>) -> Self {
        let (done, told) = wit_future::new(|| Ok(()));
        let (stream, end) = Response::consume_body(response, told);
        Self {
            stream,
            end,
            done,
            length,
        }
    }

    /// The host's own handles, to be handed to a response.
    pub fn into_inner(self) -> (StreamReader<u8>, End) {
        (self.stream, self.end)
    }

    /// The bytes as they pass through our memory.
    pub fn into_stream(self) -> ByteStream {
        Box::pin(stream::try_unfold(Some(self), |body| async move {
            let Some(mut body) = body else {
                return Ok(None);
            };
            loop {
                let expected = body.length.and_then(|length| usize::try_from(length).ok());
                let buffer = Vec::with_capacity(expected.unwrap_or(CHUNK).clamp(1, CHUNK));
                let (outcome, bytes) = body.stream.read(buffer).await;
                let ended = !matches!(outcome, StreamResult::Complete(_));
                if !bytes.is_empty() {
                    let left = body
                        .length
                        .map(|length| length.saturating_sub(bytes.len() as u64));
                    body.length = left;
                    return Ok(Some((Bytes::from(bytes), Some(body))));
                }
                if ended {
                    let Self { end, done, .. } = body;
                    let outcome = end.await;
                    drop(done);
                    return match outcome {
                        Ok(_) => Ok(None),
                        Err(error) => Err(ObjectError::Unavailable(error.to_string())),
                    };
                }
            }
        }))
    }
}
