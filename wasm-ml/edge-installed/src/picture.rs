//! Previews as networks take them.

use bytes::Bytes;
use edge_http::{App, budget::Budget, consumer::Failure};
use edge_media::{
    color::ColorSpace,
    decode::{self, DecodeError, ImageInfo, Limits, LoadOptions},
};
use edge_ml::picture::Picture;

/// Largest preview that is read, bytes.
const LARGEST: usize = 32 << 20;

/// Pixels above which a preview is shrunk while it is decoded: a panorama would fill the memory.
const MANY: f64 = 8e6;

/// The preview under a key, in sRGB. Errors: it is missing or no picture (final).
pub async fn read(app: &App, key: &str) -> Result<Picture, Failure> {
    decode(&bytes(app, key).await?)
}

/// The bytes of the preview under a key, for a service that decodes it itself. Errors: it is missing (final).
pub async fn bytes(app: &App, key: &str) -> Result<Bytes, Failure> {
    let object = app.objects.get(key, None).await?;
    let object = object.ok_or_else(|| Failure::Final(format!("{key} is missing")))?;
    Ok(object.body.collect(LARGEST).await?)
}

fn decode(bytes: &Bytes) -> Result<Picture, Failure> {
    let budget = Budget::default();
    budget.spend(bytes.len() as u64, "reading the preview")?;
    let info = decode::probe(bytes).map_err(refused)?;
    let limits = Limits::here(bytes.len() as u64);
    if u64::from(info.width) * u64::from(info.height) <= limits.pixels {
        budget.spend_pixels(info.width, info.height, "decoding the preview")?;
    }
    let options = LoadOptions {
        short_side: short_side(&info),
        limits,
        orientation: None,
        space: ColorSpace::Srgb,
    };
    let mut picture = decode::load(bytes, &options).map_err(refused)?;
    if picture.alpha {
        picture.pixels = opaque(&picture.pixels);
    }
    Picture::new(picture.width, picture.height, picture.pixels)
        .map_err(|error| Failure::Final(error.to_string()))
}

/// Pixels that the shorter side keeps.
fn short_side(info: &ImageInfo) -> u32 {
    let (width, height) = (f64::from(info.width), f64::from(info.height));
    let scale = (MANY / (width * height).max(1.0)).sqrt().min(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the side"
    )]
    let side = (width.min(height) * scale).ceil() as u32;
    side.max(1)
}

/// Without alpha, on black.
fn opaque(pixels: &[u8]) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<4>();
    let over = |value: u8, alpha: u8| {
        let value = u16::from(value) * u16::from(alpha) / 255;
        u8::try_from(value).unwrap_or(u8::MAX)
    };
    let colours = pixels
        .iter()
        .flat_map(|[r, g, b, alpha]| [*r, *g, *b].map(|value| over(value, *alpha)));
    colours.collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(error: DecodeError) -> Failure {
    Failure::Final(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_has_a_reason() {
        let failure = decode(&Bytes::from_static(b"\0\0 nothing"));
        assert!(matches!(failure, Err(Failure::Final(reason)) if !reason.is_empty()));
    }

    #[test]
    fn transparent_pixels_are_dark() {
        assert_eq!(
            opaque(&[200, 100, 50, 255, 200, 100, 50, 0]),
            [200, 100, 50, 0, 0, 0]
        );
    }
}
