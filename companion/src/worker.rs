//! Asks for jobs and does them, several at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use edge_protocol::wire::{Lease, Outcome};

use crate::child::Halt;
use crate::context::{Context, Trouble};
use crate::lease::{Keeper, Progress};
use crate::log;
use crate::metrics::{End, METRICS};
use crate::options::Options;
use crate::rest::rest;
use crate::server::{CallError, Server};
use crate::tools::Tools;
use crate::{stream, task};

/// How long a question for work may wait for the answer. Whoever is told to stop waits for it: a job may come with it.
const WAIT: Duration = Duration::from_secs(8);
/// An answer without work that came sooner is one of a server that does not wait.
const HASTY: Duration = Duration::from_secs(1);
/// Pause between two questions then, and after the first that is not answered.
const PAUSE: Duration = Duration::from_secs(2);
/// Longest pause while the server cannot be reached.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Tries to tell the server how a job ended.
const TRIES: u32 = 6;

/// Works until `stop` is set, or, with `--once`, until nothing is due.
///
/// # Errors
/// The server does not take the token.
pub fn run(
    server: &Server,
    tools: &Tools,
    options: &Options,
    stop: &Arc<AtomicBool>,
) -> Result<()> {
    // One asks for all: idle workers would only ask more often.
    let turn = Mutex::new(());
    let refused = Mutex::new(None);
    thread::scope(|scope| {
        if !options.once && options.streams > 0 {
            scope.spawn(|| stream::run(server, tools, options, stop));
        }
        for _ in 0..options.jobs.get() {
            scope.spawn(|| {
                loop {
                    let asking = turn.lock().unwrap_or_else(PoisonError::into_inner);
                    let next = next(server, options, stop);
                    drop(asking);
                    match next {
                        Ok(Some(lease)) => one(server, tools, options, &lease, stop),
                        Ok(None) => return,
                        Err(error) => {
                            // Others would only hear the same.
                            stop.store(true, Ordering::Relaxed);
                            let mut refused =
                                refused.lock().unwrap_or_else(PoisonError::into_inner);
                            *refused = Some(error);
                            return;
                        }
                    }
                }
            });
        }
    });
    match refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => bail!("{error}"),
        None => Ok(()),
    }
}

/// The next job; `None`: the program is to end.
fn next(server: &Server, options: &Options, stop: &AtomicBool) -> Result<Option<Lease>, CallError> {
    let wait = match options.poll {
        None if !options.once => WAIT,
        _ => Duration::ZERO,
    };
    let idle = options.poll.unwrap_or(PAUSE);
    let mut troubled = idle;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let asked = Instant::now();
        match server.lease(wait) {
            Ok(Some(lease)) => return Ok(Some(lease)),
            Ok(None) if options.once => return Ok(None),
            Ok(None) => {
                troubled = idle;
                if wait.is_zero() || asked.elapsed() < HASTY {
                    rest(idle, stop);
                }
            }
            Err(error @ CallError::Refused(_)) => return Err(error),
            Err(error) if options.once => return Err(error),
            Err(error) => {
                log::say(&format!("asking for work: {error}"));
                troubled = (troubled * 2).min(LONGEST_PAUSE);
                rest(troubled, stop);
            }
        }
    }
}

/// Does a job and tells the server how it ended.
fn one(server: &Server, tools: &Tools, options: &Options, lease: &Lease, stop: &Arc<AtomicBool>) {
    let start = Instant::now();
    let running = METRICS.job();
    let halt = Halt {
        stop: stop.clone(),
        lost: Arc::default(),
    };
    let progress = Progress::default();
    let keeper = Keeper::start(server, lease, &progress, &halt);
    let context = Context {
        server,
        tools,
        lease,
        halt: &halt,
        progress: &progress,
        work: &options.work,
        memory: options.memory,
    };
    let ended = task::run(&context);
    let (end, what, told) = match &ended {
        Ok(outcome) => finished(server, lease, outcome),
        Err(Trouble::Halted) if halt.lost.load(Ordering::Relaxed) => {
            (End::Lost, "lost".to_owned(), Ok(()))
        }
        Err(Trouble::Halted) => {
            let told = server.release(lease);
            (End::Released, "given back".to_owned(), told)
        }
        Err(Trouble::Passing(reason)) => {
            let told = told(|| server.fail(lease, reason, true));
            (End::Retried, format!("for later: {reason}"), told)
        }
        Err(Trouble::Final(reason)) => {
            let told = told(|| server.fail(lease, reason, false));
            (End::Failed, format!("failed: {reason}"), told)
        }
    };
    drop(keeper);
    drop(running);
    let Lease { kind, job, .. } = lease;
    // What the server did not hear is somebody else's.
    let end = if told.is_ok() { end } else { End::Lost };
    METRICS.ended(kind, end, start);
    log::say(&format!(
        "{kind} {job}: {what} after {} ms",
        start.elapsed().as_millis()
    ));
    if let Err(error) = told {
        log::say(&format!("{kind} {job}: {error}"));
    }
}

/// Tells the server what was found and made. What it does not take is the end of the job, for the reason that it says.
fn finished(
    server: &Server,
    lease: &Lease,
    outcome: &Outcome,
) -> (End, String, Result<(), CallError>) {
    match told(|| server.finish(lease, outcome)) {
        Err(CallError::Final(reason)) => {
            let told = told(|| server.fail(lease, &reason, false));
            (End::Failed, format!("failed: {reason}"), told)
        }
        told => (End::Done, "done".to_owned(), told),
    }
}

/// Tells the server something, again when it does not hear.
fn told(tell: impl Fn() -> Result<(), CallError>) -> Result<(), CallError> {
    let mut pause = Duration::from_millis(250);
    for _ in 1..TRIES {
        match tell() {
            Err(CallError::Passing(_)) => thread::sleep(pause),
            told => return told,
        }
        pause *= 2;
    }
    tell()
}
