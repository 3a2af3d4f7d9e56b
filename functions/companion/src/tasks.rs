//! What a companion is asked to do for a job, and what is stored of what it says.

use edge_api::enums::JobName;
use edge_http::{
    App, Error, Result,
    consumer::{Done, Failure, id_of},
    realtime::Change,
};
use edge_platform::ObjectError;
use edge_protocol::{
    token::Scope,
    wire::{Encoded, LeaseRequest, Look, Outcome, Task, VideoFacts},
};
use edge_store::{
    duplicates,
    jobs::{self, Job, NewJob},
    media::{
        self, Source, encoded,
        encoding::Encoding,
        renditions::{self, NewRendition},
        video::{self, Video},
    },
};

use crate::{
    edits, learning,
    pictures::{is_sound, readable, reading, rendition, wanted, written},
};

/// The kinds of jobs that a companion may do by its token, and can by what it says of itself ([`LeaseRequest::edits`], [`LeaseRequest::learn`],
/// [`LeaseRequest::sees`]).
pub fn kinds(scopes: &[Scope], about: &LeaseRequest) -> Vec<JobName> {
    let kinds = |scope: &Scope| -> &'static [JobName] {
        match scope {
            Scope::Thumbnails => &[
                JobName::AssetGenerateThumbnails,
                JobName::AssetEditThumbnailGeneration,
            ],
            Scope::Transcode => &[JobName::AssetEncodeVideo],
            Scope::Learning if about.learn && about.sees => &jobs::SEEN,
            Scope::Learning if about.learn => &[JobName::SmartSearch],
            Scope::Learning => &[],
        }
    };
    let kinds = scopes.iter().flat_map(kinds).copied();
    kinds
        .filter(|kind| about.edits || *kind != JobName::AssetEditThumbnailGeneration)
        .collect()
}

/// The asset of a job; `None`: it is gone meanwhile.
pub async fn source(app: &App, job: &Job) -> std::result::Result<Option<Source>, Failure> {
    Ok(media::find(app.db(), id_of(job)?).await?)
}

/// What is to be done; `None`: nothing any more.
pub async fn task(app: &App, job: &Job) -> std::result::Result<Option<Task>, Failure> {
    if jobs::is_seen(job.kind) {
        return learning::task(app, job).await;
    }
    let Some(source) = source(app, job).await? else {
        return Ok(None);
    };
    let settings = app.settings().await;
    let config = settings.map_err(|error| Failure::Passing(format!("settings: {error:?}")))?;
    if job.kind == JobName::AssetEncodeVideo {
        // Motion parts are played, too.
        return Ok(source.is_video.then(|| Task::Transcode {
            name: source.file_name,
            config: config.as_value()["ffmpeg"].clone(),
        }));
    }
    if job.kind == JobName::AssetEditThumbnailGeneration {
        return edits::task(app, job, &config, &source).await;
    }
    if source.is_hidden {
        return Ok(None);
    }
    if !source.is_video {
        return Ok(Some(Task::Picture {
            renditions: wanted(&config, &source),
            reading: reading(&config, &source),
        }));
    }
    Ok(Some(Task::VideoThumbnails {
        name: source.file_name,
        renditions: [
            ("preview", config.preview()),
            ("thumbnail", config.thumbnail()),
        ]
        .map(rendition)
        .to_vec(),
    }))
}

/// What a finished job stores. Errors: 400, what the companion says cannot be.
pub async fn done(app: &App, job: &Job, source: &Source, outcome: Outcome) -> Result<Done> {
    let now = app.now();
    let mut done = Done::nothing();
    let kind = match outcome {
        Outcome::VideoThumbnails { video, look } => {
            done.results.extend(facts_of(source, video.as_ref(), now)?);
            done.results.extend(look_of(app, job, source, &look).await?);
            done.next.extend(learned(app, job, source).await?);
            JobName::AssetGenerateThumbnails
        }
        Outcome::Picture { look, seen } => {
            let seen = seen.map(|bits| bits_of(&bits)).transpose()?;
            done.results.extend(look_of(app, job, source, &look).await?);
            done.results.push(duplicates::store(&source.id, seen));
            done.next
                .extend(seen.map(|_| source.copies(app.uuid(), now)));
            done.next.extend(source.edits_again(app.uuid(), now));
            done.next.extend(learned(app, job, source).await?);
            JobName::AssetGenerateThumbnails
        }
        Outcome::Edited(made) => {
            done = edits::done(app, job, source, made).await?;
            JobName::AssetEditThumbnailGeneration
        }
        // What networks see has its own way (`learning::done`).
        Outcome::Seen(_) => JobName::SmartSearch,
        Outcome::Transcoded { video, encoded } => {
            done.results.extend(facts_of(source, Some(&video), now)?);
            let video = match encoded {
                // Another job's companion has no such upload.
                Some(parts) if job.kind == JobName::AssetEncodeVideo => {
                    Some(joined(app, job, source, &parts).await?)
                }
                _ => None,
            };
            done.results
                .extend(encoded::store(&source.id, video.as_ref(), now));
            JobName::AssetEncodeVideo
        }
    };
    if kind != job.kind {
        return Err(Error::bad_request(format!(
            "This is no outcome of {}",
            job.kind
        )));
    }
    // Renditions that are made anew are no upload; a video that is no motion part any more is shown like one.
    let is_look = kind == JobName::AssetGenerateThumbnails;
    if is_look && (source.is_new || job.text("source") == Some("notify")) {
        done.changes.push(Change::Uploaded(source.id.clone()));
    }
    Ok(done)
}

/// What machine learning does with an asset that is shown anew.
async fn learned(app: &App, job: &Job, source: &Source) -> Result<Vec<NewJob>> {
    if !source.is_new && job.text("source") != Some("notify") {
        return Ok(Vec::new());
    }
    let config = app.settings().await?;
    Ok(app.learning(&config, &source.id).await)
}

fn facts_of(
    source: &Source,
    facts: Option<&VideoFacts>,
    now: i64,
) -> Result<Vec<edge_platform::Statement>> {
    let facts = facts.map(stored).transpose()?;
    Ok(facts.map_or_else(Vec::new, |facts| video::store(&source.id, &facts, now)))
}

/// 128 bits in hexadecimal.
fn bits_of(text: &str) -> Result<duplicates::Look> {
    let bits = u128::from_str_radix(text, 16);
    let bits = bits.map_err(|error| Error::bad_request(format!("seen: {error}")))?;
    Ok(duplicates::Look(bits))
}

/// An encoded video, put together from its parts.
async fn joined(app: &App, job: &Job, source: &Source, parts: &Encoded) -> Result<NewRendition> {
    let key = encoded::key(source, &job.lease_id);
    // It is there already when the answer to an earlier request was lost.
    let mut meta = app.objects.head(&key).await?;
    if meta.is_none() {
        let joined = app.objects.join_parts(&key, &parts.upload, &parts.tags);
        joined.await.map_err(|error| match error {
            ObjectError::Range | ObjectError::Other(_) => Error::bad_request(error.to_string()),
            error => Error::from(error),
        })?;
        meta = app.objects.head(&key).await?;
    }
    let meta = meta.ok_or_else(|| Error::bad_request("There is no encoded video"))?;
    Ok(NewRendition {
        id: app.uuid(),
        kind: "encoded_video",
        key,
        mime_type: encoded::MIME_TYPE,
        size: i64::try_from(meta.size).unwrap_or(i64::MAX),
        encoding: Encoding::default(),
    })
}

async fn look_of(
    app: &App,
    job: &Job,
    source: &Source,
    look: &Look,
) -> Result<Vec<edge_platform::Statement>> {
    if !is_sound(look) {
        return Err(Error::bad_request("This is no look of a picture"));
    }
    let made = written(app, job, source, &look.outputs).await?;
    let seen = renditions::Look {
        thumbhash: look.thumbhash.clone(),
        width: look.width,
        height: look.height,
        warning: look.damage.as_deref().map(readable),
    };
    Ok(renditions::store(&source.id, &made, &seen, app.now()))
}

fn stored(facts: &VideoFacts) -> Result<Video<'_>> {
    if !facts.is_sound() {
        return Err(Error::bad_request("These are no facts of a video"));
    }
    Ok(Video {
        container: &facts.container,
        video_codec: &facts.video_codec,
        audio_codec: facts.audio_codec.as_deref(),
        size: (facts.width, facts.height),
        upright: facts.upright(),
        rotation: facts.rotation,
        orientation: facts.orientation(),
        fps: facts.fps,
        duration_ms: facts.duration_ms,
        bit_rate: facts.bit_rate,
        pixel_format: facts.pixel_format.as_deref(),
        color: [
            facts.color_primaries.as_deref(),
            facts.color_transfer.as_deref(),
            facts.color_space.as_deref(),
        ],
        timing: facts.timing,
    })
}
