//! Models in the companion's folder: each stage is a file that is named by its checksums, so what was read once serves until another model
//! is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use edge_ml::load::checksum;
use edge_ml::manifest::{MOST_BYTES, Manifest, Part, Role, Stage};
use edge_protocol::learning::Model;

use crate::context::{Context, Trouble};
use crate::spool::Spool;

/// Name of the models' folder in the companion's.
const FOLDER: &str = "models";
/// Name of the file that says what a model consists of.
const MANIFEST: &str = "manifest.json";

/// Who holds it reads a model: the others would only read the same.
static READING: Mutex<()> = Mutex::new(());

/// A model that is there.
pub struct Installed {
    /// What it consists of, a file of the job.
    pub manifest: PathBuf,
    /// Where its stages are.
    pub folder: PathBuf,
    /// What looks at pictures.
    pub part: Part,
}

/// Reads what is not there yet of the model's part that looks at pictures.
pub fn fetch(context: &Context<'_>, spool: &Spool, model: &Model) -> Result<Installed, Trouble> {
    let folder = context.work.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| disk(&error))?;
    let read = |file: &str, name: &str| {
        spool.fetch_as(
            name,
            &|first, length| {
                let server = context.server;
                server.model_file(context.lease, (model.version.as_str(), file), first, length)
            },
            context.halt,
        )
    };
    let manifest = read(MANIFEST, MANIFEST)?;
    let text = fs::read(&manifest).map_err(|error| disk(&error))?;
    let part = visual(&text).map_err(Trouble::Final)?;
    let reading = READING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut is_new = false;
    for stage in &part.stages {
        let file = folder.join(name(stage));
        if is_whole(&file, stage) {
            continue;
        }
        let came = read(&stage.file, "stage")?;
        fs::rename(came, file).map_err(|error| disk(&error))?;
        is_new = true;
    }
    if is_new {
        keep_only(&folder, &part);
    }
    drop(reading);
    Ok(Installed {
        manifest,
        folder,
        part,
    })
}

/// The part of a model that looks at pictures. Errors: why it cannot be used.
pub fn visual(manifest: &[u8]) -> Result<Part, String> {
    if manifest.len() > MOST_BYTES {
        return Err(format!("a manifest of {} bytes", manifest.len()));
    }
    let manifest = serde_json::from_slice::<Manifest>(manifest);
    let manifest = manifest.map_err(|error| format!("{MANIFEST}: {error}"))?;
    let part = manifest.check().and_then(|()| manifest.part(Role::Visual));
    let part = part.map_err(|error| format!("model {}: {error}", manifest.name))?;
    Ok(part.clone())
}

/// The name of a stage's file: another one when its bytes are others.
pub fn name(stage: &Stage) -> String {
    let sums = format!("{} {}", stage.graph_sha256, stage.blob_sha256);
    checksum(sums.as_bytes())
}

/// Removes the files of a part, so that they are read anew. Those of another model stay, which another job may have read meanwhile.
pub fn clear(folder: &Path, part: &Part) {
    let names = names(part);
    remove(folder, |file| names.iter().any(|name| name == file));
}

/// Whether a stage is there as long as it is; its checksums are looked at when it is loaded.
fn is_whole(file: &Path, stage: &Stage) -> bool {
    let length = stage.graph_bytes.saturating_add(stage.blob_bytes);
    fs::metadata(file).is_ok_and(|facts| facts.len() == length)
}

/// Removes what is not of this part: models are large, and one is used at a time.
fn keep_only(folder: &Path, part: &Part) {
    let names = names(part);
    remove(folder, |file| !names.iter().any(|name| name == file));
}

fn names(part: &Part) -> Vec<String> {
    part.stages.iter().map(name).collect()
}

/// Removes files by their names. One that is in use stays open; what cannot be removed stays.
fn remove(folder: &Path, is_over: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_over(&entry.file_name().to_string_lossy()) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn disk(error: &std::io::Error) -> Trouble {
    Trouble::Passing(format!("the companion's disk: {error}"))
}

#[cfg(test)]
mod tests {
    use edge_ml::manifest::Reading;

    use super::*;

    /// A part with one stage that has this checksum.
    fn part(sum: &str) -> Part {
        Part {
            reading: Reading::Vector,
            inputs: Vec::new(),
            outputs: Vec::new(),
            look: None,
            words: None,
            table: None,
            stages: vec![Stage {
                file: "visual/0.stage".to_owned(),
                graph_bytes: 0,
                graph_sha256: sum.to_owned(),
                blob_bytes: 0,
                blob_sha256: String::new(),
                inputs: Vec::new(),
                outputs: Vec::new(),
                tensors: Vec::new(),
            }],
        }
    }

    #[test]
    fn what_is_no_manifest_has_a_reason() {
        let long = vec![b' '; MOST_BYTES + 1];
        for text in [&b""[..], &b"{}"[..], &b"[1]"[..], &long[..]] {
            assert!(visual(text).is_err_and(|reason| !reason.is_empty()));
        }
    }

    #[test]
    fn other_models_go_and_what_is_used_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (old, used) = (part("old"), part("used"));
        let file = |part: &Part| folder.path().join(name(&part.stages[0]));
        for part in [&old, &used] {
            fs::write(file(part), "a network").unwrap();
        }
        keep_only(folder.path(), &used);
        assert!(!file(&old).exists() && file(&used).exists());
        clear(folder.path(), &old);
        assert!(file(&used).exists());
        clear(folder.path(), &used);
        assert!(!file(&used).exists());
    }
}
