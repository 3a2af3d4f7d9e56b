//! A clock that tests set.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::Clock;

/// A clock for tests: it stands still until told otherwise. Whoever pauses moves it on at once.
#[derive(Debug, Default)]
pub struct FixedClock {
    now: AtomicI64,
    step: AtomicI64,
    takes_time: AtomicBool,
}

impl FixedClock {
    /// A clock that shows `now`, epoch milliseconds.
    pub fn new(now: i64) -> Self {
        Self {
            now: AtomicI64::new(now),
            step: AtomicI64::new(0),
            takes_time: AtomicBool::new(false),
        }
    }

    /// Sets the time, epoch milliseconds.
    pub fn set(&self, now: i64) {
        self.now.store(now, Ordering::SeqCst);
    }

    /// From now on each reading is `millis` later than the one before, as on a machine that is busy.
    pub fn run(&self, millis: i64) {
        self.step.store(millis, Ordering::SeqCst);
    }

    /// From now on pauses take their time: a program of its own works beside the server under test.
    pub fn take_time(&self) {
        self.takes_time.store(true, Ordering::SeqCst);
    }

    /// Moves the clock forward (or back, when negative) by `millis`.
    pub fn advance(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for FixedClock {
    fn now(&self) -> i64 {
        self.now
            .fetch_add(self.step.load(Ordering::SeqCst), Ordering::SeqCst)
    }

    async fn pause(&self, time: Duration) {
        if self.takes_time.load(Ordering::SeqCst) {
            tokio::time::sleep(time).await;
        }
        self.advance(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        tokio::task::yield_now().await;
    }
}
