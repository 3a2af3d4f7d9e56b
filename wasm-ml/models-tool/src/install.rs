//! Installing, listing and removing models in a bucket that is a folder.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use edge_ml::manifest::{FORMAT, Manifest, Role};

use crate::bring::{self, Brought};
use crate::catalogue::MODELS;
use crate::fetch::Fetcher;
use crate::folder::{Folder, MANIFEST, manifest};
use crate::inputs::{self, Input};
use crate::options::Wanted;
use crate::{convert, say, verify};

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
    let fetched = models(bucket).join(format!(".{}.fetched", wanted.name));
    // What another time left would be taken for what is there now.
    gone(&fetched)?;
    let done = put(bucket, wanted, &fetched);
    gone(&fetched)?;
    done
}

/// Removes a folder, if it is there.
fn gone(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

fn put(bucket: &Path, wanted: &Wanted, fetched: &Path) -> Result<()> {
    let brought = bring::bring(wanted, fetched, &Fetcher::new())?;
    put_brought(bucket, &brought)
}

/// The same with nothing but files of this machine.
pub fn put_brought(bucket: &Path, brought: &Brought) -> Result<()> {
    let wanted = &brought.wanted;
    let (wanted, inputs) = if wanted.files.is_empty() {
        (wanted.clone(), inputs::from_packages(wanted)?)
    } else {
        inputs::from_files(brought)?
    };
    let (folder, half) = (
        models(bucket).join(&wanted.name),
        models(bucket).join(format!(".{}.half", wanted.name)),
    );
    gone(&half)?;
    if let Err(error) = write(&half, &wanted, inputs) {
        gone(&half)?;
        return Err(error);
    }
    gone(&folder)?;
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
        let Input {
            bytes,
            file,
            beside,
            origins,
        } = input;
        let converted = convert::network(&bytes, role, wanted, beside.borrowed())
            .with_context(|| file.clone())?;
        drop(bytes);
        for (name, bytes) in &converted.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().context("a folder")?)?;
            fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        }
        made.origins.extend(origins);
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
