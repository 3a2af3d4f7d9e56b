//! The JPEG inside a raw file: cameras put their own rendition there.

use edge_media::decode::{self, Checked, ImageInfo, LoadOptions};

use crate::order::{Next, Refusal};

/// Most places inside a raw file that are looked at, whether a JPEG begins there or not: by chance there are three in 50 MB.
const EMBEDDED: usize = 256;
/// So much of each, bytes: its own metadata and a preview lie before its size.
const HEAD: usize = 1 << 20;

/// Decodes the largest JPEG whose shorter side has at least `least` pixels.
pub fn embedded(bytes: &[u8], options: &LoadOptions, least: u32) -> Result<Checked, Refusal> {
    let none = || ("no JPEG in this raw file".to_owned(), Next::Developer);
    let jpeg = largest(bytes, least).ok_or_else(none)?;
    let loaded = decode::load_checked(jpeg, options);
    loaded.map_err(|error| (error.to_string(), Next::Developer))
}

fn largest(bytes: &[u8], least: u32) -> Option<&[u8]> {
    let pixels = |info: &ImageInfo| u64::from(info.width) * u64::from(info.height);
    let jpegs = beginnings(bytes).filter_map(|(at, head)| {
        let info = decode::probe(head).ok()?;
        (info.width.min(info.height) >= least).then(|| (pixels(&info), at))
    });
    let (_, at) = jpegs.max_by_key(|(pixels, _)| *pixels)?;
    bytes.get(at..)
}

/// What may be a JPEG, by its place and as much as is needed to know its size. A file that consists of such beginnings is not looked
/// through again for each of them.
fn beginnings(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let starts = bytes.windows(3).enumerate();
    let starts = starts.filter(|(_, window)| *window == [0xFF, 0xD8, 0xFF]);
    starts.take(EMBEDDED).map(|(at, _)| {
        let end = bytes.len().min(at + HEAD);
        (at, bytes.get(at..end).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_nothing_but_beginnings_is_not_read_again_for_each() {
        let hostile = [0xFF, 0xD8, 0xFF, 0x00].repeat(1 << 20);
        let looked_at: Vec<usize> = beginnings(&hostile).map(|(_, head)| head.len()).collect();
        assert_eq!(looked_at.len(), EMBEDDED);
        assert!(looked_at.iter().all(|length| *length <= HEAD));
        assert!(largest(&hostile, 0).is_none());
    }
}
