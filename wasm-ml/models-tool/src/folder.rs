//! Models in a bucket that is a folder.
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bytes::Bytes;
use edge_ml::Error;
use edge_ml::manifest::{MOST_BYTES, Manifest};
use edge_ml::staged::Source;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

/// What the manifest of a model is called.
pub const MANIFEST: &str = "manifest.json";
/// Bytes of a piece, as a bucket sends them.
const PIECE: usize = 64 << 10;

/// The folder of one model.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

#[async_trait]
impl Source for Folder {
    async fn open(
        &self,
        name: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let failed = {
            let name = name.to_owned();
            move |error: std::io::Error| Error::Source {
                file: name.clone(),
                reason: error.to_string(),
            }
        };
        let mut file = fs::File::open(self.0.join(name)).map_err(&failed)?;
        let range = range.unwrap_or(0..u64::MAX);
        file.seek(SeekFrom::Start(range.start)).map_err(&failed)?;
        let rest = file.take(range.end - range.start);
        let pieces = stream::iter(std::iter::from_fn({
            let mut rest = rest;
            move || {
                let mut piece = vec![0; PIECE];
                match rest.read(&mut piece) {
                    Ok(0) => None,
                    Ok(length) => {
                        piece.truncate(length);
                        Some(Ok(Bytes::from(piece)))
                    }
                    Err(error) => Some(Err(failed(error))),
                }
            }
        }));
        Ok(pieces.boxed())
    }
}

/// The manifest of the model in `folder`, looked at. Errors: there is none, or it contradicts itself.
pub fn manifest(folder: &Path) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    let shown = || path.display().to_string();
    let file = fs::File::open(&path).with_context(shown)?;
    let mut text = String::new();
    file.take(MOST_BYTES as u64)
        .read_to_string(&mut text)
        .with_context(shown)?;
    let manifest: Manifest = serde_json::from_str(&text).with_context(shown)?;
    manifest.check().with_context(shown)?;
    Ok(manifest)
}
