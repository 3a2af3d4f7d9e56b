//! Pictures that companions make: how they are read and how large they become, and what of it is there.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::{
    config::{self, SystemConfig},
    enums::{Colorspace, ImageFormat, JobName},
};
use edge_http::{App, Error, Result};
use edge_platform::ObjectError;
use edge_protocol::wire::{self, Look, Rendition};
use edge_store::{
    jobs::Job,
    media::{
        Source, edited,
        encoding::{self, Encoding},
        renditions::{self, NewRendition},
    },
};

/// Longest thumbhash, bytes: its format has no more.
const LONGEST_THUMBHASH: usize = 32;
/// Most letters of what is wrong with a file.
const LONGEST_WARNING: usize = 500;
/// Most pixels of a side.
const LONGEST_SIDE: u32 = 1 << 20;

/// The renditions of a picture, largest first.
pub fn wanted(config: &SystemConfig, source: &Source) -> Vec<Rendition> {
    let is_web_image = edge_api::media_type::is_web_image(&source.file_name);
    let all = config.renditions(is_web_image, source.is_panorama());
    all.map(rendition).collect()
}

/// How the original of a picture is decoded.
pub fn reading(config: &SystemConfig, source: &Source) -> wire::Reading {
    let bits = source.bits_per_sample;
    let orientation = source.orientation.as_deref();
    wire::Reading {
        orientation: orientation.and_then(|text| text.parse().ok()),
        colors: wire::Colors {
            is_p3: config.colorspace() == Colorspace::P3,
            bits: bits.and_then(|bits| u32::try_from(bits).ok()),
            colorspace: source.colorspace.clone(),
            profile: source.profile_description.clone(),
        },
        embedded: config.embedded(),
    }
}

/// How a rendition is made, for the companion.
pub fn rendition((kind, wanted): (&str, config::Rendition)) -> Rendition {
    Rendition {
        kind: kind.to_owned(),
        format: match wanted.format {
            ImageFormat::Jpeg => wire::Format::Jpeg,
            ImageFormat::Webp => wire::Format::Webp,
        },
        size: wanted.size.unwrap_or(0),
        quality: wanted.quality,
        progressive: wanted.progressive,
    }
}

/// Whether it is what a picture can look like.
pub fn is_sound(look: &Look) -> bool {
    let thumbhash = STANDARD.decode(&look.thumbhash);
    thumbhash.is_ok_and(|hash| (5..=LONGEST_THUMBHASH).contains(&hash.len()))
        && is_size((look.width, look.height))
        && look.outputs.len() <= 3
}

/// Whether a picture can have this width and height.
pub fn is_size((width, height): (u32, u32)) -> bool {
    let sides = 1..=LONGEST_SIDE;
    sides.contains(&width) && sides.contains(&height)
}

/// What a companion says of a file, for administrators to read.
pub fn readable(text: &str) -> String {
    let letters = text.chars().filter(|letter| !letter.is_control());
    letters.take(LONGEST_WARNING).collect()
}

/// Key of what a job makes. Edited pictures have another one with each lease.
pub fn key(job: &Job, source: &Source, kind: &str, format: wire::Format) -> String {
    let extension = format.extension();
    if job.kind == JobName::AssetEditThumbnailGeneration {
        edited::key(source, kind, &job.lease_id, extension)
    } else {
        renditions::key(source, kind, extension)
    }
}

/// Renditions that were written before, by the names of their outputs.
pub async fn written(
    app: &App,
    job: &Job,
    source: &Source,
    names: &[String],
) -> Result<Vec<NewRendition>> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        found.push(output(app, job, source, name).await?);
    }
    Ok(found)
}

async fn output(app: &App, job: &Job, source: &Source, name: &str) -> Result<NewRendition> {
    let unknown = || Error::bad_request(format!("There is no output {name}"));
    let (kind, format) = wire::parse_output(name).ok_or_else(unknown)?;
    let key = key(job, source, kind, format);
    let object = match app.objects.get(&key, Some(encoding::HEAD)).await {
        Err(ObjectError::Range) => return Err(unknown()),
        object => object?.ok_or_else(unknown)?,
    };
    let (meta, body) = (object.meta, object.body);
    let encoding = Encoding::of(&body.collect(encoding::HEAD_BYTES).await?);
    Ok(NewRendition {
        id: app.uuid(),
        kind,
        key,
        mime_type: format.mime_type(),
        size: i64::try_from(meta.size).unwrap_or(i64::MAX),
        encoding,
    })
}
