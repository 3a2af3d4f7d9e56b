//! Asks for jobs and does them, several at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use edge_protocol::wire::Lease;

use crate::child::Halt;
use crate::context::{Context, Product, Trouble};
use crate::learning::pool::Networks;
use crate::lease::{Keeper, Progress};
use crate::log;
use crate::metrics::{End, METRICS};
use crate::options::Options;
use crate::rest::rest;
use crate::server::{CallError, Server};
use crate::tools::Tools;
use crate::{learning, stream, task};

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
    let networks = Networks::new(options.jobs.get());
    let work = Work {
        server,
        tools,
        options,
        networks: &networks,
        stop,
    };
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
                        Ok(Some(lease)) => work.one(&lease),
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

/// What all jobs are done with.
struct Work<'a> {
    server: &'a Server,
    tools: &'a Tools,
    options: &'a Options,
    networks: &'a Networks,
    stop: &'a Arc<AtomicBool>,
}

impl Work<'_> {
    /// Does a job and tells the server how it ended.
    fn one(&self, lease: &Lease) {
        let start = Instant::now();
        let running = METRICS.job();
        let halt = Halt {
            stop: self.stop.clone(),
            lost: Arc::default(),
        };
        let progress = Progress::default();
        let keeper = Keeper::start(self.server, lease, &progress, &halt);
        let turn = learning::asked(&lease.task).map(|asked| asked.key());
        let turn = self.networks.turn(turn);
        let context = Context {
            server: self.server,
            tools: self.tools,
            lease,
            halt: &halt,
            progress: &progress,
            networks: &turn,
            work: &self.options.work,
            memory: self.options.memory,
        };
        let ended = task::run(&context);
        drop(turn);
        let (end, what, told) = self.tell(lease, &halt, &ended);
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

    /// Tells the server how a job ended.
    fn tell(&self, lease: &Lease, halt: &Halt, ended: &Result<Product, Trouble>) -> Told {
        let server = self.server;
        match ended {
            Ok(product) => finished(server, lease, product),
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
        }
    }
}

/// How a job ended, the same for the log, and whether the server heard.
type Told = (End, String, Result<(), CallError>);

/// Tells the server what was found and made. What it does not take is the end of the job, for the reason that it says.
fn finished(server: &Server, lease: &Lease, product: &Product) -> Told {
    let told_it = told(|| match product {
        Product::Made(outcome) => server.finish(lease, outcome),
        Product::Found(found) => server.found(lease, found),
    });
    match (product, told_it) {
        // The function that is told may not be deployed yet, or be of before networks.
        (Product::Found(_), Err(CallError::Unknown(reason))) => {
            let reason = format!("companion-ml: {reason}");
            let told = told(|| server.fail(lease, &reason, true));
            (End::Retried, format!("for later: {reason}"), told)
        }
        (_, Err(CallError::Final(reason) | CallError::Unknown(reason))) => {
            let told = told(|| server.fail(lease, &reason, false));
            (End::Failed, format!("failed: {reason}"), told)
        }
        // Who gave the job took the token: the function that is told lacks the secret.
        (Product::Found(_), Err(CallError::Refused(reason))) => {
            let reason = format!("companion-ml does not take the token: {reason}");
            let told = told(|| server.fail(lease, &reason, true));
            (End::Retried, format!("for later: {reason}"), told)
        }
        (_, told) => (End::Done, "done".to_owned(), told),
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use edge_protocol::learning::{Found, Model};
    use edge_protocol::wire::Task;

    use super::*;

    /// Takes a call whose body ends with `end`, and answers it with this status.
    fn answer(server: &TcpListener, end: &str, status: &str) -> String {
        let (mut call, _) = server.accept().unwrap();
        let (mut asked, mut some) = (Vec::new(), [0; 4_096]);
        while !asked.ends_with(end.as_bytes()) {
            let length = call.read(&mut some).unwrap();
            assert!(length > 0, "the call ended");
            asked.extend_from_slice(&some[..length]);
        }
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        call.write_all(head.as_bytes()).unwrap();
        String::from_utf8(asked).unwrap()
    }

    #[test]
    fn what_networks_found_is_kept_for_later_where_nobody_takes_it_yet() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::new(&url, "token", None, "5.1", true).unwrap();
        let model = Model::default();
        let lease = Lease {
            job: "job".to_owned(),
            lease: "lease".to_owned(),
            kind: "Ocr".to_owned(),
            expires_in: 90_000,
            attempt: 1,
            task: Task::Text {
                model: model.clone(),
                shorter: 736,
                least_score: 0.5,
            },
        };
        let lines = Vec::new();
        let found = Product::Found(Found::Text { model, lines });
        for (status, may_pass) in [
            ("404 Not Found", true),
            ("405 Method Not Allowed", true),
            ("413 Payload Too Large", true),
            ("400 Bad Request", false),
        ] {
            thread::scope(|scope| {
                let calls = scope.spawn(|| {
                    answer(&listener, "\"lines\":[]}", status);
                    answer(&listener, &format!("\"mayPass\":{may_pass}}}"), "200 OK")
                });
                let (end, what, told) = finished(&server, &lease, &found);
                assert!(told.is_ok() && what.contains(status), "{what}");
                assert_eq!(matches!(end, End::Retried), may_pass, "{status}");
                let failed = calls.join().unwrap();
                assert!(
                    failed.starts_with("POST /api/companion/jobs/job/fail"),
                    "{failed}"
                );
            });
        }
    }
}
