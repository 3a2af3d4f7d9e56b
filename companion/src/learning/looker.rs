//! What a network sees in a preview, in a process of its own and within its limits (`child`): by the code of the function `clip-ml`, so that
//! the same numbers come out.
//!
//! `immich-companion --look <order>` prints an [`Answer`].

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bytes::Bytes;
use edge_ml::manifest::Part;
use edge_ml::staged::{self, Source};
use edge_ml::{Error, Tract, clip};
use futures::StreamExt as _;
use futures::executor::block_on;
use futures::stream::{self, BoxStream};

use super::cache;
use super::order::{Answer, LOOK, Order};
use crate::child;

/// Bytes of a file that are read at once.
const PIECE: u64 = 1 << 20;

/// The order, if this process is to run a network.
pub fn asked() -> Option<String> {
    child::order(LOOK)
}

/// Does as ordered, and prints the answer.
pub fn run(order: &str) -> ExitCode {
    child::carry_out("it broke on this picture", || answer(order))
}

fn answer(order: &str) -> Result<()> {
    let order: Order = serde_json::from_str(order).context("this is no order")?;
    let manifest = fs::read(&order.manifest).context("the companion's disk")?;
    let preview = fs::read(&order.preview).context("the companion's disk")?;
    let text = serde_json::to_vec(&look(&manifest, &preview, &order.folder))?;
    Ok(std::io::stdout().write_all(&text)?)
}

fn look(manifest: &[u8], preview: &[u8], folder: &Path) -> Answer {
    let part = match cache::visual(manifest) {
        Ok(part) => part,
        Err(reason) => return Answer::Refused(reason),
    };
    let picture =
        edge_preview::probe(preview).and_then(|info| edge_preview::decode(preview, &info));
    let picture = match picture {
        Ok(picture) => picture,
        Err(error) => return Answer::Refused(error.to_string()),
    };
    let input = match clip::visual(&part, &picture) {
        Ok(input) => input,
        Err(error) => return refused(&error),
    };
    drop(picture);
    let files = Files::of(&part, folder);
    let answers = block_on(staged::run(&Tract, &files, &part, vec![input]));
    let answer = answers.map(|mut answers| answers.pop());
    match answer {
        Ok(Some(answer)) => match answer.and_then(|answer| clip::vector(&answer)) {
            Ok(vector) => Answer::Seen(vector),
            Err(error) => refused(&error),
        },
        Ok(None) => Answer::Refused("no answer".to_owned()),
        Err(error) => refused(&error),
    }
}

/// What is wrong with files may be mended by reading them again; the rest stays wrong until another model is installed.
fn refused(error: &Error) -> Answer {
    let reason = format!("model: {error}");
    match error {
        Error::Source { .. }
        | Error::CutOff { .. }
        | Error::TooLong { .. }
        | Error::Checksum { .. } => Answer::Damaged(reason),
        _ => Answer::Refused(reason),
    }
}

/// The files of a model on this machine's disk, by the names that its manifest has for them.
struct Files(Vec<(String, PathBuf)>);

impl Files {
    fn of(part: &Part, folder: &Path) -> Self {
        let stages = part.stages.iter();
        let files = stages.map(|stage| (stage.file.clone(), folder.join(cache::name(stage))));
        Self(files.collect())
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
