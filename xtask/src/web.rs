//! `cargo xtask web`: the web page (web/app) in `build/web`: `index.html` and what it names, in a folder that is named after their
//! contents, so that browsers may keep them for ever. `_headers` says with which headers (docs/web.md).
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use flate2::{Compression, write::GzEncoder};

use crate::setup::node;
use crate::setup::wasm_target::{self, Target};
use crate::wasm::{self, Profile};
use crate::{project, shell};

/// Most that the first visit may load, compressed, in bytes (issue 19).
const MAX_FIRST_LOAD: usize = 400_000;
/// The files of web/app/static that lie beside the code.
const BESIDE: [&str; 3] = ["start.js", "style.css", "icon.svg"];
/// Which files are worth compressing ahead, for servers that do not.
const COMPRESSED: [&str; 5] = ["js", "css", "html", "wasm", "svg"];

/// What the page may load: its own files only. Compiling wasm counts as evaluation; ThumbHashes are `data:` pictures.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

/// Where the page is.
pub fn folder() -> PathBuf {
    project::root().join("build/web")
}

/// Builds the page, unless it is there already.
pub fn build(profile: Profile) -> Result<()> {
    wasm::this_program()?;
    let toolchain = wasm_target::ensure(Target::Workers)?;
    shell::step("compiling the web page", || {
        let mut cargo = toolchain.cargo();
        shell::run(
            cargo
                .args(BUILD)
                .args(["--target", Target::Workers.triple()]),
        )
    })?;
    let code = wasm_target::target_folder()
        .join(Target::Workers.triple())
        .join("release/edge_web_app.wasm");
    let statics = project::root().join("web/app/static");
    let mut stamp = wasm::stamp_of(&code, &format!("{profile:?}"))?;
    for entry in fs::read_dir(&statics)? {
        stamp += &wasm::stamp_of(&entry?.path(), "")?;
    }
    let stamp_file = project::root().join("build/.web.stamp");
    let is_there = folder().join("index.html").exists();
    if is_there && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    shell::step("making the web page", || make(&code, &statics, profile))?;
    Ok(fs::write(stamp_file, stamp)?)
}

/// How cargo builds it.
const BUILD: [&str; 5] = [
    "build",
    "--lib",
    "--release",
    "--manifest-path",
    "web/app/Cargo.toml",
];

/// What `cargo` is asked for to have it looked at by clippy: built as well, because what Leptos brings is then compiled once.
pub fn lint(cargo: &mut std::process::Command) -> &mut std::process::Command {
    cargo
        .args(BUILD)
        .args(["--target", Target::Workers.triple()])
}

/// Takes a build of somebody else's page instead, e.g. the official one.
pub fn take(other: &Path) -> Result<()> {
    let index = other.join("index.html");
    ensure!(index.is_file(), "{} has no index.html", other.display());
    clear(&folder())?;
    copy(other, &folder())?;
    // What that page may load is its own affair.
    fs::write(
        folder().join("_headers"),
        "/*\n  X-Content-Type-Options: nosniff\n",
    )?;
    Ok(fs::write(
        project::root().join("build/.web.stamp"),
        "other",
    )?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, target) = entry.map(|it| (it.path(), to.join(it.file_name())))?;
        if entry.is_dir() {
            copy(&entry, &target)?;
        } else {
            fs::copy(&entry, &target).with_context(|| entry.display().to_string())?;
        }
    }
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

fn make(code: &Path, statics: &Path, profile: Profile) -> Result<()> {
    let parts = project::root().join("build/.web");
    clear(&parts)?;
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(code).out_name("app").typescript(false);
    bindgen
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.omit_default_module_path(false).web(true)?;
    bindgen.generate(&parts)?;
    for name in BESIDE {
        fs::copy(statics.join(name), parts.join(name)).with_context(|| name.to_owned())?;
    }
    if profile == Profile::Release {
        node::ensure()?;
        wasm::optimise(&parts.join("app_bg.wasm"))?;
        for script in ["app.js", "style.css"] {
            wasm::minify(&parts.join(script))?;
        }
    }
    let name = format!("/web/{:016x}", hash(&parts)?);
    clear(&folder())?;
    copy(&parts, &folder().join(&name[1..]))?;
    for page in ["index.html", "manifest.webmanifest"] {
        let text = fs::read_to_string(statics.join(page))?;
        fs::write(folder().join(page), text.replace("{folder}", &name))?;
    }
    fs::write(folder().join("_headers"), headers())?;
    // Cloudflare compresses by itself.
    fs::write(folder().join(".assetsignore"), "*.gz\n")?;
    let loaded = compress(&folder())?;
    shell::say(&format!(
        "    the first visit loads {loaded} bytes, compressed"
    ));
    ensure!(
        loaded <= MAX_FIRST_LOAD,
        "the first visit would load {loaded} bytes, more than {MAX_FIRST_LOAD}"
    );
    Ok(())
}

/// Names contents, nothing more: whoever could choose them could choose the page as well.
fn hash(folder: &Path) -> Result<u64> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files.iter().filter(|file| file.is_file()) {
        file.file_name().hash(&mut hasher);
        fs::read(file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// For Cloudflare's static assets and for our own component (web/component).
fn headers() -> String {
    format!(
        "/*\n  Content-Security-Policy: {POLICY}\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: same-origin\n  \
         Cross-Origin-Opener-Policy: same-origin\n\n/web/*\n  Cache-Control: public, max-age=31536000, immutable\n"
    )
}

/// Writes `x.gz` beside each `x`, and says how long they are together.
fn compress(folder: &Path) -> Result<usize> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            bytes += compress(&path)?;
            continue;
        }
        let kind = path
            .extension()
            .map(|kind| kind.to_string_lossy().into_owned());
        let Some(kind) = kind.filter(|kind| COMPRESSED.contains(&kind.as_str())) else {
            continue;
        };
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(&path)?)?;
        let packed = encoder.finish()?;
        bytes += packed.len();
        fs::write(path.with_extension(format!("{kind}.gz")), packed)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_nothing_of_others_may_run() {
        assert!(!POLICY.contains("unsafe-inline") && !POLICY.contains("http"));
        assert!(headers().starts_with("/*\n  Content-Security-Policy: default-src 'none'; "));
    }

    #[test]
    fn a_page_without_index_is_not_taken() {
        assert!(take(Path::new("/nowhere")).is_err());
    }
}
