//! Which renditions an asset gets, in what form and under which key (api/jobs-ml.md section 4).

use edge_api::{
    config::{Rendition, SystemConfig},
    enums::{Colorspace, ImageFormat},
};
use edge_media::{
    color::{self, ColorSpace},
    metadata::{Metadata, Region},
    render::{RenditionFormat, RenditionSpec},
};
use edge_store::{
    faces::Place,
    media::{Source, facts::Facts, regions::Named, renditions},
};

/// Largest original that is read into memory here, bytes: the isolate has 128 MB, and decoding needs
/// its share.
pub const LARGEST: u64 = if cfg!(target_arch = "wasm32") {
    64 << 20
} else {
    1 << 30
};

/// A rendition to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// `asset_file.type`.
    pub kind: &'static str,
    /// Size, format, quality.
    pub spec: RenditionSpec,
}

/// The renditions of an asset, largest first.
pub fn wanted(config: &SystemConfig, source: &Source) -> Vec<Wanted> {
    let is_web_image = edge_api::media_type::is_web_image(&source.file_name);
    let all = config.renditions(is_web_image, source.is_panorama());
    all.map(|(kind, rendition)| Wanted {
        kind,
        spec: spec(rendition),
    })
    .collect()
}

/// The renditions of an edited picture, largest first: always one in full size (api/jobs-ml.md section 4).
pub fn wanted_edited(config: &SystemConfig) -> Vec<Wanted> {
    let all = config.edited_renditions();
    all.map(|(kind, rendition)| Wanted {
        kind,
        spec: spec(rendition),
    })
    .to_vec()
}

fn spec(rendition: Rendition) -> RenditionSpec {
    RenditionSpec {
        size: rendition.size.unwrap_or(0),
        format: match rendition.format {
            ImageFormat::Webp => RenditionFormat::Webp,
            ImageFormat::Jpeg => RenditionFormat::Jpeg,
        },
        quality: rendition.quality,
        progressive: rendition.progressive,
    }
}

/// The shorter side that decoding must leave, pixels: all of it for a full-size rendition.
pub fn short_side(wanted: &[Wanted]) -> u32 {
    let sides = wanted.iter().map(|rendition| rendition.spec.size);
    sides
        .map(|side| if side == 0 { u32::MAX } else { side })
        .max()
        .unwrap_or(0)
}

/// Whether the companion is to develop a raw file although the JPEG inside it, of which this is the shorter side in pixels, stands for it
/// meanwhile.
pub fn is_developed(config: &SystemConfig, embedded: Option<u32>) -> bool {
    let is_enough = |side: u32| config.embedded().is_some_and(|least| side >= least);
    embedded.is_some_and(|side| !is_enough(side))
}

/// Why a second job makes the renditions of a raw file.
pub const DEVELOPING: &str = "raw files are developed by LibRaw, which does not run at the edge";

/// The colour space of the renditions.
pub fn space(config: &SystemConfig, source: &Source) -> ColorSpace {
    match config.colorspace() {
        Colorspace::Srgb => ColorSpace::Srgb,
        Colorspace::P3 => color::output_space(
            source.colorspace.as_deref(),
            source.profile_description.as_deref(),
            source
                .bits_per_sample
                .and_then(|bits| u32::try_from(bits).ok()),
        ),
    }
}

/// Key of a rendition.
pub fn key(source: &Source, kind: &str, format: RenditionFormat) -> String {
    renditions::key(source, kind, format.extension())
}

/// Why a video's picture and rendition are left to the companion.
pub const VIDEO: &str = "videos need ffmpeg, which does not run at the edge";

/// Key of the film taken out of a motion photo: `encoded-video/<owner>/<id[0:2]>/<id[2:4]>/<id>-MP.mp4`.
pub fn motion_key(source: &Source, film_id: &str) -> String {
    let (first, second) = (
        film_id.get(..2).unwrap_or_default(),
        film_id.get(2..4).unwrap_or_default(),
    );
    format!(
        "encoded-video/{}/{first}/{second}/{film_id}-MP.mp4",
        source.owner_id
    )
}

/// Name of the film taken out of a motion photo: the still's with `.mp4`.
pub fn motion_name(still_name: &str) -> String {
    let stem = still_name
        .rsplit_once('.')
        .map_or(still_name, |(stem, _)| stem);
    format!("{stem}.mp4")
}

/// The columns that follow from the metadata of a file. Without a date in it the earliest time known of
/// the file counts (api/assets.md section 9, row "no date").
pub fn facts(source: &Source, metadata: &Metadata) -> Facts {
    let earliest = source.file_created_at.min(source.file_modified_at);
    let capture = metadata.capture.as_ref();
    let (width, height) = metadata.upright_size().unzip();
    let tags = (!metadata.tags.is_empty()).then(|| edge_store::json_texts(&metadata.tags));
    let instant = capture.map_or(earliest, |capture| capture.instant);
    Facts {
        make: metadata.make.clone(),
        model: metadata.model.clone(),
        lens_model: metadata.lens_model.clone(),
        exif_image_width: metadata.exif_width.map(i64::from),
        exif_image_height: metadata.exif_height.map(i64::from),
        orientation: metadata
            .orientation
            .map(|orientation| orientation.to_string()),
        date_time_original: Some(instant),
        modify_date: source.file_modified_at,
        time_zone: capture.and_then(|capture| capture.zone.clone()),
        f_number: metadata.f_number,
        focal_length: metadata.focal_length,
        iso: metadata.iso.map(i64::from),
        exposure_time: metadata.exposure_time.clone(),
        fps: metadata.fps,
        latitude: metadata.latitude,
        longitude: metadata.longitude,
        city: None,
        state: None,
        country: None,
        description: metadata.description.clone(),
        rating: metadata.rating.map(i64::from),
        projection_type: metadata.projection_type.clone(),
        profile_description: metadata.profile_description.clone(),
        colorspace: metadata.colorspace.clone(),
        bits_per_sample: metadata.bits_per_sample.map(i64::from),
        live_photo_cid: metadata.live_photo_cid.clone(),
        auto_stack_id: metadata.auto_stack_id.clone(),
        tags,
        file_created_at: instant,
        local_date_time: capture.map_or(earliest, |capture| capture.local),
        width: width.map(i64::from),
        height: height.map(i64::from),
        duration_ms: metadata.duration,
    }
}

/// The named faces of a file, in pixels of the upright picture; those of a picture of unknown size are left out.
pub fn faces(metadata: &Metadata) -> Vec<Named> {
    let size = metadata.upright_size();
    let size = size.and_then(|(width, height)| {
        let width = i32::try_from(width).ok()?;
        Some((width, i32::try_from(height).ok()?))
    });
    let Some((width, height)) = size else {
        return Vec::new();
    };
    #[expect(clippy::cast_possible_truncation, reason = "parts of a side")]
    let pixels = |part: f64, side: i32| (part * f64::from(side)).round() as i32;
    let upright = |region: &Region| {
        let turned = region.upright(metadata.orientation.unwrap_or(1));
        Named {
            place: Place {
                x1: pixels(turned.left, width),
                y1: pixels(turned.top, height),
                x2: pixels(turned.right, width),
                y2: pixels(turned.bottom, height),
                width,
                height,
            },
            name: turned.name,
        }
    };
    let faces = metadata.regions.iter().map(upright);
    let mut known = std::collections::HashSet::new();
    faces.filter(|face| known.insert(face.place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Source {
        Source {
            is_new: true,
            is_extracted: false,
            id: "abcdef00-0000-4000-8000-000000000000".to_owned(),
            owner_id: "u".to_owned(),
            is_video: false,
            is_hidden: false,
            original_path: String::new(),
            file_name: name.to_owned(),
            file_modified_at: 2_000,
            file_created_at: 3_000,
            live_photo_video_id: None,
            sidecar_path: None,
            orientation: None,
            colorspace: None,
            profile_description: None,
            bits_per_sample: None,
            projection_type: None,
            is_edited: false,
        }
    }

    #[test]
    fn keys_tell_what_was_encoded() {
        let source = source("a.jpg");
        assert_eq!(
            key(&source, "preview", RenditionFormat::Jpeg),
            "thumbs/u/ab/cd/abcdef00-0000-4000-8000-000000000000_preview.jpeg"
        );
        assert!(key(&source, "thumbnail", RenditionFormat::Webp).ends_with("_thumbnail.webp"));
        assert_eq!(
            motion_key(&source, "1234"),
            "encoded-video/u/12/34/1234-MP.mp4"
        );
        assert_eq!(motion_name("PXL.MP.jpg"), "PXL.MP.mp4");
    }

    #[test]
    fn originals_that_browsers_do_not_show_get_a_full_size_rendition_when_configured() {
        let stored = serde_json::json!({"image": {"fullsize": {"enabled": true}}});
        let config = SystemConfig::from_stored(&stored);
        let kinds = |source: &Source, config| -> Vec<&str> {
            wanted(config, source)
                .iter()
                .map(|wanted| wanted.kind)
                .collect()
        };
        assert_eq!(
            kinds(&source("a.heic"), &config),
            ["fullsize", "preview", "thumbnail"]
        );
        assert_eq!(kinds(&source("a.jpg"), &config), ["preview", "thumbnail"]);
        let defaults = SystemConfig::defaults();
        assert_eq!(
            kinds(&source("a.heic"), &defaults),
            ["preview", "thumbnail"]
        );
        let mut panorama = source("a.heic");
        panorama.projection_type = Some("EQUIRECTANGULAR".to_owned());
        assert_eq!(short_side(&wanted(&defaults, &panorama)), u32::MAX);
        assert_eq!(short_side(&wanted(&defaults, &source("a.jpg"))), 1440);
    }

    #[test]
    fn raw_files_are_developed_unless_the_setting_and_their_jpeg_say_otherwise() {
        let on =
            SystemConfig::from_stored(&serde_json::json!({"image": {"extractEmbedded": true}}));
        let off = SystemConfig::defaults();
        for (embedded, by_setting) in [(Some(1439), [true, true]), (Some(1440), [false, true])] {
            assert_eq!(
                [&on, &off].map(|config| is_developed(config, embedded)),
                by_setting
            );
        }
        assert!(!is_developed(&off, None), "no raw file");
    }

    #[test]
    fn edited_pictures_always_have_a_full_size_rendition() {
        let edited = wanted_edited(&SystemConfig::defaults());
        let sizes = edited.iter().map(|wanted| (wanted.kind, wanted.spec.size));
        let sizes: Vec<_> = sizes.collect();
        assert_eq!(
            sizes,
            [("fullsize", 0), ("preview", 1440), ("thumbnail", 250)]
        );
    }

    #[test]
    fn without_a_date_the_earliest_time_counts() {
        let facts = facts(&source("a.jpg"), &Metadata::default());
        assert_eq!(facts.file_created_at, 2_000);
        assert_eq!(
            (facts.date_time_original, facts.local_date_time),
            (Some(2_000), 2_000)
        );
    }
}
