//! Running programs and talking to the person in front of the terminal.
use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

/// Prints one line to standard error, where all progress goes.
pub fn say(line: &str) {
    // Nobody left to read it is no reason to stop the work.
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Prints a result to standard output.
pub fn print(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

/// How long the steps took that have ended.
static TIMES: Mutex<Vec<Time>> = Mutex::new(Vec::new());

/// What lanes that failed said of it.
static FAILURES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Time {
    began: Instant,
    seconds: f32,
    /// Steps that it is a part of.
    depth: usize,
    title: String,
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where the programs of this lane write.
    static LATER: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// Announces a step, runs it and says how long it took.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("==> {title}"));
    let (began, depth) = (Instant::now(), DEPTH.get());
    DEPTH.set(depth + 1);
    let result = work();
    DEPTH.set(depth);
    let seconds = began.elapsed().as_secs_f32();
    if result.is_ok() && seconds >= 1.0 {
        say(&format!("    {title}: {seconds:.0} s"));
    }
    let title = title.to_owned();
    lock(&TIMES).push(Time {
        began,
        seconds,
        depth,
        title,
    });
    result
}

/// Prints once more, last of all, what lanes said that failed: it is what somebody looks for who has only the end of the output.
pub fn print_failures() {
    for failure in lock(&FAILURES).iter() {
        say(failure);
    }
}

/// What node says at the end of stories that failed: which ones, where and why.
fn failures(printed: &str) -> String {
    const MOST: usize = 80;
    let mut left = 0;
    let kept = printed.lines().filter(|line| {
        if line.ends_with("failing tests:") {
            left = MOST;
        } else if ["▶", "==>"].iter().any(|next| line.starts_with(next)) {
            left = 0;
        }
        left = left.saturating_sub(1);
        left > 0
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// Prints how long each step took so far, in the order in which they began; those under a second are left out.
pub fn print_times() {
    let mut times = lock(&TIMES);
    times.sort_by_key(|time| time.began);
    let whole: f32 = times
        .iter()
        .filter(|time| time.depth == 0)
        .map(|time| time.seconds)
        .sum();
    say("\nseconds  step");
    for time in times.iter().filter(|time| time.seconds >= 1.0) {
        let indent = "  ".repeat(time.depth);
        say(&format!("{:>7.0}  {indent}{}", time.seconds, time.title));
    }
    say(&format!("{whole:>7.0}  in all"));
}

/// Runs a program with our terminal; an exit code other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    if let Some(file) = LATER.with_borrow(|file| file.as_ref().map(File::try_clone)) {
        let file = file?;
        command.stdout(file.try_clone()?).stderr(file);
    }
    let status = command
        .status()
        .with_context(|| format!("cannot start: {shown}"))?;
    if !status.success() {
        bail!("failed ({status}): {shown}");
    }
    Ok(())
}

/// Runs a program and returns what it wrote to standard output, trimmed.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start: {shown}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("failed ({}): {shown}\n{errors}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Whether a program of this name is on the path.
pub fn is_installed(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A command that runs in `folder`.
pub fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Applies `work` to every item on all cores; the results are in the order of the items.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let queue = Mutex::new(items.iter().enumerate());
    let results = Mutex::new(Vec::new());
    // A function of its own: `while let` would keep what its condition locks until the work is done.
    let next = || lock(&queue).next();
    let depth = DEPTH.get();
    std::thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(|| {
                DEPTH.set(depth);
                while let Some((index, item)) = next() {
                    let result = work(item);
                    lock(&results).push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A piece of work: its name, and what it does.
pub type Lane = (&'static str, fn() -> Result<()>);

/// Does all of this at the same time. What the programs of a lane print comes in one piece when the lane has ended, so that lanes can be told
/// apart; until then it is in `<name>.log` of the folder `logs`. Errors: the first lane of the list that failed, after all have ended.
pub fn lanes(logs: &Path, lanes: &[Lane]) -> Result<()> {
    fs::create_dir_all(logs)?;
    let depth = DEPTH.get();
    let run = |name: &str, work: fn() -> Result<()>| -> Result<()> {
        DEPTH.set(depth);
        let path = logs.join(name).with_extension("log");
        LATER.set(Some(File::create(&path)?));
        let done = work();
        let printed = fs::read_to_string(&path)?;
        let end = done.as_ref().map_or_else(
            |error| format!("{name} failed: {error:#}"),
            |()| format!("{name}: passed"),
        );
        say(&format!("==> what {name} printed\n{printed}==> {end}"));
        if done.is_err() {
            lock(&FAILURES).push(failures(&printed));
        }
        done
    };
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let begun: Vec<_> = lanes
            .iter()
            .map(|(name, work)| scope.spawn(|| run(name, *work)))
            .collect();
        let ended = begun.into_iter().map(|lane| {
            let ended = lane.join();
            ended.unwrap_or_else(|_panic| Err(anyhow::anyhow!("a lane panicked")))
        });
        ended.collect()
    });
    results.into_iter().collect()
}

/// Does work that takes of the processor what others leave, and so does all that it starts. For a thread that ends with it. Elsewhere
/// than on Linux threads have no priority of their own, and it competes with the others.
pub fn beside<T>(work: impl FnOnce() -> T) -> T {
    if cfg!(target_os = "linux")
        && let Err(error) = rustix::process::nice(19)
    {
        say(&format!("its priority stays: {error}"));
    }
    work()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_failed_is_found_in_what_was_printed() {
        let printed = "✔ one\n✖ failing tests:\n\ntest at a.mjs:1:2\n✖ two\n  AssertionError: no\n▶ another\n✔ three\n";
        let found = "✖ failing tests:\n\ntest at a.mjs:1:2\n✖ two\n  AssertionError: no";
        assert_eq!(failures(printed), found);
        assert_eq!(failures("✔ one\n"), "");
    }

    #[test]
    fn work_is_done_on_all_cores_and_its_results_are_in_order() {
        let (wanted, begun) = (cores().min(2), AtomicUsize::new(0));
        let results = in_parallel(&["a", "b"], |name| {
            begun.fetch_add(1, Ordering::SeqCst);
            let end = Instant::now() + Duration::from_secs(60);
            while begun.load(Ordering::SeqCst) < wanted && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(1));
            }
            (*name, begun.load(Ordering::SeqCst) >= wanted)
        });
        assert_eq!(results, [("a", true), ("b", true)]);
    }
}
