//! `cargo xtask setup`: installs what is missing; quick and silent when nothing is.

pub mod apt;
mod chromium;
mod ffmpeg;
pub mod node;
mod postgres;
pub mod python;
mod redis;
pub mod wasm_target;

use anyhow::Result;

use wasm_target::Target;

/// What the machine is to be made ready for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Building and running locally.
    Dev,
    /// As [`For::Dev`], and the programs only tests need.
    Tests,
}

/// Installs what is missing for `purpose`.
pub fn run(purpose: For) -> Result<()> {
    wasm_target::ensure(Target::Workers)?;
    node::ensure()?;
    if purpose == For::Tests {
        wasm_target::ensure(Target::Spin)?;
        postgres::ensure()?;
        redis::ensure()?;
        ffmpeg::ensure()?;
        chromium::ensure()?;
        python::immichpy()?;
        python::pgvector()?;
    }
    Ok(())
}
