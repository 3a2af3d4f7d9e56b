//! `cargo xtask wasm`: every function as a Worker module in `build/<area>/`: `index.js` (entry),
//! `bindings.js` (by wasm-bindgen), `bindings_bg.wasm`.
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result};

use crate::project::{self, Package};
use crate::setup::node;
use crate::setup::wasm_target::{self, Target, Toolchain};
use crate::shell;

/// Start of the module that every Worker is entered by; the handlers follow.
const ENTRY: &str = include_str!("worker_entry.js");
/// Events that a function may handle.
const EVENTS: [&str; 3] = ["fetch", "queue", "scheduled"];
/// Classes of Durable Objects that a function may export.
const OBJECTS: [&str; 1] = ["Channel"];
/// The functions that run networks.
const INFERENCE: [&str; 4] = ["clip-ml", "clip-text", "faces-ml", "ocr-ml"];
/// What wasm-opt may use: what rustc and wasm-bindgen emit, all of it known to workerd.
const FEATURES: [&str; 8] = [
    "mutable-globals",
    "sign-ext",
    "nontrapping-float-to-int",
    "bulk-memory",
    "multivalue",
    "reference-types",
    "exception-handling",
    "simd",
];

/// How much work goes into small code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build: for local runs and end-to-end tests.
    Local,
    /// Small: link-time optimised, shrunk by wasm-opt, minified. For deployment.
    Release,
}

impl Profile {
    /// Where its Workers go, each in a folder named as its area.
    pub fn folder(self) -> PathBuf {
        let build = project::root().join("build");
        match self {
            Self::Local => build,
            Self::Release => build.join("release"),
        }
    }

    /// The profile of the workspace's Cargo.toml.
    fn cargo(self) -> &'static str {
        match self {
            Self::Local => Target::Workers.profile(),
            Self::Release => "wasm-release",
        }
    }
}

/// One Worker that was built.
pub struct Built {
    /// The area, e.g. `albums`.
    pub area: String,
    /// Its folder with `index.js`.
    pub folder: PathBuf,
}

/// Builds all functions; those whose wasm did not change are left as they are.
pub fn build(profile: Profile) -> Result<Vec<Built>> {
    build_workers(&project::functions()?, profile)
}

/// Builds the Workers that only tests use.
pub fn build_test_workers() -> Result<Vec<Built>> {
    build_workers(&project::test_workers()?, Profile::Local)
}

/// Builds some of the functions.
pub fn build_workers(workers: &[Package], profile: Profile) -> Result<Vec<Built>> {
    this_program()?;
    let toolchain = wasm_target::ensure(Target::Workers)?;
    node::ensure()?;
    if workers.is_empty() {
        return Ok(Vec::new());
    }
    shell::step(
        &format!("compiling {} Workers to wasm", workers.len()),
        || match profile {
            Profile::Release => compile_with_lto(toolchain, workers),
            Profile::Local => compile(toolchain, workers),
        },
    )?;
    let results = shell::step("binding", || {
        Ok(shell::in_parallel(workers, |worker| bind(worker, profile)))
    })?;
    results.into_iter().collect()
}

/// One cargo call for all of them shares every dependency and keeps all cores busy.
fn compile(toolchain: Toolchain, functions: &[Package]) -> Result<()> {
    let mut cargo = toolchain.cargo();
    cargo.args([
        "build",
        "--lib",
        "--target",
        Target::Workers.triple(),
        "--profile",
        Profile::Local.cargo(),
    ]);
    for function in functions {
        cargo.args(["-p", &function.name]);
    }
    shell::run(&mut cargo)
}

/// Link-time optimisation is left out by cargo for crates that are a library as well, hence one call for each.
fn compile_with_lto(toolchain: Toolchain, functions: &[Package]) -> Result<()> {
    for function in functions {
        let mut cargo = toolchain.cargo();
        cargo.args([
            "rustc",
            "--lib",
            "--crate-type",
            "cdylib",
            "--target",
            Target::Workers.triple(),
        ]);
        cargo.args(["--profile", Profile::Release.cargo(), "-p", &function.name]);
        shell::step(&function.folder(), || shell::run(&mut cargo))?;
    }
    Ok(())
}

fn bind(function: &Package, profile: Profile) -> Result<Built> {
    let area = function.folder();
    let input = wasm_target::target_folder()
        .join(Target::Workers.triple())
        .join(profile.cargo())
        .join(function.library());
    let folder = profile.folder().join(&area);
    let stamp = stamp_of(&input, &format!("{profile:?}"))?;
    let stamp_file = folder.join(".stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(Built { area, folder });
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    generate(&input, &folder).with_context(|| format!("binding {area}"))?;
    if profile != Profile::Local {
        // It takes networks a fifth to a half of their speed.
        if !INFERENCE.contains(&area.as_str()) {
            optimise(&folder.join("bindings_bg.wasm"))?;
        }
        for script in ["index.js", "bindings.js"] {
            minify(&folder.join(script))?;
        }
    }
    fs::write(stamp_file, stamp)?;
    Ok(Built { area, folder })
}

/// Changes whenever the output would: with the compiled file, the profile and this program.
pub fn stamp_of(input: &Path, profile: &str) -> Result<String> {
    let metadata = fs::metadata(input).with_context(|| input.display().to_string())?;
    let modified = metadata
        .modified()?
        .duration_since(std::time::UNIX_EPOCH)?
        .as_nanos();
    Ok(format!("{profile} {modified} {}", this_program()?))
}

/// When this program was built. Asked once, because cargo may replace it while it runs.
pub fn this_program() -> Result<u128> {
    static BUILT: OnceLock<u128> = OnceLock::new();
    if let Some(built) = BUILT.get() {
        return Ok(*built);
    }
    let modified = fs::metadata(std::env::current_exe()?)?.modified()?;
    let built = modified.duration_since(std::time::UNIX_EPOCH)?.as_nanos();
    Ok(*BUILT.get_or_init(|| built))
}

fn generate(input: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(input)
        .out_name("bindings")
        .typescript(false)
        .module(true)?;
    // A panic ends the instance; these let the entry module start a new one.
    bindgen
        .reset_state_function(true)
        .force_enable_abort_handler(true);
    bindgen.generate(folder)?;
    let path = folder.join("bindings.js");
    // Workers import a wasm module as a value already; they do not know the proposal's `source`.
    let bindings = fs::read_to_string(&path)?.replace("import source ", "import ");
    fs::write(path, &bindings)?;
    let mut entry = format!("{ENTRY}\nexport default {{\n");
    for event in EVENTS
        .iter()
        .filter(|event| bindings.contains(&format!("export function {event}(")))
    {
        writeln!(entry, "  {event}: guard(wasm.{event}),")?;
    }
    entry += "};\n";
    for object in OBJECTS
        .iter()
        .filter(|object| bindings.contains(&format!("export class {object} ")))
    {
        writeln!(entry, "export {{ {object} }} from \"./bindings.js\";")?;
    }
    fs::write(folder.join("index.js"), entry)?;
    Ok(())
}

/// Shrinks a wasm file.
pub fn optimise(wasm: &Path) -> Result<()> {
    let mut command = node::npm_program("wasm-opt");
    command
        .arg("-Oz")
        .args(FEATURES.map(|feature| format!("--enable-{feature}")));
    shell::run(command.arg(wasm).arg("-o").arg(wasm))
}

/// Shrinks a script or a stylesheet.
pub fn minify(script: &Path) -> Result<()> {
    let mut command = node::npm_program("esbuild");
    command.args(["--minify", "--allow-overwrite", "--log-level=warning"]);
    command.arg(format!("--outfile={}", script.display()));
    shell::run(command.arg(script))
}
