//! Where things are in this project, and which crates it has.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::shell;

/// The folder of the workspace: where cargo runs this program from, so that a program compiled in one checkout and
/// kept in a shared target folder still serves the checkout it is asked in.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let current = || std::env::current_dir().unwrap_or_default();
        workspace_of(&manifest.unwrap_or_else(current))
    })
}

/// The closest folder above `start`, or `start` itself, that holds this program's own crate.
fn workspace_of(start: &Path) -> PathBuf {
    let mut folders = start.ancestors();
    let found = folders.find(|folder| folder.join("xtask/Cargo.toml").is_file());
    found.unwrap_or(start).to_path_buf()
}

/// The folder with the npm packages and the scripts that run Workers.
pub fn workers() -> PathBuf {
    root().join("tests/workers")
}

/// The folder with the npm packages of the official contract.
pub fn contract() -> PathBuf {
    root().join("tests/contract")
}

/// Cargo's target folder for native builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The variable that tells stories how many times as long as on an idle machine they wait.
pub const PATIENCE: (&str, &str) = ("EDGE_PATIENCE", "2");
/// Names the folder with the small model for faces and the photos that the native tests of fn-faces-ml leave.
pub const FACES: &str = "EDGE_FACES";
/// The same of the small model and pictures for searches by meaning, of fn-clip-ml.
pub const CLIP: &str = "EDGE_CLIP";
/// Names the folder with the small model for text and the photos that the native tests of fn-ocr-ml leave.
pub const OCR: &str = "EDGE_OCR";

/// What `cargo metadata` says about one crate of the workspace.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Name of the package, e.g. `fn-albums`.
    pub name: String,
    /// Its Cargo.toml.
    pub manifest_path: PathBuf,
    /// Its direct dependencies of all kinds.
    pub dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

/// One dependency of a [`Package`].
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// Name of the package depended on.
    pub name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
}

/// One thing that cargo makes of a [`Package`].
#[derive(Debug, Deserialize)]
pub struct Target {
    kind: Vec<String>,
    crate_types: Vec<String>,
    src_path: PathBuf,
    /// Whether it is built to run the tests in it.
    pub test: bool,
    /// Whether the examples in its documentation are run.
    pub doctest: bool,
}

impl Target {
    /// The folder of its source files.
    pub fn folder(&self) -> &Path {
        self.src_path.parent().unwrap_or(&self.src_path)
    }

    /// All Rust files in its folder, with their texts.
    pub fn sources(&self) -> Result<Vec<(PathBuf, String)>> {
        let mut sources = Vec::new();
        let mut folders = vec![self.folder().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "rs") {
                    let text = fs::read_to_string(&path)?;
                    sources.push((path, text));
                }
            }
        }
        sources.sort();
        Ok(sources)
    }
}

impl Package {
    /// The name of its folder, which for a function is the name of the area.
    pub fn folder(&self) -> String {
        let folder = self.manifest_path.parent().and_then(Path::file_name);
        folder
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The file that rustc makes of it for wasm.
    pub fn library(&self) -> String {
        format!("{}.wasm", self.name.replace('-', "_"))
    }

    /// Its library, if it has one.
    pub fn library_target(&self) -> Option<&Target> {
        const LIBRARIES: [&str; 3] = ["lib", "rlib", "cdylib"];
        let is_library = |target: &&Target| {
            target
                .kind
                .iter()
                .any(|kind| LIBRARIES.contains(&kind.as_str()))
        };
        self.targets.iter().find(is_library)
    }

    /// Its library or, if it has none, its program.
    pub fn main_target(&self) -> Option<&Target> {
        let mut programs = self.targets.iter();
        let program = || programs.find(|target| target.kind.iter().any(|kind| kind == "bin"));
        self.library_target().or_else(program)
    }

    /// Whether it is a function to be compiled to a Worker or component of its own.
    pub fn is_function(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.crate_types);
        self.name.starts_with("fn-") && kinds.any(|kind| kind == "cdylib")
    }
}

/// All crates of the workspace, by name.
pub fn packages() -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root())
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"]);
    let text = shell::output(&mut cargo)?;
    let mut metadata: Metadata = serde_json::from_str(&text).context("cargo metadata")?;
    metadata.packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(metadata.packages)
}

/// The functions that become Workers.
pub fn functions() -> Result<Vec<Package>> {
    Ok(packages()?
        .into_iter()
        .filter(Package::is_function)
        .collect())
}

/// The OpenAPI document of a version: data of others, where it lies beside the project or beside a folder around it.
pub fn document(version: &str) -> Option<PathBuf> {
    let name = format!("../shared/api/immich-openapi-{version}.json");
    let mut folders = root().ancestors();
    folders.find_map(|folder| Some(folder.join(&name)).filter(|path: &PathBuf| path.is_file()))
}

/// Package of the Spin component that serves the web page.
pub const WEB_COMPONENT: &str = "edge-web-component";

/// The Spin component that serves the web page.
pub fn web_component() -> Result<Vec<Package>> {
    let mut packages = packages()?;
    packages.retain(|package| package.name == WEB_COMPONENT);
    Ok(packages)
}

/// The Workers that only tests use, in `tests/`.
pub fn test_workers() -> Result<Vec<Package>> {
    tests(|package| package.name.ends_with("-worker"))
}

/// The Spin components that only tests use, in `tests/`.
pub fn test_components() -> Result<Vec<Package>> {
    tests(|package| package.name.ends_with("-component"))
}

fn tests(wanted: impl Fn(&Package) -> bool) -> Result<Vec<Package>> {
    Ok(packages()?
        .into_iter()
        .filter(|package| package.manifest_path.starts_with(root().join("tests")))
        .filter(wanted)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found_from_any_folder_in_it() {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = xtask.parent().expect("a crate of a workspace");
        for inside in [workspace, xtask, &xtask.join("src")] {
            assert_eq!(workspace_of(inside), workspace);
        }
    }
}
