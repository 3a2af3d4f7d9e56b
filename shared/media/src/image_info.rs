//! What is known of a picture before it is decoded: format, size, cost, and why it is refused.

use crate::picture::{ColorSpace, Picture};
use crate::scale::fit_outside;

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
    /// Decoding would take more steps than any honest picture of this file size, as in a bomb. Final, save for HEIC, JPEG XL and WebP.
    #[error("decoding this {format:?} takes {needed} steps of {limit} allowed: too much work")]
    Work {
        /// The recognised format.
        format: Format,
        /// Estimated steps; a step is a byte that is decoded.
        needed: u64,
        /// The most steps allowed.
        limit: u64,
    },
}

impl DecodeError {
    /// Whether the native companion could succeed; otherwise the failure is final. Formats that pack many pixels into few bytes
    /// honestly may take more work than is done here.
    pub fn needs_companion(&self) -> bool {
        match self {
            Self::Unsupported { .. } | Self::Memory { .. } => true,
            Self::Work { format, .. } => {
                matches!(format, Format::Heic | Format::Jxl | Format::WebP)
            }
            _ => false,
        }
    }
}

/// What decoding may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes the decoder may allocate beside the input.
    pub memory: u64,
    /// Most pixels a picture may declare; more is refused for good.
    pub pixels: u64,
    /// Most steps that decoding may take; a step is a byte that is decoded. More is refused for good, since a Worker's clock stands
    /// still meanwhile.
    pub work: u64,
}

/// Steps that end within two seconds in wasm, a picture of 100 megapixels in three channels or a photo of 50 in HEIC.
const MAX_WORK: u64 = 400_000_000;

/// More steps for each byte of the file: honest pictures of many pixels are large files too.
const WORK_PER_BYTE: u64 = 16;

/// Steps that a row, a strip or a tile costs beside its bytes.
pub(crate) const PER_ROW: u64 = 32;

/// As libvips and the official server refuse by default: 2^28 pixels, 16384 x 16384.
const MAX_PIXELS: u64 = 1 << 28;

impl Limits {
    /// Limits for a Worker isolate that already holds `file_bytes` of input: the total stays under
    /// 100 MB, with 12 MB put aside for code, stack and what the allocator wastes.
    pub fn worker(file_bytes: u64) -> Self {
        Self {
            memory: (88_u64 * 1024 * 1024).saturating_sub(file_bytes),
            pixels: MAX_PIXELS,
            work: MAX_WORK + WORK_PER_BYTE * file_bytes,
        }
    }

    /// Limits for where this runs: a Worker isolate or a native process.
    pub fn here(file_bytes: u64) -> Self {
        if cfg!(target_arch = "wasm32") {
            Self::worker(file_bytes)
        } else {
            Self::native()
        }
    }

    /// Limits for a native process.
    pub fn native() -> Self {
        Self {
            memory: 4 * 1024 * 1024 * 1024,
            pixels: 4 * MAX_PIXELS,
            work: 16 * MAX_WORK,
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
    /// Eighths of a byte per stored pixel, while decoding.
    pub per_pixel: u64,
    /// Eighths of a byte per pixel that is left after shrinking, while decoding. Where the decoder's own buffer becomes the
    /// picture if nothing is shrunk, this buffer is not counted again (`is_moved`).
    pub per_kept: u64,
    /// The decoder's buffer becomes the picture when nothing is shrunk.
    pub is_moved: bool,
    /// Bytes per pixel of the result.
    pub channels: u64,
    /// Bytes per column of the stored picture (row and band buffers).
    pub per_column: u64,
    /// Steps per stored pixel.
    pub steps: u64,
    /// Steps beside those of stored pixels and rows: strips, tiles and what of them is not shown.
    pub extra_steps: u64,
    /// The decoder shrinks by 1/2, 1/4 or 1/8 only, in the frequency domain.
    pub dct: bool,
}

/// The shorter side below which a rendition is not worth having, pixels.
const LEAST_SIDE: u32 = 200;

impl ImageInfo {
    /// Width and height of the original as `picture`, which was decoded of it, stands: turning it upright may have swapped them.
    pub(crate) fn upright_as(&self, picture: &Picture) -> (u32, u32) {
        let is_square = self.width == self.height || picture.width == picture.height;
        if !is_square && (self.width > self.height) != (picture.width > picture.height) {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }

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

    /// Estimated bytes allocated at most on the way to a picture of `short_side` that must be turned, beside the input.
    pub fn decode_bytes(&self, short_side: u32) -> u64 {
        self.needed(short_side, short_side, true)
    }

    /// Estimated bytes at most: while decoding what leaves `side`, then while scaling to `wanted`, then while turning.
    fn needed(&self, side: u32, wanted: u32, is_turned: bool) -> u64 {
        let factor = self.factor(side);
        let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
        let Cost {
            per_kept, channels, ..
        } = self.cost;
        let (width, height) = (self.width.div_ceil(factor), self.height.div_ceil(factor));
        let kept = area(width, height);
        let per_kept = if self.cost.is_moved && factor == 1 {
            0
        } else {
            per_kept
        };
        let decoding = area(self.width, self.height).saturating_mul(self.cost.per_pixel) / 8
            + kept.saturating_mul(per_kept) / 8
            + u64::from(self.width) * self.cost.per_column;
        let result = kept.saturating_mul(channels);
        let (width, height) = fit_outside(width, height, wanted);
        let scaled = area(width, height).saturating_mul(channels);
        let scaling = if scaled < result {
            // with alpha the weighted rows are held too
            let bands = if channels == 4 { 2 } else { 1 };
            result + scaled + bands * edge_resample::BAND
        } else {
            result
        };
        let turned_early = matches!(self.format, Format::Heic | Format::Jxl);
        let turning = match (is_turned, turned_early) {
            (_, true) => 2 * result,
            (true, false) => 2 * scaled,
            (false, false) => scaled,
        };
        decoding.max(scaling).max(turning)
    }

    /// Refuses what takes more steps than an honest picture of this file size. Further scans of a JPEG have a limit of their own.
    pub(crate) fn check_work(&self, options: &LoadOptions) -> Result<(), DecodeError> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let needed = pixels
            .saturating_mul(self.cost.steps)
            .saturating_add(u64::from(self.height) * PER_ROW)
            .saturating_add(self.cost.extra_steps);
        let limit = options.limits.work;
        if needed > limit {
            return Err(DecodeError::Work {
                format: self.format,
                needed,
                limit,
            });
        }
        Ok(())
    }

    /// The shorter side to decode for: the wanted one, or what of it fits the memory, since a small preview beats none.
    ///
    /// Errors: too many pixels, or too much memory however small.
    pub(crate) fn affordable_side(&self, options: &LoadOptions) -> Result<u32, DecodeError> {
        let (width, height) = (self.width, self.height);
        if u64::from(width) * u64::from(height) > options.limits.pixels {
            return Err(DecodeError::TooLarge { width, height });
        }
        let wanted = options.short_side.max(1);
        let is_turned = options.orientation.is_some_and(|turn| turn >= 5);
        let (short, limit) = (width.min(height), options.limits.memory);
        let most = if self.cost.dct { 8 } else { MAX_FACTOR };
        let (mut side, mut factor) = (wanted, self.factor(wanted));
        while self.needed(side, wanted, is_turned) > limit {
            factor += if self.cost.dct { factor } else { 1 };
            side = short / factor;
            if factor > most || side < LEAST_SIDE.min(wanted) {
                return Err(DecodeError::Memory {
                    format: self.format,
                    needed: self.needed(wanted, wanted, is_turned),
                    limit,
                });
            }
        }
        Ok(side)
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
        // Coefficients are 16-bit and full size; planes are 8-bit and shrunk and followed by the interleaved pixels.
        let coefficients = if progressive {
            2 * samples_per_pixel_x8
        } else {
            0
        };
        let ink = if components == 4 { 8 * 3 } else { 0 };
        let per_kept = samples_per_pixel_x8 + 8 * components.max(3) + ink;
        let cost = Cost {
            per_pixel: coefficients,
            per_kept,
            is_moved: false,
            channels: 3,
            per_column: 512,
            steps: samples_per_pixel_x8.div_ceil(8),
            extra_steps: 0,
            dct: true,
        };
        Self::of(Format::Jpeg, size, progressive, cost)
    }

    /// For decoders that hold the whole picture before it is shrunk: eighths of a byte for each of its pixels, and bytes a
    /// pixel of the result. Their buffer becomes the picture when nothing is shrunk (`is_moved`).
    pub(crate) fn whole(
        format: Format,
        size: (u32, u32),
        per_pixel: u64,
        channels: u64,
        is_moved: bool,
    ) -> Self {
        let cost = Cost {
            per_pixel,
            per_kept: 8 * channels,
            is_moved,
            channels,
            per_column: 16,
            steps: steps(format, channels),
            extra_steps: 0,
            dct: false,
        };
        Self::of(format, size, false, cost)
    }

    /// For decoders that deliver rows or bands of them: their bytes a column, and bytes a pixel of the result.
    pub(crate) fn banded(
        format: Format,
        size: (u32, u32),
        bytes_per_column: u64,
        channels: u64,
    ) -> Self {
        let cost = Cost {
            per_pixel: 0,
            per_kept: 8 * channels,
            is_moved: false,
            channels,
            per_column: bytes_per_column,
            steps: steps(format, channels),
            extra_steps: 0,
            dct: false,
        };
        Self::of(format, size, false, cost)
    }
}

/// Steps for a pixel: formats that predict and transform take several times their bytes.
fn steps(format: Format, channels: u64) -> u64 {
    match format {
        Format::Heic => 8,
        Format::Jxl => 32,
        Format::WebP => 6,
        _ => channels,
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
