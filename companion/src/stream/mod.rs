//! Live transcoding: serves viewers of videos, each with an ffmpeg that runs as far ahead as is needed (api/hls.md section 5).

mod arguments;
mod originals;
mod rules;
mod run;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use edge_protocol::wire::{Stream, Wanted};

use crate::child::Halt;
use crate::context::Trouble;
use crate::log;
use crate::metrics::METRICS;
use crate::options::Options;
use crate::rest::rest;
use crate::server::{CallError, Server};
use crate::tools::Tools;
use originals::Originals;
/// Pause when the server cannot be reached.
const AGAIN: Duration = Duration::from_secs(2);
/// How often it is looked whether the program is to end.
const LOOK: Duration = Duration::from_millis(100);

/// Serves sessions until `stop` is set.
pub fn run(server: &Server, tools: &Tools, options: &Options, stop: &Arc<AtomicBool>) {
    // An answer may take seconds: nobody waits for whoever asks when the program ends.
    let (found, next) = sync_channel(0);
    let running = Arc::new(AtomicUsize::new(0));
    let asking = Asking {
        server: server.clone(),
        most: options.streams,
        running: running.clone(),
        stop: stop.clone(),
    };
    thread::spawn(move || ask(&asking, &found));
    let originals = Originals::default();
    let originals = &originals;
    thread::scope(|scope| {
        while !stop.load(Ordering::Relaxed) {
            originals.forget(Instant::now());
            match next.recv_timeout(LOOK) {
                Ok(stream) => {
                    let running = running.clone();
                    scope.spawn(move || {
                        let means = Means {
                            server,
                            tools,
                            options,
                            originals,
                        };
                        one(means, &stream, stop);
                        running.fetch_sub(1, Ordering::Relaxed);
                    });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
}

struct Asking {
    server: Server,
    most: usize,
    running: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

/// Asks for sessions while there is room for another one.
fn ask(asking: &Asking, found: &SyncSender<Stream>) {
    while !asking.stop.load(Ordering::Relaxed) {
        if asking.running.load(Ordering::Relaxed) >= asking.most {
            rest(LOOK, &asking.stop);
            continue;
        }
        match asking.server.next_stream() {
            Ok(next) => {
                if let Some(stream) = next.stream {
                    asking.running.fetch_add(1, Ordering::Relaxed);
                    if found.send(stream).is_err() {
                        return;
                    }
                }
                rest(Duration::from_millis(next.again), &asking.stop);
            }
            // Whoever asks for jobs hears it, too.
            Err(CallError::Refused(_)) => return,
            Err(error) => {
                log::say(&format!("asking for streams: {error}"));
                rest(AGAIN, &asking.stop);
            }
        }
    }
}

/// What all sessions are served with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Where the original comes from and segments go.
    pub server: &'a Server,
    /// ffmpeg.
    pub tools: &'a Tools,
    /// How to work.
    pub options: &'a Options,
    /// Originals that are there.
    pub originals: &'a Originals,
}

/// A session while it is served.
pub struct Session<'a> {
    /// With what.
    pub means: Means<'a>,
    /// The session.
    pub stream: &'a Stream,
    /// Whether to go on.
    pub halt: &'a Halt,
    /// What the viewer wants.
    pub wanted: &'a Want,
}

/// What the viewer wants, as last heard.
#[derive(Clone)]
pub struct Want(Arc<Mutex<Wanted>>);

impl Want {
    /// What is known.
    pub fn get(&self) -> Wanted {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the server says; answers may overtake each other.
    pub fn hear(&self, wanted: Wanted) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.change > known.change {
            *known = wanted;
        }
    }
}

/// Serves a session to its end and tells the server how it ended.
fn one(means: Means<'_>, stream: &Stream, stop: &Arc<AtomicBool>) {
    let (server, start) = (means.server, Instant::now());
    let _running = METRICS.stream();
    let halt = Halt {
        stop: stop.clone(),
        lost: Arc::default(),
    };
    let wanted = Want(Arc::new(Mutex::new(stream.wanted)));
    {
        let (server, stream) = (server.clone(), stream.clone());
        let (wanted, halt) = (wanted.clone(), halt.clone());
        thread::spawn(move || listen(&server, &stream, &wanted, &halt));
    }
    let session = Session {
        means,
        stream,
        halt: &halt,
        wanted: &wanted,
    };
    let is_lost = || halt.lost.load(Ordering::Relaxed);
    let (what, told) = match run::serve(&session) {
        Trouble::Halted if is_lost() => ("ended".to_owned(), Ok(())),
        Trouble::Halted => ("given back".to_owned(), server.release_stream(stream)),
        Trouble::Passing(reason) | Trouble::Final(reason) => {
            let told = server.fail_stream(stream, &reason);
            (format!("failed: {reason}"), told)
        }
    };
    // Ends whoever listens.
    halt.lost.store(true, Ordering::Relaxed);
    let id = &stream.session;
    log::say(&format!(
        "stream {id}: {what} after {} s",
        start.elapsed().as_secs()
    ));
    match told {
        Ok(()) | Err(CallError::Lost) => {}
        Err(error) => log::say(&format!("stream {id}: {error}")),
    }
}

/// Hears what the viewer wants, which also keeps the session.
fn listen(server: &Server, stream: &Stream, wanted: &Want, halt: &Halt) {
    while !halt.is_set() {
        match server.wanted(stream, wanted.get().change) {
            Ok(now) => wanted.hear(now),
            Err(CallError::Lost | CallError::Refused(_)) => {
                halt.lost.store(true, Ordering::Relaxed);
            }
            Err(error) => {
                log::say(&format!("stream {}: {error}", stream.session));
                rest(AGAIN, &halt.stop);
            }
        }
    }
}
