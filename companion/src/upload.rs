//! Sends a large result in parts.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use edge_protocol::wire::PART;

use crate::context::{Context, Trouble};
use crate::server::CallError;

/// Tries of one part; the pause before each doubles.
const TRIES: u32 = 5;

/// Sends the file and gives the upload and the tags of its parts.
pub fn send(context: &Context<'_>, path: &Path) -> Result<(String, Vec<String>), Trouble> {
    let disk = |error: std::io::Error| Trouble::Passing(format!("the companion's disk: {error}"));
    let mut file = File::open(path).map_err(disk)?;
    let upload = tried(context, || context.server.start_video(context.lease))?;
    let mut tags = Vec::new();
    for number in 1.. {
        let mut part = Vec::new();
        let mut next = (&mut file).take(PART as u64);
        next.read_to_end(&mut part).map_err(disk)?;
        if part.is_empty() {
            break;
        }
        let put = || {
            context
                .server
                .put_part(context.lease, &upload, number, &part)
        };
        tags.push(tried(context, put)?);
        if part.len() < PART {
            break;
        }
    }
    if tags.is_empty() {
        return Err(Trouble::Final("ffmpeg wrote nothing".to_owned()));
    }
    Ok((upload, tags))
}

fn tried<T>(context: &Context<'_>, call: impl Fn() -> Result<T, CallError>) -> Result<T, Trouble> {
    let mut pause = Duration::from_millis(500);
    for _ in 1..TRIES {
        if context.halt.is_set() {
            return Err(Trouble::Halted);
        }
        match call() {
            Err(CallError::Passing(_)) => thread::sleep(pause),
            other => return Ok(other?),
        }
        pause *= 2;
    }
    Ok(call()?)
}
