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
    /// Renews `lease` each third of its time; sets `halt.lost` when it is somebody else's.
    pub fn start(server: &Server, lease: &Lease, progress: &Progress, halt: &Halt) -> Self {
        let (end, ended) = channel::<Infallible>();
        let (server, lease) = (server.clone(), lease.clone());
        let (progress, halt) = (progress.clone(), halt.clone());
        let mut pause = third(lease.expires_in);
        thread::spawn(move || {
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
        Self { _end: end }
    }
}

/// A third of so many ms.
fn third(expires_in: i64) -> Duration {
    Duration::from_millis(u64::try_from(expires_in / 3).unwrap_or(1_000))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use edge_protocol::wire::Task;
    use serde_json::json;

    use super::*;

    #[test]
    fn nobody_waits_for_a_server_that_does_not_answer() {
        // Takes the call and says nothing.
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        let lease = Lease {
            job: "job".to_owned(),
            lease: "lease".to_owned(),
            kind: "AssetEncodeVideo".to_owned(),
            expires_in: 3,
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
