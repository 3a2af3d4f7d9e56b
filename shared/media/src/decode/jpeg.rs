//! JPEG by scaled inverse DCT: a 50-megapixel baseline photo is decoded at a half, a quarter or an
//! eighth of its size and never exists in full.

use crate::bytes::{be16, slice};
use crate::color;
use crate::image_info::{DecodeError, Format, ImageInfo, corrupt, unsupported};
use crate::picture::{Picture, Raw};
use jpeg_decoder::{Decoder, Error, PixelFormat};

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

/// The first SOF marker and the offset of its length field.
fn find_frame(bytes: &[u8]) -> Option<(u8, usize)> {
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1).filter(|_| bytes.get(at) == Some(&0xff))?;
        match marker {
            0xff => at += 1,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return Some((marker, at + 2)),
            0x01 | 0xd0..=0xd8 => at += 2,
            // image data or the end without a frame
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::from(be16(bytes, at + 2)?),
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

/// Headers of scans up to the end of the picture. Segments are hopped over, because previews inside them have scans too.
fn scans(bytes: &[u8]) -> usize {
    let (mut at, mut count) = (2, 0);
    while let Some(rest) = bytes.get(at..) {
        let Some(marker) = rest.iter().position(|byte| *byte == 0xff) else {
            break;
        };
        at += marker + 1;
        match bytes.get(at) {
            None | Some(0xd9) => break,
            // a fill byte, which may itself begin a marker
            Some(0xff) => {}
            // a stuffed byte, or a marker without segment
            Some(0x00 | 0x01 | 0xd0..=0xd8) => at += 1,
            Some(marker) => {
                count += usize::from(*marker == 0xda);
                at += 1 + usize::from(be16(bytes, at + 1).unwrap_or(2)).max(2);
            }
        }
    }
    count
}

/// Decodes at the smallest scale that keeps `short_side`.
pub fn decode(bytes: &[u8], info: &ImageInfo, short_side: u32) -> Result<Raw, DecodeError> {
    check_scans(bytes, info)?;
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
