//! Time and randomness of the Workers runtime.

use std::time::Duration;

use async_trait::async_trait;
use worker::{Delay, js_sys::Date, send::SendFuture};

use crate::{Clock, Random};

/// `Date.now()`, which stands still between two I/O operations.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkersClock;

#[async_trait]
impl Clock for WorkersClock {
    fn now(&self) -> i64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole milliseconds within 2^53"
        )]
        let now = Date::now() as i64;
        now
    }

    async fn pause(&self, time: Duration) {
        SendFuture::new(async { Delay::from(time).await }).await;
    }
}

/// `crypto.getRandomValues`. Not to be used while the script starts: the runtime forbids it there.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkersRandom;

impl Random for WorkersRandom {
    /// Panics when the runtime gives no randomness: going on with predictable tokens is worse.
    fn fill(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            panic!("the runtime gives no random bytes: {error}");
        }
    }
}
