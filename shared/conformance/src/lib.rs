//! One suite of checks that every adapter of the platform's ports must pass.
//!
//! The same functions run natively (`tests/native.rs`) and inside workerd
//! (`tests/conformance-worker`), so an adapter cannot mean something else than the others.

mod database;
mod database_errors;
mod database_reads;
mod http;
mod objects;
mod queue;
mod statements;
mod system;
mod update_ids;

use std::{future::Future, pin::Pin};

use serde::Serialize;

pub use database::database;
pub use http::{http, patience};
pub use objects::objects;
pub use queue::queue;
pub use system::{system, unbound};

/// The result of one check.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// What was checked, as a sentence.
    pub check: &'static str,
    /// Why it failed; `None` when it passed.
    pub failure: Option<String>,
}

/// Failures of a suite, one line each; empty when all checks passed.
pub fn failures(outcomes: &[Outcome]) -> String {
    let line = |outcome: &Outcome| {
        outcome
            .failure
            .as_ref()
            .map(|failure| format!("{}: {failure}\n", outcome.check))
    };
    outcomes.iter().filter_map(line).collect()
}

/// A check's own result: what went wrong in words.
type Checked = Result<(), String>;
/// A check that is running.
type Running<'a> = Pin<Box<dyn Future<Output = Checked> + Send + 'a>>;

async fn outcome(check: &'static str, running: Running<'_>) -> Outcome {
    Outcome {
        check,
        failure: running.await.err(),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers compare values they have just made"
)]
/// Fails the check unless `found` equals `expected`.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Checked {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: found {found:?}, expected {expected:?}"))
}

/// Fails the check unless `condition` holds.
fn holds(what: &str, condition: bool) -> Checked {
    if condition {
        Ok(())
    } else {
        Err(what.to_owned())
    }
}

/// An unexpected error as a failure.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
