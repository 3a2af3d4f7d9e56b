//! `AssetEditThumbnailGeneration`: pictures as their owners edited them (api/assets.md section 12, api/jobs-ml.md section 4).
//!
//! There is one large picture in memory: it is cropped in place, and encoded as it is seen after the turns. What does not fit as a
//! whole is edited in a smaller size, and once more in full size by the companion (`functions/companion/src/edits.rs`), which also edits
//! what cannot be decoded here.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::config::SystemConfig;
use edge_http::{
    App,
    budget::Budget,
    consumer::{Done, Failure, id_of},
    realtime::Change,
};
use edge_media::{
    decode::Picture,
    edit::{self, Step, View},
    render::{self, RenditionFormat},
    thumbhash::thumbhash,
};
use edge_platform::Statement;
use edge_store::{
    jobs::Job,
    media::{
        self, Source,
        edited::{self, Edits, Look},
    },
};

use crate::{
    loaded::Loaded,
    rules::{self, Wanted},
    thumbnails::{self, Made},
};

/// Why a second job makes the edited picture in full size.
const LARGE: &str = "the edited picture in full size does not fit the memory of an edge worker";

/// Renders an asset as its edits say; without edits it looks as it was uploaded again.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let Some(source) = media::find(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let edits = edited::find(app.db(), id).await?;
    if source.is_video || (edits.steps.is_empty() && !source.is_edited) {
        return Ok(Done::nothing());
    }
    let config = app.job_settings().await?;
    if edits.steps.is_empty() {
        return restore(app, &source, &config, &edits).await;
    }
    render(app, job, &source, &config, &edits).await
}

async fn render(
    app: &App,
    job: &Job,
    source: &Source,
    config: &SystemConfig,
    edits: &Edits,
) -> Result<Done, Failure> {
    let budget = Budget::default();
    let Loaded {
        picture,
        upright,
        embedded,
        ..
    } = thumbnails::load(app, source, config, u32::MAX, &budget).await?;
    let steps: Vec<Step> = edits.steps.iter().filter_map(Step::of).collect();
    let (width, height) = edit::size(upright.0, upright.1, &steps);
    let here = edit::scaled(&steps, upright, (picture.width, picture.height));
    let is_smaller = picture.width < upright.0 || picture.height < upright.1;
    let why = if rules::is_developed(config, embedded) {
        Some(rules::DEVELOPING)
    } else {
        is_smaller.then_some(LARGE)
    };
    let (made, hash) = draw(picture, &here, &rules::wanted_edited(config), &budget)?;
    // Keys of their own for each time: a worker that comes late replaces no newer picture.
    let version = app.uuid();
    let key = |kind: &str, format: RenditionFormat| {
        edited::key(source, kind, &version, format.extension())
    };
    let stored = thumbnails::store(app, made, key).await?;
    let look = Look {
        thumbhash: STANDARD.encode(hash),
        width,
        height,
        original: upright,
        crop: edits.crop(),
    };
    let results = edited::store(&source.id, &edits.version, &stored, &look, app.now());
    let mut done = ready(source, edits, results);
    let why = why.filter(|_| !job.flag("isRest"));
    done.next
        .extend(why.map(|why| thumbnails::rest(app, job, source, why)));
    Ok(done)
}

/// The renditions and the thumbhash of the smallest. Each is made from the next larger one before it is turned, which takes a copy:
/// the largest is encoded without.
fn draw(
    picture: Picture,
    steps: &[Step],
    wanted: &[Wanted],
    budget: &Budget,
) -> Result<(Vec<Made>, Vec<u8>), Failure> {
    let (mut picture, turns) = edit::begun(picture, steps);
    let mut made = Vec::with_capacity(wanted.len());
    for rendition in wanted {
        picture = render::scale_to(picture, rendition.spec.size);
        budget.spend_pixels(picture.width, picture.height, rendition.kind)?;
        let view = View::of(&picture, turns);
        // What a panorama says of its pixels does not hold for these.
        let encoded = thumbnails::encode(&view, rendition.spec, None)?;
        made.push((rendition.kind, encoded));
    }
    let smallest = View::of(&picture, turns).to_picture();
    Ok((made, thumbhash(&smallest)))
}

/// Without edits: the size and the thumbhash are those of the original again, as [`thumbnails`] makes them.
async fn restore(
    app: &App,
    source: &Source,
    config: &SystemConfig,
    edits: &Edits,
) -> Result<Done, Failure> {
    let budget = Budget::default();
    let wanted = rules::wanted(config, source);
    let side = rules::short_side(&wanted);
    let Loaded {
        picture, upright, ..
    } = thumbnails::load(app, source, config, side, &budget).await?;
    let smallest = wanted.iter().fold(picture, |picture, rendition| {
        render::scale_to(picture, rendition.spec.size)
    });
    let look = Look {
        thumbhash: STANDARD.encode(thumbhash(&smallest)),
        width: upright.0,
        height: upright.1,
        original: upright,
        crop: None,
    };
    let results = edited::store(&source.id, &edits.version, &[], &look, app.now());
    Ok(ready(source, edits, results))
}

/// Editors wait for these results.
fn ready(source: &Source, edits: &Edits, results: Vec<Statement>) -> Done {
    let mut done = Done::with(results);
    let change = Change::Edited(source.id.clone(), edits.version.clone());
    done.changes.push(change);
    done
}
