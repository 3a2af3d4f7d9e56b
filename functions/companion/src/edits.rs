//! Pictures as their owners edited them, where the edge lacks the memory or the decoder (api/assets.md section 12, docs/jobs.md).

use edge_api::{config::SystemConfig, media_type};
use edge_http::{
    App, Error, Result,
    consumer::{Done, Failure},
    realtime::Change,
};
use edge_protocol::wire::{self, Edited, Task};
use edge_store::{
    jobs::Job,
    media::{
        Source,
        edited::{self, Edits, Look},
    },
};

use crate::pictures;

/// What is to be done; `None`: nothing any more.
pub async fn task(
    app: &App,
    job: &Job,
    config: &SystemConfig,
    source: &Source,
) -> std::result::Result<Option<Task>, Failure> {
    let (edits, size) = edited::find_with_size(app.db(), &source.id).await?;
    if is_settled(job, source, &edits) {
        return Ok(None);
    }
    let Edits { steps, version } = edits;
    let renditions = if steps.is_empty() {
        pictures::wanted(config, source)
    } else {
        config.edited_renditions().map(pictures::rendition).to_vec()
    };
    let steps: serde_json::Result<Vec<serde_json::Value>> =
        steps.iter().map(serde_json::to_value).collect();
    let steps = steps.map_err(|error| Failure::Final(format!("the edits: {error}")))?;
    // Other files are decoded in the size that they say. What stands for a raw file may have another one.
    let size = size.filter(|_| media_type::is_raw(&source.file_name));
    Ok(Some(Task::Edit {
        renditions,
        reading: pictures::reading(config, source),
        edits: wire::Edits { steps, size },
        version,
    }))
}

/// Whether nothing is left to do: without edits the original is shown already, or a job of its own sees to that.
fn is_settled(job: &Job, source: &Source, edits: &Edits) -> bool {
    let is_original = edits.steps.is_empty() && (!source.is_edited || job.flag("isRest"));
    source.is_video || is_original
}

/// What a finished job stores: the same as `functions/media` does. Nothing, where the edits are others meanwhile: they have a job of
/// their own. Errors: 400, what the companion says cannot be.
pub async fn done(app: &App, job: &Job, source: &Source, made: Edited) -> Result<Done> {
    let edits = edited::find(app.db(), &source.id).await?;
    if edits.version != made.version {
        return Ok(Done::nothing());
    }
    let Edited { look, shown, .. } = made;
    let is_sound = pictures::is_sound(&look)
        && pictures::is_size(shown)
        && look.outputs.is_empty() == edits.steps.is_empty();
    if !is_sound {
        return Err(Error::bad_request("This is no look of an edited picture"));
    }
    let stored = pictures::written(app, job, source, &look.outputs).await?;
    let crop = edits.crop();
    let look = Look {
        thumbhash: look.thumbhash,
        width: shown.0,
        height: shown.1,
        original: (look.width, look.height),
        crop,
    };
    let results = edited::store(&source.id, &edits.version, &stored, &look, app.now());
    let mut done = Done::with(results);
    let change = Change::Edited(source.id.clone(), edits.version);
    done.changes.push(change);
    Ok(done)
}
