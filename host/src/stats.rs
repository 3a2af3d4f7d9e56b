//! What the host measures of itself.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

/// How long instantiations took, and how many requests were answered, for one component.
#[derive(Default)]
pub struct Instantiations {
    requests: AtomicU64,
    count: AtomicU64,
    total: AtomicU64,
    longest: AtomicU64,
}

/// [`Instantiations`] as numbers; times in microseconds.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Requests given to instances, of which one answers many.
    pub requests: u64,
    /// How many.
    pub instances: u64,
    /// On average.
    pub mean_us: f64,
    /// The longest one.
    pub longest_us: f64,
}

impl Instantiations {
    /// Adds one.
    pub fn add(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Relaxed);
        self.total.fetch_add(nanoseconds, Relaxed);
        self.longest.fetch_max(nanoseconds, Relaxed);
    }

    /// Counts a request.
    pub fn asked(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// What there is so far.
    #[expect(clippy::cast_precision_loss, reason = "they are rounded anyway")]
    pub fn summary(&self) -> Summary {
        let instances = self.count.load(Relaxed);
        let microseconds = |nanoseconds: u64| nanoseconds as f64 / 1000.0;
        Summary {
            requests: self.requests.load(Relaxed),
            instances,
            mean_us: microseconds(self.total.load(Relaxed)) / instances.max(1) as f64,
            longest_us: microseconds(self.longest.load(Relaxed)),
        }
    }
}
