//! Metadata of JPEG XL files in a container: EXIF and XMP, plain or packed with brotli.

use super::tags::Tags;
use super::{boxes, ifd, tiff, xmp};
use crate::bytes::slice;
use brotli_decompressor::Decompressor;
use std::io::Read;

/// Largest box that is unpacked, bytes.
const MAX_UNPACKED: u64 = 4 << 20;
/// Bytes that the unpacker reads at a time.
const BUFFER: usize = 4096;

/// Walks the boxes.
pub fn read(bytes: &[u8], tags: &mut Tags) {
    for part in boxes::boxes(bytes) {
        match (&part.kind, slice(part.body, 0, 4)) {
            (b"brob", Some(kind @ (b"Exif" | b"xml "))) => {
                if let Some(body) = unpack(part.body.get(4..).unwrap_or_default(), tags) {
                    block(kind, &body, tags);
                }
            }
            (kind, _) => block(kind.as_slice(), part.body, tags),
        }
    }
    // the codestream has already been turned, EXIF only repeats it
    tags.remove("Orientation");
}

fn block(kind: &[u8], body: &[u8], tags: &mut Tags) {
    match kind {
        b"Exif" => tiff::read(ifd::block(body), false, tags),
        b"xml " => xmp::read(body, tags),
        _ => {}
    }
}

fn unpack(packed: &[u8], tags: &mut Tags) -> Option<Vec<u8>> {
    // counted before it is known: what does not fit is unpacked too
    if !tags.spend(usize::try_from(MAX_UNPACKED).ok()?) {
        return None;
    }
    let mut out = Vec::new();
    let unpacked = Decompressor::new(packed, BUFFER)
        .take(MAX_UNPACKED)
        .read_to_end(&mut out);
    unpacked.ok().map(|_length| out)
}
