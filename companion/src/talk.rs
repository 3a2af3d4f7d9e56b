//! A tool that stays: it is asked by lines, and answers each with one. It has the limits of other tools but that of the processor's time,
//! which grows with what it is asked; whoever asks ends it when an answer takes too long.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::child::{Bounds, Broken, Halt, LOOK, Running, command, tail, why};

/// How long a tool that says nothing more may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a tool says.
type Said = Result<Vec<u8>, Broken>;

/// A tool that is asked. It is killed when this is dropped.
pub struct Talk {
    running: Running,
    to: ChildStdin,
    from: Receiver<Said>,
    complaints: Option<JoinHandle<String>>,
}

impl Talk {
    /// Starts a tool that may use so many bytes of memory, write no file, and answer with so many bytes at most.
    pub fn start(
        tool: &Path,
        arguments: &[String],
        memory: u64,
        longest: usize,
    ) -> Result<Self, Broken> {
        let bounds = Bounds {
            memory,
            file: 1,
            ..Bounds::default()
        };
        Self::of(&mut command(tool, arguments, bounds)?, longest)
    }

    /// As [`Talk::start`], of what is ready to be started.
    pub fn of(command: &mut Command, longest: usize) -> Result<Self, Broken> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        let mut running = Running(command.spawn()?);
        let (to, from) = (running.0.stdin.take(), running.0.stdout.take());
        let (Some(to), Some(output)) = (to, from) else {
            return Err(Broken::Ended("has no pipes"));
        };
        let errors = running.0.stderr.take();
        let (sender, from) = channel();
        thread::spawn(move || hear(output, longest, &sender));
        Ok(Self {
            running,
            to,
            from,
            complaints: errors.map(|errors| thread::spawn(|| tail(errors))),
        })
    }

    /// Whether it still runs.
    pub fn is_there(&mut self) -> bool {
        matches!(self.running.0.try_wait(), Ok(None))
    }

    /// Its answer to a line. After an error it is of no use any more.
    pub fn ask(&mut self, line: &str, time: Duration, halt: &Halt) -> Said {
        let line = format!("{line}\n");
        let sent = self.to.write_all(line.as_bytes());
        if sent.and_then(|()| self.to.flush()).is_err() {
            return Err(self.ended());
        }
        let start = Instant::now();
        loop {
            match self.from.recv_timeout(LOOK) {
                Ok(said) => return said,
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(RecvTimeoutError::Timeout) if halt.is_set() => return Err(Broken::Halted),
                Err(RecvTimeoutError::Timeout) if start.elapsed() > time => {
                    return Err(Broken::TimedOut(time));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Why it says nothing more.
    fn ended(&mut self) -> Broken {
        let start = Instant::now();
        let status = loop {
            match self.running.0.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if start.elapsed() < PATIENCE => thread::sleep(LOOK),
                Ok(None) => return Broken::Ended("says nothing more"),
                Err(error) => return error.into(),
            }
        };
        let complaints = self.complaints.take();
        let words = complaints.and_then(|complaints| complaints.join().ok());
        if status.success() {
            return Broken::Ended("ended");
        }
        why(status, || words.unwrap_or_default())
    }
}

/// Hands on each line that comes; one that is too long is the last.
fn hear(from: impl Read, longest: usize, to: &Sender<Said>) {
    let mut from = BufReader::new(from);
    loop {
        let mut line = Vec::new();
        let most = longest as u64 + 1;
        let read = from.by_ref().take(most).read_until(b'\n', &mut line);
        let said = match read {
            Ok(_) if line.last() == Some(&b'\n') => Ok(line),
            Ok(_) if line.len() > longest => Err(Broken::TooMuch(longest)),
            // The end.
            Ok(_) => return,
            Err(error) => Err(error.into()),
        };
        let is_last = said.is_err();
        if to.send(said).is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`hear`] hands on of a text.
    fn heard(text: &'static str, longest: usize) -> Vec<String> {
        let (sender, from) = channel();
        hear(text.as_bytes(), longest, &sender);
        drop(sender);
        let said = from.iter().map(|said| match said {
            Ok(line) => String::from_utf8(line).unwrap(),
            Err(error) => error.to_string(),
        });
        said.collect()
    }

    #[test]
    fn lines_are_handed_on_until_one_is_too_long() {
        assert_eq!(heard("ab\nc\n", 3), ["ab\n", "c\n"]);
        assert_eq!(
            heard("ab\nabcdef\nc\n", 3),
            ["ab\n", "wrote more than 3 bytes"]
        );
        assert_eq!(heard("ab\nc", 3), ["ab\n"], "half a line is none");
        assert!(heard("", 3).is_empty());
    }
}
