//! Redis for the tests, from Debian.
use anyhow::Result;

use super::apt;
use crate::redis::PROGRAM;
use crate::shell;

/// Installs Redis when its server is not found.
pub fn ensure() -> Result<()> {
    if shell::is_installed(PROGRAM) {
        return Ok(());
    }
    apt::install("the Redis server", &["redis-server"])
}
