//! Decodes, scales, cuts and encodes one picture.

use bytes::Bytes;
use edge_http::{App, budget::Budget, consumer::Failure};
use edge_media::{
    color::ColorSpace,
    decode::{self, DecodeError, Limits, LoadOptions},
    edit::View,
    frame::{self, Frame},
    render::{RenditionFormat, RenditionSpec, render_view},
};
use edge_platform::siblings::{TransformOrder, Transformed};

/// Largest file that is read, bytes: originals of phones have less, and its picture has to fit beside it.
const LARGEST: usize = 24 << 20;

/// Makes the picture and stores it.
pub async fn carry_out(app: &App, order: &TransformOrder) -> Result<Transformed, Failure> {
    let bytes = read(app, &order.source).await?;
    let budget = Budget::default();
    budget.spend(bytes.len() as u64, "reading the picture")?;
    let made = render(&bytes, order, &budget)?;
    let size = i64::try_from(made.len()).unwrap_or(i64::MAX);
    let mime_type = format_of(order).mime_type();
    app.objects
        .put(&order.target, Bytes::from(made), mime_type)
        .await?;
    Ok(Transformed {
        size,
        mime_type: mime_type.to_owned(),
    })
}

async fn read(app: &App, key: &str) -> Result<Bytes, Failure> {
    let object = app.objects.get(key, None).await?;
    let object = object.ok_or_else(|| Failure::Final(format!("{key} is missing")))?;
    let size = object.meta.size;
    if size > LARGEST as u64 {
        return Err(Failure::Final(format!("{size} bytes are too many")));
    }
    Ok(object.body.collect(LARGEST).await?)
}

fn format_of(order: &TransformOrder) -> RenditionFormat {
    if order.is_webp {
        RenditionFormat::Webp
    } else {
        RenditionFormat::Jpeg
    }
}

fn render(bytes: &[u8], order: &TransformOrder, budget: &Budget) -> Result<Vec<u8>, Failure> {
    let info = decode::probe(bytes).map_err(refused)?;
    let limits = Limits::here(bytes.len() as u64);
    if u64::from(info.width) * u64::from(info.height) <= limits.pixels {
        budget.spend_pixels(info.width, info.height, "decoding the picture")?;
    }
    // Whichever way it is turned, the picture has at least the pixels that are asked for.
    let wanted = frame::fit((info.width, info.height), box_of(order));
    let turned = frame::fit((info.height, info.width), box_of(order));
    let options = LoadOptions {
        short_side: wanted.short_side().max(turned.short_side()),
        limits,
        orientation: order.orientation,
        space: ColorSpace::Srgb,
    };
    let picture = decode::load(bytes, &options).map_err(refused)?;
    let frame = frame::fit((picture.width, picture.height), box_of(order));
    let picture = frame::draw(picture, frame);
    budget.spend_pixels(picture.width, picture.height, "encoding the picture")?;
    let spec = RenditionSpec {
        size: 0,
        format: format_of(order),
        quality: order.quality,
        progressive: false,
    };
    let made = render_view(&View::of(&picture, &[]), spec, None);
    made.map(|made| made.bytes)
        .map_err(|error| Failure::Final(error.to_string()))
}

fn box_of(order: &TransformOrder) -> Frame {
    Frame {
        width: order.width,
        height: order.height,
        is_cover: order.is_cover,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(error: DecodeError) -> Failure {
    Failure::Final(error.to_string())
}
