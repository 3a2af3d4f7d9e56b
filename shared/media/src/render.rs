//! Renditions: resizing and encoding of thumbnails and previews (api/jobs-ml.md section 4).
//!
//! Lossy WebP comes from an encoder of our own (`vp8`): those that are published in pure Rust are several times slower, or under
//! a licence that cannot be used here.

use crate::color;
use crate::edit::View;
use crate::picture::Picture;
use crate::scale::resize;
pub use crate::scale::{fit_outside, scale_to};
use crate::webp;
use jpeg_encoder::{ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};
use std::borrow::Cow;

/// File format of a rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenditionFormat {
    /// Lossy WebP; keeps transparency.
    Webp,
    /// JPEG; transparency becomes black.
    Jpeg,
}

impl RenditionFormat {
    /// Extension of the stored file with its dot (api/jobs-ml.md section 4, file layout).
    pub fn extension(self) -> &'static str {
        match self {
            Self::Webp => ".webp",
            Self::Jpeg => ".jpeg",
        }
    }

    /// MIME type of the encoded file.
    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// What a rendition shall look like (system config `image.thumbnail`, `image.preview`,
/// `image.fullsize`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenditionSpec {
    /// Length of the shorter side in pixels; smaller pictures keep their size. 0 keeps any size.
    pub size: u32,
    /// File format.
    pub format: RenditionFormat,
    /// Quality, 1 to 100. JPEG chroma is kept in full from 80 upwards.
    pub quality: u8,
    /// Progressive JPEG; ignored by WebP.
    pub progressive: bool,
}

impl RenditionSpec {
    /// The default thumbnail.
    pub const THUMBNAIL: Self = Self {
        size: 250,
        format: RenditionFormat::Webp,
        quality: 80,
        progressive: false,
    };
    /// The default preview.
    pub const PREVIEW: Self = Self {
        size: 1440,
        format: RenditionFormat::Jpeg,
        quality: 80,
        progressive: false,
    };
}

/// An encoded rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// The file.
    pub bytes: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The format it is really in.
    pub format: RenditionFormat,
}

/// Why a rendition could not be encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The format has no room for such sides (WebP 16383, JPEG 65535 pixels).
    #[error("{width}x{height} pixels do not fit {format:?}")]
    Dimensions {
        /// Wanted width.
        width: u32,
        /// Wanted height.
        height: u32,
        /// Wanted format.
        format: RenditionFormat,
    },
    /// The encoder failed.
    #[error("cannot encode: {0}")]
    Encoder(String),
}

/// Resizes and encodes in one step. `panorama_xmp` is an XMP packet to embed
/// ([`crate::metadata::Metadata::panorama_xmp`]); all other metadata is left out.
pub fn render(
    picture: &Picture,
    spec: RenditionSpec,
    panorama_xmp: Option<&str>,
) -> Result<Rendition, RenderError> {
    let (width, height) = fit_outside(picture.width, picture.height, spec.size);
    let scaled = if (width, height) == (picture.width, picture.height) {
        Cow::Borrowed(picture)
    } else {
        Cow::Owned(resize(picture, width, height))
    };
    encode(&scaled, spec, panorama_xmp)
}

/// Encodes a picture as it is seen, in the size that it has. A JPEG is read row by row, so there is no second picture in memory;
/// WebP of what is turned is made from a copy. `panorama_xmp` as for [`render`].
pub fn render_view(
    view: &View<'_>,
    spec: RenditionSpec,
    panorama_xmp: Option<&str>,
) -> Result<Rendition, RenderError> {
    if view.is_whole() {
        return encode(view.picture(), spec, panorama_xmp);
    }
    if spec.format == RenditionFormat::Webp {
        return encode(&view.to_picture(), spec, panorama_xmp);
    }
    let (width, height, format) = (view.width(), view.height(), spec.format);
    let side = |n: u32| {
        u16::try_from(n).map_err(|_too_wide| RenderError::Dimensions {
            width,
            height,
            format,
        })
    };
    let rows = Rows {
        view,
        width: side(width)?,
        height: side(height)?,
    };
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder(&mut bytes, view.picture(), spec, panorama_xmp)?;
    encoder.encode_image(rows).map_err(failure)?;
    Ok(Rendition {
        bytes,
        width,
        height,
        format,
    })
}

/// A view as the JPEG encoder reads it.
struct Rows<'a> {
    view: &'a View<'a>,
    width: u16,
    height: u16,
}

impl ImageBuffer for Rows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, row: u16, buffers: &mut [Vec<u8>; 4]) {
        let [luma, blue, red, _] = buffers;
        for pixel in self.view.row(row.into()) {
            let (rgb, alpha) = match pixel {
                [rgb @ .., alpha] if rgb.len() == 3 => (rgb, *alpha),
                rgb => (rgb, u8::MAX),
            };
            if let [r, g, b] = rgb {
                let coded = rgb_to_ycbcr(dim(*r, alpha), dim(*g, alpha), dim(*b, alpha));
                luma.push(coded.0);
                blue.push(coded.1);
                red.push(coded.2);
            }
        }
    }
}

fn encode(
    picture: &Picture,
    spec: RenditionSpec,
    xmp: Option<&str>,
) -> Result<Rendition, RenderError> {
    let (width, height, format) = (picture.width, picture.height, spec.format);
    let too_large = RenderError::Dimensions {
        width,
        height,
        format,
    };
    if picture.pixels.len() != width as usize * height as usize * picture.channels() {
        return Err(too_large);
    }
    let bytes = match format {
        RenditionFormat::Webp => {
            let icc = color::embedded_profile(picture.space);
            let coded = webp::encode(picture, spec.quality.clamp(1, 100), icc.as_deref(), xmp);
            coded.ok_or(too_large)?
        }
        RenditionFormat::Jpeg => {
            let side = |n: u32| u16::try_from(n).map_err(|_too_wide| too_large.clone());
            jpeg(picture, (side(width)?, side(height)?), spec, xmp)?
        }
    };
    Ok(Rendition {
        bytes,
        width,
        height,
        format,
    })
}

fn jpeg(
    picture: &Picture,
    size: (u16, u16),
    spec: RenditionSpec,
    xmp: Option<&str>,
) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder(&mut bytes, picture, spec, xmp)?;
    let flat = if picture.alpha {
        Cow::Owned(flatten(picture))
    } else {
        Cow::Borrowed(&picture.pixels)
    };
    encoder
        .encode(&flat, size.0, size.1, jpeg_encoder::ColorType::Rgb)
        .map_err(failure)?;
    Ok(bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failure(error: jpeg_encoder::EncodingError) -> RenderError {
    RenderError::Encoder(error.to_string())
}

/// An encoder with what a rendition of this picture is to have.
fn jpeg_encoder<'a>(
    bytes: &'a mut Vec<u8>,
    picture: &Picture,
    spec: RenditionSpec,
    xmp: Option<&str>,
) -> Result<jpeg_encoder::Encoder<&'a mut Vec<u8>>, RenderError> {
    let quality = spec.quality.clamp(1, 100);
    let mut encoder = jpeg_encoder::Encoder::new(bytes, quality);
    encoder.set_sampling_factor(if quality >= 80 {
        SamplingFactor::R_4_4_4
    } else {
        SamplingFactor::R_4_2_0
    });
    encoder.set_progressive(spec.progressive);
    // The standard tables: 4 % larger files for a third less time and 16 MB less memory.
    encoder.set_optimized_huffman_tables(false);
    if let Some(icc) = color::embedded_profile(picture.space) {
        encoder.add_icc_profile(&icc).map_err(failure)?;
    }
    if let Some(xmp) = xmp {
        let segment = [b"http://ns.adobe.com/xap/1.0/\0", xmp.as_bytes()].concat();
        encoder.add_app_segment(1, segment).map_err(failure)?;
    }
    Ok(encoder)
}

/// A channel of a pixel on black.
fn dim(channel: u8, alpha: u8) -> u8 {
    u8::try_from((u16::from(channel) * u16::from(alpha) + 127) / 255).unwrap_or(channel)
}

/// Puts a transparent picture on black, as the official server's JPEGs have it.
fn flatten(picture: &Picture) -> Vec<u8> {
    picture
        .pixels
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|[r, g, b, a]| [dim(*r, *a), dim(*g, *a), dim(*b, *a)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::ColorSpace;
    use crate::decode::probe;
    use crate::edit::Step;

    fn gradient(width: u32, height: u32, alpha: bool) -> Picture {
        let mut pixels = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let [r, g] = [x * 255 / width, y * 255 / height].map(|v| u8::try_from(v).unwrap());
                pixels.extend([r, g, 128]);
                if alpha {
                    pixels.push(r);
                }
            }
        }
        Picture {
            width,
            height,
            pixels,
            alpha,
            space: ColorSpace::Srgb,
        }
    }

    #[test]
    fn shorter_side_decides_and_nothing_is_enlarged() {
        assert_eq!(fit_outside(4000, 3000, 250), (333, 250));
        assert_eq!(fit_outside(3000, 4000, 1440), (1440, 1920));
        assert_eq!(fit_outside(200, 100, 250), (200, 100));
        assert_eq!(fit_outside(65_500, 1, 250), (65_500, 1));
        assert_eq!(fit_outside(0, 0, 250), (1, 1));
        assert_eq!(fit_outside(640, 480, 0), (640, 480));
    }

    #[test]
    fn default_renditions_have_the_right_size_and_format() {
        let picture = gradient(800, 600, false);
        let thumbnail = render(&picture, RenditionSpec::THUMBNAIL, None).unwrap();
        assert_eq!((thumbnail.width, thumbnail.height), (333, 250));
        let info = probe(&thumbnail.bytes).unwrap();
        assert_eq!(
            (info.format, info.width, info.height),
            (crate::decode::Format::WebP, 333, 250)
        );
        let preview = render(&picture, RenditionSpec::PREVIEW, None).unwrap();
        let info = probe(&preview.bytes).unwrap();
        assert_eq!(
            (info.format, info.width, info.height),
            (crate::decode::Format::Jpeg, 800, 600)
        );
    }

    #[test]
    fn wide_gamut_and_panorama_data_are_embedded_and_nothing_else() {
        let picture = Picture {
            space: ColorSpace::DisplayP3,
            ..gradient(40, 30, false)
        };
        for format in [RenditionFormat::Webp, RenditionFormat::Jpeg] {
            let spec = RenditionSpec {
                format,
                ..RenditionSpec::PREVIEW
            };
            let bytes = render(&picture, spec, Some("<gpano/>")).unwrap().bytes;
            let has = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
            assert!(
                has(b"D\0i\0s\0p\0l\0a\0y\0 \0P\x003") && has(b"<gpano/>") && !has(b"Exif"),
                "{format:?}"
            );
        }
    }

    #[test]
    fn transparency_survives_webp_and_turns_black_in_jpeg() {
        let picture = gradient(64, 64, true);
        let spec = RenditionSpec {
            format: RenditionFormat::Webp,
            ..RenditionSpec::PREVIEW
        };
        let webp = render(&picture, spec, None).unwrap();
        let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(&webp.bytes)).unwrap();
        assert!(decoder.has_alpha());
        let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
        decoder.read_image(&mut pixels).unwrap();
        assert_eq!(pixels[3], 0);
        let jpeg = render(&picture, RenditionSpec::PREVIEW, None).unwrap();
        let pixels = jpeg_decoder::Decoder::new(jpeg.bytes.as_slice())
            .decode()
            .unwrap();
        assert!(pixels[..3].iter().all(|p| *p < 16));
    }

    #[test]
    fn a_view_is_encoded_as_its_copy() {
        for alpha in [false, true] {
            let picture = gradient(70, 50, alpha);
            let view = View::of(&picture, &[Step::Crop(3, 5, 60, 40), Step::Rotate(90)]);
            for format in [RenditionFormat::Jpeg, RenditionFormat::Webp] {
                let spec = RenditionSpec {
                    format,
                    ..RenditionSpec::PREVIEW
                };
                for xmp in [None, Some("<x:xmpmeta/>")] {
                    let seen = render_view(&view, spec, xmp).unwrap();
                    let copied = render(&view.to_picture(), spec, xmp).unwrap();
                    assert_eq!((seen.width, seen.height), (40, 60));
                    assert!(seen == copied, "{format:?} {alpha} {xmp:?}");
                }
            }
        }
    }

    #[test]
    fn impossible_sides_are_refused() {
        let picture = gradient(17_000, 2, false);
        let spec = RenditionSpec {
            format: RenditionFormat::Webp,
            ..RenditionSpec::PREVIEW
        };
        assert!(matches!(
            render(&picture, spec, None),
            Err(RenderError::Dimensions { .. })
        ));
        let wrong = Picture {
            pixels: Vec::new(),
            ..gradient(4, 4, false)
        };
        assert!(render(&wrong, RenditionSpec::PREVIEW, None).is_err());
    }
}
