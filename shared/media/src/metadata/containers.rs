//! Finds the metadata blocks of still picture files: JPEG segments, WebP chunks, raw files.

use super::tags::Tags;
use super::{animation, boxes, heif, ifd, iptc, jxl, maker_note, png, tiff, xmp};
use crate::bytes::{be16, be32, index, le32, slice};
use crate::decode::{Format, probe, sniff};

/// Reads whatever metadata a still picture carries; unknown formats give nothing.
pub fn read(bytes: &[u8], tags: &mut Tags) {
    match sniff(bytes) {
        Some(Format::Jpeg) => jpeg(bytes, tags),
        Some(Format::Png) => png::read(bytes, tags),
        Some(Format::WebP) => {
            webp(bytes, tags);
            animation::webp(bytes, tags);
        }
        Some(Format::Gif) => animation::gif(bytes, tags),
        Some(Format::Heic | Format::Avif) => heif::read(bytes, tags),
        Some(Format::Jxl) => jxl::read(bytes, tags),
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
    if body.starts_with(b"Exif\0") {
        tiff::read(ifd::block(body), false, tags);
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

fn webp(bytes: &[u8], tags: &mut Tags) {
    let mut at = 12;
    while let (Some(kind), Some(length)) = (slice(bytes, at, 4), le32(bytes, at + 4)) {
        let length = index(length.into());
        let Some(body) = slice(bytes, at + 8, length) else {
            return;
        };
        match kind {
            b"EXIF" => tiff::read(ifd::block(body), false, tags),
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
            b"CMT3" => maker_note::read_canon_directory(part.body, tags),
            b"CMT4" => tiff::read_gps_directory(part.body, tags),
            _ => {}
        }
    }
}
