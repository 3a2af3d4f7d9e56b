//! `cargo xtask spin build`: every function as a Spin component, `build/spin/<area>.wasm`; `spin test`: runs them;
//! `spin`: serves them.
pub mod manifest;
pub mod up;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use wasi_preview1_component_adapter_provider as adapter;
use wit_component::ComponentEncoder;

use crate::postgres::Cluster;
use crate::project::{self, Package};
use crate::scratch::Scratch;
use crate::setup::wasm_target::{self, Target, Toolchain};
use crate::setup::{node, python};
use crate::{answers, postgres, redis, shell, wasm, web};

/// Where the components go.
pub fn folder() -> PathBuf {
    project::root().join("build/spin")
}

/// Builds all components; those whose wasm did not change are left as they are.
pub fn build() -> Result<()> {
    let mut components = components()?;
    components.extend(project::test_components()?);
    build_components(&components)
}

/// Builds what people run: all functions.
pub fn build_functions() -> Result<()> {
    build_components(&components()?)
}

/// The functions, and what serves the web page.
fn components() -> Result<Vec<Package>> {
    let mut components = project::functions()?;
    components.extend(project::web_component()?);
    Ok(components)
}

/// Builds the component of one area, as spin.toml asks for, or one that only tests use.
pub fn build_one(area: &str) -> Result<()> {
    let mut components = components()?;
    components.extend(project::test_components()?);
    components.retain(|function| area_of(function) == area);
    anyhow::ensure!(!components.is_empty(), "there is no function {area}");
    if area == "web" {
        web::build()?;
    }
    build_components(&components)
}

/// The scripts tests/spin/*.test.mjs against all components and the host that runs them, which are built. Some of them move to and
/// from the Workers.
pub fn test() -> Result<()> {
    let cluster = shell::step("starting PostgreSQL", Cluster::start)?;
    let step = "starting PostgreSQL with pgvector";
    let with_pgvector = shell::step(step, Cluster::with_pgvector)?;
    let redis = shell::step("starting Redis", redis::Server::start)?;
    let scratch = Scratch::make("spin")?;
    let mut node = node::node();
    scratch
        .lend(&mut node)
        .current_dir(project::root().join("tests/spin"))
        .env(postgres::URL, cluster.url())
        .env(redis::URL, redis.url())
        .env(python::VARIABLE, python::immichpy()?)
        .env(project::PATIENCE.0, project::PATIENCE.1)
        .env("EDGE_HOST", built_host())
        .env("EDGE_MOVE", project::target().join("debug/immich-move"))
        .env(project::FACES, project::target().join("tmp/faces"))
        .env(project::CLIP, project::target().join("tmp/clip"))
        .env(project::OCR, project::target().join("tmp/ocr"));
    if let Some(cluster) = &with_pgvector {
        node.env(postgres::PGVECTOR, cluster.url());
    }
    answers::record(&mut node)?;
    node.args([
        "--import=../workers/support/record.mjs",
        "--test",
        "--test-reporter=spec",
        "--test-concurrency=1",
        "*.test.mjs",
    ]);
    shell::step("tests on Spin's interfaces", || shell::run(&mut node))
}

/// The long stories tests/spin/*.story.mjs on our host; `words` say how node runs them. What they import is built already, but for
/// the components and the host.
pub fn web_story(words: &[&str]) -> Result<()> {
    build()?;
    let host = shell::step("building the host", host)?;
    let scratch = Scratch::make("story")?;
    let mut node = node::node();
    scratch
        .lend(&mut node)
        .current_dir(project::root().join("tests/spin"))
        .env("EDGE_HOST", host)
        .args(words);
    shell::step("long stories on our host", || shell::run(&mut node))
}

/// `cargo xtask bench --spin`: the components under load (tests/workers/bench), on an optimised host. `bench` is the
/// command that measures.
pub fn bench(mut bench: Command) -> Result<()> {
    build()?;
    let host = shell::step("building the optimised host (ten minutes, once)", || {
        let mut cargo = shell::command("cargo", project::root());
        shell::run(cargo.args(["build", "--quiet", "--profile", "host", "-p", "edge-host"]))
    });
    host?;
    let cluster = shell::step("starting PostgreSQL", Cluster::start)?;
    bench
        .env(postgres::URL, cluster.url())
        .env("EDGE_HOST", project::target().join("host/edge-host"));
    shell::run(&mut bench)
}

/// `cargo xtask soak --spin`: the components, S3 and PostgreSQL, which the script kills in turn. `soak` is the command that
/// does so.
pub fn soak(mut soak: Command) -> Result<()> {
    build()?;
    let host = shell::step("building the host", host)?;
    let cluster = shell::step("starting PostgreSQL", Cluster::durable)?;
    soak.env(postgres::URL, cluster.url())
        .env("EDGE_SOAK_POSTGRES", cluster.data())
        .env("EDGE_HOST", host);
    shell::run(&mut soak)
}

/// Builds the host, and the other programs beside it, and says where it is. Asked for with the features that the whole workspace agrees on, it shares
/// Wasmtime, minutes of work, with the native tests.
pub fn host() -> Result<PathBuf> {
    let mut cargo = shell::command("cargo", project::root());
    shell::run(cargo.args(["build", "--quiet", "--workspace", "--bins"]))?;
    Ok(built_host())
}

fn built_host() -> PathBuf {
    project::target().join("debug/edge-host")
}

/// Builds the host for people and says where it is: optimised, yet compiled within minutes.
pub fn host_for_people() -> Result<PathBuf> {
    let mut cargo = shell::command("cargo", project::root());
    shell::run(cargo.args(["build", "--profile", "home", "-p", "edge-host"]))?;
    Ok(project::target().join("home/edge-host"))
}

fn build_components(components: &[Package]) -> Result<()> {
    wasm::this_program()?;
    let toolchain = wasm_target::ensure(Target::Spin)?;
    let title = format!("compiling {} Spin components", components.len());
    shell::step(&title, || compile(toolchain, components))?;
    fs::create_dir_all(folder())?;
    let results = shell::step("making components", || {
        Ok(shell::in_parallel(components, componentise))
    })?;
    results.into_iter().collect()
}

/// One cargo call for all of them shares every dependency and keeps all cores busy.
fn compile(toolchain: Toolchain, components: &[Package]) -> Result<()> {
    let mut cargo = toolchain.cargo();
    cargo.args(["build", "--lib", "--target", Target::Spin.triple()]);
    cargo.args(["--profile", Target::Spin.profile()]);
    for component in components {
        cargo.args(["-p", &component.name]);
    }
    shell::run(&mut cargo)
}

/// What a component is called in spin.toml: as its folder, but for the one in web/component.
fn area_of(component: &Package) -> String {
    if component.name == project::WEB_COMPONENT {
        return "web".to_owned();
    }
    component.folder()
}

/// Makes a component of the module that rustc wrote.
fn componentise(function: &Package) -> Result<()> {
    let area = area_of(function);
    let module = wasm_target::target_folder()
        .join(Target::Spin.triple())
        .join(Target::Spin.profile())
        .join(function.library());
    let output = folder().join(format!("{area}.wasm"));
    let stamp = wasm::stamp_of(&module, Target::Spin.profile())?;
    let stamp_file = folder().join(format!(".{area}.stamp"));
    if output.exists() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    encode(&module, &output).with_context(|| format!("making the component {area}"))?;
    fs::write(stamp_file, stamp)?;
    Ok(())
}

fn encode(module: &Path, output: &Path) -> Result<()> {
    let module = fs::read(module).with_context(|| module.display().to_string())?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .adapter(
            adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?
        .encode()?;
    fs::write(output, component)?;
    Ok(())
}
