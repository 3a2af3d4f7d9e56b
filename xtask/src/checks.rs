//! `cargo xtask check`: what a machine can say about the code without running it.

pub mod files;
pub mod layers;
pub mod targets;

use std::process::Command;

use anyhow::Result;

use crate::setup::wasm_target::{self, Target};
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
    shell::step("tests of libraries", targets::run)?;
    shell::step("generated files", generated::check)?;
    shell::step("licences and sources of dependencies", dependencies)?;
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
    shell::step("clippy for Workers", clippy_workers)?;
    shell::step("clippy for Spin", clippy_spin)?;
    shell::step("documentation", || {
        let mut doc = cargo();
        doc.env("RUSTDOCFLAGS", "-D warnings");
        shell::run(doc.args(["doc", "--workspace", "--no-deps"]))
    })
}

/// Prints what a check found and fails if it found anything; `what` names the findings.
fn report(found: &[String], what: &str) -> Result<()> {
    for line in found {
        shell::say(&format!("    {line}"));
    }
    anyhow::ensure!(found.is_empty(), "{} {what}", found.len());
    Ok(())
}

/// What deny.toml demands, where cargo-deny is installed; advisories need the network and are not asked for here.
fn dependencies() -> Result<()> {
    if !shell::is_installed("cargo-deny") {
        shell::say("    cargo-deny is not installed (docs/security.md): not checked");
        return Ok(());
    }
    let what = ["licenses", "bans", "sources"];
    shell::run(
        cargo()
            .args(["deny", "--log-level=error", "--offline", "check"])
            .args(what),
    )
}

fn cargo() -> Command {
    shell::command("cargo", project::root())
}

/// The functions, and with them, as members of the workspace, the libraries below them.
fn clippy_workers() -> Result<()> {
    let functions = project::functions()?;
    if functions.is_empty() {
        return Ok(());
    }
    clippy_wasm(Target::Workers, functions.iter().map(|it| it.name.as_str()))
}

/// What only Spin compiles: the adapters, the entry glue and the component that tests them. What an area
/// itself holds is the same for all platforms.
fn clippy_spin() -> Result<()> {
    let components = project::test_components()?;
    let names = components.iter().map(|it| it.name.as_str());
    clippy_wasm(Target::Spin, names.chain(["fn-media", "fn-scheduler"]))
}

/// In the profile of the builds that tests run: procedural macros are compiled once for both.
fn clippy_wasm<'a>(target: Target, packages: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut clippy = wasm_target::ensure(target)?.cargo();
    clippy.args(["clippy", "--lib", "--target", target.triple()]);
    clippy.args(["--profile", target.profile()]);
    for package in packages {
        clippy.args(["-p", package]);
    }
    shell::run(clippy.args(["--", "-D", "warnings"]))
}
