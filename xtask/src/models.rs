//! `cargo xtask models`: installs models for machine learning. What does it is a program of its own, compiled when it is asked for:
//! the engine in it takes a minute.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::setup::{self, For, python};
use crate::{deploy, project, shell};

/// The models that come with packages, for faces and for text in pictures (wasm-ml/models-tool/src/catalogue.rs).
const DEFAULTS: [&str; 2] = ["yunet-sface", "PP-OCRv5_mobile"];
/// What says that a model is installed.
const MANIFEST: &str = "manifest.json";

/// Runs it with `options`; `upload [NAME …]` puts what stands below `build/models` into the bucket of the Cloudflare account.
pub fn run(options: &[&str]) -> Result<()> {
    if let ["upload", names @ ..] = options {
        return upload(names);
    }
    tool("dev", options)
}

/// Runs the program as this profile compiles it.
fn tool(profile: &str, options: &[&str]) -> Result<()> {
    let mut cargo = shell::command("cargo", project::root());
    cargo.args(["run", "--quiet", "--profile", profile]);
    cargo.args(["--package", "edge-models", "--"]);
    shell::run(
        cargo
            .args(options)
            .env(python::VARIABLE, python::interpreter()?),
    )
}

/// Installs [`DEFAULTS`] into a bucket that is a folder, unless they are there. Errors: a package cannot be fetched or converted.
pub fn install(bucket: &Path) -> Result<()> {
    let folder = bucket.to_str().context("a folder whose name is text")?;
    for name in DEFAULTS {
        if !bucket.join("models").join(name).join(MANIFEST).exists() {
            shell::step(&format!("model {name}"), || {
                run(&["add", name, "--in", folder])
            })?;
        }
    }
    Ok(())
}

/// `cargo xtask bench ml`: installs [`DEFAULTS`] into `build` where they are missing, measures all models there natively, and gives the
/// folders of models and of pictures to measure with.
pub fn measure() -> Result<(PathBuf, PathBuf)> {
    let build = project::root().join("build");
    install(&build)?;
    let samples = build.join("samples");
    let folder = samples.to_str().context("a folder whose name is text")?;
    run(&["samples", "--in", folder])?;
    shell::say("\n### natively, one core\n");
    tool("home", &["time"])?;
    Ok((build.join("models"), samples))
}

/// Puts models into R2, each one's manifest last: it says that the model is whole.
fn upload(names: &[&str]) -> Result<()> {
    setup::run(For::Dev)?;
    let build = project::root().join("build");
    let all = listed(&build.join("models"))?;
    let is_wanted = |model: &&PathBuf| {
        let name = model.file_name().and_then(|name| name.to_str());
        names.is_empty() || name.is_some_and(|name| names.contains(&name))
    };
    let models: Vec<&PathBuf> = all.iter().filter(is_wanted).collect();
    ensure!(
        !models.is_empty() && (names.is_empty() || models.len() == names.len()),
        "not below {}: cargo xtask models add NAME makes a model",
        build.join("models").display()
    );
    for model in models {
        for file in files(model)? {
            let key = file.strip_prefix(&build)?.display().to_string();
            shell::step(&key, || deploy::put(&key, &file))?;
        }
    }
    Ok(())
}

/// The files of a model, its manifest last.
fn files(model: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![model.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in listed(&folder)? {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    let manifest = model.join(MANIFEST);
    let before = found.len();
    found.retain(|path| *path != manifest);
    ensure!(
        found.len() < before,
        "{} has no {MANIFEST}",
        model.display()
    );
    found.push(manifest);
    Ok(found)
}

/// What a folder holds, in the order of names; nothing when it is not there.
fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_of_a_model_comes_last() {
        let folder = std::env::temp_dir().join(format!("edge-models-{}", std::process::id()));
        fs::create_dir_all(folder.join("a")).unwrap();
        fs::write(folder.join("z.txt"), "").unwrap();
        fs::write(folder.join("a/0.stage"), "").unwrap();
        assert!(files(&folder).is_err(), "it is not whole");
        fs::write(folder.join(MANIFEST), "").unwrap();
        let names = ["z.txt", "a/0.stage", MANIFEST].map(|name| folder.join(name));
        assert_eq!(files(&folder).unwrap(), names);
        fs::remove_dir_all(&folder).unwrap();
        assert!(listed(&folder).unwrap().is_empty());
    }
}
