//! Finds the metadata blocks of still picture files: JPEG segments, PNG and WebP chunks,
//! JPEG XL boxes, raw files.

use super::tags::Tags;
use super::{animation, boxes, heif, iptc, tiff, xmp};
use crate::bytes::{be16, be32, find, index, le32, slice};
use crate::decode::{Format, probe, sniff};

/// Reads whatever metadata a still picture carries; unknown formats give nothing.
pub fn read(bytes: &[u8], tags: &mut Tags) {
    match sniff(bytes) {
        Some(Format::Jpeg) => jpeg(bytes, tags),
        Some(Format::Png) => png(bytes, tags),
        Some(Format::WebP) => {
            webp(bytes, tags);
            animation::webp(bytes, tags);
        }
        Some(Format::Gif) => animation::gif(bytes, tags),
        Some(Format::Heic | Format::Avif) => heif::read(bytes, tags),
        Some(Format::Jxl) => jxl(bytes, tags),
        Some(Format::Tiff) => tiff::read(bytes, true, tags),
        Some(Format::Raw) => raw(bytes, tags),
        _ => {}
    }
    // formats whose size stands only in the picture's own header
    if tags.number("ImageWidth").is_none()
        && let Ok(info) = probe(bytes)
        && info.width > 0
    {
        tags.set_number("ImageWidth", info.width);
        tags.set_number("ImageHeight", info.height);
    }
}

/// Walks the segments up to the image data.
fn jpeg(bytes: &[u8], tags: &mut Tags) {
    let mut at = 2;
    let mut icc = Vec::new();
    while let Some([0xff, marker]) = slice(bytes, at, 2) {
        if matches!(marker, 0xff) {
            at += 1;
            continue;
        }
        if matches!(marker, 0xd9 | 0xda) {
            break;
        }
        let Some(length) = be16(bytes, at + 2) else {
            break;
        };
        let body = bytes
            .get(at + 4..(at + 2 + usize::from(length)).min(bytes.len()))
            .unwrap_or_default();
        match marker {
            0xe1 => app1(body, tags),
            0xe2 => icc.extend_from_slice(
                body.strip_prefix(b"ICC_PROFILE\0")
                    .and_then(|b| b.get(2..))
                    .unwrap_or_default(),
            ),
            0xed => {
                if let Some(resources) = body.strip_prefix(b"Photoshop 3.0\0") {
                    iptc::read_photoshop(resources, tags);
                }
            }
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => frame(body, tags),
            _ => {}
        }
        at += 2 + usize::from(length);
    }
    tiff::set_profile(&icc, tags);
}

fn app1(body: &[u8], tags: &mut Tags) {
    if let Some(block) = body
        .strip_prefix(b"Exif\0\0")
        .or_else(|| body.strip_prefix(b"Exif\0\xff"))
    {
        tiff::read(block, false, tags);
    } else if let Some(packet) = body.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
        xmp::read(packet, tags);
    }
}

fn frame(body: &[u8], tags: &mut Tags) {
    if let (Some(bits), Some(height), Some(width)) = (body.first(), be16(body, 1), be16(body, 3)) {
        tags.set_number("BitsPerSample", *bits);
        tags.set_number("ImageWidth", width);
        tags.set_number("ImageHeight", height);
    }
}

fn png(bytes: &[u8], tags: &mut Tags) {
    let mut at = 8;
    while let (Some(length), Some(kind)) = (be32(bytes, at), slice(bytes, at + 4, 4)) {
        let length = index(length.into());
        let Some(body) = slice(bytes, at + 8, length) else {
            return;
        };
        match kind {
            b"IHDR" => {
                for (name, value) in [
                    ("ImageWidth", be32(body, 0)),
                    ("ImageHeight", be32(body, 4)),
                ] {
                    if let Some(value) = value {
                        tags.set_number(name, value);
                    }
                }
                body.get(8)
                    .into_iter()
                    .for_each(|depth| tags.set_number("BitDepth", *depth));
            }
            b"eXIf" => tiff::read(body, false, tags),
            b"iTXt" => png_text(body, tags),
            b"tEXt" => {
                if let Some(text) = body.strip_prefix(b"Description\0") {
                    tags.set_text(
                        "Description",
                        &text.iter().map(|b| char::from(*b)).collect::<String>(),
                    );
                }
            }
            b"iCCP" => {
                let name = body.split(|b| *b == 0).next().unwrap_or_default();
                tags.set_text("ProfileDescription", &String::from_utf8_lossy(name));
            }
            b"IEND" => return,
            _ => {}
        }
        at += 12 + length;
    }
}

/// International text: keyword, compression, language, translated keyword, text.
fn png_text(body: &[u8], tags: &mut Tags) {
    let mut parts = body.splitn(2, |b| *b == 0);
    let (Some(keyword), Some(rest)) = (parts.next(), parts.next()) else {
        return;
    };
    let Some(([compressed, _], rest)) = rest.split_first_chunk::<2>() else {
        return;
    };
    let mut fields = rest.splitn(3, |b| *b == 0);
    let Some(text) = fields.nth(2).filter(|_| *compressed == 0) else {
        return;
    };
    match keyword {
        b"XML:com.adobe.xmp" => xmp::read(text, tags),
        b"Description" => tags.set_text("Description", &String::from_utf8_lossy(text)),
        _ => {}
    }
}

fn webp(bytes: &[u8], tags: &mut Tags) {
    let mut at = 12;
    while let (Some(kind), Some(length)) = (slice(bytes, at, 4), le32(bytes, at + 4)) {
        let length = index(length.into());
        let Some(body) = slice(bytes, at + 8, length) else {
            return;
        };
        match kind {
            b"EXIF" => tiff::read(body.strip_prefix(b"Exif\0\0").unwrap_or(body), false, tags),
            b"XMP " => xmp::read(body, tags),
            b"ICCP" => tiff::set_profile(body, tags),
            _ => {}
        }
        at = at
            .saturating_add(8)
            .saturating_add(length)
            .saturating_add(length % 2);
    }
}

fn jxl(bytes: &[u8], tags: &mut Tags) {
    for part in boxes::boxes(bytes) {
        match &part.kind {
            // the block starts behind an offset of four bytes
            b"Exif" => {
                let offset = be32(part.body, 0).map_or(0, |o| index(o.into()));
                let block = part
                    .body
                    .get(offset.saturating_add(4)..)
                    .unwrap_or_default();
                tiff::read(block, false, tags);
                // the codestream has already been turned, EXIF only repeats it
                tags.remove("Orientation");
            }
            b"xml " => xmp::read(part.body, tags),
            _ => {}
        }
    }
    tags.remove("Orientation");
}

fn raw(bytes: &[u8], tags: &mut Tags) {
    if bytes.starts_with(b"FUJIFILMCCD-RAW") {
        let preview = be32(bytes, 84).zip(be32(bytes, 88));
        let preview =
            preview.and_then(|(at, length)| slice(bytes, index(at.into()), index(length.into())));
        jpeg(preview.unwrap_or_default(), tags);
        // that was the preview's size
        for name in ["ImageWidth", "ImageHeight", "BitsPerSample"] {
            tags.remove(name);
        }
    } else if slice(bytes, 4, 4) == Some(b"ftyp") {
        canon(bytes, tags);
    } else {
        tiff::read(bytes, true, tags);
    }
}

/// CR3: Canon keeps three TIFF blocks in a box of its own.
fn canon(bytes: &[u8], tags: &mut Tags) {
    let Some(own) = boxes::find_path(bytes, &[b"moov", b"uuid"]).and_then(|b| b.body.get(16..))
    else {
        return;
    };
    for part in boxes::boxes(own) {
        match &part.kind {
            b"CMT1" => tiff::read(part.body, true, tags),
            b"CMT2" => tiff::read_exif_directory(part.body, tags),
            b"CMT4" => tiff::read_gps_directory(part.body, tags),
            _ => {}
        }
    }
}

/// Where the motion part of a still picture lies: (offset, length) in bytes
/// (api/assets.md section 3).
pub fn motion_part(bytes: &[u8], tags: &Tags) -> Option<(u64, u64)> {
    let total = bytes.len() as u64;
    let is_set = |name| tags.number(name) == Some(1.0);
    let whole = |name| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "range checked"
        )]
        tags.number(name)
            .filter(|n| (1.0..4.0e9).contains(n))
            .map(|n| n as u64)
    };
    let from_end = if is_set("MotionPhoto") && tags.number("MotionPhotoLength").is_some() {
        whole("MotionPhotoLength").map(|length| (length, whole("MotionPhotoPadding").unwrap_or(0)))
    } else if is_set("MicroVideo") || is_set("MotionPhoto") {
        whole("MicroVideoOffset").map(|length| (length, 0))
    } else {
        None
    };
    let found = match from_end {
        Some((length, padding)) => (total.checked_sub(length + padding)?, length),
        None => samsung_part(bytes)?,
    };
    let start = index(found.0);
    (slice(bytes, start + 4, 4) == Some(b"ftyp")).then_some(found)
}

/// Samsung appends the film behind a marker, followed by a directory.
fn samsung_part(bytes: &[u8]) -> Option<(u64, u64)> {
    const MARKER: &[u8] = b"MotionPhoto_Data";
    if !bytes.ends_with(b"SEFT") {
        return None;
    }
    let start = find(bytes, MARKER, 0)? + MARKER.len();
    let end = bytes
        .windows(4)
        .rposition(|w| w == b"SEFH")
        .filter(|end| *end > start)?;
    Some((start as u64, (end - start) as u64))
}
