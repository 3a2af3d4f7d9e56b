//! What a file is, how large its picture is and what decoding it will cost, read from headers only.

use super::{DecodeError, Format, LoadOptions, corrupt, jpeg, jxl, shrink, tiff};
use crate::bytes::{Endian, be16, be32, le32, slice, u16_at, u32_at};

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
    pub(super) cost: Cost,
}

/// Memory model of a decoder: so much for every stored pixel, so much for every pixel kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cost {
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
const KEPT: u64 = 8 * (4 + 4);

impl ImageInfo {
    fn of(format: Format, size: (u32, u32), progressive: bool, cost: Cost) -> Self {
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
            most.clamp(1, shrink::MAX_FACTOR)
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
    pub(super) fn check(&self, options: &LoadOptions) -> Result<(), DecodeError> {
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

/// Recognises a picture and reads its dimensions, without decoding.
///
/// Formats that are recognised but not decoded here (raw, AVIF, …) come back with their format
/// and, where the header is easy to read, with their size.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let format = sniff(bytes).ok_or(DecodeError::Unrecognised)?;
    let info = match format {
        Format::Jpeg => jpeg::probe(bytes),
        Format::Png => png(bytes),
        Format::WebP => webp(bytes),
        Format::Gif => gif(bytes),
        Format::Bmp => bmp(bytes),
        Format::Tiff => tiff::probe(bytes),
        Format::Heic => super::heif::probe(bytes),
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

impl ImageInfo {
    pub(super) fn jpeg(
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
    pub(super) fn whole(format: Format, size: (u32, u32), bytes_per_pixel: u64) -> Self {
        let cost = Cost {
            per_pixel: 8 * bytes_per_pixel,
            per_kept: KEPT,
            per_column: 16,
            dct: false,
        };
        Self::of(format, size, false, cost)
    }

    /// For decoders that deliver bands of `rows` rows.
    pub(super) fn banded(format: Format, size: (u32, u32), bytes_per_column: u64) -> Self {
        let cost = Cost {
            per_pixel: 0,
            per_kept: KEPT,
            per_column: bytes_per_column,
            dct: false,
        };
        Self::of(format, size, false, cost)
    }
}

/// The format by signature.
pub(crate) fn sniff(bytes: &[u8]) -> Option<Format> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset, magic: &[u8]| slice(bytes, offset, magic.len()) == Some(magic);
    Some(if starts(b"\xff\xd8\xff") {
        Format::Jpeg
    } else if starts(b"\x89PNG\r\n\x1a\n") {
        Format::Png
    } else if starts(b"RIFF") && at(8, b"WEBP") {
        Format::WebP
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Format::Gif
    } else if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL \r\n\x87\n") {
        Format::Jxl
    } else if at(4, b"ftyp") {
        return brand(bytes);
    } else if is_raw(bytes) {
        Format::Raw
    } else if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        if tiff::is_raw(bytes) {
            Format::Raw
        } else {
            Format::Tiff
        }
    } else if starts(b"8BPS") {
        Format::Psd
    } else if starts(b"\0\0\0\x0cjP  ") || starts(b"\xff\x4f\xff\x51") {
        Format::Jp2
    } else if starts(b"BM") && bmp(bytes).is_ok() {
        Format::Bmp
    } else if is_svg(bytes) {
        Format::Svg
    } else {
        return None;
    })
}

/// Raw formats with a signature of their own: Fuji, Olympus, Panasonic, Minolta, Canon CRW, Sigma,
/// Canon CR2.
fn is_raw(bytes: &[u8]) -> bool {
    let own: [&[u8]; 7] = [
        b"FUJIFILMCCD-RAW",
        b"IIRO",
        b"IIRS",
        b"MMOR",
        b"IIU\0",
        b"\0MRM",
        b"FOVb",
    ];
    own.iter().any(|magic| bytes.starts_with(magic))
        || slice(bytes, 6, 8) == Some(b"HEAPCCDR")
        || slice(bytes, 8, 3) == Some(b"CR\x02")
}

/// The picture format of an ISO base media file by its major and compatible brands.
fn brand(bytes: &[u8]) -> Option<Format> {
    let end = usize::try_from(be32(bytes, 0)?).ok()?.min(bytes.len());
    let brands = || bytes.get(8..end).unwrap_or_default().chunks_exact(4);
    let has = |names: &[&[u8; 4]]| brands().any(|b| names.iter().any(|n| b == *n));
    if has(&[b"crx "]) {
        Some(Format::Raw)
    } else if has(&[b"avif", b"avis"]) {
        Some(Format::Avif)
    } else if has(&[
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
    ]) {
        Some(Format::Heic)
    } else {
        None
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..1024.min(bytes.len())).unwrap_or_default();
    let head = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    head.starts_with(b"<svg")
        || (head.starts_with(b"<?xml") && head.windows(4).any(|w| w == b"<svg"))
}

fn png(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let read = || {
        let (width, height) = (be32(bytes, 16)?, be32(bytes, 20)?);
        let [depth, colour, .., interlace] = slice(bytes, 24, 5)? else {
            return None;
        };
        let channels: u64 = match colour {
            0 => 1,
            3 | 6 => 4,
            4 => 2,
            _ => 3,
        };
        let interlaced = *interlace != 0;
        // a full copy of the 8-bit pixels, only when Adam7 delivers them out of order
        let per_pixel = if interlaced { 8 * 4 } else { 0 };
        let per_column = channels * u64::from(*depth).div_ceil(8) * 6;
        let cost = Cost {
            per_pixel,
            per_kept: KEPT,
            per_column,
            dct: false,
        };
        Some(ImageInfo::of(
            Format::Png,
            (width, height),
            interlaced,
            cost,
        ))
    };
    read().ok_or_else(|| corrupt(Format::Png, "truncated header"))
}

fn webp(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let u24 = |at| Some(le32(bytes, at)? & 0x00ff_ffff);
    let read = || match slice(bytes, 12, 4)? {
        b"VP8X" => Some(ImageInfo::whole(
            Format::WebP,
            (u24(24)? + 1, u24(27)? + 1),
            9,
        )),
        b"VP8L" => {
            let bits = le32(bytes, 21)?;
            Some(ImageInfo::whole(
                Format::WebP,
                ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1),
                9,
            ))
        }
        b"VP8 " => {
            let side = |at| Some(u32::from(u16_at(bytes, at, Endian::Little)? & 0x3fff));
            Some(ImageInfo::whole(Format::WebP, (side(26)?, side(28)?), 6))
        }
        _ => None,
    };
    read().ok_or_else(|| corrupt(Format::WebP, "truncated or unknown header"))
}

fn gif(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let read = |at| u16_at(bytes, at, Endian::Little).map(u32::from);
    let size = read(6)
        .zip(read(8))
        .ok_or_else(|| corrupt(Format::Gif, "truncated header"))?;
    Ok(ImageInfo::whole(Format::Gif, size, 2))
}

fn bmp(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let read = || {
        let size = match u32_at(bytes, 14, Endian::Little)? {
            12 => (
                u32::from(u16_at(bytes, 18, Endian::Little)?),
                u32::from(u16_at(bytes, 20, Endian::Little)?),
            ),
            40.. => (
                le32(bytes, 18)?,
                le32(bytes, 22)?.cast_signed().unsigned_abs(),
            ),
            _ => return None,
        };
        Some(ImageInfo::whole(Format::Bmp, size, 4))
    };
    read().ok_or_else(|| corrupt(Format::Bmp, "truncated header"))
}

/// Dimensions in the JPEG frame header at `at` (its length field).
pub(super) fn sof_size(bytes: &[u8], at: usize) -> Option<(u32, u32)> {
    Some((
        u32::from(be16(bytes, at + 5)?),
        u32::from(be16(bytes, at + 3)?),
    ))
}
