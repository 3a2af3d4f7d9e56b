//! Models in the companion's folder, by what they are for: each file is named by its checksums, so what was read once serves until another
//! model is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use edge_ml::load::checksum;
use edge_ml::manifest::{MOST_BYTES, Manifest, Part, Stage};
use edge_protocol::learning::Model;

use super::order::Kind;
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
    /// Where its files are.
    pub folder: PathBuf,
    /// Its networks that are needed.
    pub parts: Vec<Part>,
}

/// A file of a model.
pub struct OneFile {
    /// What the manifest calls it.
    pub file: String,
    /// What it is called here: something else when its bytes are others.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// The files of networks: their stages, and the characters of those that read.
pub fn files(parts: &[Part]) -> Vec<OneFile> {
    let mut files = Vec::new();
    for part in parts {
        files.extend(part.stages.iter().map(|stage| OneFile {
            file: stage.file.clone(),
            name: name(stage),
            bytes: stage.graph_bytes.saturating_add(stage.blob_bytes),
        }));
        let words = part.words.as_ref().map(|words| &words.blob);
        files.extend(words.map(|blob| OneFile {
            file: blob.file.clone(),
            name: checksum(blob.sha256.as_bytes()),
            bytes: blob.bytes,
        }));
    }
    files
}

/// Reads what is not there yet of the model's networks of this kind.
pub fn fetch(
    context: &Context<'_>,
    spool: &Spool,
    (kind, model): (Kind, &Model),
) -> Result<Installed, Trouble> {
    let models = context.work.join(FOLDER);
    let folder = models.join(kind.name());
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
    let parts = parts(&text, kind).map_err(Trouble::Final)?;
    // Who has all of it waits for nobody who reads another one.
    if !missing(&folder, &parts).is_empty() {
        let reading = READING.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have read it meanwhile.
        let missing = missing(&folder, &parts);
        let is_new = !missing.is_empty();
        for one in missing {
            let came = read(&one.file, "stage")?;
            fs::rename(came, folder.join(&one.name)).map_err(|error| disk(&error))?;
        }
        if is_new {
            // Those of companions from before there were kinds.
            remove(&models, |_| true);
            keep_only(&folder, &parts);
        }
        drop(reading);
    }
    Ok(Installed {
        manifest,
        folder,
        parts,
    })
}

/// The networks of a model that this kind needs, in the order of [`Kind::roles`]. Errors: why it cannot be used.
pub fn parts(manifest: &[u8], kind: Kind) -> Result<Vec<Part>, String> {
    if manifest.len() > MOST_BYTES {
        return Err(format!("a manifest of {} bytes", manifest.len()));
    }
    let manifest = serde_json::from_slice::<Manifest>(manifest);
    let manifest = manifest.map_err(|error| format!("{MANIFEST}: {error}"))?;
    let roles = kind.roles().iter();
    let parts = manifest.check().and_then(|()| {
        let parts = roles.map(|role| manifest.part(*role).cloned());
        parts.collect()
    });
    parts.map_err(|error| format!("model {}: {error}", manifest.name))
}

/// The name of a stage's file: another one when its bytes are others.
fn name(stage: &Stage) -> String {
    let sums = format!("{} {}", stage.graph_sha256, stage.blob_sha256);
    checksum(sums.as_bytes())
}

/// Removes the files of networks, so that they are read anew. Those of another model stay, which another job may have read meanwhile.
pub fn clear(folder: &Path, parts: &[Part]) {
    let names = names(parts);
    remove(folder, |file| names.iter().any(|name| name == file));
}

/// The files of these networks that are not there.
fn missing(folder: &Path, parts: &[Part]) -> Vec<OneFile> {
    let mut files = files(parts);
    files.retain(|one| !is_whole(&folder.join(&one.name), one.bytes));
    files
}

/// Whether a file is there as long as it is; its checksums are looked at when it is loaded.
fn is_whole(file: &Path, bytes: u64) -> bool {
    fs::metadata(file).is_ok_and(|facts| facts.len() == bytes)
}

/// Removes what is not of these networks: models are large, and one is used at a time for each kind of job.
fn keep_only(folder: &Path, parts: &[Part]) {
    let names = names(parts);
    remove(folder, |file| !names.iter().any(|name| name == file));
}

fn names(parts: &[Part]) -> Vec<String> {
    files(parts).into_iter().map(|one| one.name).collect()
}

/// Removes files by their names. One that is in use stays open; what cannot be removed, as folders cannot, stays.
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
    use edge_ml::manifest::{Blob, Reading, Words};

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
            let parts = parts(text, Kind::Vector);
            assert!(parts.is_err_and(|reason| !reason.is_empty()));
        }
    }

    #[test]
    fn other_models_go_and_what_is_used_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (old, used) = ([part("old")], [part("used")]);
        let file = |parts: &[Part; 1]| folder.path().join(name(&parts[0].stages[0]));
        for parts in [&old, &used] {
            fs::write(file(parts), "a network").unwrap();
        }
        keep_only(folder.path(), &used);
        assert!(!file(&old).exists() && file(&used).exists());
        // It says another length than its manifest does.
        assert_eq!(missing(folder.path(), &used).len(), 1);
        fs::write(file(&used), "").unwrap();
        assert!(missing(folder.path(), &used).is_empty());
        clear(folder.path(), &old);
        assert!(file(&used).exists());
        clear(folder.path(), &used);
        assert!(!file(&used).exists());
    }

    #[test]
    fn what_a_network_reads_with_is_a_file_of_it() {
        let mut reads = part("used");
        reads.words = Some(Words {
            blob: Blob {
                file: "recognition/characters.txt".to_owned(),
                bytes: 7,
                sha256: "characters".to_owned(),
            },
            padding: 0,
            recipe: None,
        });
        let files = files(&[part("finds"), reads]);
        let found: Vec<_> = files
            .iter()
            .map(|one| (one.file.as_str(), one.bytes))
            .collect();
        let stage = ("visual/0.stage", 0);
        assert_eq!(found, [stage, stage, ("recognition/characters.txt", 7)]);
        let mut names: Vec<_> = files.iter().map(|one| &one.name).collect();
        names.dedup();
        assert_eq!(names.len(), 3);
    }
}
