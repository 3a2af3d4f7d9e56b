//! The engine, and components as machine code kept beside their wasm files.
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::log;

/// Instances that may exist at the same time, those called by other components included.
pub const MAX_INSTANCES: u32 = 1024;
/// Guests that compute longer than this let others run in between.
const TICK: Duration = Duration::from_millis(10);
/// Memory of one instance at most, bytes.
const MAX_MEMORY: usize = 1 << 30;

/// An engine with a pool of instances, and the clock by which long computations give way.
///
/// # Errors
/// The machine cannot reserve the address space.
pub fn engine() -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    // A component is four core instances: the guest, the adapter for preview 1, and two of glue.
    pool.total_component_instances(MAX_INSTANCES)
        .total_core_instances(MAX_INSTANCES * 8)
        .total_memories(MAX_INSTANCES * 2)
        .total_tables(MAX_INSTANCES * 4)
        .total_stacks(MAX_INSTANCES * 2)
        .max_core_instances_per_component(16)
        .max_memories_per_component(2)
        .max_tables_per_component(8)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .table_elements(50_000)
        .max_memory_size(MAX_MEMORY);
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let engine = Engine::new(&config)?;
    let weak = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            std::thread::sleep(TICK);
        }
    });
    Ok(engine)
}

/// The components in `files`, in their order: those of an earlier run as they were kept, the others compiled now, several at a time.
/// Machine code is kept beside its file, or in the folder `spare` where that cannot be written.
///
/// # Errors
/// A file is not there or no component.
pub fn load_all(engine: &Engine, files: &[PathBuf], spare: &Path) -> Result<Vec<Component>> {
    let start = Instant::now();
    let compiled = AtomicUsize::new(0);
    let load_one = |file: &PathBuf| {
        let done = || compiled.fetch_add(1, Ordering::Relaxed) + 1;
        load(engine, file, spare, &done)
    };
    let queue = Mutex::new(files.iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut loaded = std::thread::scope(|scope| {
        let work =
            || std::iter::from_fn(|| next().map(|(at, file)| (at, load_one(file)))).collect();
        let workers = (0..workers).map(|_| scope.spawn(work)).collect::<Vec<_>>();
        let results = workers.into_iter().map(|worker| {
            let done: std::thread::Result<Vec<_>> = worker.join();
            done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        results.flatten().collect::<Vec<_>>()
    });
    loaded.sort_by_key(|(at, _)| *at);
    let compiled = compiled.into_inner();
    if compiled > 0 {
        let seconds = start.elapsed().as_secs_f32();
        log::say(&format!("compiled {compiled} components in {seconds:.0} s"));
    }
    loaded.into_iter().map(|(_, component)| component).collect()
}

/// The component in `file`. `count` is called when it had to be compiled, and says how many were so far.
fn load(
    engine: &Engine,
    file: &Path,
    spare: &Path,
    count: &impl Fn() -> usize,
) -> Result<Component> {
    let wasm = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let beside = kept(file, &wasm);
    let spared = spare.join(beside.file_name().unwrap_or_default());
    let places = [beside, spared];
    if let Some(component) = places.iter().find_map(|kept| revive(engine, kept)) {
        return Ok(component);
    }
    let component = Component::from_binary(engine, &wasm)
        .map_err(anyhow::Error::from)
        .with_context(|| file.display().to_string())?;
    log::say(&format!(
        "compiled component {}: {}",
        count(),
        file.display()
    ));
    let code = component.serialize()?;
    let mut failures = Vec::new();
    for kept in &places {
        remove_older(kept);
        match keep(&code, kept) {
            Ok(()) => return Ok(component),
            Err(error) => failures.push(format!("{}: {error}", kept.display())),
        }
    }
    // It serves as well; only the next start is slow again.
    log::say(&format!("not kept: {}", failures.join("; ")));
    Ok(component)
}

/// Where the code of these bytes is kept: `albums.<hash>.cwasm` beside `albums.wasm`. The hash tells builds apart and proves
/// nothing; SHA-256 of all components took most of a start on processors without instructions for it.
fn kept(file: &Path, wasm: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    hasher.write(wasm);
    file.with_extension(format!("{:016x}.cwasm", hasher.finish()))
}

#[expect(
    unsafe_code,
    reason = "deserialize_file runs the machine code it finds. The file is one that `keep` wrote into the build folder, \
              whose owner runs us; wasmtime itself refuses code of another version, configuration or CPU"
)]
fn revive(engine: &Engine, kept: &Path) -> Option<Component> {
    if !kept.exists() {
        return None;
    }
    // SAFETY: see the reason above.
    let revived = unsafe { Component::deserialize_file(engine, kept) };
    revived
        .inspect_err(|error| log::say(&format!("{}: {error:#}", kept.display())))
        .ok()
}

/// Several hosts may start at once, so the file appears whole or not at all.
fn keep(code: &[u8], kept: &Path) -> std::io::Result<()> {
    let new = kept.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, code)?;
    fs::rename(new, kept)
}

/// Removes the code of earlier builds of the component whose code is to be kept in `kept`; what is in use stays mapped.
fn remove_older(kept: &Path) {
    let name = kept.file_name().map(|name| name.to_string_lossy());
    let Some((folder, name)) = kept.parent().zip(name) else {
        return;
    };
    let component = name.split('.').next().unwrap_or_default();
    let start = format!("{component}.");
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&start) && name.ends_with(".cwasm") {
            drop(fs::remove_file(entry.path()));
        }
    }
}
