//! The clock port.

/// Wall-clock time.
pub trait Clock: Send + Sync {
    /// Now, in epoch milliseconds. In Workers it stands still between two I/O operations.
    fn now(&self) -> i64;
}
