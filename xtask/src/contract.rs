//! `cargo xtask contract`: the native tests, and every answer they get against the official contract.
use anyhow::Result;

use crate::setup::{self, For};
use crate::{answers, shell, tests};

/// Runs the native tests and judges their answers.
pub fn run() -> Result<()> {
    setup::run(For::Tests)?;
    answers::forget()?;
    shell::step("native tests (SQLite and PostgreSQL)", tests::native)?;
    answers::check()
}
