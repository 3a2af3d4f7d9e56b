//! `cargo xtask test`: everything CI runs, on a machine that may have none of it installed.
use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result};

use crate::postgres::{self, Cluster};
use crate::scratch::Scratch;
use crate::setup::{self, For, node, python};
use crate::shell::Lane;
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

/// The stage that needs wasm and the host.
const RUNTIMES: &str = "runtimes";

/// What is done one after the other; the parts of a stage have a lane each, beside each other.
const STAGES: [(&str, &[Lane]); 5] = [
    ("setup", &[("setup", || setup::run(For::Tests))]),
    (
        "checks",
        &[("checks", || shell::step("checks", checks::run))],
    ),
    (
        "native",
        &[("native", || {
            answers::forget()?;
            shell::step("native tests (SQLite and PostgreSQL)", native)
        })],
    ),
    // Stories wait for servers, disks and pauses for a good part of their time. Two of them at a time would make each other late.
    (RUNTIMES, &[("stories", stories), ("sizes", sizes)]),
    (
        "answers",
        &[("answers", || {
            shell::step("answers against the official contract", answers::check)
        })],
    ),
];

/// Sets up, checks, tests natively and in the real runtimes, weighs, and lets wrangler read every configuration. Ends with how long
/// each step took. `from`: goes on with the stage of this name, when those before have passed. Errors: there is no such stage, or a
/// part failed.
pub fn run(from: Option<&str>) -> Result<()> {
    let first = match from {
        Some(name) => STAGES.iter().position(|stage| stage.0 == name),
        None => Some(0),
    };
    let names = STAGES.map(|stage| stage.0).join(", ");
    let first = first.with_context(|| format!("the stages are: {names}"))?;
    let done = STAGES.iter().skip(first).try_for_each(stage);
    shell::print_times();
    shell::print_failures();
    done
}

/// One part of the stage of the runtimes alone, what it needs built before.
pub fn only(name: &str) -> Result<()> {
    const PARTS: [Lane; 3] = [("workers", workers), ("spin", spin::test), ("sizes", sizes)];
    let part = PARTS.iter().find(|part| part.0 == name);
    let part = part.context("the parts are: workers, spin, sizes")?;
    stage(&(RUNTIMES, std::slice::from_ref(part)))
}

fn stage((name, parts): &(&str, &[Lane])) -> Result<()> {
    if *name == RUNTIMES {
        // Cargo lets one build at a time into a folder: what several lanes need is built before they begin.
        shell::step("what the runtimes need", || {
            all_wasm()?;
            spin::host()?;
            python::immichpy().map(drop)
        })?;
    }
    match parts {
        [(_, work)] => work(),
        _ => shell::step("parts beside each other", || {
            shell::lanes(&project::target().join("logs"), parts)
        }),
    }
}

/// Those of both runtimes, whatever the first says.
fn stories() -> Result<()> {
    let workers = workers();
    spin::test()?;
    workers
}

/// The Workers and the web page, in the real runtime, and what nobody has thought of.
fn workers() -> Result<()> {
    shell::step("end-to-end tests in workerd", end_to_end)?;
    schemathesis::short()
}

/// What only computes, of the processor what stories leave: sizes, fuzz targets, and what wrangler says of every Worker.
fn sizes() -> Result<()> {
    shell::beside(|| {
        shell::step("sizes", size::guard)?;
        shell::step("wrangler deploy --dry-run of every Worker", deploy::dry_run)?;
        shell::step("fuzz targets", || fuzz::run(None))
    })
}

/// Tests of all crates; their answers are recorded for [`answers::check()`]. What the next steps need is compiled beside them.
pub fn native() -> Result<()> {
    let cluster = shell::step("starting PostgreSQL", Cluster::start)?;
    let step = "starting PostgreSQL with pgvector";
    let with_pgvector = shell::step(step, Cluster::with_pgvector)?;
    let scratch = Scratch::make("native")?;
    let cargo = || -> Result<Command> {
        let mut cargo = shell::command("cargo", project::root());
        scratch.lend(&mut cargo).env(postgres::URL, cluster.url());
        if let Some(cluster) = &with_pgvector {
            cargo.env(postgres::PGVECTOR, cluster.url());
        }
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
    web::build()?;
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
        .env(project::PATIENCE.0, project::PATIENCE.1)
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
    web::build()?;
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
