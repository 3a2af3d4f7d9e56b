//! Metadata of PNG files: size, EXIF, and the texts in which programs keep XMP, IPTC and EXIF.

use super::tags::Tags;
use super::text::utf8_or_latin;
use super::{ifd, iptc, tiff, xmp};
use crate::bytes::{be32, index, slice};
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use std::borrow::Cow;

/// Longest text that is unpacked, bytes.
const MAX_UNPACKED: usize = 4 << 20;

/// Walks the chunks.
pub fn read(bytes: &[u8], tags: &mut Tags) {
    let mut at = 8;
    while let (Some(length), Some(kind)) = (be32(bytes, at), slice(bytes, at + 4, 4)) {
        let length = index(length.into());
        let Some(body) = slice(bytes, at + 8, length) else {
            return;
        };
        match kind {
            b"IHDR" => header(body, tags),
            b"eXIf" => tiff::read(ifd::block(body), false, tags),
            b"iTXt" | b"tEXt" | b"zTXt" => text_chunk(kind, body, tags),
            b"iCCP" => {
                let name = body.split(|b| *b == 0).next().unwrap_or_default();
                tags.set_text("ProfileDescription", &utf8_or_latin(name));
            }
            b"IEND" => return,
            _ => {}
        }
        at += 12 + length;
    }
}

fn header(body: &[u8], tags: &mut Tags) {
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

/// What a text holds, by its keyword.
#[derive(Clone, Copy)]
enum Kind {
    Description,
    Xmp,
    /// ImageMagick's hexadecimal form.
    Raw,
}

/// A text behind its keyword, plain or packed; international ones have a language in between.
fn text_chunk(kind: &[u8], body: &[u8], tags: &mut Tags) {
    let mut parts = body.splitn(2, |b| *b == 0);
    let (Some(keyword), Some(rest)) = (parts.next(), parts.next()) else {
        return;
    };
    let holds = match keyword {
        b"Description" => Kind::Description,
        b"XML:com.adobe.xmp" => Kind::Xmp,
        _ if keyword.starts_with(RAW) => Kind::Raw,
        _ => return,
    };
    let text = match (kind, rest) {
        (b"tEXt", text) => Some(Cow::Borrowed(text)),
        (b"zTXt", [_, packed @ ..]) => unpack(packed, tags),
        (b"iTXt", [packed, _, rest @ ..]) => match (packed, rest.splitn(3, |b| *b == 0).nth(2)) {
            (0, Some(text)) => Some(Cow::Borrowed(text)),
            (_, Some(text)) => unpack(text, tags),
            (_, None) => None,
        },
        _ => None,
    };
    let Some(text) = text else { return };
    match holds {
        Kind::Description if tags.spend(text.len()) => {
            tags.set_text("Description", &utf8_or_latin(&text));
        }
        Kind::Description => {}
        Kind::Xmp => xmp::read(&text, tags),
        Kind::Raw => raw_profile(&text, tags),
    }
}

fn unpack(packed: &[u8], tags: &mut Tags) -> Option<Cow<'static, [u8]>> {
    // counted before it is known: what does not fit was unpacked too
    if !tags.spend(MAX_UNPACKED) {
        return None;
    }
    decompress_to_vec_zlib_with_limit(packed, MAX_UNPACKED)
        .ok()
        .map(Cow::Owned)
}

const RAW: &[u8] = b"Raw profile type ";

/// A block of metadata as ImageMagick writes it: its name and length in lines of their own, then
/// hexadecimal digits. The name tells little (`APP1` is EXIF or XMP), the bytes say what they are.
fn raw_profile(text: &[u8], tags: &mut Tags) {
    let digits = text.splitn(4, |b| *b == b'\n').nth(3).unwrap_or_default();
    if !tags.spend(digits.len()) {
        return;
    }
    let values: Vec<u8> = digits
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .filter_map(|value| u8::try_from(value).ok())
        .collect();
    let block: Vec<u8> = values
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[high, low]| high << 4 | low)
        .collect();
    if let Some(packet) = block.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
        xmp::read(packet, tags);
    } else if block.starts_with(b"8BIM") {
        iptc::read_photoshop(&block, tags);
    } else if block.first() == Some(&0x1c) {
        iptc::read(&block, tags);
    } else if block.first() == Some(&b'<') {
        xmp::read(&block, tags);
    } else {
        tiff::read(ifd::block(&block), false, tags);
    }
}
