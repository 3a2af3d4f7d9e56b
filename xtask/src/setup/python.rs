//! Programs in Python, each in an environment of its own in the target folder.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::apt;
use crate::{project, shell};

/// The variable by which tests find a Python with immichpy.
pub const VARIABLE: &str = "EDGE_PYTHON";

/// Whether a Python is new enough for immichpy and can make environments.
const CHECK: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
/// Where a Python may be found, the usual one first.
const NAMES: [&str; 5] = [
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
];

/// The Python that has what tests/workers/immichpy/requirements.txt lists: immichpy, a strict client of the API.
pub fn immichpy() -> Result<PathBuf> {
    let folder = project::target().join("immichpy");
    let python = folder.join("bin/python");
    let list = project::workers().join("immichpy/requirements.txt");
    installed("immichpy", &folder, &list, || {
        let own = interpreter()?;
        let mut venv = shell::command(own, project::root());
        shell::run(venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
        shell::run(pip(&python).arg("--requirement").arg(&list))
    })?;
    Ok(python)
}

/// The folder with what tests/pgvector/requirements.txt lists, a PostgreSQL that has pgvector. `None` where there is none for this
/// kind of machine.
pub fn pgvector() -> Result<Option<PathBuf>> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        shell::say("    no PostgreSQL with pgvector for this machine: its tests run without");
        return Ok(None);
    }
    let folder = project::target().join("pgvector");
    let list = project::root().join("tests/pgvector/requirements.txt");
    // Any pip will do: programs are all that is used, whatever Python they are packed for.
    let python = immichpy()?;
    installed("PostgreSQL with pgvector", &folder, &list, || {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut install = pip(&python);
        install.args(["--no-deps", "--no-compile", "--require-hashes"]);
        install.args(["--only-binary=:all:", "--platform=manylinux2014_x86_64"]);
        install.args([
            "--implementation=cp",
            "--python-version=3.11",
            "--abi=cp311",
        ]);
        install
            .arg("--target")
            .arg(&folder)
            .arg("--requirement")
            .arg(&list);
        shell::run(&mut install)
    })?;
    Ok(Some(folder))
}

fn pip(python: &Path) -> Command {
    let mut pip = shell::command(python, project::root());
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    pip
}

/// Installs into `folder` what `list` names, unless that was done before.
fn installed(
    what: &str,
    folder: &Path,
    list: &Path,
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let wanted = fs::read_to_string(list).with_context(|| list.display().to_string())?;
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    shell::step(&format!("installing {what}"), install)?;
    Ok(fs::write(stamp, wanted)?)
}

/// A Python of this machine that will do, Debian's if there is none.
pub fn interpreter() -> Result<&'static str> {
    let find = || {
        NAMES.into_iter().find(|name| {
            let mut python = shell::command(name, project::root());
            shell::output(python.args(["-c", CHECK])).is_ok()
        })
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install("Python 3.11 or newer", &["python3", "python3-venv"])?;
    find().context("Debian's Python is older than 3.11, which immichpy needs")
}
