//! ffmpeg for the tests of the companion, from Debian.
use anyhow::Result;

use super::apt;
use crate::shell;

/// Installs ffmpeg and ffprobe when they are not found.
pub fn ensure() -> Result<()> {
    if shell::is_installed("ffmpeg") && shell::is_installed("ffprobe") {
        return Ok(());
    }
    apt::install("ffmpeg", &["ffmpeg"])
}
