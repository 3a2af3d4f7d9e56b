//! The engine, and components as machine code kept beside their wasm files.
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

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

/// The component in `file`, compiled now or taken from an earlier run.
///
/// # Errors
/// The file is not there or no component.
pub fn load(engine: &Engine, file: &Path) -> Result<Component> {
    let wasm = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let kept = kept(file, &wasm);
    if let Some(component) = revive(engine, &kept) {
        return Ok(component);
    }
    log::say(&format!("compiling {}", file.display()));
    let component = Component::from_binary(engine, &wasm)
        .map_err(anyhow::Error::from)
        .with_context(|| file.display().to_string())?;
    remove_older(file);
    keep(&component, &kept)
        .with_context(|| format!("cannot keep {}: is the folder writable?", kept.display()))?;
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
fn keep(component: &Component, kept: &Path) -> Result<()> {
    let new = kept.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, component.serialize()?)?;
    Ok(fs::rename(new, kept)?)
}

/// Removes the code of earlier builds; what is in use stays mapped.
fn remove_older(file: &Path) {
    let (Some(folder), Some(stem)) = (file.parent(), file.file_stem()) else {
        return;
    };
    let start = format!("{}.", stem.to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&start) && name.ends_with(".cwasm") {
            drop(fs::remove_file(entry.path()));
        }
    }
}
