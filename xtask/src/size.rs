//! `cargo xtask size`: what each function weighs compressed, and whether it stays within its limit.
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::shell;
use crate::wasm::{self, Profile};

/// Limit of a plain area, in bytes after gzip.
const PLAIN: usize = 250 * 1024;
/// Limit of the function that decodes pictures.
const MEDIA: usize = 1536 * 1024;

/// Functions that are over the limit, and the KB they may not exceed until they are within it. The figures
/// may only go down; an entry whose function has come within the limit must go.
const OVERWEIGHT: &[(&str, usize)] = &[
    ("albums", 284),
    ("assets", 397),
    ("auth", 277),
    ("users", 319),
    ("users-admin", 294),
];

fn limit(area: &str) -> usize {
    let overweight = OVERWEIGHT.iter().find(|(name, _)| *name == area);
    match (area, overweight) {
        ("media", _) => MEDIA,
        (_, Some((_, kilobytes))) => kilobytes * 1024,
        (_, None) => PLAIN,
    }
}

/// Builds all functions, prints a table of their sizes and fails when one is over its limit.
pub fn run(profile: Profile) -> Result<()> {
    let mut over = Vec::new();
    shell::say(&format!(
        "{:24} {:>9} {:>9}",
        "function", "gzip KB", "limit KB"
    ));
    for built in wasm::build(profile)? {
        let size = compressed(&built.folder)?;
        let limit = limit(&built.area);
        shell::say(&format!(
            "{:24} {:>9} {:>9}",
            built.area,
            size.div_ceil(1024),
            limit / 1024
        ));
        let is_slim = limit > PLAIN && size <= PLAIN && built.area != "media";
        if size > limit || is_slim {
            over.push(built.area);
        }
    }
    if !over.is_empty() {
        bail!(
            "over the limit, or listed as overweight without being it: {}",
            over.join(", ")
        );
    }
    Ok(())
}

/// What the modules of a Worker take after gzip, which is what Cloudflare counts.
fn compressed(folder: &Path) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|kind| kind == "js" || kind == "wasm")
        {
            encoder.write_all(&fs::read(path)?)?;
        }
    }
    Ok(encoder.finish()?.len())
}
