//! What a handler leaves of a request's body.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};

/// A body that somebody else may go on reading when its reader has dropped it.
#[derive(Clone)]
pub(crate) struct Rest(Arc<Mutex<Option<BodyDataStream>>>);

impl Rest {
    /// Shares `body`: gives it to a reader, and what that one leaves of it.
    pub fn of(body: Body) -> (Body, Self) {
        let rest = Self(Arc::new(Mutex::new(Some(body.into_data_stream()))));
        (Body::from_stream(rest.clone()), rest)
    }

    /// Takes in up to `limit` bytes and throws them away.
    pub async fn skim(mut self, limit: usize) {
        let mut left = limit;
        while let Some(Ok(chunk)) = self.next().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                break;
            }
        }
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
        let chunks = (0..chunks).map(|_| Ok::<_, axum::Error>(Bytes::from_static(b"1234567890")));
        Body::from_stream(stream::iter(chunks))
    }

    #[test]
    fn what_a_reader_leaves_is_taken_in_up_to_a_limit() {
        let story = async {
            let (read, rest) = Rest::of(body(10));
            let mut read = read.into_data_stream();
            read.next().await.unwrap().unwrap();
            drop(read);
            rest.clone().skim(30).await;
            let mut left = rest.clone();
            let mut count = 0;
            while left.next().await.is_some() {
                count += 1;
            }
            assert_eq!(count, 6, "one was read, three were skimmed");
            rest.skim(30).await;
        };
        story.now_or_never().expect("nothing waits");
    }
}
