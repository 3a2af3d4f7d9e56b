//! Photos and videos in folders.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::Found;
use super::store::Bytes;
use crate::model::Details;

/// What systems put beside photos.
const NOISE: [&str; 4] = ["@eaDir", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// Everything below `root`, in the order of the paths; with `albums` each folder's name is an album.
pub fn scan(root: &Path, albums: bool) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in walk(root)? {
        let is_sidecar = path
            .extension()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("xmp"));
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name.filter(|_| !is_sidecar) else {
            continue;
        };
        let modified = changed(&path)?;
        let folder = path.parent().filter(|folder| albums && *folder != root);
        let album = folder.and_then(|folder| folder.file_name());
        let (size, key) = (path.metadata()?.len(), path.strip_prefix(root)?);
        found.push(Found {
            // A file that was changed is another one.
            key: format!("{}|{size}|{modified}", key.display()),
            name,
            created: modified.clone(),
            modified,
            sidecar: sidecar(&path),
            details: Details {
                visibility: "timeline".to_owned(),
                ..Details::default()
            },
            albums: album
                .map(|name| name.to_string_lossy().into_owned())
                .into_iter()
                .collect(),
            live: None,
            original: None,
            is_trashed: false,
            bytes: Bytes::File(path),
        });
    }
    Ok(found)
}

/// All files below a folder but hidden ones; links are not followed.
pub fn walk(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder);
        for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || NOISE.contains(&&*name) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path());
            }
        }
    }
    Ok(found)
}

/// When a file was changed, to the second, RFC 3339.
pub fn changed(path: &Path) -> io::Result<String> {
    let at = Timestamp::try_from(path.metadata()?.modified()?).unwrap_or(Timestamp::UNIX_EPOCH);
    let second = Timestamp::from_second(at.as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(second.to_string())
}

/// `a.jpg.xmp`, or `a.xmp`.
fn sidecar(path: &Path) -> Option<PathBuf> {
    let long = PathBuf::from(format!("{}.xmp", path.display()));
    [long, path.with_extension("xmp")]
        .into_iter()
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_albums_and_sidecars_are_found() {
        let root = tempfile::tempdir().unwrap();
        let trip = root.path().join("Trip");
        fs::create_dir(&trip).unwrap();
        for name in [
            "a.jpg",
            "a.jpg.xmp",
            "b.jpg",
            "b.xmp",
            "c.jpg",
            ".hidden.jpg",
        ] {
            fs::write(trip.join(name), name).unwrap();
        }
        let found = scan(root.path(), true).unwrap();
        let sidecars: Vec<_> = found.iter().map(|one| one.sidecar.is_some()).collect();
        assert_eq!(sidecars, [true, true, false]);
        assert!(found.iter().all(|one| one.albums.contains("Trip")));
        assert!(
            scan(root.path(), false)
                .unwrap()
                .iter()
                .all(|one| one.albums.is_empty())
        );
    }
}
