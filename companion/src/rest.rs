//! Pauses that end when the program does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often a pause looks whether the program is to end.
const LOOK: Duration = Duration::from_millis(20);

/// Pauses, unless the program is to end.
pub fn rest(pause: Duration, stop: &AtomicBool) {
    let start = Instant::now();
    while start.elapsed() < pause && !stop.load(Ordering::Relaxed) {
        thread::sleep(LOOK.min(pause));
    }
}
