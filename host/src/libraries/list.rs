//! Lists of a library's objects, in the order of their keys and a page at a time, whatever the size of a folder: of each that is on the
//! way to the page as many names as a page has are kept.
use std::collections::BinaryHeap;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use s3s::dto::{ETag, Object, Timestamp};

use super::{Library, e_tag, is_away, is_name, regular, subfolder};
use crate::log;

/// Names of one folder that are kept at once: a page of a thousand, and the one behind it that tells that there are more. With one fewer
/// each page would read a large folder twice.
const PAGE: usize = 1001;

/// The longest key that S3 takes, bytes.
const LONGEST_KEY: usize = 1024;

/// The first `limit` objects of `library` whose keys begin with `prefix` and come behind `after`. A folder that is away, or that we may not read,
/// has none.
///
/// # Errors
/// A folder cannot be read, though it is there.
pub fn objects(
    library: &Library,
    prefix: &str,
    after: &str,
    limit: usize,
) -> io::Result<Vec<Object>> {
    let mut page = Page {
        prefix,
        after,
        limit,
        found: Vec::new(),
    };
    let folder = match library.open() {
        Ok(folder) => folder,
        Err(error) if is_away(error) => return Ok(page.found),
        Err(error) => return Err(error.into()),
    };
    if page.is_wanted(&library.prefix) {
        page.folder(&folder, &library.prefix)?;
    }
    Ok(page.found)
}

/// What is looked for, and what has been found of it.
struct Page<'a> {
    prefix: &'a str,
    after: &'a str,
    limit: usize,
    found: Vec<Object>,
}

impl Page<'_> {
    /// Whether an object is looked for, or one may be in a folder, the key of which ends with `/`.
    fn is_wanted(&self, key: &str) -> bool {
        if key.ends_with('/') {
            let is_before = key < self.after && !self.after.starts_with(key);
            !is_before && (key.starts_with(self.prefix) || self.prefix.starts_with(key))
        } else {
            key.starts_with(self.prefix) && key > self.after
        }
    }

    /// Takes what is looked for in a folder and below it, until the page is full.
    fn folder(&mut self, folder: &OwnedFd, key: &str) -> io::Result<()> {
        let mut last: Option<String> = None;
        while self.found.len() < self.limit {
            let mut names = self.names(folder, key, last.as_deref())?;
            for name in &names {
                if self.found.len() < self.limit {
                    self.take(folder, key, name)?;
                }
            }
            if names.len() < PAGE {
                break;
            }
            last = names.pop();
        }
        Ok(())
    }

    /// The first names behind `last` in a folder, in the order of keys: those of folders end with `/`.
    fn names(&self, folder: &OwnedFd, key: &str, last: Option<&str>) -> io::Result<Vec<String>> {
        let mut names: BinaryHeap<String> = BinaryHeap::new();
        let mut passed = Passed::default();
        let entries = match Dir::read_from(folder) {
            Ok(entries) => entries,
            // We may see its names, and open nothing in it.
            Err(error) if is_away(error) => {
                log::say(&format!("library: {key}: {error}"));
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            let entry = entry?;
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            let Some(name) = name(folder, key, &entry, &mut passed)? else {
                continue;
            };
            let is_behind = last.is_none_or(|last| name.as_str() > last);
            if !is_behind || !self.is_wanted(&format!("{key}{name}")) {
                continue;
            }
            names.push(name);
            if names.len() > PAGE {
                names.pop();
            }
        }
        // Once for each time that the folder is gone through.
        if last.is_none() && !self.after.starts_with(key) {
            passed.say(key);
        }
        Ok(names.into_sorted_vec())
    }

    /// Takes a file, or what is looked for in a folder. What went meanwhile is not there.
    fn take(&mut self, folder: &OwnedFd, key: &str, name: &str) -> io::Result<()> {
        let key = format!("{key}{name}");
        let taken = match name.strip_suffix('/') {
            Some(name) => match subfolder(folder, name) {
                Ok(below) => return self.folder(&below, &key),
                Err(error) => Err(error),
            },
            None => regular(folder, name),
        };
        match taken {
            Ok((_, about)) => self.found.push(Object {
                key: Some(key),
                size: i64::try_from(about.len()).ok(),
                e_tag: Some(ETag::Strong(e_tag(&about))),
                last_modified: about.modified().ok().map(Timestamp::from),
                ..Object::default()
            }),
            Err(Errno::NOENT) => {}
            Err(error) if is_away(error) => log::say(&format!("library: {key}: {error}")),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// The name of an entry of a folder as keys have it; `None` for what no key can name.
fn name(
    folder: &OwnedFd,
    key: &str,
    entry: &rustix::fs::DirEntry,
    passed: &mut Passed,
) -> io::Result<Option<String>> {
    let mut kind = entry.file_type();
    if kind == FileType::Unknown {
        // Some file systems tell only those who ask for each.
        kind = match rustix::fs::statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(about) => FileType::from_raw_mode(about.st_mode),
            Err(error) if is_away(error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
    }
    let end = match kind {
        FileType::Directory => "/",
        FileType::RegularFile => "",
        _ => {
            if kind == FileType::Symlink {
                passed.add(entry.file_name());
            }
            return Ok(None);
        }
    };
    let found = entry.file_name().to_str().ok();
    let found = found.filter(|name| is_name(name) && key.len() + name.len() < LONGEST_KEY);
    if found.is_none() {
        passed.add(entry.file_name());
    }
    Ok(found.map(|name| format!("{name}{end}")))
}

/// What was passed over in a folder: links, and names that are no text, have control characters or make keys too long.
#[derive(Default)]
struct Passed {
    count: usize,
    first: String,
}

impl Passed {
    fn add(&mut self, name: &std::ffi::CStr) {
        if self.count == 0 {
            self.first = name.to_bytes().escape_ascii().to_string();
        }
        self.count += 1;
    }

    fn say(&self, key: &str) {
        if self.count > 0 {
            let (count, first) = (self.count, &self.first);
            log::say(&format!(
                "library: {count} passed over in {key}: links, or names that no key can have, first {first}"
            ));
        }
    }
}
