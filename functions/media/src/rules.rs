//! Which renditions an asset gets, in what form and under which key (api/jobs-ml.md section 4).

use edge_api::{
    config::{Rendition, SystemConfig},
    enums::{Colorspace, ImageFormat},
};
use edge_media::{
    color::{self, ColorSpace},
    render::{RenditionFormat, RenditionSpec},
};
use edge_store::media::Source;

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

/// The renditions of an asset, largest first. A full-size one is made when browsers do not show the
/// original: if configured, and always for panoramas.
pub fn wanted(config: &SystemConfig, source: &Source) -> Vec<Wanted> {
    let mut wanted = Vec::with_capacity(3);
    let panorama = source.projection_type.as_deref() == Some("EQUIRECTANGULAR");
    if !edge_media::types::is_web_image(&source.file_name) {
        let fullsize = config.fullsize();
        let always = panorama.then_some(Rendition {
            format: ImageFormat::Jpeg,
            size: None,
            quality: 80,
            progressive: false,
        });
        wanted.extend(fullsize.or(always).map(|rendition| Wanted {
            kind: "fullsize",
            spec: spec(rendition),
        }));
    }
    wanted.push(Wanted {
        kind: "preview",
        spec: spec(config.preview()),
    });
    wanted.push(Wanted {
        kind: "thumbnail",
        spec: spec(config.thumbnail()),
    });
    wanted
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

/// Key of a rendition: `thumbs/<owner>/<id[0:2]>/<id[2:4]>/<id>_<kind>.<extension>`.
pub fn key(source: &Source, kind: &str, format: RenditionFormat) -> String {
    let Source { id, owner_id, .. } = source;
    let (first, second) = (
        id.get(..2).unwrap_or_default(),
        id.get(2..4).unwrap_or_default(),
    );
    format!(
        "thumbs/{owner_id}/{first}/{second}/{id}_{kind}{}",
        format.extension()
    )
}

/// Why a video's picture and rendition are left to the companion.
pub const VIDEO: &str = "videos need ffmpeg, which does not run at the edge";
