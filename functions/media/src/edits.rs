//! `AssetEditThumbnailGeneration`: pictures as their owners edited them (api/assets.md section 12, api/jobs-ml.md section 4).
//!
//! Pixels are turned where they are decoded, so there is one picture in memory, two while its sides are swapped. What does not
//! fit as a whole is edited in a smaller size, and once more in full size by the companion.

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
};
use edge_media::{
    decode::Picture,
    edit::{self, Step},
    render,
    thumbhash::thumbhash,
};
use edge_store::{
    jobs::{Job, NewJob},
    media::{
        self, Source,
        edited::{self, Edits, Look},
    },
};
use serde_json::json;

use crate::{
    rules, settings,
    thumbnails::{self, Loaded},
};

/// Why a second job makes the edited picture in full size.
const LARGE: &str = "the edited picture in full size does not fit the memory of an edge worker";

/// Bytes of pictures held at a time: a Worker has 128 MB for everything.
const HELD: usize = if cfg!(target_arch = "wasm32") {
    84 << 20
} else {
    2 << 30
};

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
    let config = settings::read(app).await?;
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
    let Loaded { picture, upright } =
        thumbnails::load(app, source, config, u32::MAX, &budget).await?;
    let steps: Vec<Step> = edits.steps.iter().filter_map(step).collect();
    let (width, height) = edit::size(upright.0, upright.1, &steps);
    let here = edit::scaled(&steps, upright, (picture.width, picture.height));
    let picture = apply(picture, &here);
    let is_smaller = picture.width < width || picture.height < height;
    let (made, hash, _) = thumbnails::render_all(picture, &rules::wanted_edited(config), &budget)?;
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
    let mut done = Done::with(results);
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

/// The crop goes first, so less is turned; what would not fit twice is made smaller before its sides are swapped.
fn apply(picture: Picture, steps: &[Step]) -> Picture {
    let (crops, turns): (Vec<Step>, Vec<Step>) = steps
        .iter()
        .partition(|step| matches!(step, Step::Crop(..)));
    let mut picture = edit::apply(picture, &crops);
    if edit::is_turned(&turns) {
        picture = fitting(picture, HELD);
    }
    edit::apply(picture, &turns)
}

/// A picture that fits into `held` bytes twice, made smaller within them if it does not.
fn fitting(picture: Picture, held: usize) -> Picture {
    let size = picture.pixels.len();
    if size <= held / 2 {
        return picture;
    }
    let most = (held / 2).min(held.saturating_sub(size));
    let short = u128::from(picture.width.min(picture.height));
    let share = (short * short * most as u128 / size as u128).isqrt();
    render::scale_to(picture, u32::try_from(share).unwrap_or(1).max(1))
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
    let Loaded { picture, upright } = thumbnails::load(app, source, config, side, &budget).await?;
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
    Ok(Done::with(results))
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
    use edge_media::color::ColorSpace;

    fn picture(width: u32, height: u32) -> Picture {
        Picture {
            width,
            height,
            pixels: vec![9; width as usize * height as usize * 3],
            alpha: false,
            space: ColorSpace::Srgb,
        }
    }

    #[test]
    fn what_does_not_fit_twice_is_made_smaller() {
        // 360,000 bytes: a quarter of them fits beside the picture.
        let small = fitting(picture(400, 300), 450_000);
        assert_eq!((small.width, small.height), (200, 150));
        let half = fitting(picture(400, 300), 719_998);
        assert!((396..400).contains(&half.width), "{}", half.width);
        assert_eq!(fitting(picture(40, 30), 7_200).width, 40);
        let turned = apply(
            picture(40, 30),
            &[Step::Crop(0, 0, 20, 10), Step::Rotate(90)],
        );
        assert_eq!((turned.width, turned.height), (10, 20));
    }
}
