//! Keeps a lease while its job is worked on.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use edge_protocol::wire::Lease;

use crate::child::Halt;
use crate::log;
use crate::server::{CallError, Server};

/// How much of a job is done, per cent.
#[derive(Debug, Clone)]
pub struct Progress(Arc<AtomicU8>);

/// Pause before a renewal that failed is tried again: of the first lease two of them, each as long as it may take, fit in.
const AGAIN: Duration = Duration::from_secs(2);
/// Shortest pause between two renewals.
const SHORTEST: Duration = Duration::from_secs(1);

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

/// A thread that renews a lease until this is dropped. Nobody waits for its end: an answer may take minutes, and the server refuses to
/// renew what has ended.
pub struct Keeper {
    _end: Sender<Infallible>,
}

impl Keeper {
    /// Renews `lease` at once, which tells the server that somebody read of it, and each third of its time; sets `halt.lost` when it is
    /// somebody else's.
    pub fn start(server: &Server, lease: &Lease, progress: &Progress, halt: &Halt) -> Self {
        let (end, ended) = channel::<Infallible>();
        let (server, lease) = (server.clone(), lease.clone());
        let (progress, halt) = (progress.clone(), halt.clone());
        thread::spawn(move || {
            let mut pause = Duration::ZERO;
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                match server.renew(&lease, progress.get()) {
                    Ok(expires_in) => pause = third(expires_in),
                    Err(CallError::Lost | CallError::Refused(_)) => {
                        halt.lost.store(true, Ordering::Relaxed);
                        return;
                    }
                    Err(error) => {
                        log::say(&format!("renewing {}: {error}", lease.job));
                        pause = AGAIN;
                    }
                }
            }
        });
        Self { _end: end }
    }
}

/// A third of so many ms, a second at least.
fn third(expires_in: i64) -> Duration {
    Duration::from_millis(u64::try_from(expires_in / 3).unwrap_or(0)).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use edge_protocol::wire::Task;
    use serde_json::json;

    use super::*;

    #[test]
    fn renewals_are_a_second_apart_at_least() {
        assert_eq!(third(90_000), Duration::from_secs(30));
        for short in [i64::MIN, -3, 0, 3, 2_999] {
            assert_eq!(third(short), SHORTEST);
        }
    }

    #[test]
    fn nobody_waits_for_a_server_that_does_not_answer() {
        // Takes the call and says nothing.
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        let lease = Lease {
            job: "job".to_owned(),
            lease: "lease".to_owned(),
            kind: "AssetEncodeVideo".to_owned(),
            // The first renewal waits for none of it.
            expires_in: i64::MAX,
            attempt: 1,
            task: Task::Transcode {
                name: "film.avi".to_owned(),
                config: json!({}),
            },
        };
        let halt = Halt::default();
        let asked = Server::new(&url, "token", None, "5.1", false).unwrap();
        let keeper = Keeper::start(&asked, &lease, &Progress::default(), &halt);
        let _call = server.accept().unwrap();
        let start = Instant::now();
        drop(keeper);
        assert!(start.elapsed() < Duration::from_secs(30));
        assert!(!halt.is_set());
    }
}
