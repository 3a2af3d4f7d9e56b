//! The compiler for `wasm32-unknown-unknown`: rustup's target where the Rust distribution server can be
//! reached, else Debian's rustc-web with a standard library that we build from its sources.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::apt;
use crate::{project, shell};

/// The target of Cloudflare Workers.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's prefix: compiler in bin, libraries in lib/rustlib.
const DEBIAN: &str = "/usr";
const PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-clippy",
    "lld-22",
];
const LINKER: &str = "wasm-ld-22";
/// How long rustup may try to reach its server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which compiler builds for wasm on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that builds native code too.
    Default,
    /// Debian's, beside it.
    Debian,
}

impl Toolchain {
    /// `cargo` of this toolchain, in the folder of the workspace, with a target folder of its own,
    /// so that native and wasm builds never wait for each other.
    pub fn cargo(self) -> Command {
        let mut command = match self {
            Self::Default => Command::new("cargo"),
            Self::Debian => {
                let bin = Path::new(DEBIAN).join("bin");
                let mut command = Command::new(bin.join("cargo"));
                let path = std::env::var("PATH").unwrap_or_default();
                command.env("PATH", format!("{}:{path}", bin.display()));
                command
                    .env("RUSTC", bin.join("rustc"))
                    .env("RUSTDOC", bin.join("rustdoc"));
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
                command
            }
        };
        command
            .current_dir(project::root())
            .env("CARGO_TARGET_DIR", target_folder());
        command
    }
}

/// Cargo's target folder for wasm builds.
pub fn target_folder() -> PathBuf {
    project::target().join("wasm")
}

/// The toolchain that can build for wasm now, if there is one.
pub fn find() -> Option<Toolchain> {
    if has_std(&shell::output(Command::new("rustc").args(["--print", "sysroot"])).ok()?) {
        return Some(Toolchain::Default);
    }
    let complete = has_std(DEBIAN)
        && shell::is_installed(LINKER)
        && Path::new("/usr/bin/cargo-clippy").exists();
    complete.then_some(Toolchain::Debian)
}

/// Finds a toolchain, or installs what it needs.
pub fn ensure() -> Result<Toolchain> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if shell::is_installed("rustup") {
        let added = shell::step("rustup target add wasm32-unknown-unknown", || {
            Ok(rustup_target_add())
        });
        if added? {
            return Ok(Toolchain::Default);
        }
        shell::say("    rustup cannot reach its server: using Debian's compiler for wasm instead");
    }
    apt::install("the wasm target of the Rust compiler", PACKAGES)?;
    if !has_std(DEBIAN) {
        shell::step(
            "building the wasm standard library (about a minute)",
            build_std,
        )?;
    }
    find().context("the wasm target is still missing after its installation")
}

fn rustlib(sysroot: &str) -> PathBuf {
    Path::new(sysroot)
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
}

fn has_std(sysroot: &str) -> bool {
    let Ok(entries) = fs::read_dir(rustlib(sysroot)) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Asks rustup, but not for longer than [`PATIENCE`]: without a network it would try for minutes.
fn rustup_target_add() -> bool {
    let mut command = Command::new("rustup");
    command
        .args(["target", "add", TARGET])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
        return false;
    };
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(100)),
            Ok(Some(status)) => return status.success(),
            Err(_) => return false,
        }
    }
    // It may have ended meanwhile, which is as good.
    drop(child.kill());
    drop(child.wait());
    false
}

/// Builds std once with a throw-away crate and keeps its libraries where rustc looks for them.
fn build_std() -> Result<()> {
    let folder = target_folder().join("build-std");
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"throwaway\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let mut cargo = Toolchain::Debian.cargo();
    cargo
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"));
    // Without bitcode in std, link-time optimisation fails.
    cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes");
    cargo.args([
        "build",
        "--release",
        "-Z",
        "build-std=std,panic_abort",
        "--target",
        TARGET,
    ]);
    shell::run(&mut cargo)?;

    let built = folder.join("target").join(TARGET).join("release/deps");
    let destination = rustlib(DEBIAN);
    fs::create_dir_all(&destination)
        .with_context(|| format!("creating {}", destination.display()))?;
    let mut copied = 0;
    for entry in fs::read_dir(built)? {
        let name = entry?.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.starts_with("libthrowaway") {
            fs::copy(
                folder
                    .join("target")
                    .join(TARGET)
                    .join("release/deps")
                    .join(&name),
                destination.join(&name),
            )?;
            copied += 1;
        }
    }
    if copied == 0 {
        bail!("the build of the standard library left no libraries");
    }
    Ok(())
}
