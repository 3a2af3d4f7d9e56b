//! Time and randomness of the Workers runtime.

use worker::js_sys::Date;

use crate::{Clock, Random};

/// `Date.now()`, which stands still between two I/O operations.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkersClock;

impl Clock for WorkersClock {
    fn now(&self) -> i64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole milliseconds within 2^53"
        )]
        let now = Date::now() as i64;
        now
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
