//! Decisions of this area as plain functions: file names, checksums as clients send them.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::{enums::AssetVisibility, id::AssetId};
use edge_http::{Error, Result};
use edge_store::assets::motion::Video;
use sha1::{Digest, Sha1};

/// Longest file name that is kept (bytes), as on the usual file systems.
const NAME_LIMIT: usize = 255;
/// What follows the last dot is an extension only up to this length (bytes).
const EXTENSION_LIMIT: usize = 32;
/// Length of a SHA-1 digest (bytes).
const SHA1_LENGTH: usize = 20;

/// The name under which an upload is kept: without folders and control characters, at most 255 bytes long
/// with its extension intact. Empty when nothing is left.
pub fn file_name(sent: &str) -> String {
    let base = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim();
    if clean.len() <= NAME_LIMIT {
        return clean.to_owned();
    }
    let dot = clean
        .rfind('.')
        .filter(|dot| clean.len() - dot <= EXTENSION_LIMIT)
        .unwrap_or(clean.len());
    let (stem, extension) = clean.split_at(dot);
    let mut end = NAME_LIMIT - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let (stem, _) = stem.split_at(end);
    format!("{stem}{extension}")
}

/// A SHA-1 as clients send it (base64 if it has 28 characters, else hex; api/assets.md sections 1 and 2), as
/// we store it: base64. `None` when it is neither, so it matches nothing.
pub fn checksum(sent: &str) -> Option<String> {
    let bytes = if sent.len() == 28 {
        STANDARD.decode(sent).ok()?
    } else {
        hex::decode(sent).ok()?
    };
    (bytes.len() == SHA1_LENGTH).then(|| STANDARD.encode(bytes))
}

/// Where an upload is stored: `upload/<user>/<aa>/<bb>/<id><suffix>` (api/assets.md section 1).
pub fn object_key(user_id: &str, id: &str, suffix: &str) -> String {
    let part = |from: usize| id.get(from..from + 2).unwrap_or("00");
    format!("upload/{user_id}/{}/{}/{id}{suffix}", part(0), part(2))
}

/// The checksum under which what a guest of a link uploads is kept: of link and content together. So a link knows again
/// what came through it, and nobody learns by uploading whether the owner has the same file.
pub fn checksum_of_guest(link_id: &str, sha1: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{link_id}:{sha1}")))
}

/// What may become the motion part of a still of `owner_id` with this visibility (api/assets.md section 3). A locked video
/// shows in no other than a locked still.
pub fn check_live_photo(
    video: Option<&Video>,
    owner_id: &str,
    still: AssetVisibility,
) -> Result<()> {
    let video = video
        .filter(|video| {
            video.owner_id != owner_id || !video.is_locked || still == AssetVisibility::Locked
        })
        .ok_or_else(|| Error::bad_request("Live photo video not found"))?;
    if !video.is_video {
        return Err(Error::bad_request("Live photo video must be a video"));
    }
    if video.owner_id != owner_id {
        return Err(Error::bad_request(
            "Live photo video does not belong to the user",
        ));
    }
    if video.is_nested {
        return Err(nested());
    }
    Ok(())
}

/// An addition of ours: two videos that are each other's motion part would both be hidden.
pub fn nested() -> Error {
    Error::bad_request("A live photo video cannot have a live photo video")
}

/// Nobody would see an asset that is its own motion part: those are hidden.
pub fn check_itself(video: &AssetId, still: &str) -> Result<()> {
    if video.as_str() == still {
        return Err(Error::bad_request(
            "Live photo video cannot be the asset itself",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_folders_and_control_characters() {
        assert_eq!(file_name("../../etc/photo.jpg"), "photo.jpg");
        assert_eq!(file_name("C:\\Users\\me\\photo.jpg"), "photo.jpg");
        assert_eq!(file_name("a\r\nb\0\u{7f}.jpg"), "ab.jpg");
        assert_eq!(file_name("😀 été.heic"), "😀 été.heic");
        assert_eq!(file_name("dir/"), "");
    }

    #[test]
    fn long_names_keep_their_extension() {
        let long = file_name(&format!("{}.jpeg", "é".repeat(300)));
        assert!(long.len() <= 255 && long.ends_with("é.jpeg"), "{long}");
        assert_eq!(file_name(&"x".repeat(300)).len(), 255);
        assert_eq!(file_name(&format!("a.{}", "x".repeat(300))).len(), 255);
    }

    #[test]
    fn checksums_come_in_base64_and_hex() {
        let base64 = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
        let hex = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        assert_eq!(checksum(base64).as_deref(), Some(base64));
        assert_eq!(checksum(hex).as_deref(), Some(base64));
        assert_eq!(checksum(&hex.to_uppercase()).as_deref(), Some(base64));
        for bad in [
            "",
            "xyz",
            "00",
            "2jmj7l5rSw0yVb/vlWAYkK/YBwk!",
            "'; drop table asset",
        ] {
            assert_eq!(checksum(bad), None, "{bad}");
        }
    }

    #[test]
    fn keys_are_spread_over_folders() {
        assert_eq!(
            object_key("u", "abcdef", ".jpg"),
            "upload/u/ab/cd/abcdef.jpg"
        );
    }
}
