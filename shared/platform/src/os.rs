//! Clock and randomness of an operating system or of WASI, which looks like one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use crate::{Clock, Random};

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the adapter of the Clock port"
        )]
        let now = SystemTime::now();
        millis(now)
    }

    async fn pause(&self, time: Duration) {
        #[cfg(target_os = "wasi")]
        spin_sdk::time::sleep(time).await;
        #[cfg(not(target_arch = "wasm32"))]
        tokio::time::sleep(time).await;
    }
}

/// Epoch milliseconds of a system time; times before 1970 are negative.
pub(crate) fn millis(time: SystemTime) -> i64 {
    let whole = |millis: u128| i64::try_from(millis).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since.as_millis()),
        Err(before) => -whole(before.duration().as_millis()),
    }
}

/// The operating system's secure random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    /// Panics when the operating system has no randomness: going on with predictable tokens is worse.
    fn fill(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            panic!("the operating system gives no random bytes: {error}");
        }
    }
}
