//! What this companion did, as text for Prometheus on a port of this machine (exposition format 0.0.4).

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::log;

/// How long somebody may take to ask, and to read the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest question, bytes.
const QUESTION: u64 = 8 << 10;

/// What this program counts.
pub static METRICS: Metrics = Metrics::new();

/// How jobs ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Done, and the server knows.
    Done,
    /// Failed for good.
    Failed,
    /// Will be tried again.
    Retried,
    /// Given back when the program ended.
    Released,
    /// Somebody else has it.
    Lost,
}

impl End {
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Retried => "retried",
            Self::Released => "released",
            Self::Lost => "lost",
        }
    }
}

/// Jobs that ended in one way, and how long they took.
type Ended = BTreeMap<(String, End), (u64, Duration)>;

/// Counters since the start.
pub struct Metrics {
    jobs: Mutex<Ended>,
    running: AtomicUsize,
    streams: AtomicUsize,
}

/// Counts one more as long as it lives.
pub struct Gauge<'a>(&'a AtomicUsize);

impl<'a> Gauge<'a> {
    fn new(gauge: &'a AtomicUsize) -> Self {
        gauge.fetch_add(1, Ordering::Relaxed);
        Self(gauge)
    }
}

impl Drop for Gauge<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    const fn new() -> Self {
        Self {
            jobs: Mutex::new(BTreeMap::new()),
            running: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
        }
    }

    /// A job is worked on as long as the result lives.
    pub fn job(&self) -> Gauge<'_> {
        Gauge::new(&self.running)
    }

    /// A viewer is served as long as the result lives.
    pub fn stream(&self) -> Gauge<'_> {
        Gauge::new(&self.streams)
    }

    /// A job of a kind ended; it was begun at `start`.
    pub fn ended(&self, kind: &str, end: End, start: Instant) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, time) = jobs.entry((kind.to_owned(), end)).or_default();
        *count += 1;
        *time += start.elapsed();
    }

    /// The text for Prometheus.
    fn text(&self) -> String {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let each = |name: &str, value: &dyn Fn(&(u64, Duration)) -> String| {
            let lines = jobs.iter().map(|((kind, end), ended)| {
                let (end, value) = (end.name(), value(ended));
                format!("{name}{{kind=\"{kind}\",end=\"{end}\"}} {value}\n")
            });
            format!("# TYPE {name} counter\n{}", lines.collect::<String>())
        };
        let gauge = |name: &str, gauge: &AtomicUsize| {
            let value = gauge.load(Ordering::Relaxed);
            format!("# TYPE {name} gauge\n{name} {value}\n")
        };
        [
            each("immich_companion_jobs_total", &|(count, _)| {
                count.to_string()
            }),
            each("immich_companion_job_seconds_total", &|(_, time)| {
                format!("{:.3}", time.as_secs_f64())
            }),
            gauge("immich_companion_jobs_running", &self.running),
            gauge("immich_companion_streams_running", &self.streams),
        ]
        .concat()
    }
}

/// Answers `GET /metrics` on a port of 127.0.0.1 as long as the program runs.
///
/// # Errors
/// The port is taken.
pub fn serve(port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = listener.with_context(|| format!("--metrics: port {port}"))?;
    log::say(&format!(
        "metrics on http://{}/metrics",
        listener.local_addr()?
    ));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who does not listen any more misses nothing.
            drop(answer(&stream));
        }
    });
    Ok(())
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut question = BufReader::new(stream.take(QUESTION));
    let mut first = String::new();
    question.read_line(&mut first)?;
    let mut header = String::new();
    while question.read_line(&mut header)? > 2 {
        header.clear();
    }
    let is_asked = first.starts_with("GET /metrics ");
    let (status, body) = if is_asked {
        ("200 OK", METRICS.text())
    } else {
        ("404 Not Found", String::new())
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_what_ended_and_what_runs() {
        let metrics = Metrics::new();
        let running = metrics.job();
        metrics.ended("AssetEncodeVideo", End::Done, Instant::now());
        metrics.ended("AssetEncodeVideo", End::Done, Instant::now());
        metrics.ended("AssetEncodeVideo", End::Failed, Instant::now());
        let text = metrics.text();
        assert!(
            text.contains(
                "immich_companion_jobs_total{kind=\"AssetEncodeVideo\",end=\"done\"} 2\n"
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "immich_companion_jobs_total{kind=\"AssetEncodeVideo\",end=\"failed\"} 1\n"
            ),
            "{text}"
        );
        assert!(text.contains("immich_companion_jobs_running 1\n"), "{text}");
        drop(running);
        assert!(metrics.text().contains("immich_companion_jobs_running 0\n"));
    }
}
