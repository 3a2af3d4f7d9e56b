//! `cargo xtask size`: what each function weighs compressed, and whether it stays within its limit.
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use wasmparser::{Parser, Payload};

use crate::project::{self, Package};
use crate::scratch::Scratch;
use crate::shell;
use crate::wasm::{self, Built, Profile};

/// Limit of a plain area, in bytes after gzip: docs/decisions/0007-sizes.md. Both may only go down.
const PLAIN: usize = 400 * 1024;
/// Limit of the function that decodes pictures.
const MEDIA: usize = 2048 * 1024;

/// Limit of functions that run networks and decode previews: Cloudflare takes 10 MB. Their quick builds have 3.5, so they need not be
/// built for deployment to be weighed.
const INFERENCE: usize = 4096 * 1024;

fn limit(area: &str) -> usize {
    match area {
        "media" | "transform" => MEDIA,
        "clip-ml" | "clip-text" | "faces-ml" | "ocr-ml" => INFERENCE,
        _ => PLAIN,
    }
}

/// Prints a table of all sizes and fails when one is over its limit. To save time, a function is not built for deployment,
/// which would only make it smaller, when its quickly built code is within the limit as it is or shrunk by wasm-opt, or no larger than
/// when it was last weighed.
pub fn guard() -> Result<()> {
    let mut measured = Vec::new();
    let mut large = Vec::new();
    let all = wasm::build(Profile::Local)?;
    for (built, function) in all.iter().zip(project::functions()?) {
        let quick = compressed(&built.folder)?;
        let area = built.area.clone();
        if quick <= limit(&area) {
            measured.push((area, quick, "at most"));
        } else if let Some(weighed) = remembered(&area, quick).filter(|size| *size <= limit(&area))
        {
            // A size over the limit bounds nothing: what shrank since may be within it.
            measured.push((area, weighed, "at most"));
        } else {
            large.push((function, built, quick));
        }
    }
    let shrunk = shell::in_parallel(&large, |(_, built, _)| shrunk(built));
    let mut grown = Vec::new();
    for ((function, built, quick), shrunk) in large.into_iter().zip(shrunk) {
        match shrunk? {
            size if size <= limit(&built.area) => {
                measured.push((built.area.clone(), size, "at most"));
            }
            _ => grown.push((function, quick)),
        }
    }
    let (functions, quick): (Vec<_>, Vec<_>) = grown.into_iter().unzip();
    let weighed = release(&functions)?;
    for ((area, size, _), quick) in weighed.iter().zip(quick) {
        remember(area, quick, *size)?;
    }
    measured.extend(weighed);
    report(measured)
}

/// What the quick build of a function weighs after wasm-opt, in bytes.
fn shrunk(built: &Built) -> Result<usize> {
    let scratch = Scratch::make(&format!("size-{}", built.area))?;
    for entry in fs::read_dir(&built.folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), scratch.path().join(entry.file_name()))?;
        }
    }
    wasm::optimise(&scratch.path().join("bindings_bg.wasm"))?;
    compressed(scratch.path())
}

/// Where it is kept what an area weighed as deployed, and what its quick build weighed then.
fn memory(area: &str) -> PathBuf {
    project::target().join("sizes").join(area)
}

fn remember(area: &str, quick: usize, size: usize) -> Result<()> {
    let file = memory(area);
    fs::create_dir_all(file.with_file_name(""))?;
    Ok(fs::write(file, format!("{quick} {size}"))?)
}

/// What an area weighed as deployed, unless its quick build has grown since.
fn remembered(area: &str, quick: usize) -> Option<usize> {
    let text = fs::read_to_string(memory(area)).ok()?;
    let (then, size) = text.split_once(' ')?;
    let then: usize = then.parse().ok()?;
    (quick <= then).then(|| size.parse().ok())?
}

/// As [`guard`], with every function built for deployment.
pub fn all() -> Result<()> {
    report(release(&project::functions()?)?)
}

type Measured = (String, usize, &'static str);

fn release(functions: &[Package]) -> Result<Vec<Measured>> {
    let built = wasm::build_workers(functions, Profile::Release)?;
    let sizes = built
        .iter()
        .map(|built| Ok((built.area.clone(), compressed(&built.folder)?, "")));
    sizes.collect()
}

fn report(mut measured: Vec<Measured>) -> Result<()> {
    measured.sort();
    shell::say(&format!(
        "{:24} {:>17} {:>9}",
        "function", "gzip KB", "limit KB"
    ));
    let mut over = Vec::new();
    for (area, size, note) in measured {
        let (kilobytes, limit) = (size.div_ceil(1024), limit(&area));
        shell::say(&format!(
            "{area:24} {note:>8} {kilobytes:>8} {:>9}",
            limit / 1024
        ));
        if size > limit {
            over.push(area);
        }
    }
    if !over.is_empty() {
        bail!("over the limit: {}", over.join(", "));
    }
    Ok(())
}

/// What the modules of a Worker take after gzip, which is what Cloudflare counts, in bytes. Names of
/// functions are left out: only quick builds carry them.
fn compressed(folder: &Path) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|kind| kind.to_str()) {
            Some("js") => encoder.write_all(&fs::read(path)?)?,
            Some("wasm") => write_code(&path, &mut encoder)?,
            _ => {}
        }
    }
    Ok(encoder.finish()?.len())
}

/// Writes a module without its custom sections.
fn write_code(module: &Path, out: &mut impl std::io::Write) -> Result<()> {
    let bytes = fs::read(module)?;
    for payload in Parser::new(0).parse_all(&bytes) {
        let payload = payload.with_context(|| module.display().to_string())?;
        match payload.as_section() {
            Some((id, range)) if !matches!(payload, Payload::CustomSection(_)) => {
                out.write_all(&[id])?;
                out.write_all(&bytes[range])?;
            }
            _ => {}
        }
    }
    Ok(())
}
