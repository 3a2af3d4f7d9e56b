//! What a picture becomes, in a process of its own: its file is decoded, and the renditions lie beside it. Files of strangers meet our
//! decoders here, within the limits that ffmpeg has (`child`): what is too much for the memory, or goes on for ever, ends this process
//! and nothing else.
//!
//! `immich-companion --decode <order>` prints an [`Answer`] ([`crate::order`]).

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use edge_api::assets::AssetEdit;
use edge_api::input::from_json;
use edge_media::color::{self, ColorSpace};
use edge_media::decode::{self, Checked, DecodeError, Format as Kind, Limits, LoadOptions};
use edge_media::edit::{self, Step, View};
use edge_media::foreign::{self, Foreign};
use edge_media::look;
use edge_media::metadata;
use edge_media::render::{self, RenderError, RenditionFormat, RenditionSpec};
use edge_media::thumbhash::thumbhash;
use edge_protocol::wire::{Colors, Edits, Format, Rendition, WHOLE_OUTPUT, output_name};

use crate::order::{Answer, DECODE, Next, Order, Refusal};
use crate::{child, drawing, raw};

/// What is tried in the place of a quality that takes too many bytes.
const LOWER: [u8; 5] = [75, 60, 40, 20, 5];

/// The order, if this process is to be a decoder.
pub fn asked() -> Option<String> {
    child::order(DECODE)
}

/// Does as ordered, and prints the answer.
pub fn run(order: &str) -> ExitCode {
    child::carry_out("it broke on this file", || answer(order))
}

fn answer(order: &str) -> Result<()> {
    let order: Order = serde_json::from_str(order).context("this is no order")?;
    let bytes = fs::read(&order.input).context("the companion's disk")?;
    let (panorama, foreign) = said(&order, &bytes)?;
    let answer = match load(&bytes, &order, foreign.profile.as_deref()) {
        Ok(loaded) if foreign.is_part(loaded.upright) => Answer::Refused {
            reason: format!(
                "only a tile of this picture is decoded, {:?}",
                loaded.upright
            ),
            next: Next::Nobody,
        },
        Ok(loaded) => {
            drop(bytes);
            made(&order, loaded, panorama.as_deref())?
        }
        Err((reason, next)) => Answer::Refused { reason, next },
    };
    let text = serde_json::to_vec(&answer)?;
    Ok(std::io::stdout().write_all(&text)?)
}

/// What the renditions of a panorama say of it, and what a tool that decoded the picture left out.
fn said(order: &Order, bytes: &[u8]) -> Result<(Option<String>, Foreign)> {
    // What was edited has other pixels than those that a panorama counts.
    let is_edited = !order.edits.steps.is_empty();
    let panorama = |file: &[u8]| metadata::panorama_xmp(file).filter(|_| !is_edited);
    let Some(original) = &order.original else {
        return Ok((panorama(bytes), Foreign::default()));
    };
    let original = fs::read(original).context("the companion's disk")?;
    Ok((panorama(&original), foreign::read(&original)))
}

fn load(bytes: &[u8], order: &Order, profile: Option<&[u8]>) -> Result<Checked, Refusal> {
    let options = options(order);
    let refused = match decode::load_as(bytes, &options, profile) {
        Ok(loaded) => return Ok(loaded),
        Err(error) => error,
    };
    match decode::probe(bytes).map(|info| info.format) {
        Ok(Kind::Raw) => raw::embedded(bytes, &options, order.least),
        Ok(Kind::Svg) => drawing::draw(bytes, &options),
        // dcraw_emu ends well where the disk is full.
        _ if order.original.is_some() && matches!(refused, DecodeError::Corrupt { .. }) => {
            Err((refused.to_string(), Next::Again))
        }
        _ if refused.needs_companion() || refused == DecodeError::Unrecognised => {
            let is_opaque = foreign::read(bytes).is_opaque;
            Err((refused.to_string(), Next::Ffmpeg { is_opaque }))
        }
        _ => Err((refused.to_string(), Next::Nobody)),
    }
}

fn options(order: &Order) -> LoadOptions {
    let short_side = |one: &Rendition| if one.size == 0 { u32::MAX } else { one.size };
    let native = Limits::native();
    LoadOptions {
        short_side: order.wanted.iter().map(short_side).max().unwrap_or(0),
        limits: Limits {
            // The file itself and what the allocator wastes come on top.
            memory: native.memory.min(order.memory / 4 * 3),
            ..native
        },
        orientation: order.orientation,
        space: space(&order.colors),
    }
}

fn space(colors: &Colors) -> ColorSpace {
    let (space, profile) = (colors.colorspace.as_deref(), colors.profile.as_deref());
    if colors.is_p3 {
        color::output_space(space, profile, colors.bits)
    } else {
        ColorSpace::Srgb
    }
}

/// Makes the renditions as functions/media does: cropped at first, each from the next larger one, and turned when it is encoded.
fn made(order: &Order, loaded: Checked, panorama: Option<&str>) -> Result<Answer> {
    let Checked {
        picture,
        upright: own,
        damage,
    } = loaded;
    let seen = look::look(&picture).map(|bits| format!("{bits:032x}"));
    let known = order.edits.size;
    let steps = steps(&order.edits)?;
    let unlike = known.filter(|known| !is_alike(*known, own));
    if let Some(known) = unlike
        && !steps.is_empty()
    {
        // The steps count in pixels that this picture lacks.
        let reason = format!("it is edited as one of {known:?} pixels and was decoded as {own:?}");
        let next = Next::Nobody;
        return Ok(Answer::Refused { reason, next });
    }
    let upright = known.filter(|_| unlike.is_none()).unwrap_or(own);
    let here = edit::scaled(&steps, upright, (picture.width, picture.height));
    let (mut picture, turns) = edit::begun(picture, &here);
    let mut outputs = Vec::with_capacity(order.wanted.len());
    for rendition in &order.wanted {
        picture = render::scale_to(picture, rendition.size);
        let view = View::of(&picture, turns);
        outputs.push(written(&view, rendition, panorama, &order.folder)?);
    }
    let smallest = View::of(&picture, turns).to_picture();
    Ok(Answer::Made {
        outputs,
        thumbhash: STANDARD.encode(thumbhash(&smallest)),
        upright,
        shown: edit::size(upright.0, upright.1, &steps),
        damage,
        seen,
    })
}

/// The edits of an order, which are the API's.
fn steps(edits: &Edits) -> Result<Vec<Step>> {
    let step = |value: &serde_json::Value| {
        let read: Result<AssetEdit, _> = from_json(value);
        let edit = read.map_err(|issues| anyhow!("this is no edit: {issues:?}"))?;
        Step::of(&edit).context("no picture has these pixels")
    };
    edits.steps.iter().map(step).collect()
}

/// Whether a picture may stand for one of the size that is known: it is of nearly the same shape. Sensors have a margin that previews
/// lack.
fn is_alike(known: (u32, u32), own: (u32, u32)) -> bool {
    let product = |one: u32, other: u32| u64::from(one) * u64::from(other);
    let (across, down) = (product(known.0, own.1), product(known.1, own.0));
    across > 0 && across.abs_diff(down) * 50 <= across.max(down)
}

/// Encodes and writes what is seen; a picture too long for WebP becomes a JPEG. Gives the file's name.
fn written(
    view: &View<'_>,
    wanted: &Rendition,
    panorama: Option<&str>,
    folder: &Path,
) -> Result<String> {
    let format = match wanted.format {
        Format::Jpeg => RenditionFormat::Jpeg,
        Format::Webp => RenditionFormat::Webp,
    };
    let made = fitting(wanted.quality, WHOLE_OUTPUT, |quality| {
        let spec = |format| RenditionSpec {
            size: wanted.size,
            format,
            quality,
            progressive: wanted.progressive,
        };
        match render::render_view(view, spec(format), panorama) {
            Err(RenderError::Dimensions { .. }) if format == RenditionFormat::Webp => {
                render::render_view(view, spec(RenditionFormat::Jpeg), panorama)
            }
            other => other,
        }
    })?;
    let format = match made.format {
        RenditionFormat::Jpeg => Format::Jpeg,
        RenditionFormat::Webp => Format::Webp,
    };
    let name = output_name(&wanted.kind, format);
    fs::write(folder.join(&name), &made.bytes).context("the companion's disk")?;
    Ok(name)
}

/// Encodes in this quality, or in less where that takes more bytes than the server takes.
fn fitting(
    quality: u8,
    most: usize,
    encode: impl Fn(u8) -> Result<render::Rendition, RenderError>,
) -> Result<render::Rendition> {
    let lower = LOWER.into_iter().filter(|lower| *lower < quality);
    for quality in [quality].into_iter().chain(lower) {
        let made = encode(quality)?;
        if made.bytes.len() <= most {
            return Ok(made);
        }
    }
    Err(anyhow!("a rendition takes more than {most} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_takes_too_many_bytes_is_encoded_again_in_less_quality() {
        let asked = std::cell::RefCell::new(Vec::new());
        let encode = |quality: u8| {
            asked.borrow_mut().push(quality);
            Ok(render::Rendition {
                bytes: vec![0; usize::from(quality) * 10],
                width: 1,
                height: 1,
                format: RenditionFormat::Jpeg,
            })
        };
        assert_eq!(fitting(90, 1_000, encode).unwrap().bytes.len(), 900);
        assert_eq!(fitting(90, 500, encode).unwrap().bytes.len(), 400);
        assert_eq!(fitting(50, 450, encode).unwrap().bytes.len(), 400);
        let never = fitting(90, 1, encode).unwrap_err();
        assert_eq!(never.to_string(), "a rendition takes more than 1 bytes");
        let asked = asked.into_inner();
        assert_eq!(asked[..6], [90, 90, 75, 60, 40, 50]);
    }

    #[test]
    fn edits_are_those_of_the_api_and_nothing_else() {
        let edits = |steps: Vec<serde_json::Value>| Edits { steps, size: None };
        let crop =
            json!({"action": "crop", "parameters": {"x": 1, "y": 2, "width": 3, "height": 4}});
        let turn = json!({"action": "rotate", "parameters": {"angle": 90}});
        let read = steps(&edits(vec![crop, turn])).unwrap();
        assert_eq!(read, [Step::Crop(1, 2, 3, 4), Step::Rotate(90)]);
        let huge = json!({"x": 0, "y": 0, "width": 1_u64 << 33, "height": 1});
        for wrong in [
            json!({}),
            json!({"action": "blur", "parameters": {}}),
            json!({"action": "crop", "parameters": huge}),
        ] {
            assert!(steps(&edits(vec![wrong])).is_err());
        }
    }

    #[test]
    fn a_developed_picture_stands_for_the_size_that_is_known() {
        assert!(is_alike((6000, 4000), (6024, 4020)));
        assert!(is_alike((6000, 4000), (1616, 1080)));
        assert!(!is_alike((4000, 6000), (6000, 4000)));
        assert!(!is_alike((0, 0), (6000, 4000)));
    }

    #[test]
    fn the_space_follows_configuration_and_original() {
        let wide = Colors {
            is_p3: true,
            profile: Some("Display P3".to_owned()),
            ..Colors::default()
        };
        assert_eq!(space(&wide), ColorSpace::DisplayP3);
        assert_eq!(
            space(&Colors {
                is_p3: false,
                ..wide
            }),
            ColorSpace::Srgb
        );
        let plain = Colors {
            is_p3: true,
            ..Colors::default()
        };
        assert_eq!(space(&plain), ColorSpace::Srgb);
    }
}
