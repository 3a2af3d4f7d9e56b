//! Renditions of a picture, made as the media function makes them, and sent to the server.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use edge_media::decode::Picture;
use edge_media::render::{self, RenderError, RenditionFormat, RenditionSpec};
use edge_media::thumbhash::thumbhash;
use edge_protocol::wire::{Format, Look, Rendition, output_name};

use crate::context::{Context, Trouble};

/// Makes the wanted renditions, each from the next larger one, and sends them. `upright` is the size of the original.
pub fn make(
    context: &Context<'_>,
    mut picture: Picture,
    (width, height): (u32, u32),
    wanted: &[Rendition],
) -> Result<Look, Trouble> {
    let mut outputs = Vec::with_capacity(wanted.len());
    for rendition in wanted {
        picture = render::scale_to(picture, rendition.size);
        let made = encode(&picture, rendition)?;
        let format = match made.format {
            RenditionFormat::Jpeg => Format::Jpeg,
            RenditionFormat::Webp => Format::Webp,
        };
        let name = output_name(&rendition.kind, format);
        if context.halt.is_set() {
            return Err(Trouble::Halted);
        }
        let (server, mime) = (context.server, format.mime_type());
        server.output(context.lease, &name, mime, &made.bytes)?;
        outputs.push(name);
    }
    Ok(Look {
        outputs,
        thumbhash: STANDARD.encode(thumbhash(&picture)),
        width,
        height,
        damage: None,
    })
}

/// Encodes; a picture too long for WebP becomes a JPEG.
fn encode(picture: &Picture, wanted: &Rendition) -> Result<render::Rendition, Trouble> {
    let spec = |format| RenditionSpec {
        size: wanted.size,
        format,
        quality: wanted.quality,
        progressive: wanted.progressive,
    };
    let format = match wanted.format {
        Format::Jpeg => RenditionFormat::Jpeg,
        Format::Webp => RenditionFormat::Webp,
    };
    let made = match render::render(picture, spec(format), None) {
        Err(RenderError::Dimensions { .. }) if format == RenditionFormat::Webp => {
            render::render(picture, spec(RenditionFormat::Jpeg), None)
        }
        other => other,
    };
    made.map_err(|error| Trouble::Final(error.to_string()))
}
