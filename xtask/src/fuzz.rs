//! `cargo xtask fuzz`: the targets of fuzz/, short and with a fixed seed as CI runs them, or as long as one likes.
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{project, shell};

/// The targets, and how often each runs in CI.
const TARGETS: [(&str, u32); 7] = [
    ("dates", 100_000),
    ("checkpoints", 100_000),
    ("sidecar", 10_000),
    ("metadata", 20_000),
    ("picture", 5_000),
    ("bodies", 5_000),
    ("upload", 5_000),
];
/// What cargo-fuzz sets, without a sanitizer: that works with stable Rust.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Runs every target a fixed number of times, or for `seconds` each. What breaks one is kept in target/fuzz/found.
pub fn run(seconds: Option<u32>) -> Result<()> {
    // Of fuzz/Cargo.toml; cargo names the folder of what it builds after it.
    let profile = seconds.map_or("short", |_long| "release");
    let programs = shell::step("building the fuzz targets", || build(profile))?;
    let folder = project::target().join("fuzz");
    let (corpus, found) = (folder.join("corpus"), folder.join("found"));
    if seconds.is_none() && corpus.exists() {
        // A run that must come out the same starts from the same.
        fs::remove_dir_all(&corpus)?;
    }
    fs::create_dir_all(&found)?;
    shell::run(Command::new(programs.join("seeds")).arg(&corpus))?;
    for (target, runs) in TARGETS {
        let mut command = Command::new(programs.join(target));
        command.args(["-seed=1", "-timeout=20", "-rss_limit_mb=2048"]);
        command.arg(format!("-artifact_prefix={}/{target}-", found.display()));
        command.arg(match seconds {
            Some(seconds) => format!("-max_total_time={seconds}"),
            None => format!("-runs={runs}"),
        });
        shell::step(target, || {
            let output = command.arg(corpus.join(target)).output()?;
            if !output.status.success() {
                bail!(
                    "{target} found something, see {}:\n{}",
                    found.display(),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Builds all targets and gives their folder.
fn build(profile: &str) -> Result<PathBuf> {
    let host = shell::output(Command::new("rustc").args(["--print", "host-tuple"]))
        .context("asking rustc for this machine's target")?;
    let target_folder = project::target().join("fuzz");
    let mut cargo = shell::command("cargo", &project::root().join("fuzz"));
    // Given a target, cargo keeps the flags from build scripts.
    cargo
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", &target_folder);
    shell::run(cargo.args(["build", "--quiet", "--profile", profile, "--target", &host]))?;
    Ok(target_folder.join(host).join(profile))
}
