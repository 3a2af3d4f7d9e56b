//! `AssetEditThumbnailGeneration`: pictures as their owners edited them (api/assets.md section 12, api/jobs-ml.md section 4).
//!
//! There is one large picture in memory: it is cropped in place, and encoded as it is seen after the turns. What does not fit as a
//! whole is edited in a smaller size; a job for the full size is left to the companion, which does not take it yet (docs/jobs.md).

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::{
    assets::{AssetEdit, Crop},
    config::SystemConfig,
    enums::MirrorAxis,
};
use edge_http::{
    App,
    budget::Budget,
    consumer::{Done, Failure},
    realtime::Change,
};
use edge_media::{
    decode::Picture,
    edit::{self, Step, View},
    render,
    thumbhash::thumbhash,
};
use edge_platform::Statement;
use edge_store::{
    jobs::{Job, NewJob},
    media::{
        self, Source,
        edited::{self, Edits, Look},
    },
};
use serde_json::json;

use crate::{
    loaded::Loaded,
    rules::{self, Wanted},
    thumbnails::{self, Made},
};

/// Why a second job makes the edited picture in full size.
const LARGE: &str = "the edited picture in full size does not fit the memory of an edge worker";

/// Renders an asset as its edits say; without edits it looks as it was uploaded again.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = job
        .text("id")
        .ok_or_else(|| Failure::Final("payload without id".to_owned()))?;
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
        picture, upright, ..
    } = thumbnails::load(app, source, config, u32::MAX, &budget).await?;
    let steps: Vec<Step> = edits.steps.iter().filter_map(step).collect();
    let (width, height) = edit::size(upright.0, upright.1, &steps);
    let here = edit::scaled(&steps, upright, (picture.width, picture.height));
    let is_smaller = picture.width < upright.0 || picture.height < upright.1;
    let (made, hash) = draw(picture, &here, &rules::wanted_edited(config), &budget)?;
    // Keys of their own for each time: a worker that comes late replaces no newer picture.
    let version = app.uuid();
    let key = |kind: &str, format| rules::key(source, &format!("{kind}_edited_{version}"), format);
    let stored = thumbnails::store(app, made, key).await?;
    let look = Look {
        thumbhash: STANDARD.encode(hash),
        width,
        height,
        original: upright,
        crop: edits.steps.iter().find_map(crop),
    };
    let results = edited::store(&source.id, &edits.version, &stored, &look, app.now());
    let mut done = ready(source, edits, results);
    if is_smaller && !job.flag("isRest") {
        let payload = json!({ "id": source.id, "isRest": true });
        let rest = NewJob::new(app.uuid(), job.kind, payload, app.now()).of(&source.owner_id);
        done.next.push(NewJob {
            companion_reason: Some(LARGE.to_owned()),
            ..rest.once(format!("{}:{}:rest", job.kind, source.id))
        });
    }
    Ok(done)
}

/// The renditions and the thumbhash of the smallest. Each is made from the next larger one before it is turned, which takes a copy:
/// the largest is encoded without.
fn draw(
    mut picture: Picture,
    steps: &[Step],
    wanted: &[Wanted],
    budget: &Budget,
) -> Result<(Vec<Made>, Vec<u8>), Failure> {
    let mut turns = steps;
    if let [Step::Crop(left, top, width, height), rest @ ..] = steps {
        picture = edit::crop(picture, *left, *top, *width, *height);
        turns = rest;
    }
    let mut made = Vec::with_capacity(wanted.len());
    for rendition in wanted {
        picture = render::scale_to(picture, rendition.spec.size);
        budget.spend_pixels(picture.width, picture.height, rendition.kind)?;
        let view = View::of(&picture, turns);
        made.push((rendition.kind, thumbnails::encode(&view, rendition.spec)?));
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

fn crop(edit: &AssetEdit) -> Option<Crop> {
    match edit {
        AssetEdit::Crop(crop) => Some(*crop),
        AssetEdit::Rotate(_) | AssetEdit::Mirror(_) => None,
    }
}

/// `None`: numbers that no picture has.
fn step(edit: &AssetEdit) -> Option<Step> {
    let pixels = |number: i64| u32::try_from(number).ok();
    Some(match edit {
        AssetEdit::Crop(crop) => Step::Crop(
            pixels(crop.x)?,
            pixels(crop.y)?,
            pixels(crop.width)?,
            pixels(crop.height)?,
        ),
        AssetEdit::Rotate(rotate) => Step::Rotate(pixels(rotate.angle)?),
        AssetEdit::Mirror(mirror) => match mirror.axis {
            MirrorAxis::Horizontal => Step::MirrorSides,
            MirrorAxis::Vertical => Step::MirrorTop,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::assets::{Mirror, Rotate};

    #[test]
    fn steps_are_those_of_the_request() {
        let crop = AssetEdit::Crop(Crop {
            x: 1,
            y: 2,
            width: 3,
            height: 4,
        });
        assert_eq!(step(&crop), Some(Step::Crop(1, 2, 3, 4)));
        assert_eq!(
            step(&AssetEdit::Rotate(Rotate { angle: 270 })),
            Some(Step::Rotate(270))
        );
        for (axis, wanted) in [
            (MirrorAxis::Horizontal, Step::MirrorSides),
            (MirrorAxis::Vertical, Step::MirrorTop),
        ] {
            assert_eq!(step(&AssetEdit::Mirror(Mirror { axis })), Some(wanted));
        }
    }
}
