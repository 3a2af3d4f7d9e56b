//! ffmpeg and ffprobe, and what helps where it is installed: where they are, and whether they are new enough.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Oldest version that has what is asked of it: `-fps_mode` came with 5.1 (ffmpeg's Changelog).
const OLDEST: (u32, u32) = (5, 1);

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
    /// LibRaw's `dcraw_emu`, which develops raw files, where it is installed.
    pub developer: Option<PathBuf>,
}

impl Tools {
    /// Finds them on PATH.
    ///
    /// # Errors
    /// One is missing or too old.
    pub fn find() -> Result<Self> {
        let needed =
            |name| on_path(name).context("ffmpeg is missing (Debian: apt-get install ffmpeg)");
        let (ffmpeg, ffprobe) = (needed("ffmpeg")?, needed("ffprobe")?);
        let version = version(&ffmpeg)?;
        if is_too_old(&version) {
            let (major, minor) = OLDEST;
            bail!("ffmpeg {version} is too old: {major}.{minor} or newer is needed");
        }
        let filters = said(&ffmpeg, &["-hide_banner", "-filters"])?;
        let has = |name: &str| filters.split_whitespace().any(|word| word == name);
        Ok(Self {
            maps_tones: has("zscale") && has("tonemap"),
            developer: on_path("dcraw_emu").ok(),
            ffmpeg,
            ffprobe,
            version,
        })
    }
}

/// Builds of the day tell no number that can be compared.
fn is_too_old(version: &str) -> bool {
    let number = version.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let mut parts = number.split(|letter: char| !letter.is_ascii_digit());
    let mut part = || -> Option<u32> { parts.next()?.parse().ok() };
    let Some(major) = part() else {
        return false;
    };
    // Builds of a day begin with the number of their revision, which is large.
    (major, part().unwrap_or(0)) < OLDEST
}

fn on_path(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = found.into_iter().find(|file| file.is_file());
    found.with_context(|| format!("{name} is not on PATH"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_5_1_are_too_old() {
        for version in [
            "3.4.11-0ubuntu0.1",
            "n2.8",
            "3",
            "4.4.2-0ubuntu0.22.04.1",
            "5.0.3",
            "5",
        ] {
            assert!(is_too_old(version), "{version}");
        }
        for version in [
            "5.1",
            "5.1.9-0+deb12u1",
            "n7.1",
            "N-117000-gabcdef",
            "git",
            "",
        ] {
            assert!(!is_too_old(version), "{version}");
        }
    }
}
