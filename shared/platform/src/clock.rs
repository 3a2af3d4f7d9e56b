//! The clock port.

use std::time::Duration;

use async_trait::async_trait;

/// Wall-clock time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in epoch milliseconds. In Workers it stands still between two I/O operations.
    fn now(&self) -> i64;

    /// Comes back after this time; meanwhile other requests go on, and none of the processor's time is used.
    async fn pause(&self, time: Duration);
}
