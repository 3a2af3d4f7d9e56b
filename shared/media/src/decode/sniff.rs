//! The format of a file by its first bytes.

use super::{bmp, tiff};
use crate::bytes::{be32, slice};
use crate::image_info::Format;

/// The format by signature.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
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
    } else if starts(b"BM") && bmp::probe(bytes).is_ok() {
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
