//! From bytes to pixels: format sniffing, cost estimation and decoding that shrinks on the way,
//! so that a 50-megapixel photo fits a Worker isolate (issue 2, item 7).

mod band;
mod bmp;
mod gif;
mod header;
mod heif;
mod jpeg;
mod jxl;
mod orient;
mod png;
mod shrink;
mod tiff;
mod webp;

pub(crate) use header::sniff;
pub use header::{ImageInfo, probe};

use crate::color::{self, ColorSpace};
use crate::metadata::Metadata;
use shrink::Shrinker;

/// A picture format recognised by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// GIF; only the first frame is used.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF that is no camera raw file.
    Tiff,
    /// HEIF with HEVC pictures.
    Heic,
    /// HEIF with AV1 pictures. No permissively licensed decoder compiles to wasm.
    Avif,
    /// JPEG XL, bare or in a container.
    Jxl,
    /// A camera raw file of any maker.
    Raw,
    /// Photoshop document.
    Psd,
    /// JPEG 2000.
    Jp2,
    /// SVG drawing.
    Svg,
}

/// Why a picture could not be decoded here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are no picture of a known format (an empty or text file, for example). Final.
    #[error("not a picture of a known format")]
    Unrecognised,
    /// The picture is damaged or truncated. Final.
    #[error("damaged {format:?} picture: {detail}")]
    Corrupt {
        /// The format the file claims to be.
        format: Format,
        /// What the decoder said.
        detail: String,
    },
    /// The dimensions are beyond what anyone would decode (a decompression bomb). Final.
    #[error("refused picture of {width}x{height} pixels")]
    TooLarge {
        /// Declared width in pixels.
        width: u32,
        /// Declared height in pixels.
        height: u32,
    },
    /// The format, or a feature of it, has no decoder here: a job for the companion.
    #[error("{format:?} is not decoded here ({detail}), the companion must do it")]
    Unsupported {
        /// The recognised format.
        format: Format,
        /// What is missing.
        detail: String,
    },
    /// Decoding would need more memory than allowed: a job for the companion.
    #[error(
        "decoding this {format:?} needs {needed} bytes of {limit} allowed, the companion must do it"
    )]
    Memory {
        /// The recognised format.
        format: Format,
        /// Estimated need, bytes.
        needed: u64,
        /// The limit given, bytes.
        limit: u64,
    },
}

impl DecodeError {
    /// Whether the native companion could succeed; otherwise the failure is final.
    pub fn needs_companion(&self) -> bool {
        matches!(self, Self::Unsupported { .. } | Self::Memory { .. })
    }
}

/// What decoding may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes the decoder may allocate beside the input.
    pub memory: u64,
    /// Most pixels a picture may declare; more is refused for good.
    pub pixels: u64,
}

/// As libvips and the official server refuse by default: 2^28 pixels, 16384 x 16384.
const MAX_PIXELS: u64 = 1 << 28;

impl Limits {
    /// Limits for a Worker isolate that already holds `file_bytes` of input: the total stays under
    /// 100 MB, with 12 MB put aside for code, stack and what the allocator wastes.
    pub fn worker(file_bytes: u64) -> Self {
        Self {
            memory: (88_u64 * 1024 * 1024).saturating_sub(file_bytes),
            pixels: MAX_PIXELS,
        }
    }

    /// Limits for a native process.
    pub fn native() -> Self {
        Self {
            memory: 4 * 1024 * 1024 * 1024,
            pixels: 4 * MAX_PIXELS,
        }
    }
}

/// How to load a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// The shorter side that must still be there after shrinking, pixels: the largest rendition.
    pub short_side: u32,
    /// Memory and pixel limits.
    pub limits: Limits,
    /// EXIF orientation to apply, 1 to 8 (a sidecar may overrule the file). `None` applies none.
    /// Ignored for the HEIF family and JPEG XL, which rotate by their container.
    pub orientation: Option<u8>,
    /// Colour space of the result.
    pub space: ColorSpace,
}

impl LoadOptions {
    /// Options for an asset under the default setting `image.colorspace = p3`: orientation and
    /// colour space follow from its metadata.
    pub fn for_asset(short_side: u32, limits: Limits, metadata: &Metadata) -> Self {
        Self {
            short_side,
            limits,
            orientation: metadata.orientation,
            space: metadata.output_space(),
        }
    }
}

/// Decoded pixels: 8 bits a channel, oriented, in a known colour space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Row by row without padding, three or four bytes a pixel.
    pub pixels: Vec<u8>,
    /// Whether a straight (not premultiplied) alpha byte follows each red, green, blue.
    pub alpha: bool,
    /// What the red, green and blue values mean.
    pub space: ColorSpace,
}

impl Picture {
    /// Bytes a pixel: 3, or 4 with alpha.
    pub fn channels(&self) -> usize {
        if self.alpha { 4 } else { 3 }
    }
}

/// What a format's decoder hands over, before colour and orientation.
struct Raw {
    picture: Picture,
    icc: Option<Vec<u8>>,
    /// The decoder has already turned the pixels upright.
    oriented: bool,
}

/// Decodes a picture for renditions of at most `short_side`.
///
/// The result is upright and in the wanted colour space; it is never smaller than wanted unless
/// the source is, and may be larger.
pub fn load(bytes: &[u8], options: &LoadOptions) -> Result<Picture, DecodeError> {
    let info = probe(bytes)?;
    info.check(options)?;
    let side = options.short_side.max(1);
    let raw = match info.format {
        Format::Jpeg => jpeg::decode(bytes, &info, side),
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
    let mut picture = raw.picture;
    color::convert(&mut picture, raw.icc.as_deref(), options.space);
    let orientation = if raw.oriented {
        1
    } else {
        options.orientation.unwrap_or(1)
    };
    Ok(orient::apply(picture, orientation))
}

fn corrupt(format: Format, error: impl std::fmt::Display) -> DecodeError {
    DecodeError::Corrupt {
        format,
        detail: error.to_string(),
    }
}

fn unsupported(format: Format, detail: impl std::fmt::Display) -> DecodeError {
    DecodeError::Unsupported {
        format,
        detail: detail.to_string(),
    }
}

/// A picture from packed pixels; the colour space is set by the colour step.
fn picture(width: u32, height: u32, pixels: Vec<u8>, alpha: bool) -> Picture {
    Picture {
        width,
        height,
        pixels,
        alpha,
        space: ColorSpace::Srgb,
    }
}

/// The shrinker for a decoder that yields rows of three or four channels.
fn shrinker(info: &ImageInfo, alpha: bool, short_side: u32) -> Shrinker {
    Shrinker::new(info.width, info.height, alpha, info.factor(short_side))
}
