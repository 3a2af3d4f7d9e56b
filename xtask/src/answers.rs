//! The answers that tests get, and the official contract they are held against. Tests record them where a variable says so
//! (`edge_testkit`, `tests/workers/support/record.mjs`); the crate `edge-contract` judges.
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::setup::node;
use crate::{project, routes, shell};

/// The variable that tells tests where to record.
const RECORD: &str = "EDGE_RECORD_ANSWERS";
/// The contract itself: data of others, used where it lies beside the project.
const OPENAPI: &str = "3.1.0";
/// The contract of the generation before (docs/generations.md).
const LEGACY: &str = "2.7.4";

/// Makes a program record what it gets.
pub fn record(command: &mut Command) -> Result<()> {
    fs::create_dir_all(answers()).with_context(|| answers().display().to_string())?;
    command.env(RECORD, answers());
    Ok(())
}

/// Removes what earlier runs recorded.
pub fn forget() -> Result<()> {
    // Missing is as good as removed; whatever else fails here fails below.
    drop(fs::remove_dir_all(answers()));
    fs::create_dir_all(folder()).with_context(|| folder().display().to_string())
}

/// Judges what was recorded since [`forget()`], by the program that `cargo test` has built beside the tests.
pub fn check() -> Result<()> {
    let folder = folder();
    let tables = routes::read()?;
    let operations: Vec<_> = tables
        .iter()
        .flat_map(|area| area.routes.iter().map(|route| route.to_json(&area.name)))
        .collect();
    fs::write(
        folder.join("routes.json"),
        serde_json::Value::from(operations).to_string(),
    )?;
    let mut derive = node::node();
    derive.arg(project::contract().join("schema.mjs"));
    shell::run(derive.arg(folder.join("sdk.json")))?;
    let mut judge = Command::new(project::target().join("debug/edge-contract"));
    judge.arg(folder);
    if let Some(document) = openapi() {
        judge.arg(document).args(project::document(LEGACY));
    }
    shell::run(&mut judge)
}

/// The OpenAPI document, where it lies beside the project.
pub fn openapi() -> Option<PathBuf> {
    project::document(OPENAPI)
}

fn folder() -> PathBuf {
    project::target().join("contract")
}

fn answers() -> PathBuf {
    folder().join("answers")
}
