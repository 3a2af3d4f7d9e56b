//! `cargo xtask schemathesis`: requests made up from the official OpenAPI document, against the local server.
use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::setup::{self, For, apt, node};
use crate::wasm::{self, Profile};
use crate::{project, routes, shell};

/// The program of that name on PyPI.
const VERSION: &str = "schemathesis==4.32.5";
/// The contract, which is not ours to copy, so it lies beside the project.
const OPENAPI: &str = "../shared/api/immich-openapi-3.1.0.json";

/// Runs tests/workers/schemathesis/run.mjs on the operations that are built; `options` go there.
pub fn run(options: &[&str]) -> Result<()> {
    let openapi = project::root().join(OPENAPI);
    if !openapi.exists() {
        bail!("the OpenAPI document is not there: {}", openapi.display());
    }
    setup::run(For::Dev)?;
    let program = shell::step("installing schemathesis", install)?;
    wasm::build(Profile::Local)?;
    let areas = routes::read()?;
    let operations: BTreeSet<&str> = areas
        .iter()
        .flat_map(|area| &area.routes)
        .filter(|route| route.built && !route.hidden)
        .map(|route| route.operation.as_str())
        .collect();
    let operations: Vec<&str> = operations.into_iter().collect();
    let mut command = node::node();
    command.arg(project::workers().join("schemathesis/run.mjs"));
    command.arg("--program").arg(program);
    command.arg("--openapi").arg(openapi);
    command.args(["--operations", &operations.join(",")]);
    shell::run(command.args(options))
}

/// The program, in a Python environment of its own.
fn install() -> Result<PathBuf> {
    let folder = project::target().join("schemathesis");
    let program = folder.join("bin/schemathesis");
    if !program.exists() {
        if !shell::is_installed("python3") {
            apt::install("Python", &["python3", "python3-venv"])?;
        }
        let mut python = shell::command("python3", project::root());
        shell::run(python.args(["-m", "venv"]).arg(&folder))?;
        let mut pip = shell::command(folder.join("bin/pip"), project::root());
        shell::run(pip.args(["install", "--quiet", VERSION]))?;
    }
    Ok(program)
}
