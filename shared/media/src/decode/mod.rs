//! From bytes to pixels: format sniffing, cost estimation and decoding that shrinks on the way,
//! so that a 50-megapixel photo fits a Worker isolate (issue 2, item 7).

mod band;
mod bmp;
mod gif;
mod heif;
mod huffman;
mod jpeg;
mod jxl;
mod orient;
mod png;
mod shrink;
mod sniff;
mod tiff;
mod tiff_jpeg;
mod tiff_open;
mod webp;

pub use crate::image_info::{DecodeError, Format, ImageInfo, Limits, LoadOptions};
pub use crate::picture::{Checked, Picture};
pub(crate) use jpeg::is_lossless as is_lossless_jpeg;
pub(crate) use sniff::sniff;

use crate::color;
use crate::image_info::{Cost, corrupt, unsupported};
use crate::scale;

/// Recognises a picture and reads its dimensions, without decoding.
///
/// Formats that are recognised but not decoded here (raw, AVIF, …) come back with their format
/// and, where the header is easy to read, with their size.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let format = sniff(bytes).ok_or(DecodeError::Unrecognised)?;
    let info = match format {
        Format::Jpeg => jpeg::probe(bytes),
        Format::Png => png::probe(bytes),
        Format::WebP => webp::probe(bytes),
        Format::Gif => gif::probe(bytes),
        Format::Bmp => bmp::probe(bytes),
        Format::Tiff => tiff::probe(bytes),
        Format::Heic => heif::probe(bytes),
        Format::Jxl => jxl::probe(bytes),
        Format::Avif | Format::Raw | Format::Psd | Format::Jp2 | Format::Svg => {
            return Ok(ImageInfo::of(format, (0, 0), false, Cost::default()));
        }
    }?;
    if info.width == 0 || info.height == 0 {
        return Err(corrupt(format, "no pixels"));
    }
    Ok(info)
}

/// Decodes a picture for renditions of at most `short_side`.
///
/// The result is upright, in the wanted colour space, and its shorter side is the wanted one. It is smaller if the source is, or
/// if more does not fit the memory.
pub fn load(bytes: &[u8], options: &LoadOptions) -> Result<Picture, DecodeError> {
    load_checked(bytes, options).map(|checked| checked.picture)
}

/// [`load`], which also says how large the original is, and what is missing of a damaged picture that is shown as far as it goes.
pub fn load_checked(bytes: &[u8], options: &LoadOptions) -> Result<Checked, DecodeError> {
    load_as(bytes, options, None)
}

/// [`load_checked`] of a file that has its ICC profile elsewhere, if it has none itself.
pub fn load_as(
    bytes: &[u8],
    options: &LoadOptions,
    profile: Option<&[u8]>,
) -> Result<Checked, DecodeError> {
    let info = probe(bytes)?;
    let side = info.affordable_side(options);
    // Too many pixels or steps are final, too much memory is not.
    if !matches!(side, Err(DecodeError::TooLarge { .. })) {
        info.check_work(options)?;
    }
    let side = side?;
    let raw = match info.format {
        Format::Jpeg => jpeg::decode(bytes, &info, side, options.limits),
        Format::Png => png::decode(bytes, &info, side),
        Format::WebP => webp::decode(bytes, &info, side),
        Format::Gif => gif::decode(bytes, &info, side),
        Format::Bmp => bmp::decode(bytes, &info, side),
        Format::Tiff => tiff::decode(bytes, &info, side),
        Format::Heic => heif::decode(bytes, &info, side),
        Format::Jxl => jxl::decode(bytes, &info, side),
        Format::Avif | Format::Raw | Format::Psd | Format::Jp2 | Format::Svg => {
            Err(unsupported(info.format, "no decoder"))
        }
    }?;
    // Colours are converted and pixels turned when there are fewer of them.
    let mut picture = scale::scale_to(raw.picture, options.short_side.max(1));
    let icc = raw.icc.as_deref().or(profile);
    color::convert(&mut picture, icc, options.space);
    let orientation = if raw.oriented {
        1
    } else {
        options.orientation.unwrap_or(1)
    };
    let picture = orient::apply(picture, orientation);
    Ok(Checked {
        upright: info.upright_as(&picture),
        picture,
        damage: raw.damage,
    })
}
