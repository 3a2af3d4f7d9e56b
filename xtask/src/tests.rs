//! `cargo xtask test`: everything CI runs, on a machine that may have none of it installed.
use anyhow::Result;

use crate::postgres::{self, Cluster};
use crate::scratch::Scratch;
use crate::setup::{self, For, node, python};
use crate::wasm::{self, Profile};
use crate::{answers, checks, deploy, fuzz, project, schemathesis, shell, size, spin, web};

/// Sets up, checks, tests natively and in workerd, weighs, and lets wrangler read every configuration. Ends with how long each
/// step took.
pub fn run() -> Result<()> {
    let done = all();
    shell::print_times();
    done
}

fn all() -> Result<()> {
    setup::run(For::Tests)?;
    shell::step("checks", checks::run)?;
    answers::forget()?;
    shell::step("native tests (SQLite and PostgreSQL)", native)?;
    wasm::build(Profile::Local)?;
    wasm::build_test_workers()?;
    web::build(Profile::Local)?;
    shell::step("end-to-end tests in workerd", end_to_end)?;
    schemathesis::short()?;
    spin::test()?;
    shell::step("answers against the official contract", answers::check)?;
    shell::step("wrangler deploy --dry-run of every Worker", deploy::dry_run)?;
    // What counts its branches and what is made small is compiled in one piece, on one core each.
    let both: [fn() -> Result<()>; 2] = [|| fuzz::run(None), size::guard];
    shell::step("fuzz targets, and sizes beside them", || {
        let results = shell::in_parallel(&both, |work| work());
        results.into_iter().collect()
    })
}

/// Tests of all crates; their answers are recorded for [`answers::check()`].
pub fn native() -> Result<()> {
    let cluster = shell::step("starting PostgreSQL", Cluster::start)?;
    let scratch = Scratch::make("native")?;
    let mut cargo = shell::command("cargo", project::root());
    scratch.lend(&mut cargo).env(postgres::URL, cluster.url());
    answers::record(&mut cargo)?;
    shell::run(cargo.args(["test", "--workspace", "--quiet"]))
}

/// The scripts tests/workers/*.test.mjs; each starts servers of its own.
fn end_to_end() -> Result<()> {
    let scratch = Scratch::make("workerd")?;
    let mut node = node::node();
    scratch
        .lend(&mut node)
        .current_dir(project::workers())
        .env(python::VARIABLE, python::immichpy()?)
        .env(project::FACES, project::target().join("tmp/faces"))
        .env(project::CLIP, project::target().join("tmp/clip"))
        .env(project::OCR, project::target().join("tmp/ocr"));
    answers::record(&mut node)?;
    shell::run(node.args([
        "--import=./support/record.mjs",
        "--test",
        "--test-reporter=spec",
        "--test-concurrency=1",
        "*.test.mjs",
    ]))
}
