//! ffmpeg and ffprobe: where they are, and whether they are new enough.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Oldest version that is known to have what is asked of it.
const OLDEST: u32 = 4;

/// The tools of this machine.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Decodes and encodes.
    pub ffmpeg: PathBuf,
    /// Tells what a file is.
    pub ffprobe: PathBuf,
    /// Version of ffmpeg, as it tells it.
    pub version: String,
    /// Whether it can map colours of a high dynamic range (zscale, tonemap).
    pub maps_tones: bool,
}

impl Tools {
    /// Finds them on PATH.
    ///
    /// # Errors
    /// One is missing or too old.
    pub fn find() -> Result<Self> {
        let (ffmpeg, ffprobe) = (on_path("ffmpeg")?, on_path("ffprobe")?);
        let version = version(&ffmpeg)?;
        let major: Option<u32> = version
            .trim_start_matches(|letter: char| !letter.is_ascii_digit())
            .split(|letter: char| !letter.is_ascii_digit())
            .next()
            .and_then(|number| number.parse().ok());
        // Builds of the day tell no number.
        if major.is_some_and(|major| major < OLDEST) {
            bail!("ffmpeg {version} is too old: {OLDEST} or newer is needed");
        }
        let filters = said(&ffmpeg, &["-hide_banner", "-filters"])?;
        let has = |name: &str| filters.split_whitespace().any(|word| word == name);
        Ok(Self {
            maps_tones: has("zscale") && has("tonemap"),
            ffmpeg,
            ffprobe,
            version,
        })
    }
}

fn on_path(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = found.into_iter().find(|file| file.is_file());
    found.with_context(|| {
        format!("{name} is not on PATH: install ffmpeg (Debian: apt-get install ffmpeg)")
    })
}

fn version(ffmpeg: &Path) -> Result<String> {
    let text = said(ffmpeg, &["-version"])?;
    let words = text.strip_prefix("ffmpeg version ").unwrap_or(&text);
    let version: String = words
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned();
    Ok(version.chars().take(100).collect())
}

fn said(tool: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(tool).args(arguments).output();
    let output = output.with_context(|| format!("cannot run {}", tool.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
