//! The compiler for wasm: rustup's targets where the Rust distribution server can be reached, else Debian's
//! rustc-web with a standard library that we build from its sources.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::apt;
use crate::{project, shell};

/// What code is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Cloudflare Workers.
    Workers,
    /// Spin components.
    Spin,
}

impl Target {
    /// Its name for rustc.
    pub fn triple(self) -> &'static str {
        match self {
            Self::Workers => "wasm32-unknown-unknown",
            Self::Spin => "wasm32-wasip1",
        }
    }

    /// The profile of the workspace's Cargo.toml in which local servers and tests have it.
    pub fn profile(self) -> &'static str {
        match self {
            Self::Workers => "wasm",
            Self::Spin => "spin",
        }
    }

    /// The Debian packages that its fallback is made from.
    fn packages(self) -> Vec<&'static str> {
        let mut packages = vec![
            "rustc-web",
            "cargo-web",
            "rust-web-src",
            "rust-web-clippy",
            "lld-22",
        ];
        if self == Self::Spin {
            packages.push("wasi-libc");
        }
        packages
    }

    /// How its standard library is compiled. Without bitcode in it, link-time optimisation fails.
    fn std_flags(self) -> &'static str {
        match self {
            Self::Workers => "-Cembed-bitcode=yes",
            Self::Spin => "-Cembed-bitcode=yes -Clink-self-contained=no -L/usr/lib/wasm32-wasi",
        }
    }
}

/// Debian's prefix: compiler in bin, libraries in lib/rustlib.
const DEBIAN: &str = "/usr";
/// Where Debian's wasi-libc is.
const WASI_LIBC: &str = "/usr/lib/wasm32-wasi";
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
                command
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER)
                    .env("CARGO_TARGET_WASM32_WASIP1_LINKER", LINKER);
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

/// The toolchain that can build for `target` now, if there is one.
pub fn find(target: Target) -> Option<Toolchain> {
    let sysroot = shell::output(Command::new("rustc").args(["--print", "sysroot"])).ok()?;
    if has_std(target, &sysroot) {
        return Some(Toolchain::Default);
    }
    let complete = has_std(target, DEBIAN)
        && shell::is_installed(LINKER)
        && Path::new("/usr/bin/cargo-clippy").exists();
    complete.then_some(Toolchain::Debian)
}

/// Finds a toolchain, or installs what it needs.
pub fn ensure(target: Target) -> Result<Toolchain> {
    if let Some(found) = find(target) {
        return Ok(found);
    }
    let triple = target.triple();
    // When Debian's compiler builds for the Workers, the server was out of reach a moment ago.
    let debian = find(Target::Workers) == Some(Toolchain::Debian);
    if !debian && shell::is_installed("rustup") {
        let added = shell::step(&format!("rustup target add {triple}"), || {
            Ok(rustup_target_add(target))
        });
        if added? {
            return Ok(Toolchain::Default);
        }
        shell::say("    rustup cannot reach its server: using Debian's compiler for wasm instead");
    }
    let packages = target.packages();
    apt::install(
        &format!("the target {triple} of the Rust compiler"),
        &packages,
    )?;
    if !has_std(target, DEBIAN) {
        shell::step(
            &format!("building the standard library for {triple} (about a minute)"),
            || build_std(target),
        )?;
    }
    find(target)
        .with_context(|| format!("the target {triple} is still missing after its installation"))
}

fn rustlib(target: Target, sysroot: &str) -> PathBuf {
    Path::new(sysroot)
        .join("lib/rustlib")
        .join(target.triple())
        .join("lib")
}

fn has_std(target: Target, sysroot: &str) -> bool {
    let Ok(entries) = fs::read_dir(rustlib(target, sysroot)) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Asks rustup, but not for longer than [`PATIENCE`]: without a network it would try for minutes.
fn rustup_target_add(target: Target) -> bool {
    let mut command = Command::new("rustup");
    command
        .args(["target", "add", target.triple()])
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
fn build_std(target: Target) -> Result<()> {
    let triple = target.triple();
    let folder = target_folder().join("build-std").join(triple);
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"throwaway\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let mut cargo = Toolchain::Debian.cargo();
    cargo
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", target.std_flags());
    cargo.args([
        "build",
        "--release",
        "-Z",
        "build-std=std,panic_abort",
        "--target",
        triple,
    ]);
    shell::run(&mut cargo)?;

    let destination = rustlib(target, DEBIAN);
    if target == Target::Spin {
        // rustc links these itself; first, because the rlibs say that all is there.
        let contained = destination.join("self-contained");
        copy(Path::new(WASI_LIBC), &contained, |name| {
            name.starts_with("crt1") || name == "libc.a"
        })?;
        add_threads(&folder, &contained.join("libc.a"))?;
    }
    let built = folder.join("target").join(triple).join("release/deps");
    let copied = copy(&built, &destination, |name| {
        Path::new(name).extension() == Some("rlib".as_ref()) && !name.starts_with("libthrowaway")
    })?;
    if copied == 0 {
        bail!("the build of the standard library left no libraries");
    }
    Ok(())
}

/// Newer versions of wasi-libc have functions that start no threads and say so; std links to them.
const NO_THREADS: &str = r#"#![no_std]
macro_rules! none {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(_: usize, _: usize) -> i32 { 0 }
    )*};
}
none! { pthread_attr_init pthread_attr_setstacksize pthread_attr_getstacksize }
#[unsafe(no_mangle)]
pub extern "C" fn pthread_attr_destroy(_: usize) -> i32 { 0 }
#[unsafe(no_mangle)]
pub extern "C" fn pthread_detach(_: usize) -> i32 { 0 }
#[unsafe(no_mangle)]
pub extern "C" fn pthread_join(_: usize, _: usize) -> i32 { 52 }
/// 52: ENOSYS.
#[unsafe(no_mangle)]
pub extern "C" fn pthread_create(_: usize, _: usize, _: usize, _: usize) -> i32 { 52 }
"#;

/// Adds [`NO_THREADS`] to a C library.
fn add_threads(folder: &Path, library: &Path) -> Result<()> {
    let (source, object) = (folder.join("threads.rs"), folder.join("threads.o"));
    fs::write(&source, NO_THREADS)?;
    let mut rustc = shell::command(Path::new(DEBIAN).join("bin/rustc"), folder);
    rustc.args(["--target", Target::Spin.triple(), "--crate-type=lib", "-O"]);
    rustc.args(["--emit=obj", "-o"]).arg(&object).arg(&source);
    // Where core has just been built.
    let built = Path::new("target").join(Target::Spin.triple());
    rustc.arg("-L").arg(built.join("release/deps"));
    shell::run(&mut rustc)?;
    // The linker reads archives without their index, which this does not keep.
    shell::run(
        shell::command("ar", folder)
            .arg("q")
            .arg(library)
            .arg(object),
    )
}

/// Copies the files with `wanted` names, and says how many they were.
fn copy(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> Result<usize> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    let mut copied = 0;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let name = entry?.file_name();
        if wanted(&name.to_string_lossy()) {
            fs::copy(from.join(&name), to.join(&name))?;
            copied += 1;
        }
    }
    Ok(copied)
}
