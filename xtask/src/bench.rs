//! `cargo xtask bench`, `costs` and `soak`: figures of the whole local server, printed as Markdown tables.

mod turns;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::setup::{self, For, apt, node};
use crate::wasm::{self, Profile};
use crate::{companion, models, project, shell, spin, web};

/// Makes test photos and runs tests/workers/bench/run.mjs on the functions as `cargo xtask dev` builds them, with `--spin`
/// on the components. `options` go there; `--baseline REV` does so by turns with that revision.
pub fn run(options: &[&str]) -> Result<()> {
    match options {
        ["ml", rest @ ..] => ml(rest),
        ["companion", rest @ ..] => companion(rest),
        ["smart-search", rest @ ..] => smart_search(rest),
        ["web", rest @ ..] => web(rest),
        ["where", rest @ ..] => shares(rest),
        _ => server(options),
    }
}

/// `cargo xtask bench` of the whole server.
fn server(options: &[&str]) -> Result<()> {
    let mut rest = options.to_vec();
    if let Some(revision) = take(&mut rest, "--baseline") {
        let rounds = take(&mut rest, "--rounds");
        return turns::run(revision, rounds, &rest);
    }
    if !shell::is_installed("wrk") {
        apt::install("wrk", &["wrk"])?;
    }
    let is_spin = options.contains(&"--spin");
    setup::run(if is_spin { For::Tests } else { For::Dev })?;
    let mut bench = measure("run.mjs")?;
    let small = photo("640x480")?;
    let medium = photo("2400x1800")?;
    bench.arg("--small").arg(small).arg("--medium").arg(medium);
    bench.args(options);
    if is_spin {
        return spin::bench(bench);
    }
    wasm::build(Profile::Local)?;
    shell::run(&mut bench)
}

/// `cargo xtask bench ml`: the networks natively, in workerd and on our host. `options` go to tests/workers/bench/ml.mjs.
fn ml(options: &[&str]) -> Result<()> {
    setup::run(For::Tests)?;
    let (models, samples) = models::measure()?;
    wasm::build(Profile::Local)?;
    let mut script = node::node();
    script.arg(project::workers().join("bench/ml.mjs"));
    script.arg("--models").arg(models);
    script.arg("--samples").arg(samples);
    script.args(options);
    spin::bench(script)
}

/// `cargo xtask bench smart-search`: searches by meaning over 100,000 vectors (tests/workers/bench/smart-search.mjs). `options` go
/// there; `--spin` measures the host with SQLite instead of workerd.
fn smart_search(options: &[&str]) -> Result<()> {
    let is_spin = options.contains(&"--spin");
    setup::run(if is_spin { For::Tests } else { For::Dev })?;
    let mut bench = node::node();
    bench
        .arg(project::workers().join("bench/smart-search.mjs"))
        .args(options);
    if is_spin {
        return spin::bench(bench);
    }
    wasm::build(Profile::Local)?;
    shell::run(&mut bench)
}

/// `cargo xtask bench companion`: what immich-companion takes beside ffmpeg (tests/workers/bench/companion.mjs). `options` go there;
/// `--spin` measures it beside the host with SQLite.
fn companion(options: &[&str]) -> Result<()> {
    let is_spin = options.contains(&"--spin");
    setup::run(For::Tests)?;
    let program = companion::build_home()?;
    let mut bench = node::node();
    bench
        .arg(project::workers().join("bench/companion.mjs"))
        .args(options)
        .env("EDGE_COMPANION", program);
    if is_spin {
        return spin::bench(bench);
    }
    wasm::build(Profile::Local)?;
    shell::run(&mut bench)
}

/// `cargo xtask bench web`: the web page in a browser (tests/workers/bench/web.mjs), shrunk as it is deployed. `options` go there.
fn web(options: &[&str]) -> Result<()> {
    setup::run(For::Tests)?;
    wasm::build(Profile::Local)?;
    web::build()?;
    let mut bench = node::node();
    bench.arg(project::workers().join("bench/web.mjs"));
    shell::run(bench.args(options))
}

/// `cargo xtask bench where`: which isolates of workerd compute for an upload of 1 MB (tests/workers/bench/where.mjs). `options` go there.
fn shares(options: &[&str]) -> Result<()> {
    setup::run(For::Dev)?;
    wasm::build(Profile::Local)?;
    let mut bench = node::node();
    bench.arg(project::workers().join("bench/where.mjs"));
    bench.arg("--photo").arg(photo("2400x1800")?);
    shell::run(bench.args(options))
}

/// Takes an option and its value out of `words`.
fn take<'a>(words: &mut Vec<&'a str>, name: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == name)?;
    let value = words.get(at + 1).copied()?;
    words.drain(at..=at + 1);
    Some(value)
}

/// `cargo xtask costs`: prints what single operations ask of D1, R2 and Queues and how long they compute
/// (docs/costs.md).
pub fn costs() -> Result<()> {
    setup::run(For::Dev)?;
    wasm::build(Profile::Local)?;
    shell::run(&mut measure("costs.mjs")?)
}

/// `cargo xtask costs --reads`: prints what reads ask of D1 in a small and in a large library. `options` go to the script.
pub fn reads(options: &[&str]) -> Result<()> {
    setup::run(For::Dev)?;
    wasm::build(Profile::Local)?;
    let mut script = node::node();
    script.arg(project::workers().join("bench/reads.mjs"));
    shell::run(script.args(options))
}

/// `cargo xtask soak`: a mixed load while the server, with `--spin` in turn the host, S3 and PostgreSQL, is killed and started
/// again, and the proof that nothing was lost (tests/workers/soak). `options` go there.
pub fn soak(options: &[&str]) -> Result<()> {
    let is_spin = options.contains(&"--spin");
    setup::run(if is_spin { For::Tests } else { For::Dev })?;
    let mut soak = node::node();
    soak.arg(project::workers().join("soak/run.mjs"))
        .args(options);
    if is_spin {
        return spin::soak(soak);
    }
    wasm::build(Profile::Local)?;
    shell::run(&mut soak)
}

/// A command that runs a script of tests/workers/bench with a photo of 12 megapixels.
fn measure(script: &str) -> Result<Command> {
    if !shell::is_installed("ffmpeg") {
        apt::install("ffmpeg", &["ffmpeg"])?;
    }
    let mut bench = node::node();
    bench.arg(project::workers().join("bench").join(script));
    bench.arg("--photo").arg(photo("4000x3000")?);
    Ok(bench)
}

/// A photograph-like JPEG of this size.
fn photo(size: &str) -> Result<PathBuf> {
    let folder = project::target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{size}.jpg"));
    if !path.exists() {
        let source = format!("mandelbrot=size={size}:maxiter=200,noise=alls=12");
        let mut ffmpeg = shell::command("ffmpeg", &folder);
        ffmpeg.args(["-loglevel", "error", "-f", "lavfi", "-i", &source]);
        shell::run(
            ffmpeg
                .args(["-frames:v", "1", "-q:v", "4", "-y"])
                .arg(&path),
        )?;
    }
    Ok(path)
}
