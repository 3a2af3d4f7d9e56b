//! What a handler leaves of a request's body.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, future::select};
use http_body::Body as _;

use crate::Response;

/// How much is taken in of a body that nobody needs, in bytes.
const SKIMMED: usize = 1024 * 1024;
/// How long it may take to take in a body that a handler refused to read on.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Takes in a small body that nobody needs: a client that is still sending may miss the answer when the connection is
/// closed (RFC 9112 section 9.6). A large one is not worth it: there an early answer saves the transfer.
pub async fn skim(mut body: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin) {
    let mut left = SKIMMED;
    while let Some(Ok(chunk)) = body.next().await {
        left = left.saturating_sub(chunk.len());
        if left == 0 {
            break;
        }
    }
}

/// Takes in what is left of the body of a request that was refused with this answer, until `patience` is over ([`PATIENCE`] from now).
pub async fn take_in(rest: Option<Rest>, response: &Response, patience: impl Future<Output = ()>) {
    if let Some(rest) = rest.filter(|_| !response.status().is_success()) {
        select(pin!(skim(rest)), pin!(patience)).await;
    }
}

/// A body that somebody else may go on reading when its reader has dropped it.
#[derive(Clone)]
pub struct Rest(Arc<Mutex<Option<BodyDataStream>>>);

impl Rest {
    /// Shares `body`: gives it to a reader, and what that one leaves of it. Of an empty one nothing is left.
    pub fn of(body: Body) -> (Body, Option<Self>) {
        if body.is_end_stream() {
            return (body, None);
        }
        let rest = Self(Arc::new(Mutex::new(Some(body.into_data_stream()))));
        (Body::from_stream(rest.clone()), Some(rest))
    }
}

impl Stream for Rest {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(body) = shared.as_mut() else {
            return Poll::Ready(None);
        };
        let next = Pin::new(body).poll_next(context);
        if let Poll::Ready(None | Some(Err(_))) = next {
            // Nobody asks a stream again that has ended.
            *shared = None;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, stream};

    use super::*;

    fn body(chunks: usize) -> Body {
        let chunk = Bytes::from(vec![0; SKIMMED / 3]);
        let chunks = (0..chunks).map(move |_| Ok::<_, axum::Error>(chunk.clone()));
        Body::from_stream(stream::iter(chunks))
    }

    #[test]
    fn what_a_reader_leaves_is_taken_in_up_to_a_limit() {
        let story = async {
            let (read, rest) = Rest::of(body(10));
            let rest = rest.expect("there is something to read");
            let mut read = read.into_data_stream();
            read.next().await.unwrap().unwrap();
            drop(read);
            skim(rest.clone()).await;
            let mut left = rest.clone();
            let mut count = 0;
            while left.next().await.is_some() {
                count += 1;
            }
            assert_eq!(count, 5, "one was read, four were skimmed");
            skim(rest).await;
            assert!(Rest::of(Body::empty()).1.is_none());
        };
        story.now_or_never().expect("nothing waits");
    }
}
