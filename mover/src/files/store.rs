//! Where the bytes of files are: on the disk, or in .zip files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use zip::ZipArchive;

use crate::client::{self, Stored};

/// The content of a file.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// A file.
    File(PathBuf),
    /// An archive of the store and an entry of it.
    Entry(usize, usize),
}

/// Open archives.
#[derive(Default)]
pub struct Store {
    archives: Vec<Mutex<ZipArchive<File>>>,
}

impl Store {
    /// Opens an archive and gives its number.
    pub fn open(&mut self, path: &Path) -> Result<usize> {
        let archive = ZipArchive::new(File::open(path)?);
        let archive = archive.with_context(|| format!("{} is no .zip file", path.display()))?;
        self.archives.push(Mutex::new(archive));
        Ok(self.archives.len() - 1)
    }

    /// Paths of an archive's files with their content and when they were changed.
    pub fn list(&self, archive: usize) -> Result<Vec<(String, Bytes, Option<String>)>> {
        let Some(zip) = self.archives.get(archive) else {
            return Ok(Vec::new());
        };
        let mut zip = zip.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for index in 0..zip.len() {
            let entry = zip.by_index(index)?;
            if !entry.is_dir() {
                let changed = entry.last_modified().map(|at| {
                    format!(
                        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                        at.year(),
                        at.month(),
                        at.day(),
                        at.hour(),
                        at.minute(),
                        at.second()
                    )
                });
                found.push((
                    entry.name()?.into_owned(),
                    Bytes::Entry(archive, index),
                    changed,
                ));
            }
        }
        Ok(found)
    }

    /// Writes the content to a file.
    pub fn copy(&self, bytes: &Bytes, to: &Path) -> Result<Stored> {
        self.read(bytes, |reader| {
            let mut file = File::create(to)?;
            Ok(client::copy(reader, &mut file)?)
        })
    }

    /// The content of a small file; one of more than `most` bytes is an error.
    pub fn text(&self, bytes: &Bytes, most: u64) -> Result<Vec<u8>> {
        self.read(bytes, |reader| {
            let mut text = Vec::new();
            reader.take(most + 1).read_to_end(&mut text)?;
            anyhow::ensure!(text.len() as u64 <= most, "more than {most} bytes");
            Ok(text)
        })
    }

    fn read<T>(&self, bytes: &Bytes, with: impl FnOnce(&mut dyn Read) -> Result<T>) -> Result<T> {
        match bytes {
            Bytes::File(path) => with(&mut File::open(path)?),
            Bytes::Entry(archive, index) => {
                let archive = self.archives.get(*archive).context("no such archive")?;
                let mut zip = archive.lock().unwrap_or_else(PoisonError::into_inner);
                with(&mut zip.by_index(*index)?)
            }
        }
    }
}
