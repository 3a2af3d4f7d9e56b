//! `cargo xtask test`: everything CI runs, on a machine that may have none of it installed.
use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result};

use crate::postgres::{self, Cluster};
use crate::scratch::Scratch;
use crate::setup::{self, For, node, python};
use crate::wasm::{self, Profile};
use crate::{answers, checks, deploy, fuzz, project, schemathesis, shell, size, spin, web};

/// The variable that tells stories where to keep pictures.
const PICTURES: &str = "EDGE_PICTURES";
/// How node runs the long stories.
const STORY: [&str; 4] = [
    "--test",
    "--test-reporter=spec",
    "--test-concurrency=1",
    "*.story.mjs",
];

/// A part of the tests: its name, and what it does.
type Step = (&'static str, fn() -> Result<()>);

/// All of them, in their order.
const STEPS: [Step; 9] = [
    ("setup", || setup::run(For::Tests)),
    ("checks", || shell::step("checks", checks::run)),
    ("native", || {
        answers::forget()?;
        shell::step("native tests (SQLite and PostgreSQL)", native)
    }),
    ("workers", workers),
    ("schemathesis", schemathesis::short),
    ("spin", spin::test),
    ("answers", || {
        shell::step("answers against the official contract", answers::check)
    }),
    ("deploy", || {
        shell::step("wrangler deploy --dry-run of every Worker", deploy::dry_run)
    }),
    ("fuzz", || {
        // What counts its branches and what is made small is compiled in one piece, on one core each.
        let both: [fn() -> Result<()>; 2] = [|| fuzz::run(None), size::guard];
        shell::step("fuzz targets, and sizes beside them", || {
            let results = shell::in_parallel(&both, |work| work());
            results.into_iter().collect()
        })
    }),
];

/// Sets up, checks, tests natively and in workerd, weighs, and lets wrangler read every configuration. Ends with how long each
/// step took. `from`: goes on with the step of this name, when those before have passed. Errors: there is no such step, or one failed.
pub fn run(from: Option<&str>) -> Result<()> {
    let first = match from {
        Some(name) => STEPS.iter().position(|step| step.0 == name),
        None => Some(0),
    };
    let names = STEPS.map(|step| step.0).join(", ");
    let first = first.with_context(|| format!("the steps are: {names}"))?;
    let done = STEPS.iter().skip(first).try_for_each(|(_, work)| work());
    shell::print_times();
    done
}

/// The Workers and the web page, in the real runtime.
fn workers() -> Result<()> {
    wasm::build(Profile::Local)?;
    wasm::build_test_workers()?;
    web::build(Profile::Local)?;
    shell::step("end-to-end tests in workerd", end_to_end)
}

/// Tests of all crates; their answers are recorded for [`answers::check()`]. What the next steps need is compiled beside them.
pub fn native() -> Result<()> {
    let cluster = shell::step("starting PostgreSQL", Cluster::start)?;
    let scratch = Scratch::make("native")?;
    let cargo = || -> Result<Command> {
        let mut cargo = shell::command("cargo", project::root());
        scratch.lend(&mut cargo).env(postgres::URL, cluster.url());
        answers::record(&mut cargo)?;
        cargo.args(["test", "--workspace", "--quiet"]);
        Ok(cargo)
    };
    shell::step("compiling them", || shell::run(cargo()?.arg("--no-run")))?;
    let tests = || {
        shell::step("running them", || {
            shell::run(cargo()?.arg("--no-fail-fast"))
        })
    };
    let wasm = || shell::beside(|| shell::step("wasm of everything, beside them", all_wasm));
    let both: [&(dyn Fn() -> Result<()> + Sync); 2] = [&tests, &wasm];
    let results = shell::in_parallel(&both, |work| work());
    results.into_iter().collect()
}

/// What the runtimes are given: the steps behind find it there. Tests wait for the disk and for databases half of their time.
fn all_wasm() -> Result<()> {
    wasm::build(Profile::Local)?;
    wasm::build_test_workers()?;
    web::build(Profile::Local)?;
    spin::build()
}

/// The scripts tests/workers/*.test.mjs; each starts servers of its own.
fn end_to_end() -> Result<()> {
    let scratch = Scratch::make("workerd")?;
    let mut node = node::node();
    scratch
        .lend(&mut node)
        .current_dir(project::workers())
        .env(python::VARIABLE, python::immichpy()?)
        .env(PICTURES, pictures())
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

/// `cargo xtask web-story`: the long stories of the web page in a browser, *.story.mjs, on workerd and on our host.
pub fn web_story() -> Result<()> {
    setup::run(For::Tests)?;
    wasm::build(Profile::Local)?;
    web::build(Profile::Local)?;
    let scratch = Scratch::make("story")?;
    let mut node = node::node();
    scratch
        .lend(&mut node)
        .current_dir(project::workers())
        .env(PICTURES, pictures());
    node.args(STORY);
    shell::step("long stories in workerd", || shell::run(&mut node))?;
    spin::web_story(&STORY)
}

/// Pictures of the pages, for people to look at (docs/web.md).
fn pictures() -> PathBuf {
    project::root().join("build/pictures")
}
