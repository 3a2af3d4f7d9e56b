//! ffmpeg for the tests of the companion, and what develops raw files for it, from Debian.
use anyhow::Result;

use super::apt;
use crate::shell;

/// Installs ffmpeg, ffprobe and LibRaw's `dcraw_emu` when they are not found.
pub fn ensure() -> Result<()> {
    if !shell::is_installed("ffmpeg") || !shell::is_installed("ffprobe") {
        apt::install("ffmpeg", &["ffmpeg"])?;
    }
    if !shell::is_installed("dcraw_emu") {
        apt::install("LibRaw", &["libraw-bin"])?;
    }
    Ok(())
}
