//! Folders of this machine as read-only prefixes of the bucket, for external libraries (docs/libraries.md): `--library nas=/mnt/nas`
//! makes the file `/mnt/nas/a/b.jpg` the object `nas/a/b.jpg`. Nothing in these folders is ever written.
mod list;

use std::fs::{File, Metadata};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use edge_api::libraries::{EXTERNAL, is_own};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use s3s::dto::{ETag, GetObjectOutput, HeadObjectOutput, Object, Range, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::{log, s3_read};

/// Longest name of a library, bytes.
const LONGEST: usize = 64;

/// How folders are opened: to be read.
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// How a file is opened. What turns out to be a pipe must not keep us waiting for who writes into it.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// One folder of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// What the keys of its files begin with, with the `/`.
    prefix: String,
    folder: PathBuf,
}

/// The folders of the machine that are served as prefixes of the bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Libraries {
    all: Vec<Library>,
}

impl Libraries {
    /// Those that command lines name, each as `NAME=/path`.
    ///
    /// # Errors
    /// A name that cannot be a folder of the bucket, or is given twice.
    pub fn read(words: &[String]) -> Result<Self> {
        let mut all: Vec<Library> = Vec::new();
        for word in words {
            let library = Library::read(word).with_context(|| format!("--library {word}"))?;
            let is_new = all.iter().all(|other| other.prefix != library.prefix);
            ensure!(is_new, "--library {word}: the name is given twice");
            all.push(library);
        }
        Ok(Self { all })
    }

    /// Whether they can be served with the bucket in the folder `bucket` of `objects`, which is made if missing. Of folders that are not there, as when a disk
    /// is away, the log says so: their files are offline until they come.
    ///
    /// # Errors
    /// The bucket has a folder of the same name, or one folder lies in the other: what we write would be found as new photos.
    pub fn check(&self, objects: &Path, bucket: &str) -> Result<()> {
        std::fs::create_dir_all(objects)
            .with_context(|| format!("cannot make {}", objects.display()))?;
        let own = objects.canonicalize();
        let own = own.with_context(|| format!("cannot find {}", objects.display()))?;
        for library in &self.all {
            let (name, folder) = (library.name(), library.folder.display());
            ensure!(
                !own.join(bucket).join(name).exists(),
                "--library {name}: the bucket has a folder of this name"
            );
            match library.folder.canonicalize() {
                Ok(there) => {
                    ensure!(there.is_dir(), "--library {name}: {folder} is no folder");
                    let is_apart = !there.starts_with(&own) && !own.starts_with(&there);
                    ensure!(
                        is_apart,
                        "--library {name}: {folder} and the server's own {} lie in each other",
                        own.display()
                    );
                }
                Err(error) => log::say(&format!("library {name}: {folder}: {error}")),
            }
        }
        Ok(())
    }

    /// The library that an object is of, and its path there.
    pub fn find<'a>(&self, key: &'a str) -> Option<(&Library, &'a str)> {
        self.all.iter().find_map(|library| {
            // The folder's own name could hide it.
            if key == library.name() {
                return Some((library, ""));
            }
            Some((library, key.strip_prefix(&library.prefix)?))
        })
    }

    /// Those that have keys with this prefix, or of which it names a part.
    pub fn below(&self, prefix: &str) -> Self {
        let is_below = |library: &&Library| {
            library.prefix.starts_with(prefix) || prefix.starts_with(&library.prefix)
        };
        let all = self.all.iter().filter(is_below).cloned().collect();
        Self { all }
    }

    /// What the keys of each begin with, and its folder.
    pub fn folders(&self) -> impl Iterator<Item = (&str, &Path)> {
        let all = self.all.iter();
        all.map(|library| (library.prefix.as_str(), library.folder.as_path()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether all keys with this prefix are of one library.
    pub fn hold(&self, prefix: &str) -> bool {
        let mut all = self.all.iter();
        all.any(|library| prefix.starts_with(&library.prefix))
    }

    /// The first `limit` objects of each whose keys begin with `prefix` and come behind `after`. Waits for the disk.
    ///
    /// # Errors
    /// A folder cannot be read, though it is there.
    pub fn list(&self, prefix: &str, after: &str, limit: usize) -> S3Result<Vec<Object>> {
        let mut found = Vec::new();
        for library in &self.all {
            let objects = list::objects(library, prefix, after, limit);
            found.extend(objects.map_err(S3Error::internal_error)?);
        }
        Ok(found)
    }
}

impl Library {
    fn read(word: &str) -> Result<Self> {
        let (name, folder) = word.split_once('=').context("it takes NAME=/path")?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        ensure!(
            !name.is_empty() && name.len() <= LONGEST && name.chars().all(is_plain),
            "names are of letters, digits, '-', '_' and '.'"
        );
        ensure!(!name.starts_with('.'), "a name does not begin with '.'");
        ensure!(!is_own(name), "this is a folder of the server's own");
        ensure!(name != EXTERNAL, "keys below it lie in other buckets");
        ensure!(!folder.is_empty(), "it takes NAME=/path");
        Ok(Self {
            prefix: format!("{name}/"),
            folder: std::path::absolute(folder)?,
        })
    }

    fn name(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    fn open(&self) -> rustix::io::Result<OwnedFd> {
        rustix::fs::open(&self.folder, FOLDER, Mode::empty())
    }

    /// Opens the file `within` this folder, and gives what the file system knows of it. No link is followed on the way, so none
    /// leaves the folder.
    fn file(&self, within: &str) -> rustix::io::Result<(File, Metadata)> {
        if !within.split('/').all(is_name) {
            return Err(Errno::NOENT);
        }
        let mut at = self.open()?;
        let (folders, name) = within.rsplit_once('/').unwrap_or(("", within));
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            at = subfolder(&at, folder)?;
        }
        regular(&at, name)
    }

    fn look(&self, within: &str) -> S3Result<(File, Metadata)> {
        self.file(within).map_err(|error| {
            if is_away(error) {
                S3Error::new(S3ErrorCode::NoSuchKey)
            } else {
                S3Error::internal_error(error)
            }
        })
    }

    /// What is asked for of the object at `within`. Waits for the disk.
    ///
    /// # Errors
    /// There is no such object, or no such part of it; the disk does not answer.
    pub fn get(&self, within: &str, range: Option<Range>) -> S3Result<GetObjectOutput> {
        let (file, about) = self.look(within)?;
        s3_read::part(file, &about, range, (e_tag(&about), None))
    }

    /// What is known of the object at `within`. Waits for the disk.
    ///
    /// # Errors
    /// There is no such object; the disk does not answer.
    pub fn head(&self, within: &str) -> S3Result<HeadObjectOutput> {
        let (_, about) = self.look(within)?;
        Ok(HeadObjectOutput {
            content_length: i64::try_from(about.len()).ok(),
            e_tag: Some(ETag::Strong(e_tag(&about))),
            last_modified: about.modified().ok().map(Timestamp::from),
            ..HeadObjectOutput::default()
        })
    }
}

/// Opens a folder of a folder, unless it is a link.
fn subfolder(at: &OwnedFd, name: &str) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(at, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
}

/// Opens a file of a folder, unless it is a link or anything else that has no bytes of its own.
fn regular(at: &OwnedFd, name: &str) -> rustix::io::Result<(File, Metadata)> {
    let file = File::from(rustix::fs::openat(
        at,
        name,
        FILE | OFlags::NOFOLLOW,
        Mode::empty(),
    )?);
    let about = file.metadata();
    let about = about.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    if about.is_file() {
        Ok((file, about))
    } else {
        Err(Errno::NOENT)
    }
}

/// Whether a part of a key can be a name of a file here. Control characters have no place in lists and logs.
fn is_name(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control)
}

/// Whether nothing is there for us: it is away, a link, no file, or we may not read it. Anything else may be over soon, and
/// must not make files offline.
fn is_away(error: Errno) -> bool {
    [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::LOOP,
        Errno::NAMETOOLONG,
        Errno::NXIO,
        Errno::ACCESS,
        Errno::PERM,
    ]
    .contains(&error)
}

/// An entity tag that changes with the file: nobody reads gigabytes to make one of their bytes.
fn e_tag(about: &Metadata) -> String {
    let (seconds, nanos) = (about.mtime(), about.mtime_nsec());
    format!("{seconds:x}-{nanos:x}-{:x}", about.len())
}

#[cfg(test)]
mod tests;
