//! Holds the route tables and the answers that tests recorded against the official contract. Started by
//! `cargo xtask contract`, which puts together what it reads: `edge-contract FOLDER [OPENAPI]`, where the folder has
//! `routes.json` (the route tables), `sdk.json` (schemas from the types of the SDK) and `answers/*.jsonl`.
#![allow(clippy::print_stdout, reason = "a program that prints")]

mod check;
mod differences;
mod generation;
mod lines;
mod official;
mod openapi;
mod recording;
mod report;
mod routes;
mod success;

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (folder, openapi, old) = match words.as_slice() {
        [folder] => (folder, None, None),
        [folder, openapi] => (folder, Some(Path::new(openapi)), None),
        [folder, openapi, old] => (folder, Some(Path::new(openapi)), Some(Path::new(old))),
        _ => {
            println!("usage: edge-contract FOLDER [OPENAPI [OPENAPI OF 2.7]]");
            return ExitCode::FAILURE;
        }
    };
    match run(Path::new(folder), openapi, old) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Checks and prints; whether everything fits.
fn run(folder: &Path, openapi: Option<&Path>, old: Option<&Path>) -> Result<bool> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string());
    let table = routes::read(&read(&folder.join("routes.json"))?)?;
    let contracts = check::Contracts {
        sdk: official::sdk(&read(&folder.join("sdk.json"))?)?,
        openapi: openapi
            .map(|path| openapi::read(&read(path)?))
            .transpose()?,
        old: old
            .map(|path| openapi::read_open(&read(path)?))
            .transpose()?,
    };
    let exchanges = recording::read(&folder.join("answers"))?;
    let findings = check::run(&table, &contracts, &exchanges)?;

    println!("{}\n", report::table(&table, &findings));
    match &contracts.openapi {
        Some(openapi) => println!("against {} and {}", openapi.title, contracts.sdk.title),
        None => println!(
            "against {} alone: the OpenAPI document is not at hand",
            contracts.sdk.title
        ),
    }
    match (&contracts.old, findings.old.operations.len()) {
        (Some(old), count) => println!(
            "{} answers to clients of 2.7 against {}; {count} of its operations succeeded",
            findings.old.answers, old.title
        ),
        (None, _) => println!(
            "answers to clients of 2.7 are not judged: its OpenAPI document is not at hand"
        ),
    }
    for ((operation, problem), reason) in &findings.differences {
        println!(
            "3.2 differs: {operation}: {problem} ({})",
            reason.unwrap_or("NOT LISTED in differences.rs")
        );
    }
    for ((operation, problem), seen) in &findings.problems {
        println!(
            "WRONG: {operation}: {problem}\n       {} times, e.g. {}",
            seen.count, seen.example
        );
    }
    let mut is_complete = true;
    for operation in report::not_exercised(&table, &findings) {
        is_complete = false;
        println!("NEVER SUCCEEDED: {} {}", operation.method, operation.path);
    }
    let is_listed = findings.differences.values().all(Option::is_some);
    Ok(findings.problems.is_empty() && is_listed && is_complete)
}
