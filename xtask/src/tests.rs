//! `cargo xtask test`: everything CI runs, on a machine that may have none of it installed.
use anyhow::Result;

use crate::postgres::Cluster;
use crate::setup::{self, For, node, python};
use crate::wasm::{self, Profile};
use crate::{checks, contract, deploy, fuzz, project, schemathesis, shell, size, spin};

/// The variable by which tests find PostgreSQL.
pub const POSTGRES_URL: &str = "EDGE_TEST_POSTGRES";
/// The variable by which tests find Redis.
pub const REDIS_URL: &str = "EDGE_TEST_REDIS";

/// The variable by which tests find a Python with immichpy.
pub const PYTHON: &str = "EDGE_PYTHON";

/// Sets up, checks, tests natively and in workerd, weighs, and lets wrangler read every configuration.
pub fn run() -> Result<()> {
    setup::run(For::Tests)?;
    checks::run()?;
    contract::forget()?;
    shell::step("native tests (SQLite and PostgreSQL)", native)?;
    wasm::build(Profile::Local)?;
    wasm::build_test_workers()?;
    shell::step("end-to-end tests in workerd", end_to_end)?;
    schemathesis::short()?;
    spin::test()?;
    shell::step("answers against the official contract", contract::check)?;
    shell::step("wrangler deploy --dry-run of every Worker", deploy::dry_run)?;
    // What counts its branches and what is made small is compiled in one piece, on one core each.
    let both: [fn() -> Result<()>; 2] = [|| fuzz::run(None), size::guard];
    shell::step("fuzz targets, and sizes beside them", || {
        let results = shell::in_parallel(&both, |work| work());
        results.into_iter().collect()
    })
}

/// Tests of all crates; their answers are recorded for [`contract::check()`].
pub fn native() -> Result<()> {
    let cluster = shell::step("starting PostgreSQL", Cluster::start)?;
    let mut cargo = shell::command("cargo", project::root());
    cargo.env(POSTGRES_URL, cluster.url());
    contract::record(&mut cargo)?;
    shell::run(cargo.args(["test", "--workspace", "--quiet"]))
}

/// The scripts tests/workers/*.test.mjs; each starts servers of its own.
fn end_to_end() -> Result<()> {
    let mut node = node::node();
    node.current_dir(project::workers())
        .env(PYTHON, python::immichpy()?);
    contract::record(&mut node)?;
    shell::run(node.args([
        "--import=./support/record.mjs",
        "--test",
        "--test-reporter=spec",
        "--test-concurrency=1",
        "*.test.mjs",
    ]))
}
