//! `cargo xtask models`: installs models for machine learning. What does it is a program of its own, compiled when it is asked for:
//! the engine in it takes a minute.
use anyhow::Result;

use crate::setup::python;
use crate::{project, shell};

/// Runs it with `options`.
pub fn run(options: &[&str]) -> Result<()> {
    let mut cargo = shell::command("cargo", project::root());
    cargo.args(["run", "--quiet", "--package", "edge-models", "--"]);
    shell::run(
        cargo
            .args(options)
            .env(python::VARIABLE, python::interpreter()?),
    )
}
