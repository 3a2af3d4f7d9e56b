//! Running ffmpeg and ffprobe: with limits of time, memory and output, without our environment, and never longer than we live.
//!
//! This program starts itself as `immich-companion --child …`, sets the limits and becomes the tool: no code runs between fork and
//! exec, and the tool has its limits before its first instruction.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::num::NonZero;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, getppid, kill_process, nice, set_parent_process_death_signal,
    setrlimit,
};
use signal_hook::consts::{SIGABRT, SIGXCPU, SIGXFSZ};

use crate::log;

/// The word that makes this program a tool.
const CHILD: &str = "--child";
/// How often it is looked whether a tool is still needed, and whether one has ended that says nothing more.
pub const LOOK: Duration = Duration::from_millis(20);
/// The first pause of those: most tools end when they close their output.
const FIRST_LOOK: Duration = Duration::from_millis(1);
/// How much of a tool's complaints is kept, bytes.
const COMPLAINTS: usize = 2_000;
/// Others come first: serving photos, perhaps on this machine.
const NICENESS: i32 = 10;

/// Why a tool did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The program ends, or the job is somebody else's.
    #[error("stopped")]
    Halted,
    /// It took too long.
    #[error("took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It wrote more than it may.
    #[error("wrote more than {0} bytes")]
    TooMuch(usize),
    /// It was killed, by the system for want of memory or by somebody.
    #[error("was killed (signal {0})")]
    Killed(i32),
    /// It brought its end upon itself: it came to one of its limits, or gave up.
    #[error("{0}")]
    Ended(&'static str),
    /// It says what is wrong.
    #[error("{0}")]
    Refused(String),
    /// It could not be started.
    #[error("cannot be started: {0}")]
    Start(#[from] std::io::Error),
}

/// What ended a tool that did not succeed; `words` are its last.
pub fn why(status: ExitStatus, words: impl FnOnce() -> String) -> Broken {
    match status.signal() {
        Some(SIGABRT) => Broken::Ended("gave up, perhaps for want of memory"),
        Some(SIGXCPU) => Broken::Ended("took more of the processor's time than it may"),
        Some(SIGXFSZ) => Broken::Ended("wrote a larger file than it may"),
        Some(signal) => Broken::Killed(signal),
        None => Broken::Refused(words()),
    }
}

/// Whether to go on.
#[derive(Debug, Clone, Default)]
pub struct Halt {
    /// The program is to end.
    pub stop: Arc<AtomicBool>,
    /// The lease of the job was lost.
    pub lost: Arc<AtomicBool>,
}

impl Halt {
    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.lost.load(Ordering::Relaxed)
    }
}

/// What a tool may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time.
    pub time: Duration,
    /// Bytes of memory; 0: any number.
    pub memory: u64,
    /// Bytes of standard output.
    pub output: usize,
    /// Bytes of a file that it writes; `None`: any number.
    pub file: Option<u64>,
}

/// What the system itself sees to; 0 stands for no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of memory, addresses that is.
    pub memory: u64,
    /// Bytes of memory that can be written and is nobody else's: for whoever reserves more addresses than it uses.
    pub data: u64,
    /// Seconds of the processor's time. Whoever waits for the tool ends it before; this holds when nobody does.
    pub processor: u64,
    /// Bytes of a file.
    pub file: u64,
}

impl Bounds {
    /// What the system sees to of these limits.
    pub fn of(limits: &Limits) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get) as u64;
        Self {
            memory: limits.memory,
            data: 0,
            processor: limits.time.as_secs().saturating_mul(cores).max(1),
            file: limits.file.unwrap_or(0),
        }
    }

    fn set(self) -> Result<()> {
        let limit = |resource, most: u64, room: u64| {
            let limit = Rlimit {
                current: Some(most),
                maximum: Some(most.saturating_add(room)),
            };
            if most == 0 {
                return Ok(());
            }
            setrlimit(resource, limit)
        };
        limit(Resource::As, self.memory, 0)?;
        limit(Resource::Data, self.data, 0)?;
        // A second later it is killed without a word.
        limit(Resource::Cpu, self.processor, 1)?;
        limit(Resource::Fsize, self.file, 0)?;
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        Ok(setrlimit(Resource::Core, none)?)
    }
}

/// The words after `--child`, if this process is to become a tool.
pub fn asked() -> Option<Vec<OsString>> {
    let mut words = std::env::args_os().skip(1);
    (words.next()? == CHILD).then(|| words.collect())
}

/// The order behind `word`, if this process is to carry one out.
pub fn order(word: &str) -> Option<String> {
    let mut words = std::env::args_os().skip(1);
    let is_meant = words.next()? == word;
    let order = words.next().unwrap_or_default();
    is_meant.then(|| order.to_string_lossy().into_owned())
}

/// Carries out an order. `broken` is all that administrators read where code of others breaks on somebody's file.
pub fn carry_out(broken: &'static str, work: impl FnOnce() -> Result<()>) -> ExitCode {
    std::panic::set_hook(Box::new(move |_| log::say(broken)));
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Ends this process when its parent does.
pub fn die_with_parent() -> Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::TERM))?)
}

/// Sets the limits and becomes the tool: `<parent> <memory> <data> <processor> <file> <tool> <argument>…`.
pub fn become_tool(words: Vec<OsString>) -> ExitCode {
    let Err(error) = try_become(words) else {
        return ExitCode::SUCCESS;
    };
    log::say(&format!("{error:#}"));
    ExitCode::FAILURE
}

fn try_become(words: Vec<OsString>) -> Result<()> {
    let mut words = words.into_iter();
    let mut number = || -> Result<u64> {
        let word = words.next().unwrap_or_default();
        Ok(word.to_string_lossy().parse()?)
    };
    let parent = number()?;
    let bounds = Bounds {
        memory: number()?,
        data: number()?,
        processor: number()?,
        file: number()?,
    };
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have died before that.
    let is_there =
        getppid().is_some_and(|id| u64::try_from(id.as_raw_nonzero().get()) == Ok(parent));
    anyhow::ensure!(is_there, "the parent is gone");
    bounds.set()?;
    nice(NICENESS)?;
    let tool = words.next().unwrap_or_default();
    Err(Command::new(tool).args(words).exec().into())
}

/// A tool that is killed when it is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What starts a tool with its limits and without our environment.
pub fn command(tool: &Path, arguments: &[String], bounds: Bounds) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(CHILD);
    command.arg(std::process::id().to_string());
    for bound in [bounds.memory, bounds.data, bounds.processor, bounds.file] {
        command.arg(bound.to_string());
    }
    command.arg(tool).args(arguments);
    command.env_clear().env("LC_ALL", "C");
    command.stdin(Stdio::null());
    Ok(command)
}

/// A tool that runs beside us, as long as somebody needs what it writes to files. It is killed when this is dropped.
pub struct Background {
    running: Running,
    complaints: Option<thread::JoinHandle<String>>,
    last_words: String,
    is_stopped: bool,
}

impl Background {
    /// Starts a tool within these bounds.
    pub fn start(
        tool: &Path,
        arguments: &[String],
        bounds: Bounds,
    ) -> std::result::Result<Self, Broken> {
        let mut command = command(tool, arguments, bounds)?;
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let complaints = child.stderr.take().map(|from| thread::spawn(|| tail(from)));
        Ok(Self {
            running: Running(child),
            complaints,
            last_words: String::new(),
            is_stopped: false,
        })
    }

    /// Whether it has done its work; an error when it could not.
    pub fn has_ended(&mut self) -> std::result::Result<bool, Broken> {
        let Some(status) = self.running.0.try_wait()? else {
            return Ok(false);
        };
        if let Some(complaints) = self.complaints.take() {
            self.last_words = complaints.join().unwrap_or_default();
        }
        if status.success() {
            return Ok(true);
        }
        Err(why(status, || self.last_words.clone()))
    }

    /// Stops it, or lets it go on.
    pub fn stop(&mut self, is_stopped: bool) {
        if self.is_stopped == is_stopped {
            return;
        }
        let signal = if is_stopped {
            Signal::STOP
        } else {
            Signal::CONT
        };
        let id = i32::try_from(self.running.0.id())
            .ok()
            .and_then(Pid::from_raw);
        // It may have ended.
        let _ = id.map(|id| kill_process(id, signal));
        self.is_stopped = is_stopped;
    }
}

/// Runs a tool and gives what it writes to standard output. `seen` gets each line of it.
pub fn run(
    tool: &Path,
    arguments: &[String],
    limits: Limits,
    halt: &Halt,
    seen: Option<&(dyn Fn(&str) + Sync)>,
) -> std::result::Result<Vec<u8>, Broken> {
    run_within(Bounds::of(&limits), tool, arguments, limits, halt, seen)
}

/// As [`run`], where the system sees to other bounds than those of the limits.
pub fn run_within(
    bounds: Bounds,
    tool: &Path,
    arguments: &[String],
    limits: Limits,
    halt: &Halt,
    seen: Option<&(dyn Fn(&str) + Sync)>,
) -> std::result::Result<Vec<u8>, Broken> {
    let mut command = command(tool, arguments, bounds)?;
    attend(&mut command, limits, halt, seen)
}

/// Starts what [`run`] is to run, and stays with it to its end.
fn attend(
    command: &mut Command,
    limits: Limits,
    halt: &Halt,
    seen: Option<&(dyn Fn(&str) + Sync)>,
) -> std::result::Result<Vec<u8>, Broken> {
    let mut running = Running(
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?,
    );
    let (output, errors) = (running.0.stdout.take(), running.0.stderr.take());
    let (is_open, closed) = mpsc::channel::<Infallible>();
    thread::scope(|scope| {
        let output = scope.spawn(move || {
            let _is_open = is_open;
            output.map_or_else(|| Ok(Vec::new()), |it| take(it, limits.output, seen))
        });
        let errors = scope.spawn(|| errors.map(tail).unwrap_or_default());
        let ended = wait(&mut running, limits.time, halt, &closed);
        // Ends the readers, too.
        drop(running);
        let (output, errors) = (output.join(), errors.join().unwrap_or_default());
        let status = ended?;
        let output = output.unwrap_or_else(|_panicked| Ok(Vec::new()))?;
        if status.success() {
            Ok(output)
        } else {
            Err(why(status, || errors))
        }
    })
}

/// Waits for the end of a tool; `closed` is no longer connected once its output is closed.
fn wait(
    running: &mut Running,
    time: Duration,
    halt: &Halt,
    closed: &Receiver<Infallible>,
) -> std::result::Result<ExitStatus, Broken> {
    let start = Instant::now();
    let mut pause = FIRST_LOOK;
    loop {
        if let Some(status) = running.0.try_wait()? {
            return Ok(status);
        }
        if halt.is_set() {
            return Err(Broken::Halted);
        }
        if start.elapsed() > time {
            return Err(Broken::TimedOut(time));
        }
        if closed.recv_timeout(LOOK) == Err(RecvTimeoutError::Disconnected) {
            thread::sleep(pause);
            pause = (pause * 2).min(LOOK);
        }
    }
}

/// All that comes, up to `most` bytes; beyond that the pipe is closed, which ends the tool.
fn take(
    from: impl Read,
    most: usize,
    seen: Option<&(dyn Fn(&str) + Sync)>,
) -> std::result::Result<Vec<u8>, Broken> {
    let mut all = Vec::new();
    let mut from = from.take(most as u64 + 1);
    match seen {
        None => drop(from.read_to_end(&mut all)?),
        Some(seen) => {
            for line in BufReader::new(&mut from).lines() {
                seen(&line?);
            }
        }
    }
    if from.limit() == 0 {
        return Err(Broken::TooMuch(most));
    }
    Ok(all)
}

/// The last words of a tool, in one line.
pub fn tail(mut from: impl Read) -> String {
    let (mut last, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        last.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let extra = last.len().saturating_sub(COMPLAINTS);
        last.drain(..extra);
    }
    let text = String::from_utf8_lossy(&last);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Nothing but time: enough for a shell to start beside other work.
    const LIMITS: Limits = Limits {
        time: Duration::from_secs(5),
        memory: 0,
        output: 1_000,
        file: None,
    };

    /// What says who it is and sleeps for a minute, and how it ended.
    fn asleep(halt: &Halt) -> (String, Broken) {
        let said = Mutex::new(String::new());
        let hear = |line: &str| said.lock().unwrap().push_str(line);
        let mut tool = Command::new("sh");
        tool.args(["-c", "echo $$; exec sleep 60"]);
        tool.stdin(Stdio::null());
        let start = Instant::now();
        let ended = attend(&mut tool, LIMITS, halt, Some(&hear)).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(30));
        (said.into_inner().unwrap(), ended)
    }

    #[test]
    fn a_tool_that_takes_too_long_is_ended() {
        let (id, ended) = asleep(&Halt::default());
        assert!(matches!(ended, Broken::TimedOut(time) if time == LIMITS.time));
        assert!(id.parse::<u32>().is_ok(), "it was there: {id:?}");
        assert!(!Path::new("/proc").join(id).exists());
    }

    #[test]
    fn a_tool_that_says_too_much_is_ended_whether_somebody_listens_or_not() {
        let limits = Limits {
            time: Duration::from_mins(1),
            ..LIMITS
        };
        let heard = Mutex::new(0);
        let hear = |line: &str| *heard.lock().unwrap() += line.len() + 1;
        for is_heard in [false, true] {
            let seen: Option<&(dyn Fn(&str) + Sync)> = if is_heard { Some(&hear) } else { None };
            let said = |words: &str| {
                let mut tool = Command::new("sh");
                tool.args(["-c", words]).stdin(Stdio::null());
                attend(&mut tool, limits, &Halt::default(), seen)
            };
            let ended = said("while :; do echo more; done").unwrap_err();
            assert!(matches!(ended, Broken::TooMuch(1_000)), "{ended}");
            assert!(said("echo enough").is_ok());
        }
        assert!(heard.into_inner().unwrap() <= 1_010);
    }

    #[test]
    fn a_tool_of_a_lost_job_is_ended() {
        let halt = Halt::default();
        halt.lost.store(true, Ordering::Relaxed);
        assert!(matches!(asleep(&halt).1, Broken::Halted));
    }
}
