//! `AssetGenerateThumbnails`: preview, thumbnail, thumbhash (api/jobs-ml.md section 4).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use edge_api::config::SystemConfig;
use edge_http::{
    App,
    budget::Budget,
    consumer::{Done, Failure, id_of},
    realtime::Change,
};
use edge_media::{
    decode::Picture,
    edit::View,
    look,
    render::{self, RenderError, Rendition, RenditionFormat, RenditionSpec},
    thumbhash::thumbhash,
};
use edge_store::{
    duplicates,
    jobs::{Job, NewJob},
    media::{
        self, Source,
        encoding::Encoding,
        renditions::{self, DELETED_NOW, Look, NewRendition},
    },
};
use serde_json::json;

use crate::{
    loaded::{self, Loaded, Wanted},
    raw, read, rules,
};

/// Makes the renditions of a picture. Motion parts get none, videos are the companion's.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let Some(source) = media::find(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    if source.is_hidden {
        return Ok(Done::nothing());
    }
    if source.is_video {
        return Err(Failure::Companion(rules::VIDEO.to_owned()));
    }
    let config = app.job_settings().await?;
    let wanted = rules::wanted(&config, &source);
    let budget = Budget::default();
    let side = rules::short_side(&wanted);
    let loaded = load(app, &source, &config, side, &budget).await?;
    let is_developed = rules::is_developed(&config, loaded.embedded);
    let (upright, warning) = (loaded.upright, loaded.damage);
    let panorama = loaded.panorama.as_deref();
    let (made, hash, seen) = render_all(loaded.picture, &wanted, panorama, &budget)?;
    let stored = store(app, made, |kind, format| rules::key(&source, kind, format)).await?;
    let look = Look {
        thumbhash: STANDARD.encode(hash),
        width: upright.0,
        height: upright.1,
        warning,
    };
    let mut done = Done::with(media::of_file(job, &source));
    done.results
        .extend(renditions::store(&source.id, &stored, &look, app.now()));
    let seen = seen.map(duplicates::Look);
    done.results.push(duplicates::store(&source.id, seen));
    // Renditions that are made anew are no upload; a video that is no motion part any more is shown like one.
    let is_shown_anew = source.is_new || job.text("source") == Some("notify");
    let uploaded = is_shown_anew.then(|| Change::Uploaded(source.id.clone()));
    done.changes.extend(uploaded);
    // Where what it looks like to CLIP is found out first, that job looks for copies.
    let has_vector_soon = is_shown_anew && app.clip_model(&config).await.is_some();
    if seen.is_some() && !has_vector_soon {
        done.next.push(source.copies(app.uuid(), app.now()));
    }
    if is_developed {
        done.next.push(rest(app, job, &source, rules::DEVELOPING));
    }
    done.next.extend(source.edits_again(app.uuid(), app.now()));
    if is_shown_anew {
        done.next.extend(app.learning(&config, &source.id).await);
    }
    Ok(done)
}

/// The job by which the companion does better what was done here, for this reason.
pub(crate) fn rest(app: &App, job: &Job, source: &Source, reason: &str) -> NewJob {
    let payload = json!({ "id": source.id, "isRest": true });
    let rest = NewJob::new(app.uuid(), job.kind, payload, app.now()).of(&source.owner_id);
    NewJob {
        companion_reason: Some(reason.to_owned()),
        ..rest.once(format!("{}:{}:rest", job.kind, source.id))
    }
}

/// Decodes the original of an asset, at least `short_side` pixels wide and high where memory allows.
pub(crate) async fn load(
    app: &App,
    source: &Source,
    config: &SystemConfig,
    short_side: u32,
    budget: &Budget,
) -> Result<Loaded, Failure> {
    let orientation = source.orientation.as_deref();
    let wanted = Wanted {
        short_side,
        orientation: orientation.and_then(|text| text.parse().ok()),
        space: rules::space(config, source),
        is_panorama: source.projection_type.is_some(),
    };
    decoded(app, &source.original_path, wanted, budget).await
}

/// Decodes the picture under a key.
pub(crate) async fn decoded(
    app: &App,
    key: &str,
    wanted: Wanted,
    budget: &Budget,
) -> Result<Loaded, Failure> {
    if edge_api::media_type::is_raw(key)
        && let Some(loaded) = raw::load(app, key, wanted, budget).await?
    {
        return Ok(loaded);
    }
    let bytes = read::whole(app, key).await?;
    budget.spend(bytes.len() as u64, "reading the picture")?;
    if edge_api::media_type::is_raw(key) && loaded::is_unknown(&bytes) {
        return Err(Failure::Companion(UNKNOWN_RAW.to_owned()));
    }
    loaded::decode(&bytes, wanted, budget)
}

/// Why a raw file is the companion's whose beginning tells nothing: LibRaw knows some by less.
const UNKNOWN_RAW: &str = "a raw file of a kind that is not known at the edge";

/// A rendition and its `asset_file.type`.
pub(crate) type Made = (&'static str, Rendition);

/// All renditions, the thumbhash, and the look of the picture ([`look::look`]).
type Drawn = (Vec<Made>, Vec<u8>, Option<u128>);

/// All renditions, each made from the next larger one, the thumbhash, and what copies have in common with the picture. `panorama` is an
/// XMP packet for all of them.
fn render_all(
    mut picture: Picture,
    wanted: &[rules::Wanted],
    panorama: Option<&str>,
    budget: &Budget,
) -> Result<Drawn, Failure> {
    let mut made = Vec::with_capacity(wanted.len());
    for rendition in wanted {
        picture = render::scale_to(picture, rendition.spec.size);
        budget.spend_pixels(picture.width, picture.height, rendition.kind)?;
        let encoded = encode(&View::of(&picture, &[]), rendition.spec, panorama)?;
        made.push((rendition.kind, encoded));
    }
    let hash = thumbhash(&picture);
    let seen = look::look(&picture);
    Ok((made, hash, seen))
}

/// Encodes; a picture too long for WebP becomes a JPEG.
pub(crate) fn encode(
    view: &View<'_>,
    spec: RenditionSpec,
    panorama: Option<&str>,
) -> Result<Rendition, Failure> {
    let encoded = match render::render_view(view, spec, panorama) {
        Err(RenderError::Dimensions { .. }) if spec.format == RenditionFormat::Webp => {
            let spec = RenditionSpec {
                format: RenditionFormat::Jpeg,
                ..spec
            };
            render::render_view(view, spec, panorama)
        }
        other => other,
    };
    encoded.map_err(|error| Failure::Final(error.to_string()))
}

/// Puts the objects under the keys for their `asset_file.type` and format. They are pending until the job's results
/// are stored, because its asset may be gone before that, and the worker with it.
pub(crate) async fn store(
    app: &App,
    made: Vec<Made>,
    key: impl Fn(&str, RenditionFormat) -> String,
) -> Result<Vec<NewRendition>, Failure> {
    let mut stored = Vec::with_capacity(made.len());
    let keys: Vec<String> = made
        .iter()
        .map(|(kind, rendition)| key(kind, rendition.format))
        .collect();
    if !renditions::register(app.db(), &keys, app.now()).await? {
        return Err(Failure::Waiting(DELETED_NOW.to_owned()));
    }
    for ((kind, rendition), key) in made.into_iter().zip(keys) {
        let (size, mime_type) = (rendition.bytes.len(), rendition.format.mime_type());
        let encoding = Encoding::of(&rendition.bytes);
        app.objects
            .put(&key, Bytes::from(rendition.bytes), mime_type)
            .await?;
        stored.push(NewRendition {
            id: app.uuid(),
            kind,
            key,
            mime_type,
            size: i64::try_from(size).unwrap_or(i64::MAX),
            encoding,
        });
    }
    Ok(stored)
}
