//! Reads what files say of themselves and turns it into the fields of an asset by the rule table
//! of api/assets.md section 9. Nothing is decoded, nothing panics, absurd values are dropped, and the work for
//! one file has a limit ([`MAX_STEPS`]) whatever the file is made of.
//!
//! The order of precedence is `file < probe < sidecar`.

mod animation;
pub(crate) mod boxes;
mod containers;
pub mod date;
mod fragments;
pub(crate) mod heif;
pub(crate) mod ifd;
mod iptc;
mod jxl;
mod lens;
mod maker_note;
mod motion;
mod packet;
mod panorama;
mod png;
mod regions;
mod rules;
mod sidecar;
mod tags;
mod text;
mod tiff;
pub mod video;
mod work;
mod xml_cost;
mod xmp;

pub use date::Capture;
pub use regions::Region;
pub use rules::{Metadata, resolve};
pub use sidecar::{Edit, SidecarEdits, write_sidecar};
pub use tags::{Tags, Value};
pub use work::MAX_STEPS;

use edge_api::{enums::AssetType, media_type};

use crate::bytes::index;

/// Extensions of formats that can be animated, so that a duration in the file means something.
const ANIMATED: [&str; 6] = [".gif", ".webp", ".avif", ".png", ".heic", ".jxl"];

/// Metadata of a file without sidecar. `bytes` is the whole file for pictures (its beginning is
/// enough for most, but not for motion photos and HEIF); for MP4 and MOV the whole file or just
/// the `moov` box (see [`video::top_box`]).
pub fn read(bytes: &[u8], file_name: &str) -> Metadata {
    read_with_sidecar(bytes, file_name, None)
}

/// Metadata of a file and its XMP sidecar, merged by precedence.
pub fn read_with_sidecar(bytes: &[u8], file_name: &str, sidecar: Option<&[u8]>) -> Metadata {
    let (file, probe) = tags(bytes, file_name);
    let merged = merge(
        file,
        probe,
        sidecar.map(self::sidecar).unwrap_or_default(),
        file_name,
    );
    let mut metadata = resolve(&merged, file_name);
    if media_type::asset_type(file_name) != Some(AssetType::Video) {
        metadata.motion_part = motion::part(bytes, &merged);
    }
    metadata
}

/// The panorama properties of a picture as an XMP packet for its renditions ([`Metadata::panorama_xmp`]); no sidecar is looked at.
pub fn panorama_xmp(picture: &[u8]) -> Option<String> {
    let mut tags = Tags::new();
    containers::read(picture, &mut tags);
    panorama::packet(&tags)
}

/// Where the film inside a motion photo of `size` bytes may lie of which only the `beginning` was read: offsets and lengths in bytes, the
/// likeliest first. The one at which an MP4 file begins is the place (api/assets.md section 3). Films that only a box or a trailer at the
/// end of the file tells of are not found.
pub fn motion_places(beginning: &[u8], file_name: &str, size: u64) -> Vec<(u64, u64)> {
    if media_type::asset_type(file_name) == Some(AssetType::Video) {
        return Vec::new();
    }
    let (tags, _) = tags(beginning, file_name);
    motion::places(index(size), &tags)
}

/// The raw tags of a file: its own, and those of its streams (`probe`; empty for pictures).
pub fn tags(bytes: &[u8], file_name: &str) -> (Tags, Tags) {
    if media_type::asset_type(file_name) == Some(AssetType::Video) {
        let video = video::read(bytes);
        return (video.file, video.stream);
    }
    let mut tags = Tags::new();
    containers::read(bytes, &mut tags);
    (tags, Tags::new())
}

/// The tags of an XMP sidecar file; damaged ones have none.
pub fn sidecar(xmp: &[u8]) -> Tags {
    let mut tags = Tags::new();
    xmp::read(xmp, &mut tags);
    tags
}

/// Merges tags by precedence (api/assets.md section 9): later wins, but the duration of a sidecar
/// is never used, one date in the sidecar drops all dates and zones of the file, and the file's
/// own duration counts only for pictures that can be animated.
pub fn merge(file: Tags, probe: Tags, sidecar: Tags, file_name: &str) -> Tags {
    let mut merged = file;
    if !ANIMATED.contains(&media_type::extension(file_name).as_str()) {
        merged.remove("Duration");
    }
    if sidecar.has_date() {
        merged.drop_dates();
    }
    merged.extend(probe);
    let mut sidecar = sidecar;
    sidecar.remove("Duration");
    merged.extend(sidecar);
    merged
}
