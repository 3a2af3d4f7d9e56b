//! What was moved already: a small SQLite file, so that a move that was cut off goes on where it was.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, OptionalExtension as _, params};

/// What a row says was moved.
#[derive(Clone, Copy)]
pub enum Kind {
    /// An asset: its id at the target. Uploaded, and its checksum found right there.
    Asset,
    /// An asset whose favourite, text, place, tags, edits and faces are at the target: when the source changed it last.
    Details,
    /// A person.
    Person,
    /// An album: made, with its texts and members.
    Album,
    /// An asset (`album/asset`) that is in its album.
    InAlbum,
    /// A stack.
    Stack,
    /// A link: its address at the target.
    Link,
    /// A partner.
    Partner,
    /// An asset that is in the trash.
    Trash,
    /// The password that was made for a user of the target.
    Password,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Details => "details",
            Self::Person => "person",
            Self::Album => "album",
            Self::InAlbum => "in-album",
            Self::Stack => "stack",
            Self::Link => "link",
            Self::Partner => "partner",
            Self::Trash => "trash",
            Self::Password => "password",
        }
    }
}

/// The file.
pub struct State {
    file: Mutex<Connection>,
}

impl State {
    /// Opens or makes the file of a move from `from` to `to`; only its owner may read it, because made passwords are in it.
    pub fn open(path: &Path, from: &str, to: &str) -> Result<Self> {
        private(path).with_context(|| format!("cannot write {}", path.display()))?;
        let file = Connection::open(path)?;
        let state = Self::with(file)?;
        for (key, value) in [("from", from), ("to", to)] {
            let known = state.meta(key, value)?;
            ensure!(
                known == value,
                "{} belongs to a move {key} {known}, not {value}: name another file with --state",
                path.display()
            );
        }
        Ok(state)
    }

    /// One that is forgotten at the end, for dry runs; it begins with what `path` knows.
    pub fn in_memory(path: &Path) -> Result<Self> {
        let state = Self::with(Connection::open_in_memory()?)?;
        if path.exists() {
            let file = lock(&state.file);
            file.execute("attach ?1 as known", [path.to_string_lossy()])?;
            file.execute("insert into moved select * from known.moved", [])?;
            drop(file);
        }
        Ok(state)
    }

    fn with(file: Connection) -> Result<Self> {
        file.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = normal;
             create table if not exists meta (key text primary key, value text not null);
             create table if not exists moved (kind text not null, source text not null, target text not null, \
             primary key (kind, source)) without rowid;
             create index if not exists moved_target on moved (kind, target);",
        )
        .context("this is no file of immich-move")?;
        Ok(Self {
            file: Mutex::new(file),
        })
    }

    fn meta(&self, key: &str, value: &str) -> Result<String> {
        let file = lock(&self.file);
        let insert = "insert into meta values (?1, ?2) on conflict do nothing";
        file.execute(insert, [key, value])?;
        let select = "select value from meta where key = ?1";
        Ok(file.query_row(select, [key], |row| row.get(0))?)
    }

    /// What was noted for `source`.
    pub fn get(&self, kind: Kind, source: &str) -> Result<Option<String>> {
        let file = lock(&self.file);
        let select = "select target from moved where kind = ?1 and source = ?2";
        let mut select = file.prepare_cached(select)?;
        let row = select.query_row(params![kind.name(), source], |row| row.get(0));
        Ok(row.optional()?)
    }

    /// Whether anything was noted for `source`.
    pub fn has(&self, kind: Kind, source: &str) -> Result<bool> {
        Ok(self.get(kind, source)?.is_some())
    }

    /// Whether something of the source was moved to `target`.
    pub fn is_target(&self, kind: Kind, target: &str) -> Result<bool> {
        let file = lock(&self.file);
        let select = "select exists (select 1 from moved where kind = ?1 and target = ?2)";
        Ok(file.query_row(select, params![kind.name(), target], |row| row.get(0))?)
    }

    /// Notes that `source` became `target`.
    pub fn set(&self, kind: Kind, source: &str, target: &str) -> Result<()> {
        let file = lock(&self.file);
        let insert = "insert into moved values (?1, ?2, ?3) on conflict (kind, source) do update set target = excluded.target";
        let mut insert = file.prepare_cached(insert)?;
        insert.execute(params![kind.name(), source, target])?;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the file for its owner alone.
fn private(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_remembers_and_belongs_to_one_move() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let state = State::open(&path, "http://a", "http://b").unwrap();
        state.set(Kind::Asset, "1", "2").unwrap();
        assert!(state.is_target(Kind::Asset, "2").unwrap());
        drop(state);
        let state = State::open(&path, "http://a", "http://b").unwrap();
        assert_eq!(state.get(Kind::Asset, "1").unwrap().as_deref(), Some("2"));
        assert!(!state.has(Kind::Details, "1").unwrap());
        assert!(State::open(&path, "http://a", "http://c").is_err());
        let dry = State::in_memory(&path).unwrap();
        dry.set(Kind::Asset, "3", "4").unwrap();
        assert!(dry.has(Kind::Asset, "1").unwrap() && !state.has(Kind::Asset, "3").unwrap());
    }
}
