//! The files of a model on this machine's disk, by the names that its manifest has for them.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use edge_ml::Error;
use edge_ml::manifest::Part;
use edge_ml::staged::Source;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use super::cache;

/// Bytes of a file that are read at once.
const PIECE: u64 = 1 << 20;

/// The files of a model.
pub struct Files(Vec<(String, PathBuf)>);

impl Files {
    /// Those of its parts in this folder.
    pub fn of(parts: &[Part], folder: &Path) -> Self {
        let files = cache::files(parts).into_iter();
        Self(files.map(|one| (one.file, folder.join(one.name))).collect())
    }
}

#[async_trait]
impl Source for Files {
    async fn open(
        &self,
        file: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let failed = {
            let file = file.to_owned();
            move |reason: String| Error::Source {
                file: file.clone(),
                reason,
            }
        };
        let found = self.0.iter().find(|(name, _)| name == file);
        let (_, path) = found.ok_or_else(|| failed("it is not there".to_owned()))?;
        let range = range.unwrap_or(0..u64::MAX);
        let mut opened = File::open(path).map_err(|error| failed(error.to_string()))?;
        let seek = opened.seek(SeekFrom::Start(range.start));
        seek.map_err(|error| failed(error.to_string()))?;
        let mut rest = opened.take(range.end.saturating_sub(range.start));
        let pieces = std::iter::from_fn(move || {
            let mut piece = Vec::new();
            match rest.by_ref().take(PIECE).read_to_end(&mut piece) {
                Ok(0) => None,
                Ok(_) => Some(Ok(Bytes::from(piece))),
                Err(error) => Some(Err(failed(error.to_string()))),
            }
        });
        Ok(stream::iter(pieces).boxed())
    }
}
