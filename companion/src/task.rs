//! What each kind of task does.

use std::path::{Path, PathBuf};
use std::thread;

use edge_protocol::wire::{Colors, Edits, Look, Outcome, Rendition, Task, VideoFacts};

use crate::context::{Context, Product, Trouble};
use crate::packets::Scanned;
use crate::renditions::{Made, Wanted};
use crate::spool::Spool;
use crate::{learning, packets, picture, poster, probe, renditions, transcode};

/// Does the task of a lease.
pub fn run(context: &Context<'_>) -> Result<Product, Trouble> {
    let spool = Spool::new(context.work);
    let spool =
        spool.map_err(|error| Trouble::Passing(format!("the companion's disk: {error}")))?;
    match learning::asked(&context.lease.task) {
        Some(asked) => learning::run(context, &spool, &asked),
        None => made(context, &spool).map(|made| Product::Made(Box::new(made))),
    }
}

/// Does what needs no network.
fn made(context: &Context<'_>, spool: &Spool) -> Result<Outcome, Trouble> {
    match &context.lease.task {
        Task::VideoThumbnails { renditions, .. } => video(context, spool, renditions),
        Task::Picture {
            renditions,
            reading,
        } => {
            let unedited = Edits::default();
            let wanted = picture::wanted(renditions, reading, &unedited);
            picture::run(context, spool, &wanted)
        }
        Task::Edit {
            renditions,
            reading,
            edits,
            version,
        } => {
            let wanted = Wanted {
                is_sent: !edits.steps.is_empty(),
                ..picture::wanted(renditions, reading, edits)
            };
            picture::edited(context, spool, &wanted, version)
        }
        Task::Transcode { config, .. } => transcode::run(context, spool, config),
        Task::Vector { .. } | Task::Faces { .. } | Task::Text { .. } => {
            Err(Trouble::Final("networks do that".to_owned()))
        }
    }
}

/// The facts of a video, and the picture that stands for it. Its packets are read meanwhile: that is one core's work, and seldom the
/// longer one.
fn facts_and_frame(
    context: &Context<'_>,
    spool: &Spool,
    original: &Path,
    side: u32,
) -> Result<(VideoFacts, PathBuf), Trouble> {
    thread::scope(|scope| {
        let packets = scope.spawn(|| packets::scan(context, original));
        let facts = probe::probe(context, original)?;
        let frame = poster::frame(context, spool, original, &facts, side)?;
        // Without the times of its packets it can be shown, but not cut.
        let scanned = packets
            .join()
            .unwrap_or_else(|_panicked| Ok(Scanned::default()))?;
        Ok((packets::timed(facts, scanned), frame))
    })
}

fn video(context: &Context<'_>, spool: &Spool, wanted: &[Rendition]) -> Result<Outcome, Trouble> {
    let original = spool.fetch(context.server, context.lease, context.halt)?;
    let side = wanted.iter().map(|one| one.size).max().unwrap_or(0);
    let (facts, frame) = facts_and_frame(context, spool, &original, side)?;
    drop(std::fs::remove_file(original));
    let wanted = Wanted {
        renditions: wanted,
        orientation: None,
        original: None,
        colors: &Colors::default(),
        least: 0,
        edits: &Edits::default(),
        is_sent: true,
    };
    let look = match renditions::make(context, spool, frame, &wanted)? {
        Made::Sent { look, .. } => look,
        Made::Refused(reason, _) => return Err(Trouble::Final(format!("the frame: {reason}"))),
    };
    // The frame may be smaller.
    let (width, height) = facts.upright();
    Ok(Outcome::VideoThumbnails {
        video: Some(facts),
        look: Look {
            width,
            height,
            ..look
        },
    })
}
