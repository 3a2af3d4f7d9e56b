//! What each kind of task does.

use edge_protocol::wire::{Outcome, Rendition, Task};

use crate::context::{Context, Trouble};
use crate::spool::Spool;
use crate::{packets, picture, poster, renditions, transcode};

/// Does the task of a lease.
pub fn run(context: &Context<'_>) -> Result<Outcome, Trouble> {
    let spool = Spool::new(context.work);
    let spool =
        spool.map_err(|error| Trouble::Passing(format!("the companion's disk: {error}")))?;
    match &context.lease.task {
        Task::VideoThumbnails { renditions, .. } => video(context, &spool, renditions),
        Task::Picture {
            renditions,
            orientation,
            colors,
        } => picture::run(context, &spool, renditions, *orientation, colors),
        Task::Transcode { config, .. } => transcode::run(context, &spool, config),
    }
}

fn video(context: &Context<'_>, spool: &Spool, wanted: &[Rendition]) -> Result<Outcome, Trouble> {
    let original = spool.fetch(context.server, context.lease, context.halt)?;
    let facts = packets::facts(context, &original)?;
    let side = wanted.iter().map(|one| one.size).max().unwrap_or(0);
    let picture = poster::frame(context, &original, &facts, side)?;
    drop(std::fs::remove_file(original));
    let look = renditions::make(context, picture, facts.upright(), wanted)?;
    Ok(Outcome::VideoThumbnails {
        video: Some(facts),
        look,
    })
}
