//! Keeps a lease while its job is worked on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use edge_protocol::wire::Lease;

use crate::child::Halt;
use crate::log;
use crate::server::{CallError, Server};

/// How much of a job is done, per cent.
#[derive(Debug, Clone)]
pub struct Progress(Arc<AtomicU8>);

/// Stands for: nobody knows.
const UNKNOWN: u8 = u8::MAX;

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(UNKNOWN)))
    }
}

impl Progress {
    /// Notes how much is done.
    pub fn set(&self, percent: u8) {
        self.0.store(percent.min(100), Ordering::Relaxed);
    }

    fn get(&self) -> Option<u8> {
        Some(self.0.load(Ordering::Relaxed)).filter(|percent| *percent != UNKNOWN)
    }
}

/// A thread that renews a lease until this is dropped.
pub struct Keeper {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Renews `lease` each third of its time; sets `halt.lost` when it is somebody else's.
    pub fn start(server: &Server, lease: &Lease, progress: &Progress, halt: &Halt) -> Self {
        let (end, ended) = channel();
        let (server, lease) = (server.clone(), lease.clone());
        let (progress, halt) = (progress.clone(), halt.clone());
        let mut pause = third(lease.expires_in);
        let thread = thread::spawn(move || {
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                match server.renew(&lease, progress.get()) {
                    // The first one is short, for it may be that nobody read of it.
                    Ok(expires_in) => pause = third(expires_in),
                    Err(CallError::Lost | CallError::Refused(_)) => {
                        halt.lost.store(true, Ordering::Relaxed);
                        return;
                    }
                    Err(error) => log::say(&format!("renewing {}: {error}", lease.job)),
                }
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

/// A third of so many ms.
fn third(expires_in: i64) -> Duration {
    Duration::from_millis(u64::try_from(expires_in / 3).unwrap_or(1_000))
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
