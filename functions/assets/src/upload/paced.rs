//! A request body in small steps. multer reads its stream until that is pending, so a stream that always has
//! something ready would be collected whole; and it looks for a boundary without end.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::BodyDataStream;
use bytes::Bytes;
use futures::Stream;

/// Bytes handed to the parser at once.
const STEP: usize = 64 * 1024;
/// Bytes the parser may take without giving anything back: headers of a part and the way to its boundary.
const UNREAD_LIMIT: usize = 256 * 1024;

/// Counts what the parser took since it last gave something back.
#[derive(Clone, Default)]
pub struct Meter(Arc<AtomicUsize>);

impl Meter {
    /// The parser gave something back.
    pub fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// What ends a body early.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The connection broke.
    #[error("{0}")]
    Connection(axum::Error),
    /// No boundary, or endless headers.
    #[error("Malformed part header")]
    Endless,
}

/// The body in steps of at most 64 KiB, pending after each of them.
pub struct Paced {
    body: BodyDataStream,
    rest: Bytes,
    pause: bool,
    meter: Meter,
}

impl Paced {
    /// Paces `body`; `meter` has to be reset by who reads the parser's results.
    pub fn new(body: BodyDataStream, meter: Meter) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            pause: false,
            meter,
        }
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.pause) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(Broken::Connection(error))));
                }
                Poll::Ready(Some(Ok(bytes))) => self.rest = bytes,
            }
        }
        if self.meter.0.load(Ordering::Relaxed) > UNREAD_LIMIT {
            return Poll::Ready(Some(Err(Broken::Endless)));
        }
        let length = self.rest.len().min(STEP);
        let step = self.rest.split_to(length);
        self.meter.0.fetch_add(length, Ordering::Relaxed);
        self.pause = true;
        Poll::Ready(Some(Ok(step)))
    }
}
