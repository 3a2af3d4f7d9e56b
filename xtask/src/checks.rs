//! `cargo xtask check`: what a machine can say about the code without running it.

pub mod circles;
pub mod files;
pub mod layers;
pub mod targets;

use std::process::Command;

use anyhow::Result;

use crate::setup::wasm_target::{self, Target};
use crate::{generated, project, shell, web};

/// Runs all checks; stops at the first that fails, the quick ones first.
pub fn run() -> Result<()> {
    shell::step("formatting", || {
        shell::run(cargo().args(["fmt", "--all", "--check"]))?;
        let fuzz = ["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"];
        shell::run(cargo().args(fuzz))?;
        let web = ["fmt", "--check", "--manifest-path", "web/app/Cargo.toml"];
        shell::run(cargo().args(web))
    })?;
    shell::step("layers", layers::run)?;
    shell::step("circles", circles::run)?;
    shell::step("source files", files::run)?;
    shell::step("tests of libraries", targets::run)?;
    shell::step("generated files", generated::check)?;
    shell::step("licences and sources of dependencies", dependencies)?;
    // One lane for this machine and one for wasm: each has a folder of its own, and often a single crate is left to wait for.
    let both: [fn() -> Result<()>; 2] = [native, wasm];
    let results = shell::in_parallel(&both, |lane| lane());
    results.into_iter().collect()
}

fn native() -> Result<()> {
    shell::step("clippy", || {
        shell::run(clippy(&mut cargo()).args(["--workspace", "--all-targets"]))
    })?;
    shell::step("documentation", || {
        // By clippy's driver, so that what clippy has checked is not checked again. Of a function only its routes are public.
        let mut doc = cargo();
        doc.env("RUSTDOCFLAGS", "-D warnings");
        shell::run(linted(&mut doc).args(["doc", "--workspace", "--no-deps", "--exclude", "fn-*"]))
    })
}

fn wasm() -> Result<()> {
    shell::step("clippy for Workers", clippy_workers)?;
    shell::step("clippy for Spin", clippy_spin)?;
    shell::step("clippy for the web page", clippy_web)
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

/// Makes `cargo check` run clippy. `cargo clippy` would put its own path where the one of this checkout must be
/// (docs/decisions/0015-shared-target.md).
fn clippy(cargo: &mut Command) -> &mut Command {
    linted(cargo).arg("check")
}

/// Puts clippy in the place of rustc for our own crates.
fn linted(cargo: &mut Command) -> &mut Command {
    const END: &str = "__CLIPPY_HACKERY__";
    cargo
        .env(
            "RUSTC_WORKSPACE_WRAPPER",
            project::root().join(".cargo/clippy"),
        )
        .env("CLIPPY_ARGS", format!("-D{END}warnings{END}"))
}

/// What marks code that only some targets compile.
const OTHER: [&str; 3] = ["target_arch", "target_os", "target_family"];

/// Folders of packages that are no wasm of their own, or are named elsewhere.
const NATIVE: [&str; 4] = ["tests", "host", "companion", "mover"];

/// The crates whose code is another one for wasm, with one that has every entry point: the rest has been seen.
fn with_other_code() -> Result<Vec<String>> {
    let mut names = vec!["fn-scheduler".to_owned()];
    for package in project::packages()? {
        let is_below = |folder: &&str| {
            package
                .manifest_path
                .starts_with(project::root().join(folder))
        };
        if NATIVE.iter().any(is_below) {
            continue;
        }
        let Some(library) = package.library_target() else {
            continue;
        };
        let sources = library.sources()?;
        if sources
            .iter()
            .any(|(_, text)| OTHER.iter().any(|mark| text.contains(mark)))
        {
            names.push(package.name);
        }
    }
    Ok(names)
}

fn clippy_workers() -> Result<()> {
    let tests = project::test_workers()?.into_iter().map(|it| it.name);
    clippy_wasm(Target::Workers, with_other_code()?.into_iter().chain(tests))
}

fn clippy_spin() -> Result<()> {
    let tests = project::test_components()?.into_iter().map(|it| it.name);
    clippy_wasm(Target::Spin, with_other_code()?.into_iter().chain(tests))
}

fn clippy_web() -> Result<()> {
    let mut cargo = wasm_target::ensure(Target::Workers)?.cargo();
    linted(&mut cargo);
    shell::run(web::lint(&mut cargo))
}

/// In the profile of the builds that tests run: procedural macros are compiled once for both.
fn clippy_wasm(target: Target, packages: impl Iterator<Item = String>) -> Result<()> {
    let mut cargo = wasm_target::ensure(target)?.cargo();
    let clippy = clippy(&mut cargo).args(["--lib", "--target", target.triple()]);
    clippy.args(["--profile", target.profile()]);
    for package in packages {
        clippy.args(["-p", &package]);
    }
    shell::run(clippy)
}
