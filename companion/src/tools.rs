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
    /// What this ffmpeg was built without, for people.
    pub missing: Vec<&'static str>,
}

/// Filters without which films of a high dynamic range look grey.
const FILTERS: [&str; 2] = ["zscale", "tonemap"];
/// Encoders of the formats that can be configured.
const ENCODERS: [&str; 7] = [
    "libx264",
    "libx265",
    "libvpx-vp9",
    "libsvtav1",
    "aac",
    "libopus",
    "libmp3lame",
];

impl Tools {
    /// Finds them on PATH.
    ///
    /// # Errors
    /// One is missing or too old.
    pub fn find() -> Result<Self> {
        let needed =
            |name| on_path(name).context("ffmpeg is missing (Debian: apt-get install ffmpeg)");
        let (ffmpeg, ffprobe) = (needed("ffmpeg")?, needed("ffprobe")?);
        let version = new_enough(&ffmpeg, "ffmpeg")?;
        new_enough(&ffprobe, "ffprobe")?;
        let filters = lacking(&said(&ffmpeg, &["-hide_banner", "-filters"])?, &FILTERS);
        let encoders = lacking(&said(&ffmpeg, &["-hide_banner", "-encoders"])?, &ENCODERS);
        Ok(Self {
            maps_tones: filters.is_empty(),
            missing: [filters, encoders].concat(),
            developer: on_path("dcraw_emu").ok(),
            ffmpeg,
            ffprobe,
            version,
        })
    }
}

/// The version of a tool, if it is new enough.
fn new_enough(tool: &Path, name: &str) -> Result<String> {
    let version = version(&said(tool, &["-version"])?);
    if is_too_old(&version) {
        let (major, minor) = OLDEST;
        bail!("{name} {version} is too old: {major}.{minor} or newer is needed");
    }
    Ok(version)
}

/// Those of the names that are in none of the lines of a list.
fn lacking(list: &str, names: &[&'static str]) -> Vec<&'static str> {
    let has = |name: &&&str| list.split_whitespace().any(|word| word == **name);
    names.iter().filter(|name| !has(name)).copied().collect()
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

/// The version in what a tool says of itself: `ffmpeg version 5.1 …`.
fn version(said: &str) -> String {
    let mut words = said.split_whitespace();
    let first = words.next().unwrap_or_default();
    let version = match words.next() {
        Some("version") => words.next().unwrap_or_default(),
        _ => first,
    };
    version.chars().take(100).collect()
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
    fn what_a_tool_says_of_itself_is_read() {
        assert_eq!(
            version("ffmpeg version 5.1.9-0+deb12u1 Copyright"),
            "5.1.9-0+deb12u1"
        );
        assert_eq!(version("ffprobe version n4.4 Copyright (c)"), "n4.4");
        assert_eq!(version(""), "");
        let list = " V....D libx264   H.264\n A....D aac   AAC (Advanced)\n";
        assert_eq!(lacking(list, &["aac", "libx264", "libx265"]), ["libx265"]);
    }

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
