//! PostgreSQL for the tests, from Debian.
use anyhow::Result;

use super::apt;
use crate::postgres::server_programs;

/// Installs PostgreSQL when no server programs are found.
pub fn ensure() -> Result<()> {
    match server_programs() {
        Some(_) => Ok(()),
        None => apt::install("the PostgreSQL server", &["postgresql-15"]),
    }
}
