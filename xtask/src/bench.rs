//! `cargo xtask bench`: figures of the whole local server, printed as Markdown tables.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::setup::{self, For, apt, node};
use crate::wasm::{self, Profile};
use crate::{project, shell};

/// Makes test photos and runs tests/workers/bench/run.mjs on the functions as `cargo xtask dev` builds them.
/// `options` go there.
pub fn run(options: &[&str]) -> Result<()> {
    setup::run(For::Dev)?;
    if !shell::is_installed("wrk") || !shell::is_installed("ffmpeg") {
        apt::install("wrk and ffmpeg", &["wrk", "ffmpeg"])?;
    }
    wasm::build(Profile::Local)?;
    let folder = project::target().join("bench");
    let large = photo(&folder, "4000x3000")?;
    let small = photo(&folder, "640x480")?;
    let mut bench = node::node();
    bench.arg(project::workers().join("bench/run.mjs"));
    bench.arg("--photo").arg(large).arg("--small").arg(small);
    shell::run(bench.args(options))
}

/// A photograph-like JPEG of this size.
fn photo(folder: &Path, size: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("{size}.jpg"));
    if !path.exists() {
        let source = format!("mandelbrot=size={size}:maxiter=200,noise=alls=12");
        let mut ffmpeg = shell::command("ffmpeg", folder);
        ffmpeg.args(["-loglevel", "error", "-f", "lavfi", "-i", &source]);
        shell::run(
            ffmpeg
                .args(["-frames:v", "1", "-q:v", "4", "-y"])
                .arg(&path),
        )?;
    }
    Ok(path)
}
