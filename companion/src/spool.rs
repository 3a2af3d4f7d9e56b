//! The original of a job, in a file of its own while the job lasts.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use edge_protocol::wire::Lease;

use crate::child::Halt;
use crate::context::Trouble;
use crate::server::{CallError, Part, Server};

/// Bytes read at a time.
const STEP: u64 = 8 << 20;
/// Parts that are read at once where somebody waits: one after the other spends most of its time on waiting for the next.
const WAYS: u32 = 4;
/// Tries of one part; the pause before each doubles.
const TRIES: u32 = 5;
/// Name of a job's folder before its number.
const PREFIX: &str = "job-";
/// Name of the file in it that whoever works there has locked.
const LOCK: &str = "lock";

/// Reads a part of an original.
pub type Read<'a> = dyn Fn(u64, u64) -> Result<Part, CallError> + Sync + 'a;

/// A folder that is removed with its files when the job ends.
pub struct Spool {
    folder: PathBuf,
    /// Locked as long as this program lives, however it ends. In a container every program has the same number.
    _lock: File,
}

impl Drop for Spool {
    fn drop(&mut self) {
        // What cannot be removed now goes at the next start.
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Removes what programs that were killed have left in `work`: folders that nobody has locked.
pub fn clear(work: &Path) {
    for entry in fs::read_dir(work).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !is_ours {
            continue;
        }
        if let Ok(Some(_lock)) = lock(&entry.path(), OnError::IsTaken) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// What is thought of a folder where locks do not work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnError {
    /// Somebody has it.
    IsTaken,
    /// It is ours.
    IsOurs,
}

/// The lock of a folder; `None`: somebody else has it, or the folder is gone.
fn lock(folder: &Path, on_error: OnError) -> io::Result<Option<File>> {
    let path = folder.join(LOCK);
    let mut options = File::options();
    let file = match options.write(true).create(true).truncate(false).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(_)) if on_error == OnError::IsTaken => return Ok(None),
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    // Whoever clears may have had it before, and removed it.
    let is_there = fs::metadata(&path).ok().map(|meta| meta.ino()) == Some(file.metadata()?.ino());
    Ok(is_there.then_some(file))
}

impl Spool {
    /// A new folder in `work`.
    pub fn new(work: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = work.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => {}
                // Another one has it that counts from the same number, perhaps in a container of its own.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            if let Some(lock) = lock(&folder, OnError::IsOurs)? {
                return Ok(Self {
                    folder,
                    _lock: lock,
                });
            }
        }
    }

    /// The place of a file in it. Names are ours, never those of uploads.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A folder in it, which may be there.
    pub fn folder(&self, name: &str) -> std::io::Result<PathBuf> {
        let folder = self.path(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Reads the original of a job into a file.
    pub fn fetch(&self, server: &Server, lease: &Lease, halt: &Halt) -> Result<PathBuf, Trouble> {
        self.fetch_by(&|first, length| server.original(lease, first, length), halt)
    }

    /// Reads an original into a file; `read` gives the bytes from the first one on, at most so many.
    pub fn fetch_by(&self, read: &Read<'_>, halt: &Halt) -> Result<PathBuf, Trouble> {
        self.fetch_as("original", read, halt)
    }

    /// As [`Spool::fetch_by`] behind what [`first`] gave, several parts at once.
    pub fn fetch_behind(
        &self,
        first: &Part,
        read: &Read<'_>,
        halt: &Halt,
    ) -> Result<PathBuf, Trouble> {
        let path = self.path("original");
        let file = File::create_new(&path).map_err(|error| full(&error))?;
        file.write_all_at(&first.bytes, 0)
            .map_err(|error| full(&error))?;
        copy_behind(read, &file, first, halt)?;
        Ok(path)
    }

    /// As [`Spool::fetch_by`], into a file of this name, which is not there yet.
    pub fn fetch_as(&self, name: &str, read: &Read<'_>, halt: &Halt) -> Result<PathBuf, Trouble> {
        let path = self.path(name);
        let mut file = File::create_new(&path).map_err(|error| full(&error))?;
        copy(read, &mut file, halt)?;
        Ok(path)
    }
}

fn copy(read: &Read<'_>, file: &mut File, halt: &Halt) -> Result<(), Trouble> {
    let first = first(read, halt)?;
    file.write_all(&first.bytes).map_err(|error| full(&error))?;
    let mut at = first.bytes.len() as u64;
    while at < first.total {
        let part = next(read, (at, STEP), &first, halt)?;
        file.write_all(&part.bytes).map_err(|error| full(&error))?;
        at += part.bytes.len() as u64;
    }
    Ok(())
}

/// The first part of an original.
pub fn first(read: &Read<'_>, halt: &Halt) -> Result<Part, Trouble> {
    let first = part(read, 0, STEP, halt)?;
    if first.bytes.is_empty() {
        return Err(changed());
    }
    Ok(first)
}

/// Another part, of the same original as the first one.
fn next(
    read: &Read<'_>,
    (at, length): (u64, u64),
    first: &Part,
    halt: &Halt,
) -> Result<Part, Trouble> {
    let part = part(read, at, length, halt)?;
    if part.bytes.is_empty() || part.total != first.total || part.tag != first.tag {
        return Err(changed());
    }
    Ok(part)
}

/// Copies what is behind the first part, [`WAYS`] parts at once.
fn copy_behind(read: &Read<'_>, file: &File, first: &Part, halt: &Halt) -> Result<(), Trouble> {
    let total = first.total;
    let place = AtomicU64::new(first.bytes.len() as u64);
    let is_broken = AtomicBool::new(false);
    let one_way = || -> Result<(), Trouble> {
        while !is_broken.load(Ordering::Relaxed) {
            let at = place.fetch_add(STEP, Ordering::Relaxed);
            if at >= total {
                break;
            }
            copy_piece(read, file, (at, (at + STEP).min(total)), first, halt)
                .inspect_err(|_| is_broken.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let ways: Vec<_> = (0..WAYS).map(|_| scope.spawn(one_way)).collect();
        ways.into_iter().try_for_each(|way| {
            let broken = || Err(Trouble::Passing("reading the original broke".to_owned()));
            way.join().unwrap_or_else(|_panicked| broken())
        })
    })
}

/// Copies what lies between two places of an original.
fn copy_piece(
    read: &Read<'_>,
    file: &File,
    (mut at, end): (u64, u64),
    first: &Part,
    halt: &Halt,
) -> Result<(), Trouble> {
    while at < end {
        let part = next(read, (at, end - at), first, halt)?;
        let written = file.write_all_at(&part.bytes, at);
        written.map_err(|error| full(&error))?;
        at += part.bytes.len() as u64;
    }
    Ok(())
}

fn changed() -> Trouble {
    Trouble::Passing("the original changed while it was read".to_owned())
}

fn full(error: &std::io::Error) -> Trouble {
    Trouble::Passing(format!("the companion's disk: {error}"))
}

fn part(read: &Read<'_>, at: u64, length: u64, halt: &Halt) -> Result<Part, Trouble> {
    let mut pause = Duration::from_millis(500);
    let mut tries = 1;
    loop {
        if halt.is_set() {
            return Err(Trouble::Halted);
        }
        match read(at, length) {
            Ok(part) => return Ok(part),
            Err(CallError::Passing(_)) if tries < TRIES => {
                thread::sleep(pause);
                (tries, pause) = (tries + 1, pause * 2);
            }
            // No byte is there.
            Err(CallError::Final(text)) if text.starts_with("416") => {
                return Err(Trouble::Final("the file is empty".to_owned()));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(file: &mut File, sizes: [u64; 2]) -> Result<(), Trouble> {
        copied_of(file, sizes, [None; 2])
    }

    fn copied_of(file: &mut File, sizes: [u64; 2], tags: [Option<&str>; 2]) -> Result<(), Trouble> {
        let read = |first: u64, _length: u64| -> Result<Part, CallError> {
            let turn = usize::from(first > 0);
            Ok(Part {
                bytes: vec![0; 4],
                total: sizes[turn],
                tag: tags[turn].map(str::to_owned),
            })
        };
        copy(&read, file, &Halt::default())
    }

    #[test]
    fn parts_that_are_read_at_once_become_the_original() {
        let work = tempfile::tempdir().unwrap();
        let halt = Halt::default();
        let step = usize::try_from(STEP).unwrap();
        let whole: Vec<u8> = (0..step * 3 + 5)
            .map(|at| (at / 4_096 % 251).to_le_bytes()[0])
            .collect();
        let read = |changes_at: u64, tag_changes_at: u64| {
            let whole = &whole;
            move |first: u64, length: u64| -> Result<Part, CallError> {
                // Some servers give less than they were asked for.
                let length = usize::try_from(length.min(STEP / 2 + 7)).unwrap();
                let at = usize::try_from(first).unwrap();
                let end = whole.len().min(at + length);
                let total = whole.len() as u64;
                Ok(Part {
                    bytes: whole[at..end].to_vec(),
                    total: if first >= changes_at {
                        total + 1
                    } else {
                        total
                    },
                    tag: Some((first >= tag_changes_at).to_string()),
                })
            }
        };
        let spool = Spool::new(work.path()).unwrap();
        let never = read(u64::MAX, u64::MAX);
        let begin = first(&never, &halt).unwrap();
        let path = spool.fetch_behind(&begin, &never, &halt).unwrap();
        assert!(fs::read(path).unwrap() == whole);
        for (changes_at, tag_changes_at) in [(STEP * 2, u64::MAX), (u64::MAX, STEP * 2)] {
            let other = Spool::new(work.path()).unwrap();
            let read = read(changes_at, tag_changes_at);
            let ended = other.fetch_behind(&begin, &read, &halt);
            assert!(matches!(ended, Err(Trouble::Passing(reason)) if reason.contains("changed")));
        }
        halt.stop.store(true, Ordering::Relaxed);
        assert!(matches!(first(&never, &halt), Err(Trouble::Halted)));
    }

    #[test]
    fn a_folder_that_a_killed_program_of_the_same_number_left_is_passed_by_and_cleared() {
        let work = tempfile::tempdir().unwrap();
        let left = |number: u32| {
            let name = format!("{PREFIX}{}-{number}", std::process::id());
            work.path().join(name)
        };
        for number in 0..100 {
            fs::create_dir(left(number)).unwrap();
            fs::write(left(number).join("original"), "x").unwrap();
        }
        let spool = Spool::new(work.path()).unwrap();
        fs::write(spool.path("original"), "y").unwrap();
        fs::create_dir(work.path().join("models")).unwrap();
        clear(work.path());
        assert!(!left(0).exists() && !left(99).exists());
        assert_eq!(fs::read(spool.path("original")).unwrap(), b"y");
        drop(spool);
        let rest: Vec<_> = fs::read_dir(work.path()).unwrap().collect();
        assert_eq!(rest.len(), 1, "{rest:?}");
    }

    #[test]
    fn a_full_disk_and_an_original_that_changes_are_for_another_time() {
        let mut full = File::options().write(true).open("/dev/full").unwrap();
        let Err(Trouble::Passing(reason)) = copied(&mut full, [8, 8]) else {
            panic!("it was written");
        };
        assert!(reason.contains("No space left on device"), "{reason}");
        let mut file = tempfile::tempfile().unwrap();
        assert!(copied(&mut file, [8, 8]).is_ok());
        assert_eq!(file.metadata().unwrap().len(), 8);
        assert!(copied_of(&mut file, [8, 8], [Some("a"); 2]).is_ok());
        for (sizes, tags) in [
            ([8, 12], [None; 2]),
            ([8, 8], [Some("a"), Some("b")]),
            ([8, 8], [Some("a"), None]),
        ] {
            let ended = copied_of(&mut file, sizes, tags);
            assert!(matches!(ended, Err(Trouble::Passing(_))), "{tags:?}");
        }
    }
}
