//! `cargo xtask schemathesis`: requests made up from the official OpenAPI document, against the local server.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::setup::{self, For, apt, node};
use crate::wasm::{self, Profile};
use crate::{answers, project, routes, shell};

/// The program of that name on PyPI.
const VERSION: &str = "schemathesis==4.32.5";
/// What `cargo xtask test` asks for: the same at every run, and over within a minute and a half.
const SHORT: &[&str] = &["--examples", "3", "--seed", "1"];

/// Runs tests/workers/schemathesis/run.mjs on the operations that are built; `options` go there.
pub fn run(options: &[&str]) -> Result<()> {
    let openapi = answers::openapi().context("the OpenAPI document is not beside the project")?;
    setup::run(For::Dev)?;
    wasm::build(Profile::Local)?;
    let program = install()?;
    ask(&program, &openapi, options)
}

/// The part of it that belongs to `cargo xtask test`, on functions that are built. Left out where the OpenAPI document,
/// which is not ours to copy, does not lie beside the project.
pub fn short() -> Result<()> {
    let Some(openapi) = answers::openapi() else {
        shell::say("==> schemathesis left out: no OpenAPI document beside the project");
        return Ok(());
    };
    let program = install()?;
    shell::step("schemathesis", || ask(&program, &openapi, SHORT))
}

fn ask(program: &Path, openapi: &Path, options: &[&str]) -> Result<()> {
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
    if program.exists() {
        return Ok(program);
    }
    if !shell::is_installed("python3") {
        apt::install("Python", &["python3", "python3-venv"])?;
    }
    shell::step("installing schemathesis", || {
        let mut python = shell::command("python3", project::root());
        shell::run(python.args(["-m", "venv"]).arg(&folder))?;
        let mut pip = shell::command(folder.join("bin/pip"), project::root());
        shell::run(pip.args(["install", "--quiet", VERSION]))?;
        Ok(program)
    })
}
