//! Watches folders of libraries (docs/libraries.md), so that what changes there is found some seconds later. Linux only, and only what
//! programs of this machine change: other file systems tell nobody.
use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use crate::libraries::Libraries;

#[cfg(target_os = "linux")]
mod folders;

/// How long nothing must have changed until it is told: programs write many files one after the other.
const QUIET: Duration = Duration::from_secs(10);

/// After which time it is told though changes go on.
const LONGEST: Duration = Duration::from_mins(5);

/// Folders that are told at once. Of more only their libraries are.
const MOST: usize = 100;

/// What changes in the folders of libraries.
pub struct Changes {
    /// Folders, as their keys begin, in which something has changed.
    told: UnboundedReceiver<String>,
}

impl Changes {
    /// Starts to watch, on a thread of its own.
    #[must_use]
    pub fn of(libraries: &Libraries) -> Self {
        let (tell, told) = unbounded_channel();
        #[cfg(target_os = "linux")]
        folders::watch(libraries, tell);
        #[cfg(not(target_os = "linux"))]
        drop((libraries, tell));
        Self { told }
    }

    /// The folders in which something has changed, as their keys begin, once it is over; `None`: nothing is watched.
    pub async fn settled(&mut self) -> Option<BTreeSet<String>> {
        let mut folders = BTreeSet::from([self.told.recv().await?]);
        let latest = Instant::now() + LONGEST;
        loop {
            let until = latest.min(Instant::now() + QUIET);
            match timeout_at(until, self.told.recv()).await {
                Ok(Some(folder)) if folders.len() < MOST => folders.insert(folder),
                Ok(Some(folder)) => folders.insert(library_of(&folder)),
                Ok(None) | Err(_) => return Some(folders),
            };
            if Instant::now() >= latest {
                return Some(folders);
            }
        }
    }
}

/// The library that a folder is of: `nas/a/b/` is in `nas/`.
fn library_of(folder: &str) -> String {
    let name = folder.split('/').next().unwrap_or(folder);
    format!("{name}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn changes_are_told_when_they_are_over() {
        let (tell, told) = unbounded_channel();
        let mut changes = Changes { told };
        for folder in ["nas/a/", "nas/b/", "nas/a/"] {
            tell.send(folder.to_owned()).unwrap();
        }
        let start = Instant::now();
        let folders = changes.settled().await.unwrap();
        assert_eq!(
            folders,
            BTreeSet::from(["nas/a/", "nas/b/"].map(str::to_owned))
        );
        assert!((QUIET..LONGEST).contains(&start.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn changes_that_go_on_are_told_meanwhile_and_of_many_their_library() {
        let (tell, told) = unbounded_channel();
        let mut changes = Changes { told };
        let start = Instant::now();
        let writer = tokio::spawn(async move {
            for number in 0..1000 {
                tell.send(format!("nas/{number}/")).unwrap();
                tokio::time::sleep(QUIET / 2).await;
            }
        });
        let folders = changes.settled().await.unwrap();
        assert!(start.elapsed() <= LONGEST + QUIET);
        assert!(folders.len() <= MOST + 1);
        writer.abort();

        let (tell, told) = unbounded_channel();
        let mut changes = Changes { told };
        for number in 0..1000 {
            tell.send(format!("nas/{number}/")).unwrap();
        }
        let folders = changes.settled().await.unwrap();
        assert_eq!(folders.len(), MOST + 1);
        assert!(folders.contains("nas/"));
        drop(tell);
        assert!(changes.settled().await.is_none());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn files_and_folders_that_come_change_and_go_are_told() {
        use std::fs;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/.hidden")).unwrap();
        fs::write(at("a/old.jpg"), "old").unwrap();
        let libraries = Libraries::read(&[format!("nas={}", folder.path().display())]).unwrap();
        let mut changes = Changes::of(&libraries);
        // It starts on its own thread: what is written until it watches is told by nobody.
        let mut count = 0;
        loop {
            count += 1;
            fs::write(at(&format!("{count}.jpg")), "x").unwrap();
            let soon = Instant::now() + Duration::from_millis(100);
            if let Ok(told) = timeout_at(soon, changes.told.recv()).await {
                assert_eq!(told.as_deref(), Some("nas/"));
                break;
            }
            assert!(count < 100, "nothing is told");
        }
        let mut expect = async |folder: &str| {
            let late = Instant::now() + Duration::from_secs(20);
            while timeout_at(late, changes.told.recv())
                .await
                .unwrap()
                .unwrap()
                != folder
            {}
        };
        fs::write(at("a/new.jpg"), "new").unwrap();
        expect("nas/a/").await;
        fs::create_dir(at("b")).unwrap();
        expect("nas/b/").await;
        fs::write(at("b/c.jpg"), "c").unwrap();
        expect("nas/b/").await;
        fs::rename(at("b"), at("a/b")).unwrap();
        expect("nas/a/b/").await;
        fs::remove_file(at("a/b/c.jpg")).unwrap();
        expect("nas/a/b/").await;
        // Neither hidden files nor what hidden folders hold.
        fs::write(at("a/.hidden/x.jpg"), "x").unwrap();
        fs::write(at("a/.new.jpg.part"), "x").unwrap();
        fs::write(at("end.jpg"), "x").unwrap();
        let late = Instant::now() + Duration::from_secs(20);
        let told = timeout_at(late, changes.told.recv()).await.unwrap();
        assert_eq!(told.as_deref(), Some("nas/"));
    }
}
