//! JPEG by scaled inverse DCT: a 50-megapixel baseline photo is decoded at a half, a quarter or an
//! eighth of its size and never exists in full.

use super::{huffman, shrink::Shrinker};
use crate::bytes::{be16, slice};
use crate::color;
use crate::image_info::{DecodeError, Format, ImageInfo, Limits, corrupt, unsupported};
use crate::picture::{Picture, Raw};
use jpeg_decoder::{Decoder, Error, PixelFormat};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

/// Reads the frame header.
pub fn probe(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let (marker, at) = find_frame(bytes).ok_or_else(|| corrupt(Format::Jpeg, "no frame header"))?;
    let read = || {
        let size = sof_size(bytes, at)?;
        let count = usize::from(*bytes.get(at + 7)?);
        let factors: Vec<(u64, u64)> = slice(bytes, at + 8, count * 3)?
            .chunks_exact(3)
            .filter_map(|c| c.get(1).map(|f| (u64::from(f >> 4), u64::from(f & 15))))
            .collect();
        let most_h = factors.iter().map(|f| f.0).max()?.max(1);
        let most_v = factors.iter().map(|f| f.1).max()?.max(1);
        let samples = factors.iter().map(|(h, v)| h * v).sum::<u64>() * 8 / (most_h * most_v);
        let progressive = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
        Some(ImageInfo::jpeg(size, progressive, samples, count as u64))
    };
    read().ok_or_else(|| corrupt(Format::Jpeg, "truncated frame header"))
}

/// Whether the frame is of the lossless kind.
pub fn is_lossless(bytes: &[u8]) -> bool {
    find_frame(bytes).is_some_and(|(marker, _)| matches!(marker, 0xc3 | 0xc7 | 0xcb | 0xcf))
}

/// The first SOF marker and the offset of its length field.
fn find_frame(bytes: &[u8]) -> Option<(u8, usize)> {
    let frame_or_scan =
        Segments::of(bytes).find(|(marker, _)| is_frame(*marker) || *marker == SCAN);
    frame_or_scan.filter(|(marker, _)| is_frame(*marker))
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf)
}

/// Marker of the header of a scan.
const SCAN: u8 = 0xda;

/// Marker of Huffman tables.
const TABLES: u8 = 0xc4;

/// Markers up to the end of the picture and the offset of what follows each. Segments are hopped over, because previews inside
/// them have markers too; bytes between them are skipped, as libjpeg does, and so are the data of scans.
struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 2 }
    }
}

impl Iterator for Segments<'_> {
    type Item = (u8, usize);

    fn next(&mut self) -> Option<(u8, usize)> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += rest.iter().position(|byte| *byte == 0xff)? + 1;
            let marker = *self.bytes.get(self.at)?;
            match marker {
                // a fill byte, which may itself begin a marker
                0xff => {}
                // a stuffed byte, or a marker without segment
                0x00 | 0x01 | 0xd0..=0xd8 => self.at += 1,
                0xd9 => return None,
                _ => {
                    let start = self.at + 1;
                    self.at = start + usize::from(be16(self.bytes, start).unwrap_or(2)).max(2);
                    return Some((marker, start));
                }
            }
        }
    }
}

/// Steps that decoding may take: pixels times scans. A photo of 24 megapixels may have 37 scans; encoders write about ten.
const MAX_STEPS: u64 = 900_000_000;

/// Steps of a scan at least, however small the picture.
const SCAN_STEPS: u64 = 1 << 20;

/// Refuses more scans than anybody writes: each costs the decoder a pass over all pixels and the file a few bytes.
fn check_scans(bytes: &[u8], info: &ImageInfo) -> Result<(), DecodeError> {
    let pixels = u64::from(info.width) * u64::from(info.height);
    // The first pass is paid for by the limit of pixels.
    let again = (scans(bytes) as u64).saturating_sub(1);
    let needed = again.saturating_mul(pixels.max(SCAN_STEPS));
    if needed > MAX_STEPS {
        return Err(DecodeError::Work {
            format: Format::Jpeg,
            needed,
            limit: MAX_STEPS,
        });
    }
    Ok(())
}

/// How many frame headers there are; one in an honest picture.
pub fn frames(bytes: &[u8]) -> usize {
    Segments::of(bytes)
        .filter(|(marker, _)| is_frame(*marker))
        .count()
}

/// How often decoding goes over all pixels.
pub fn scans(bytes: &[u8]) -> usize {
    Segments::of(bytes)
        .filter(|(marker, _)| *marker == SCAN)
        .count()
}

/// A picture without Huffman tables with the standard ones, which motion JPEG leaves out; `None` if it has some.
fn with_tables(bytes: &[u8]) -> Option<Vec<u8>> {
    let (marker, at) = Segments::of(bytes).find(|(marker, _)| matches!(*marker, SCAN | TABLES))?;
    if marker == TABLES || find_frame(bytes).is_none_or(|(frame, _)| frame > 0xc1) {
        return None;
    }
    let (front, behind) = bytes.split_at_checked(at - 2)?;
    let mut out = Vec::with_capacity(bytes.len() + 432);
    out.extend(front);
    for (class_and_id, counts, values) in huffman::STANDARD {
        out.extend([0xff, TABLES]);
        out.extend(u16::try_from(19 + values.len()).ok()?.to_be_bytes());
        out.push(class_and_id);
        out.extend(counts);
        out.extend(values);
    }
    out.extend(behind);
    Some(out)
}

/// Decodes at the smallest scale that keeps `short_side`. What the strict decoder calls damaged is decoded at full size by one that
/// forgives what libjpeg forgives: missing ends, cut data, lost restart markers. What is missing is grey.
pub fn decode(
    bytes: &[u8],
    info: &ImageInfo,
    short_side: u32,
    limits: Limits,
) -> Result<Raw, DecodeError> {
    check_scans(bytes, info)?;
    let completed = with_tables(bytes);
    let bytes = completed.as_deref().unwrap_or(bytes);
    match scaled(bytes, info, short_side) {
        Err(error @ DecodeError::Corrupt { .. }) if scans(bytes) > 0 => {
            let pixels = u64::from(info.width) * u64::from(info.height);
            let coefficients = if info.progressive { 2 * 3 } else { 0 };
            let (needed, limit) = (pixels * (3 + coefficients), limits.memory);
            if needed > limit {
                return Err(DecodeError::Memory {
                    format: Format::Jpeg,
                    needed,
                    limit,
                });
            }
            match forgiving(bytes, info, short_side) {
                Some(raw) => Ok(Raw {
                    damage: Some(error.to_string()),
                    ..raw
                }),
                None => Err(error),
            }
        }
        other => other,
    }
}

/// `None` where this decoder fails too.
fn forgiving(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Option<Raw> {
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(side)
        .set_max_height(side);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().ok()?;
    let icc = decoder.icc_profile();
    (pixels.len() == info.width as usize * info.height as usize * 3).then(|| Raw {
        picture: Shrinker::whole(info, false, short_side, pixels),
        icc,
        oriented: false,
        damage: None,
    })
}

/// Decodes at the smallest scale that keeps `short_side`.
fn scaled(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().map_err(failure)?;
    let factor = info.factor(short_side);
    // The crate takes the smallest scale that reaches one of the two sides; the longer one is set
    // out of reach so that the shorter one decides.
    let wanted = |side: u32| u16::try_from(side / factor).unwrap_or(u16::MAX);
    let (width, height) = if info.width <= info.height {
        decoder.scale(wanted(info.width), u16::MAX)
    } else {
        decoder.scale(u16::MAX, wanted(info.height))
    }
    .map_err(failure)?;
    let pixels = decoder.decode().map_err(failure)?;
    let icc = decoder.icc_profile();
    let format = decoder
        .info()
        .map_or(PixelFormat::RGB24, |i| i.pixel_format);
    let (width, height) = (u32::from(width), u32::from(height));
    let rgb = match format {
        PixelFormat::RGB24 => pixels,
        PixelFormat::L8 => pixels.into_iter().flat_map(|l| [l; 3]).collect(),
        PixelFormat::L16 => pixels
            .chunks_exact(2)
            .filter_map(|l| l.get(1))
            .flat_map(|l| [*l; 3])
            .collect(),
        PixelFormat::CMYK32 => {
            let rgb = color::cmyk_to_rgb(&pixels, icc.as_deref());
            return Ok(Raw {
                picture: Picture::packed(width, height, rgb, false),
                icc: None,
                oriented: false,
                damage: None,
            });
        }
    };
    if rgb.len() != width as usize * height as usize * 3 {
        return Err(corrupt(Format::Jpeg, "missing pixels"));
    }
    Ok(Raw {
        picture: Picture::packed(width, height, rgb, false),
        icc,
        oriented: false,
        damage: None,
    })
}

fn failure(error: Error) -> DecodeError {
    match error {
        Error::Unsupported(feature) => unsupported(Format::Jpeg, format!("{feature:?}")),
        other => corrupt(Format::Jpeg, other),
    }
}

/// Dimensions in the JPEG frame header at `at` (its length field).
fn sof_size(bytes: &[u8], at: usize) -> Option<(u32, u32)> {
    Some((
        u32::from(be16(bytes, at + 5)?),
        u32::from(be16(bytes, at + 3)?),
    ))
}
