//! Watching by inotify: each folder by itself, and those that come.
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use tokio::sync::mpsc::UnboundedSender;

use crate::libraries::Libraries;
use crate::log;

/// Room for what is told at once, bytes.
const ROOM: usize = 64 * 1024;

/// What is asked of a folder, which is never a link. Of new files the end of their writing counts.
const ASKED: WatchFlags = WatchFlags::CLOSE_WRITE
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::DONT_FOLLOW)
    .union(WatchFlags::EXCL_UNLINK);

/// Starts a thread that sends what changes: the folder, as its keys begin. It ends when nobody listens.
pub fn watch(libraries: &Libraries, tell: UnboundedSender<String>) {
    let roots: Vec<Folder> = libraries.folders().map(Folder::of).collect();
    if roots.is_empty() {
        return;
    }
    let thread = std::thread::Builder::new().name("watch".to_owned());
    let started = thread.spawn(move || {
        if let Err(error) = run(&roots, tell) {
            log::say(&format!("libraries are not watched: {error}"));
        }
    });
    if let Err(error) = started {
        log::say(&format!("libraries are not watched: {error}"));
    }
}

/// A folder, and how keys in it begin.
#[derive(Clone)]
struct Folder {
    key: String,
    path: PathBuf,
}

impl Folder {
    fn of((prefix, path): (&str, &Path)) -> Self {
        Self {
            key: prefix.to_owned(),
            // Its own name may be a link.
            path: path.canonicalize().unwrap_or_else(|_away| path.to_owned()),
        }
    }

    /// A folder in it. `None`: hidden, or no key has such a name.
    fn below(&self, name: &OsStr) -> Option<Self> {
        let text = name.to_str().filter(|name| !name.starts_with('.'))?;
        Some(Self {
            key: format!("{}{text}/", self.key),
            path: self.path.join(name),
        })
    }
}

struct Watcher<'a> {
    inotify: &'a OwnedFd,
    watched: BTreeMap<i32, Folder>,
    /// There are more folders than may be watched.
    is_full: bool,
    tell: UnboundedSender<String>,
}

fn run(roots: &[Folder], tell: UnboundedSender<String>) -> io::Result<()> {
    let inotify = inotify::init(CreateFlags::CLOEXEC)?;
    let mut watcher = Watcher {
        inotify: &inotify,
        watched: BTreeMap::new(),
        is_full: false,
        tell,
    };
    for root in roots {
        watcher.add(root.clone());
    }
    let mut room: Vec<MaybeUninit<u8>> = vec![MaybeUninit::uninit(); ROOM];
    let mut reader = Reader::new(&inotify, &mut room);
    loop {
        let (watch, about, name) = match reader.next() {
            Ok(event) => {
                let name = event.file_name().map(|name| name.to_bytes().to_vec());
                (event.wd(), event.events(), name)
            }
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        let is_heard = if about.contains(ReadFlags::QUEUE_OVERFLOW) {
            roots.iter().all(|root| {
                watcher.add(root.clone());
                watcher.tell.send(root.key.clone()).is_ok()
            })
        } else {
            let name = name.as_deref().map(OsStr::from_bytes);
            watcher.hear(watch, about, name)
        };
        if !is_heard {
            return Ok(());
        }
    }
}

impl Watcher<'_> {
    /// Watches a folder and those below it. One that is watched already gets its new name.
    fn add(&mut self, folder: Folder) {
        let mut all = vec![folder];
        while let Some(folder) = all.pop() {
            if self.is_full {
                return;
            }
            match inotify::add_watch(self.inotify, &folder.path, ASKED) {
                Ok(watch) => {
                    all.extend(subfolders(&folder));
                    self.watched.insert(watch, folder);
                }
                Err(Errno::NOSPC) => {
                    self.is_full = true;
                    let count = self.watched.len();
                    log::say(&format!(
                        "libraries: {count} folders are watched, and no more may be (fs.inotify.max_user_watches)"
                    ));
                }
                // It went meanwhile, or is away from the start.
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(error) => log::say(&format!(
                    "libraries: {} is not watched: {error}",
                    folder.key
                )),
            }
        }
    }

    /// Takes what the system tells of a watched folder. False: nobody listens any more.
    fn hear(&mut self, watch: i32, about: ReadFlags, name: Option<&OsStr>) -> bool {
        if about.contains(ReadFlags::IGNORED) {
            self.watched.remove(&watch);
            return true;
        }
        let (Some(folder), Some(name)) = (self.watched.get(&watch), name) else {
            return true;
        };
        let Some(below) = folder.below(name) else {
            return true;
        };
        let is_folder = about.contains(ReadFlags::ISDIR);
        if is_folder && about.intersects(ReadFlags::CREATE.union(ReadFlags::MOVED_TO)) {
            let key = below.key.clone();
            // What was put into it before it was watched is found by looking.
            self.add(below);
            return self.tell.send(key).is_ok();
        }
        if !is_folder && about.contains(ReadFlags::CREATE) {
            return true;
        }
        self.tell.send(folder.key.clone()).is_ok()
    }
}

/// The folders in a folder; links are none.
fn subfolders(folder: &Folder) -> Vec<Folder> {
    let Ok(entries) = std::fs::read_dir(&folder.path) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let is_folder = entry.file_type().ok()?.is_dir();
            is_folder.then(|| folder.below(&entry.file_name()))?
        })
        .collect()
}
