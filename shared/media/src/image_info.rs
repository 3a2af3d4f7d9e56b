//! What is known of a picture before it is decoded: format, size, cost, and why it is refused.

use crate::picture::ColorSpace;

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
    /// Decoding would take more steps than any honest picture, as in a bomb. Final.
    #[error("decoding this {format:?} takes {needed} steps of {limit} allowed: too much work")]
    Work {
        /// The recognised format.
        format: Format,
        /// Estimated steps: pixels that are gone over.
        needed: u64,
        /// The most steps allowed.
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

/// What can be said about a picture without decoding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageInfo {
    /// The format by content, whatever the file is called.
    pub format: Format,
    /// Stored width in pixels, before any orientation; 0 for formats that are not decoded here.
    pub width: u32,
    /// Stored height in pixels.
    pub height: u32,
    /// A progressive JPEG or interlaced PNG: it must be held in full before it can be shrunk.
    pub progressive: bool,
    /// What decoding costs.
    pub(crate) cost: Cost,
}

/// Memory model of a decoder: so much for every stored pixel, so much for every pixel kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cost {
    /// Eighths of a byte per stored pixel.
    pub per_pixel: u64,
    /// Eighths of a byte per pixel that is left after shrinking.
    pub per_kept: u64,
    /// Bytes per column of the stored picture (row and band buffers).
    pub per_column: u64,
    /// The decoder shrinks by 1/2, 1/4 or 1/8 only, in the frequency domain.
    pub dct: bool,
}

/// Eighths of a byte for a kept RGBA pixel: the picture, and its turned copy.
pub(crate) const KEPT: u64 = 8 * (4 + 4);

impl ImageInfo {
    /// A format, its size and the memory model of its decoder.
    pub(crate) fn of(format: Format, size: (u32, u32), progressive: bool, cost: Cost) -> Self {
        Self {
            format,
            width: size.0,
            height: size.1,
            progressive,
            cost,
        }
    }

    /// By how much the picture is shrunk while decoding when `short_side` pixels must stay.
    pub fn factor(&self, short_side: u32) -> u32 {
        let most = self.width.min(self.height) / short_side.max(1);
        if self.cost.dct {
            [8, 4, 2].into_iter().find(|f| *f <= most).unwrap_or(1)
        } else {
            most.clamp(1, MAX_FACTOR)
        }
    }

    /// Estimated bytes allocated while decoding for a rendition of `short_side`, beside the input.
    pub fn decode_bytes(&self, short_side: u32) -> u64 {
        let factor = self.factor(short_side);
        let stored = u64::from(self.width) * u64::from(self.height);
        let kept = u64::from(self.width.div_ceil(factor)) * u64::from(self.height.div_ceil(factor));
        let column = u64::from(self.width) * self.cost.per_column;
        stored.saturating_mul(self.cost.per_pixel) / 8
            + kept.saturating_mul(self.cost.per_kept) / 8
            + column
    }

    /// Refuses what is too large, hands over what is too expensive.
    pub(crate) fn check(&self, options: &LoadOptions) -> Result<(), DecodeError> {
        let (width, height) = (self.width, self.height);
        if u64::from(width) * u64::from(height) > options.limits.pixels {
            return Err(DecodeError::TooLarge { width, height });
        }
        let (needed, limit) = (self.decode_bytes(options.short_side), options.limits.memory);
        if needed > limit {
            return Err(DecodeError::Memory {
                format: self.format,
                needed,
                limit,
            });
        }
        Ok(())
    }
}

impl ImageInfo {
    /// For the JPEG decoder.
    pub(crate) fn jpeg(
        size: (u32, u32),
        progressive: bool,
        samples_per_pixel_x8: u64,
        components: u64,
    ) -> Self {
        // Coefficients are 16-bit and full size; planes are 8-bit and shrunk and followed by the
        // interleaved pixels; those are turned when the planes are gone.
        let coefficients = if progressive {
            2 * samples_per_pixel_x8
        } else {
            0
        };
        let ink = if components == 4 { 8 * 3 } else { 0 };
        let per_kept = (samples_per_pixel_x8 + 8 * components + ink).max(8 * (3 + 3));
        let cost = Cost {
            per_pixel: coefficients,
            per_kept,
            per_column: 512,
            dct: true,
        };
        Self::of(Format::Jpeg, size, progressive, cost)
    }

    /// For decoders that hold the whole picture (`bytes_per_pixel`) before it is shrunk.
    pub(crate) fn whole(format: Format, size: (u32, u32), bytes_per_pixel: u64) -> Self {
        let cost = Cost {
            per_pixel: 8 * bytes_per_pixel,
            per_kept: KEPT,
            per_column: 16,
            dct: false,
        };
        Self::of(format, size, false, cost)
    }

    /// For decoders that deliver bands of `rows` rows.
    pub(crate) fn banded(format: Format, size: (u32, u32), bytes_per_column: u64) -> Self {
        let cost = Cost {
            per_pixel: 0,
            per_kept: KEPT,
            per_column: bytes_per_column,
            dct: false,
        };
        Self::of(format, size, false, cost)
    }
}

/// Largest block side of the shrinker: sums of 255 * 255 * 64 * 64 still fit 32 bits.
pub(crate) const MAX_FACTOR: u32 = 64;

/// A damaged file.
pub(crate) fn corrupt(format: Format, error: impl std::fmt::Display) -> DecodeError {
    DecodeError::Corrupt {
        format,
        detail: error.to_string(),
    }
}

/// A file, or a feature of it, without a decoder here.
pub(crate) fn unsupported(format: Format, detail: impl std::fmt::Display) -> DecodeError {
    DecodeError::Unsupported {
        format,
        detail: detail.to_string(),
    }
}
