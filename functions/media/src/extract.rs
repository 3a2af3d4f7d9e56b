//! `AssetExtractMetadata`: what the file says of itself (api/assets.md sections 3 and 9).

use edge_api::{
    enums::{JobName, WorkflowTrigger},
    realtime::{Announcement, Event},
};
use edge_http::{
    App,
    consumer::{Done, Failure, id_of},
    places,
    realtime::Change,
};
use edge_media::metadata::{self, Metadata};
use edge_platform::Statement;
use edge_store::{
    jobs::{Job, NewJob, triggers},
    media::{
        self, Source, bursts,
        facts::{self, Facts},
        live_photo, regions,
    },
    tags,
};

use crate::{
    motion,
    read::{self, Original},
    rules,
};

/// Of pictures too large to be read whole, this much is read, bytes: most keep their metadata in front.
const BEGINNING: u64 = 4 << 20;

/// Of more tags in one file, or of more deep ones ([`tags::ROWS`]), the rest is left out: each makes rows of its own.
const MOST_TAGS: usize = 1_000;

/// Reads the metadata of an asset and stores them; renditions follow.
///
/// `StorageTemplateMigrationSingle`, which comes in between upstream, is left out: originals never move
/// here, so storage templates are always off.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let Some(source) = media::find(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let original = original(app, &source).await?;
    let sidecar = sidecar(app, &source).await?;
    let metadata =
        metadata::read_with_sidecar(&original.bytes, &source.file_name, sidecar.as_deref());
    let mut facts = rules::facts(&source, &metadata);
    name_place(app, &mut facts).await?;
    let mut done = Done::with(media::of_file(job, &source));
    done.results
        .push(media::of_sidecar(job, &source, app.now()));
    done.results
        .extend(facts::store(&source.id, &facts, app.now()));
    done.results.extend(tags(app, job, &source, &metadata));
    if let Some(identifier) = &facts.live_photo_cid {
        done.results
            .extend(live_photo::link(&source.owner_id, identifier, app.now()));
    }
    if is_stackable(&source) {
        stack(app, &source, &metadata, &mut done);
    }
    if app.job_settings().await?.flag("/metadata/faces/import") {
        let faces = rules::faces(&metadata);
        let faces = regions::store(&source.id, &faces, || app.uuid(), app.now());
        done.results.extend(faces);
    }
    if let Some(film) = motion::film(app, &source, &original, &metadata).await? {
        let (results, next) = motion::store(app, &source, &facts, &original, &film).await?;
        done.results.extend(results);
        done.next.push(next);
    }
    drop(original);
    let is_written = job.text("source") == Some("sidecar-write");
    if !is_written {
        let trigger = WorkflowTrigger::AssetMetadataExtraction;
        done.triggers
            .push(triggers::insert_held(&source.id, trigger, app.now()));
    }
    let updated = is_written.then(|| Change::Updated(source.id.clone()));
    done.changes.extend(updated);
    let is_half = facts.live_photo_cid.is_some();
    let paired = is_half.then(|| Change::Paired(source.id.clone()));
    done.changes.extend(paired);
    done.next.extend(following(app, job, &source));
    done.next.extend(source.edits_again(app.uuid(), app.now()));
    Ok(done)
}

/// The bytes that hold the metadata.
async fn original(app: &App, source: &Source) -> Result<Original, Failure> {
    let key = &source.original_path;
    if source.is_video {
        return read::film_index(app, key).await;
    }
    read::whole_or_beginning(app, key, BEGINNING).await
}

async fn sidecar(app: &App, source: &Source) -> Result<Option<Vec<u8>>, Failure> {
    let Some(key) = &source.sidecar_path else {
        return Ok(None);
    };
    Ok(Some(read::part(app, key, 0, read::SIDECAR).await?).filter(|bytes| !bytes.is_empty()))
}

/// What the position is called, if the server is to name places.
async fn name_place(app: &App, facts: &mut Facts) -> Result<(), Failure> {
    let Some((latitude, longitude)) = facts.latitude.zip(facts.longitude) else {
        return Ok(());
    };
    if app.job_settings().await?.flag("/reverseGeocoding/enabled") {
        let named = places::at(app, latitude, longitude).await?;
        (facts.city, facts.state, facts.country) = (named.city, named.state, named.country);
    }
    Ok(())
}

/// What the file says about its tags. An upload that says nothing has none yet to lose.
fn tags(app: &App, job: &Job, source: &Source, metadata: &Metadata) -> Vec<Statement> {
    let values = tag_values(metadata);
    if values.is_empty() && matches!(job.text("source"), Some("upload" | "copy")) {
        return Vec::new();
    }
    tags::apply(&source.id, &values, || app.uuid(), app.now())
}

/// The tags that are taken over.
pub fn tag_values(metadata: &Metadata) -> Vec<String> {
    let mut rows = 0;
    let values = metadata.tags.iter();
    values
        .filter_map(|value| tags::normalised(value))
        .take(MOST_TAGS)
        .take_while(|value| {
            rows += tags::closure_rows(std::slice::from_ref(value));
            rows <= tags::ROWS
        })
        .collect()
}

/// Whether it may be stacked: it is a new photo. One whose metadata are read again, for whatever reason (its file in a library was touched,
/// there is a sidecar), stays as its owner has stacked it.
fn is_stackable(source: &Source) -> bool {
    !source.is_video && !source.is_extracted
}

/// Stacks a photo with the others of its burst, if it is of one.
fn stack(app: &App, source: &Source, metadata: &Metadata, done: &mut Done) {
    let Some(burst_id) = &metadata.burst_id else {
        return;
    };
    let (owner, id) = (&source.owner_id, app.uuid());
    let stack = bursts::stack(&source.id, owner, burst_id, &id, app.now());
    done.results.extend(stack);
    done.results
        .insert(0, bursts::hold(&source.id, owner, burst_id));
    let event = Event::asset_stack_update();
    done.announce.push(Announcement::to_user(owner, event));
}

/// The jobs after an upload: renditions, unless the asset is shown nowhere. A video's are the
/// companion's.
fn following(app: &App, job: &Job, source: &Source) -> Vec<NewJob> {
    if !matches!(job.text("source"), Some("upload" | "copy")) {
        return Vec::new();
    }
    let new = |kind| NewJob::new(app.uuid(), kind, job.payload.clone(), app.now());
    let mut next = Vec::new();
    if !source.is_hidden {
        next.push(new(JobName::AssetGenerateThumbnails));
    }
    if source.is_video {
        next.push(new(JobName::AssetEncodeVideo));
        for job in &mut next {
            job.companion_reason = Some(rules::VIDEO.to_owned());
        }
    }
    next
}
