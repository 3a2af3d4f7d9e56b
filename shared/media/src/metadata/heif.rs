//! Metadata of HEIF files (HEIC, AVIF): size, rotation, EXIF and XMP of the primary item.

use super::boxes::{self, Box};
use super::tags::{Tags, Value};
use super::{ifd, tiff, xmp};
use crate::bytes::{be16, be32, be64, index, slice};
use std::borrow::Cow;

/// More items or extents than any camera writes.
const MAX_ITEMS: u32 = 20_000;
/// Items with metadata that are read.
const MAX_BLOCKS: usize = 8;
/// Extents in a whole list of places: an extent can take no bytes at all.
const MAX_EXTENTS: u64 = 100_000;
/// Largest block of metadata, bytes: an item may be made of the same bytes again and again.
const MAX_BLOCK: usize = 8 << 20;

/// Reads the `meta` box. Nothing is decoded.
pub fn read(bytes: &[u8], tags: &mut Tags) {
    let Some((_, meta)) = boxes::find(bytes, b"meta").and_then(|b| b.full()) else {
        return;
    };
    let primary = primary_item(meta).unwrap_or(1);
    if let Some(properties) = boxes::find(meta, b"iprp") {
        for property in properties_of(properties.body, primary) {
            apply(property, tags);
        }
    }
    if let Some(icc) = profile(bytes) {
        tiff::set_profile(icc, tags);
    }
    for (id, kind) in items(meta).into_iter().take(MAX_BLOCKS) {
        let data = item_data(bytes, meta, id).unwrap_or_default();
        if !tags.spend(data.len()) {
            break;
        }
        match kind {
            Kind::Exif => tiff::read(ifd::block(&data), false, tags),
            Kind::Xmp => xmp::read(&data, tags),
        }
    }
    // where the container turns the picture EXIF only repeats it (api/assets.md section 9)
    if tags.get("Rotation").is_some() || tags.get("Orientation").is_none() {
        tags.remove("Orientation");
        tags.set_default("Rotation", Value::Number(0.0));
    }
}

/// Width and height of the primary item, all tiles of it together.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let (_, meta) = boxes::find(bytes, b"meta")?.full()?;
    let properties = boxes::find(meta, b"iprp")?.body;
    let own = properties_of(properties, primary_item(meta).unwrap_or(1));
    let size = own.into_iter().find(|property| &property.kind == b"ispe")?;
    be32(size.body, 4).zip(be32(size.body, 8))
}

/// The ICC profile of the primary item or, as phones attach it to the tiles only, the first one.
pub fn profile(bytes: &[u8]) -> Option<&[u8]> {
    let (_, meta) = boxes::find(bytes, b"meta")?.full()?;
    let properties = boxes::find(meta, b"iprp")?.body;
    let own = properties_of(properties, primary_item(meta).unwrap_or(1));
    let all = boxes::boxes(boxes::find(properties, b"ipco")?.body);
    own.into_iter().chain(all).find_map(icc_of)
}

/// The profile in a colour property; `nclx` descriptions have none.
fn icc_of(property: Box<'_>) -> Option<&[u8]> {
    let is_profile =
        &property.kind == b"colr" && matches!(slice(property.body, 0, 4), Some(b"prof" | b"rICC"));
    property.body.get(4..).filter(|_| is_profile)
}

fn primary_item(meta: &[u8]) -> Option<u32> {
    let (version, body) = boxes::find(meta, b"pitm")?.full()?;
    if version == 0 {
        be16(body, 0).map(u32::from)
    } else {
        be32(body, 0)
    }
}

/// What an item with metadata holds.
#[derive(Clone, Copy)]
enum Kind {
    Exif,
    Xmp,
}

/// The items that hold metadata.
fn items(meta: &[u8]) -> Vec<(u32, Kind)> {
    let Some((version, body)) = boxes::find(meta, b"iinf").and_then(|b| b.full()) else {
        return Vec::new();
    };
    let list = body
        .get(if version == 0 { 2 } else { 4 }..)
        .unwrap_or_default();
    boxes::boxes(list)
        .filter(|b| &b.kind == b"infe")
        .filter_map(|entry| item(entry))
        .collect()
}

fn item(entry: Box<'_>) -> Option<(u32, Kind)> {
    let (version, body) = entry.full()?;
    let (id, rest) = match version {
        2 => (u32::from(be16(body, 0)?), body.get(4..)?),
        3 => (be32(body, 0)?, body.get(6..)?),
        _ => return None,
    };
    match slice(rest, 0, 4)? {
        b"Exif" => Some((id, Kind::Exif)),
        b"mime" => {
            let content_type = rest.get(4..)?.split(|b| *b == 0).nth(1)?;
            (content_type == b"application/rdf+xml").then_some((id, Kind::Xmp))
        }
        _ => None,
    }
}

/// The properties associated with an item, in order.
fn properties_of(iprp: &[u8], item: u32) -> Vec<Box<'_>> {
    let Some(container) = boxes::find(iprp, b"ipco") else {
        return Vec::new();
    };
    let all: Vec<Box<'_>> = boxes::boxes(container.body).collect();
    let indices = boxes::find(iprp, b"ipma")
        .and_then(|b| associations(b, item))
        .unwrap_or_default();
    indices
        .into_iter()
        .filter_map(|i| all.get(i.checked_sub(1)?).copied())
        .collect()
}

fn associations(ipma: Box<'_>, wanted: u32) -> Option<Vec<usize>> {
    let (version, body) = ipma.full()?;
    let wide = ipma.body.get(3)? & 1 == 1;
    let mut at = 4;
    for _ in 0..be32(body, 0)?.min(MAX_ITEMS) {
        let id = if version == 0 {
            u32::from(be16(body, at)?)
        } else {
            be32(body, at)?
        };
        at += if version == 0 { 2 } else { 4 };
        let count = usize::from(*body.get(at)?);
        at += 1;
        let list = slice(body, at, count * if wide { 2 } else { 1 })?;
        at += list.len();
        if id == wanted {
            // the highest bit says "essential"
            let narrow = |b: &u8| usize::from(b & 0x7f);
            let pair = |p: &[u8]| be16(p, 0).map_or(0, |v| usize::from(v & 0x7fff));
            return Some(if wide {
                list.chunks_exact(2).map(pair).collect()
            } else {
                list.iter().map(narrow).collect()
            });
        }
    }
    None
}

fn apply(property: Box<'_>, tags: &mut Tags) {
    let body = property.body;
    match &property.kind {
        b"ispe" => {
            if let (Some(width), Some(height)) = (be32(body, 4), be32(body, 8)) {
                tags.set_number("ImageWidth", width);
                tags.set_number("ImageHeight", height);
            }
        }
        b"irot" => body
            .first()
            .into_iter()
            .for_each(|angle| tags.set_number("Rotation", angle & 3)),
        b"imir" => tags.set_default("Rotation", Value::Number(0.0)),
        b"pixi" => body
            .get(5)
            .into_iter()
            .for_each(|depth| tags.set_number("ImagePixelDepth", *depth)),
        _ => {}
    }
}

/// The bytes of an item, gathered from its extents.
fn item_data<'a>(file: &'a [u8], meta: &'a [u8], wanted: u32) -> Option<Cow<'a, [u8]>> {
    let (version, body) = boxes::find(meta, b"iloc")?.full()?;
    let sizes = be16(body, 0)?;
    let nibble = |shift: u16| usize::from((sizes >> shift) & 15);
    let (offset_size, length_size, base_size) = (nibble(12), nibble(8), nibble(4));
    let index_size = if version == 0 { 0 } else { nibble(0) };
    let mut reader = Fields { body, at: 2 };
    let count = reader.number(if version < 2 { 2 } else { 4 })?;
    let mut all_extents = 0;
    for _ in 0..count.min(MAX_ITEMS.into()) {
        let id = reader.number(if version < 2 { 2 } else { 4 })?;
        let method = if version == 0 {
            0
        } else {
            reader.number(2)? & 15
        };
        reader.number(2)?;
        let base = reader.number(base_size)?;
        let extents = reader.number(2)?;
        all_extents += extents;
        if all_extents > MAX_EXTENTS {
            return None;
        }
        let mut data = Cow::Borrowed(&[][..]);
        for _ in 0..extents {
            reader.number(index_size)?;
            let start = index(base.checked_add(reader.number(offset_size)?)?);
            let length = index(reader.number(length_size)?);
            if id == u64::from(wanted) {
                let source = if method == 1 {
                    boxes::find(meta, b"idat")?.body
                } else {
                    file
                };
                let part = slice(source, start, length)?;
                if data.len() + part.len() > MAX_BLOCK {
                    return None;
                }
                if data.is_empty() {
                    data = Cow::Borrowed(part);
                } else {
                    data.to_mut().extend_from_slice(part);
                }
            }
        }
        if id == u64::from(wanted) {
            return Some(data);
        }
    }
    None
}

/// Reads fields of 0, 2, 4 or 8 bytes one after the other.
struct Fields<'a> {
    body: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn number(&mut self, size: usize) -> Option<u64> {
        let value = match size {
            0 => 0,
            2 => be16(self.body, self.at)?.into(),
            4 => be32(self.body, self.at)?.into(),
            8 => be64(self.body, self.at)?,
            _ => return None,
        };
        self.at += size;
        Some(value)
    }
}
