//! What a move did: a bar while it goes on, sums and troubles at its end.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, bail};

use crate::client;

/// Troubles that are shown at the end; the others are only counted.
const SHOWN: usize = 50;
/// Columns of the bar.
const BAR: u64 = 30;
/// Lines of progress for logs: one each so many assets.
const LINES: u64 = 250;

/// Writes a line to standard error, where all progress goes. That nobody reads it is no error.
pub fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Writes a result to standard output.
pub fn print(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

/// Ends the bar.
pub fn end() {
    if std::io::stderr().is_terminal() {
        say("");
    }
}

#[derive(Default)]
struct Sums {
    title: String,
    total: u64,
    seen: u64,
    uploaded: u64,
    bytes: u64,
    there: u64,
    failed: Vec<String>,
    more: usize,
    notes: Vec<String>,
}

/// Counts; shared by all workers.
#[derive(Default)]
pub struct Report {
    sums: Mutex<Sums>,
}

impl Report {
    /// Begins to count towards `total`; 0: nobody knows.
    pub fn begin(&self, title: &str, total: u64) {
        let mut sums = self.sums();
        title.clone_into(&mut sums.title);
        (sums.total, sums.seen) = (total, 0);
        if !std::io::stderr().is_terminal() {
            say(&format!("{title}: {total}"));
        }
    }

    /// One asset was looked at.
    pub fn seen(&self) {
        let mut sums = self.sums();
        sums.seen += 1;
        let text = bar(&sums);
        if std::io::stderr().is_terminal() {
            drop(write!(std::io::stderr(), "\r{text}\x1b[K"));
        } else if sums.seen.is_multiple_of(LINES) {
            say(&text);
        }
    }

    /// One asset of this many bytes went, or would go, over.
    pub fn uploaded(&self, bytes: u64) {
        let mut sums = self.sums();
        sums.uploaded += 1;
        sums.bytes += bytes;
    }

    /// One asset was at the target before.
    pub fn there(&self) {
        self.sums().there += 1;
    }

    /// Something that people should know.
    pub fn note(&self, text: String) {
        self.sums().notes.push(text);
    }

    /// Takes an error of one thing down; gives back those after which nothing else would work.
    pub fn take<T>(&self, what: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if client::is_fatal(&error) => Err(error.context(what.to_owned())),
            Err(error) => {
                let mut sums = self.sums();
                if sums.failed.len() < SHOWN {
                    sums.failed.push(format!("{what}: {error:#}"));
                } else {
                    sums.more += 1;
                }
                Ok(None)
            }
        }
    }

    /// Prints what was done; an error if anything failed.
    pub fn finish(&self, dry: bool) -> Result<()> {
        let sums = self.sums();
        let verb = if dry { "to upload" } else { "uploaded" };
        print(&format!(
            "{} {verb} ({}), {} there before, {} failed",
            sums.uploaded,
            size(sums.bytes),
            sums.there,
            sums.failed.len() + sums.more
        ))?;
        for note in &sums.notes {
            print(note)?;
        }
        for line in &sums.failed {
            say(&format!("failed: {line}"));
        }
        if sums.more > 0 {
            say(&format!("and {} more", sums.more));
        }
        if !sums.failed.is_empty() {
            bail!("not everything was moved; the same command again tries the rest");
        }
        Ok(())
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bar(sums: &Sums) -> String {
    let total = sums.total.max(sums.seen).max(1);
    let full = usize::try_from(sums.seen * BAR / total).unwrap_or_default();
    let empty = usize::try_from(BAR).unwrap_or_default() - full;
    format!(
        "{} [{}{}] {}/{total}, {} uploaded, {} failed",
        sums.title,
        "#".repeat(full),
        ".".repeat(empty),
        sums.seen,
        size(sums.bytes),
        sums.failed.len() + sums.more
    )
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    let mut rest = bytes;
    for unit in ["B", "KiB", "MiB"] {
        if rest < 10_240 {
            return format!("{rest} {unit}");
        }
        rest /= 1024;
    }
    format!("{rest} GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(9_000), "9000 B");
        assert_eq!(size(5 << 30), "5120 MiB");
        assert_eq!(size(50 << 30), "50 GiB");
    }

    #[test]
    fn a_bar_never_overflows() {
        let sums = Sums {
            seen: 12,
            total: 10,
            ..Sums::default()
        };
        assert!(bar(&sums).contains("12/12"));
    }

    #[test]
    fn a_failure_of_one_thing_is_taken_down_and_said() {
        let report = Report::default();
        let one: Result<()> = Err(anyhow::anyhow!("wrong"));
        assert!(report.take("a.jpg", one).unwrap().is_none());
        assert!(report.finish(false).is_err());
    }
}
