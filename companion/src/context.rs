//! What every kind of task works with, and what can go wrong with it.

use std::path::Path;

use edge_protocol::learning::Found;
use edge_protocol::wire::{Lease, Outcome};

use crate::child::{Broken, Halt};
use crate::learning::pool::Turn;
use crate::lease::Progress;
use crate::server::{CallError, Server};
use crate::tools::Tools;

/// What a task works with.
pub struct Context<'a> {
    /// Where originals come from and results go.
    pub server: &'a Server,
    /// ffmpeg and ffprobe.
    pub tools: &'a Tools,
    /// The job.
    pub lease: &'a Lease,
    /// Whether to go on.
    pub halt: &'a Halt,
    /// How far it is.
    pub progress: &'a Progress,
    /// The network that the job uses, if it uses one.
    pub networks: &'a Turn<'a>,
    /// Folder for originals.
    pub work: &'a Path,
    /// Most memory of a tool, bytes.
    pub memory: u64,
}

/// What came of a task.
#[derive(Debug)]
pub enum Product {
    /// Facts and renditions, or a vector.
    Made(Box<Outcome>),
    /// What networks found in a picture.
    Found(Found),
}

/// Why a task was not done.
#[derive(Debug)]
pub enum Trouble {
    /// The program ends, or the job is somebody else's.
    Halted,
    /// Another time it may work.
    Passing(String),
    /// It cannot be done.
    Final(String),
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Lost | CallError::Refused(_) => Self::Halted,
            CallError::Passing(_) => Self::Passing(error.to_string()),
            CallError::Final(_) | CallError::Unknown(_) => Self::Final(error.to_string()),
        }
    }
}

/// What a tool could not do, with its name in front.
pub fn broken(tool: &str, error: &Broken) -> Trouble {
    let text = format!("{tool}: {error}");
    match error {
        Broken::Halted => Trouble::Halted,
        // Memory may be there another time; after some tries the job has failed.
        Broken::Killed(_) | Broken::Start(_) => Trouble::Passing(text),
        // So may room on the disk.
        Broken::Refused(words) if words.contains("No space left on device") => {
            Trouble::Passing(text)
        }
        Broken::TimedOut(_) | Broken::TooMuch(_) | Broken::Ended(_) | Broken::Refused(_) => {
            Trouble::Final(text)
        }
    }
}
