//! A folder for what tests write, in memory where there is room: a database of a test took 2 to 3 s on a busy
//! disk and less than 0.2 s in memory.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::shell;

/// Where Linux has files in memory.
const MEMORY: &str = "/dev/shm";
/// Room that it must have, MiB: databases of some thousand assets and uploads of 90 MB, several at a time.
const ROOM: u64 = 8 << 10;

/// A folder that is removed with this value.
pub struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Makes one for `what`.
    pub fn make(what: &str) -> Result<Self> {
        Self::below(&place(), what)
    }

    /// Makes one on the disk: for proofs of what survives.
    pub fn on_disk(what: &str) -> Result<Self> {
        Self::below(&std::env::temp_dir(), what)
    }

    fn below(place: &Path, what: &str) -> Result<Self> {
        let folder = place.join(format!("immich-edge-{what}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Makes a program write its temporary files there.
    pub fn lend<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        program.env("TMPDIR", &self.folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whatever fails here, there is nobody to tell but the system's own clean-up.
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn place() -> PathBuf {
    let memory = Path::new(MEMORY);
    if room(memory).is_some_and(|room| room >= ROOM) {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Free room of a file system, MiB; `None` where there is none of that name.
fn room(folder: &Path) -> Option<u64> {
    let mut ask = Command::new("df");
    let answer = shell::output(ask.args(["-BM", "--output=avail"]).arg(folder)).ok()?;
    answer
        .lines()
        .last()?
        .trim()
        .strip_suffix('M')?
        .parse()
        .ok()
}
