//! `cargo xtask check`: what a machine can say about the code without running it.

pub mod files;
pub mod layers;

use std::process::Command;

use anyhow::Result;

use crate::setup::wasm_target::{self, TARGET};
use crate::{generated, project, shell};

/// Runs all checks; stops at the first that fails, the quick ones first.
pub fn run() -> Result<()> {
    shell::step("formatting", || {
        shell::run(cargo().args(["fmt", "--all", "--check"]))?;
        let fuzz = ["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"];
        shell::run(cargo().args(fuzz))
    })?;
    shell::step("layers", layers::run)?;
    shell::step("source files", files::run)?;
    shell::step("generated files", generated::check)?;
    shell::step("clippy", || {
        shell::run(cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    shell::step("clippy for wasm", clippy_wasm)?;
    shell::step("documentation", || {
        let mut doc = cargo();
        doc.env("RUSTDOCFLAGS", "-D warnings");
        shell::run(doc.args(["doc", "--workspace", "--no-deps"]))
    })
}

fn cargo() -> Command {
    shell::command("cargo", project::root())
}

fn clippy_wasm() -> Result<()> {
    let functions = project::functions()?;
    if functions.is_empty() {
        return Ok(());
    }
    let mut clippy = wasm_target::ensure()?.cargo();
    clippy.args(["clippy", "--lib", "--target", TARGET]);
    for function in functions {
        clippy.args(["-p", &function.name]);
    }
    // The libraries below the functions are linted with them, as members of the workspace.
    shell::run(clippy.args(["--", "-D", "warnings"]))
}
