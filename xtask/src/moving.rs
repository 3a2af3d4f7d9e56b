//! `cargo xtask move`: builds immich-move and runs it (docs/moving.md).
use std::env;

use anyhow::{Context as _, Result};

use crate::{project, shell};

/// Runs the program with these words, in the folder where the command was given: paths are meant from there.
pub fn run(words: &[&str]) -> Result<()> {
    let mut cargo = shell::command("cargo", project::root());
    shell::run(cargo.args(["build", "--quiet", "--profile", "home", "-p", "edge-mover"]))?;
    let program = project::target().join("home/immich-move");
    let mut mover = shell::command(program, &env::current_dir()?);
    // Not through `shell::run`, which would show the keys when it fails.
    let status = mover.args(words).status().context("immich-move")?;
    anyhow::ensure!(status.success(), "immich-move did not move everything");
    Ok(())
}
