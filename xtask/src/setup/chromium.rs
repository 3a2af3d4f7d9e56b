//! Chromium for the tests of the web page, from Debian.
use std::path::Path;

use anyhow::Result;

use super::apt;

/// Installs Chromium when it is not where Debian puts it. A font comes along: without one no text has a width.
pub fn ensure() -> Result<()> {
    if Path::new("/usr/bin/chromium").exists() || std::env::var_os("EDGE_CHROMIUM").is_some() {
        return Ok(());
    }
    apt::install("Chromium", &["chromium", "fonts-dejavu-core"])
}
