//! The originals of sessions. They are kept for some minutes: a player that begins anew, another quality, or another viewer of the same
//! video does not wait for it to be read again.

use std::cmp::Reverse;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::child::Halt;
use crate::context::Trouble;
use crate::server::Part;
use crate::spool::{self, Read, Spool};

/// How long an original is kept that nobody uses.
const KEPT: Duration = Duration::from_mins(5);
/// How many are kept that nobody uses.
const MOST: usize = 3;

/// What the system says where the disk is full.
const FULL: &str = "No space left on device";

/// An original on this machine's disk. Its file goes with it.
pub struct Original {
    path: PathBuf,
    /// Entity tag and size, by which it is known again.
    tag: Option<String>,
    size: u64,
    _spool: Spool,
}

impl Original {
    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is the one that begins with this part.
    fn is_of(&self, first: &Part) -> bool {
        let is_named = first.tag.is_some() && first.tag == self.tag;
        is_named && first.total == self.size && self.begins_with(&first.bytes)
    }

    fn begins_with(&self, bytes: &[u8]) -> bool {
        let mut begin = Vec::with_capacity(bytes.len());
        let file = File::open(&self.path);
        let read = file.and_then(|file| file.take(bytes.len() as u64).read_to_end(&mut begin));
        read.is_ok() && begin == bytes
    }
}

/// Those of all sessions.
#[derive(Default)]
pub struct Originals(Mutex<Vec<Held>>);

struct Held {
    original: Arc<Original>,
    used: Instant,
}

impl Originals {
    /// The original that `read` gives: a part of it is read in any case, the rest where it is not kept. Where the disk is full those that
    /// nobody uses make room.
    pub fn get(&self, work: &Path, read: &Read<'_>, halt: &Halt) -> Result<Arc<Original>, Trouble> {
        let first = spool::first(read, halt)?;
        let known = self.find(&first);
        if let Some(original) = known {
            return Ok(original);
        }
        let (path, spool) = self.making_room(|| {
            let spool = Spool::new(work);
            let spool = spool
                .map_err(|error| Trouble::Passing(format!("the companion's disk: {error}")))?;
            let path = spool.fetch_behind(&first, read, halt)?;
            Ok((path, spool))
        })?;
        let original = Arc::new(Original {
            path,
            tag: first.tag,
            size: first.total,
            _spool: spool,
        });
        self.held().push(Held {
            original: original.clone(),
            used: Instant::now(),
        });
        Ok(original)
    }

    fn find(&self, first: &Part) -> Option<Arc<Original>> {
        let held = self.held();
        let found = held.iter().find(|held| held.original.is_of(first))?;
        Some(found.original.clone())
    }

    /// What `make` gives, once more where there was no room and some could be made.
    fn making_room<T>(&self, make: impl Fn() -> Result<T, Trouble>) -> Result<T, Trouble> {
        match make() {
            Err(Trouble::Passing(reason)) if reason.contains(FULL) && self.make_room() => make(),
            made => made,
        }
    }

    /// Forgets all that nobody uses; whether there was any.
    fn make_room(&self) -> bool {
        let unused = take_out(&mut self.held(), |one| !one.is_used());
        !unused.is_empty()
    }

    /// Forgets what nobody has used for some time at `now`, and more than a few.
    pub fn forget(&self, now: Instant) {
        let mut held = self.held();
        for one in held.iter_mut().filter(|one| one.is_used()) {
            one.used = now;
        }
        held.sort_by_key(|one| Reverse(one.used));
        let mut unused = 0;
        let over = take_out(&mut held, |one| {
            if one.is_used() {
                return false;
            }
            unused += 1;
            unused > MOST || now.saturating_duration_since(one.used) >= KEPT
        });
        // Removing large files takes a while, and a viewer may wait for the list.
        drop(held);
        drop(over);
    }

    fn held(&self) -> MutexGuard<'_, Vec<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes some out of the list; their files go as soon as what it gives is dropped.
fn take_out(held: &mut Vec<Held>, mut is_over: impl FnMut(&Held) -> bool) -> Vec<Held> {
    let (over, kept) = held.drain(..).partition(|one| is_over(one));
    *held = kept;
    over
}

impl Held {
    fn is_used(&self) -> bool {
        Arc::strong_count(&self.original) > 1
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::server::CallError;

    /// Gets a film of so many bytes of this value, in parts of 4 bytes; also how many were read.
    fn got(
        originals: &Originals,
        work: &Path,
        (value, length): (u8, u64),
        tag: Option<&str>,
    ) -> (Arc<Original>, usize) {
        let reads = AtomicUsize::new(0);
        let read = |first: u64, asked: u64| -> Result<Part, CallError> {
            reads.fetch_add(1, Ordering::Relaxed);
            let length_here = asked.min(4).min(length - first);
            Ok(Part {
                bytes: vec![value; usize::try_from(length_here).unwrap()],
                total: length,
                tag: tag.map(str::to_owned),
            })
        };
        let original = originals.get(work, &read, &Halt::default()).unwrap();
        (original, reads.into_inner())
    }

    fn folders(work: &Path) -> usize {
        std::fs::read_dir(work).unwrap().count()
    }

    #[test]
    fn an_original_is_read_once_for_sessions_that_follow_each_other() {
        let work = tempfile::tempdir().unwrap();
        let (originals, work) = (Originals::default(), work.path());
        let (film, reads) = got(&originals, work, (1, 10), Some("a"));
        assert_eq!(std::fs::read(film.path()).unwrap(), [1; 10]);
        assert_eq!(reads, 3);
        drop(film);
        originals.forget(Instant::now());
        assert_eq!(got(&originals, work, (1, 10), Some("a")).1, 1);
        // Another tag, another size, another content, and none by which it would be known.
        for (film, tag) in [
            ((1, 10), Some("b")),
            ((1, 9), Some("a")),
            ((2, 10), Some("a")),
            ((1, 10), None),
        ] {
            assert_eq!(got(&originals, work, film, tag).1, 3, "{film:?} {tag:?}");
        }
        assert_eq!(folders(work), 5);
        originals.forget(Instant::now());
        assert_eq!(folders(work), MOST);
        drop(originals);
        assert_eq!(folders(work), 0);
    }

    #[test]
    fn what_nobody_uses_makes_room_on_a_full_disk() {
        let work = tempfile::tempdir().unwrap();
        let (originals, work) = (Originals::default(), work.path());
        let (watched, _) = got(&originals, work, (1, 10), Some("a"));
        drop(got(&originals, work, (2, 10), Some("b")));
        drop(got(&originals, work, (3, 10), Some("c")));
        let tries = AtomicUsize::new(0);
        // There is room for two.
        let make = |reason: &str| {
            tries.fetch_add(1, Ordering::Relaxed);
            let there = folders(work);
            let full = || Trouble::Passing(reason.to_owned());
            if there < 2 { Ok(there) } else { Err(full()) }
        };
        assert!(originals.making_room(|| make("another reason")).is_err());
        assert_eq!((tries.load(Ordering::Relaxed), folders(work)), (1, 3));
        let full = format!("the companion's disk: {FULL} (os error 28)");
        assert!(matches!(originals.making_room(|| make(&full)), Ok(1)));
        assert_eq!(tries.load(Ordering::Relaxed), 3);
        assert!(watched.path().exists());
        // Where nobody makes room there is no other try.
        drop(got(&originals, work, (2, 10), Some("b")).0);
        originals.make_room();
        assert!(!originals.make_room());
        assert_eq!(folders(work), 1);
    }

    #[test]
    fn what_nobody_uses_goes_after_some_minutes() {
        let work = tempfile::tempdir().unwrap();
        let (originals, work) = (Originals::default(), work.path());
        let (watched, _) = got(&originals, work, (1, 10), Some("a"));
        drop(got(&originals, work, (2, 10), Some("b")));
        let later = Instant::now() + KEPT * 2;
        originals.forget(later);
        assert_eq!(folders(work), 1);
        drop(watched);
        originals.forget(later + KEPT / 2);
        assert_eq!(folders(work), 1);
        originals.forget(later + KEPT);
        assert_eq!(folders(work), 0);
    }
}
