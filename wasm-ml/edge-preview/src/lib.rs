//! Previews as networks take them: decoded, in sRGB, and nothing to be seen through. The functions and the companion read them by this
//! code, so that their networks are given the same numbers.

use edge_media::{
    color::ColorSpace,
    decode::{self, DecodeError, ImageInfo, Limits, LoadOptions},
};
use edge_ml::picture::Picture;

/// Pixels above which a preview is shrunk while it is decoded: a panorama would fill the memory of an isolate.
const MANY: f64 = 8e6;

/// Why a preview cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// What was decoded is no picture for networks.
    #[error(transparent)]
    Picture(#[from] edge_ml::Error),
}

/// What a preview's file says of itself. Errors: it is no picture.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, Refused> {
    Ok(decode::probe(bytes)?)
}

/// The preview in these bytes, of which [`probe`] told `info`. Errors: it is damaged, or too large.
pub fn decode(bytes: &[u8], info: &ImageInfo) -> Result<Picture, Refused> {
    let options = LoadOptions {
        short_side: short_side(info),
        limits: Limits::here(bytes.len() as u64),
        orientation: None,
        space: ColorSpace::Srgb,
    };
    let mut picture = decode::load(bytes, &options)?;
    if picture.alpha {
        picture.pixels = opaque(&picture.pixels);
    }
    Ok(Picture::new(picture.width, picture.height, picture.pixels)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_has_a_reason() {
        let refused = probe(b"\0\0 nothing").err();
        assert!(refused.is_some_and(|reason| !reason.to_string().is_empty()));
    }

    #[test]
    fn transparent_pixels_are_dark() {
        assert_eq!(
            opaque(&[200, 100, 50, 255, 200, 100, 50, 0]),
            [200, 100, 50, 0, 0, 0]
        );
    }
}
