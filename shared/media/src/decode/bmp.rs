//! Windows bitmaps, row by row: 1 to 32 bits a pixel, with palettes and bit masks. Run lengths are decoded in full.

use super::shrink::Shrinker;
use crate::bytes::{Endian, index, le32, samples, slice, u16_at, u32_at};
use crate::image_info::{DecodeError, Format, ImageInfo, corrupt, unsupported};
use crate::picture::{Picture, Raw};
use zune_bmp::BmpDecoder;
use zune_bmp::zune_core::bytestream::ZCursor;
use zune_bmp::zune_core::colorspace::ColorSpace;

/// Reads the header.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
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
        Some(if let Some(rows) = Rows::of(bytes, size) {
            ImageInfo::banded(Format::Bmp, size, 16, rows.channels() as u64)
        } else {
            ImageInfo::whole(Format::Bmp, size, 8 * 4, 4, true)
        })
    };
    read().ok_or_else(|| corrupt(Format::Bmp, "truncated header"))
}

/// Decodes row by row what is not compressed.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let Some(rows) = Rows::of(bytes, (info.width, info.height)) else {
        return decode_runs(bytes, info, short_side);
    };
    let mut shrinker = Shrinker::of(info, rows.channels() == 4, short_side);
    let mut row = Vec::with_capacity(info.width as usize * rows.channels());
    for y in 0..info.height as usize {
        let Some(()) = rows.read(y, &mut row) else {
            if y == 0 {
                return Err(corrupt(Format::Bmp, "no pixels"));
            }
            break;
        };
        shrinker.push(&row);
    }
    Ok(raw(shrinker.finish()))
}

/// The bits of a pixel that hold a channel.
#[derive(Clone, Copy)]
struct Mask(u32);

impl Mask {
    /// The channel of a pixel, spread over 0 to 255; `missing` for a channel without bits.
    fn of(self, pixel: u32, missing: u8) -> u8 {
        if self.0 == 0 {
            return missing;
        }
        let shift = self.0.trailing_zeros();
        let most = u64::from(self.0 >> shift);
        let value = u64::from((pixel & self.0) >> shift);
        u8::try_from((value * 255 + most / 2) / most).unwrap_or(u8::MAX)
    }
}

/// Uncompressed rows.
struct Rows<'a> {
    bytes: &'a [u8],
    width: usize,
    height: usize,
    bits: usize,
    start: usize,
    stride: usize,
    from_top: bool,
    /// Blue, green, red and a byte each, or blue, green, red in the oldest files.
    palette: &'a [u8],
    palette_entry: usize,
    masks: [Mask; 4],
}

impl<'a> Rows<'a> {
    /// The layout, if the rows are not compressed and the header makes sense.
    fn of(bytes: &'a [u8], (width, height): (u32, u32)) -> Option<Self> {
        let header = index(le32(bytes, 14)?.into());
        let is_old = header == 12;
        let bits = usize::from(u16_at(bytes, if is_old { 24 } else { 28 }, Endian::Little)?);
        let compression = if is_old { 0 } else { le32(bytes, 30)? };
        let has_masks = match (compression, bits) {
            (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) => false,
            (3 | 6, 16 | 32) => true,
            _ => return None,
        };
        // Masks follow the shortest header and are a part of the longer ones.
        let mask = |n: usize| le32(bytes, 54 + n * 4).map(Mask);
        let masks = match bits {
            16 | 32 if has_masks => {
                let alpha = if compression == 6 || header >= 56 {
                    mask(3)?
                } else {
                    Mask(0)
                };
                [mask(0)?, mask(1)?, mask(2)?, alpha]
            }
            16 => [0x7c00, 0x03e0, 0x001f, 0].map(Mask),
            _ => [0x00ff_0000, 0xff00, 0xff, 0].map(Mask),
        };
        let behind = 14
            + header
            + if has_masks && header == 40 {
                if compression == 6 { 16 } else { 12 }
            } else {
                0
            };
        let palette_entry = if is_old { 3 } else { 4 };
        let start = index(le32(bytes, 10)?.into());
        let palette = bytes
            .get(behind..start.min(bytes.len()))
            .unwrap_or_default();
        Some(Self {
            bytes,
            width: width as usize,
            height: height as usize,
            bits,
            start,
            stride: (width as usize).checked_mul(bits)?.div_ceil(32) * 4,
            from_top: !is_old && le32(bytes, 22)?.cast_signed() < 0,
            palette,
            palette_entry,
            masks,
        })
    }

    fn channels(&self) -> usize {
        if self.masks[3].0 == 0 { 3 } else { 4 }
    }

    /// Row `y` from the top; `None` when the file has no more.
    fn read(&self, y: usize, out: &mut Vec<u8>) -> Option<()> {
        let stored = if self.from_top {
            y
        } else {
            self.height - 1 - y
        };
        let at = self.start.checked_add(stored.checked_mul(self.stride)?)?;
        let row = slice(self.bytes, at, (self.width * self.bits).div_ceil(8))?;
        out.clear();
        match self.bits {
            16 => row
                .as_chunks::<2>()
                .0
                .iter()
                .for_each(|p| self.push(u16::from_le_bytes(*p).into(), out)),
            24 => out.extend(
                row.as_chunks::<3>()
                    .0
                    .iter()
                    .flat_map(|[b, g, r]| [*r, *g, *b]),
            ),
            32 => row
                .as_chunks::<4>()
                .0
                .iter()
                .for_each(|p| self.push(u32::from_le_bytes(*p), out)),
            bits => {
                for i in samples(row, bits).take(self.width) {
                    let at = usize::from(i) * self.palette_entry;
                    let colour = slice(self.palette, at, 3).unwrap_or(&[0; 3]);
                    out.extend(colour.iter().rev());
                }
            }
        }
        Some(())
    }

    fn push(&self, pixel: u32, out: &mut Vec<u8>) {
        let [r, g, b, a] = self.masks;
        out.extend([r, g, b].map(|mask| mask.of(pixel, 0)));
        if a.0 != 0 {
            out.push(a.of(pixel, 255));
        }
    }
}

/// Decodes in full, then shrinks.
fn decode_runs(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let failure = |error: zune_bmp::BmpDecoderErrors| corrupt(Format::Bmp, format!("{error:?}"));
    let mut decoder = BmpDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().map_err(failure)?;
    if decoder.dimensions() != Some((info.width as usize, info.height as usize)) {
        return Err(corrupt(Format::Bmp, "contradicting dimensions"));
    }
    let channels = match decoder.colorspace() {
        Some(ColorSpace::RGB) => 3,
        Some(ColorSpace::RGBA) => 4,
        Some(ColorSpace::Luma) => 1,
        other => return Err(unsupported(Format::Bmp, format!("{other:?}"))),
    };
    let pixels = decoder.decode().map_err(failure)?;
    if channels > 1 {
        let picture = Shrinker::whole(info, channels == 4, short_side, pixels);
        return Ok(raw(picture));
    }
    let mut shrinker = Shrinker::of(info, false, short_side);
    for row in pixels.chunks_exact((info.width as usize).max(1)) {
        let wide: Vec<u8> = row.iter().flat_map(|l| [*l; 3]).collect();
        shrinker.push(&wide);
    }
    Ok(raw(shrinker.finish()))
}

fn raw(picture: Picture) -> Raw {
    Raw {
        picture,
        icc: None,
        oriented: false,
        damage: None,
    }
}
