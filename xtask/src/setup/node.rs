//! Node and the npm packages of tests/workers (Miniflare, wrangler, wasm-opt, the official Immich CLI) and of
//! tests/contract (the official types).
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::apt;
use crate::{project, shell};

/// Installs Node when there is none, and the locked npm packages when they are not there yet.
pub fn ensure() -> Result<()> {
    if !shell::is_installed("npm") {
        apt::install("Node.js with npm", &["nodejs", "npm"])?;
    }
    install(&project::workers())?;
    install(&project::contract())
}

/// Installs a folder's npm packages as its lock says.
pub fn install(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
    let stamp = folder.join("node_modules/.installed-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    shell::step("installing npm packages", || {
        let mut npm = shell::command("npm", folder);
        // The packages we use come with prebuilt binaries; none needs its install script.
        shell::run(npm.args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]))
    })?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// A command for Node: the one among our npm packages where there is one for this machine (the
/// system's is often too old for the Immich CLI and wrangler), else the system's.
pub fn node() -> Command {
    let own = project::workers().join("node_modules/.bin/node");
    let program = if own.exists() {
        own
    } else {
        PathBuf::from("node")
    };
    let mut command = shell::command(program, project::root());
    command.env("WRANGLER_SEND_METRICS", "false").env("CI", "1");
    command
}

/// A command for a program of an npm package, e.g. `wasm-opt`.
pub fn npm_program(name: &str) -> Command {
    let mut command = node();
    command.arg(project::workers().join("node_modules/.bin").join(name));
    command
}
