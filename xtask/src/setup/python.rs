//! Programs in Python, each in an environment of its own in the target folder.
use std::fs;
use std::path::PathBuf;

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
    let list = project::workers().join("immichpy/requirements.txt");
    let wanted = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let folder = project::target().join("immichpy");
    let python = folder.join("bin/python");
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let own = interpreter()?;
    shell::step("installing immichpy", || {
        let mut venv = shell::command(own, project::root());
        shell::run(venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = shell::command(&python, project::root());
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        shell::run(pip.arg("--requirement").arg(&list))
    })?;
    fs::write(stamp, wanted)?;
    Ok(python)
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
