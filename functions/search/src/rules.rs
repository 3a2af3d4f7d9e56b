//! Decisions about searches: who may search how (api/features.md section B), and where a page ends.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::{
    Permission,
    assets::AssetResponse,
    enums::AssetVisibility,
    search::{Filters, Shape},
};
use edge_http::{Error, Result};
use edge_store::{
    caller::{Caller, Kind},
    search::{Page, Shown},
};

/// Refuses searches that are not open to the caller, who may read all their albums or not.
pub fn check(caller: &Caller, filters: &Filters, reads_albums: bool) -> Result<()> {
    let is_link = matches!(caller.kind, Kind::Link(_));
    if is_link && filters.album_ids.as_ref().is_none_or(Vec::is_empty) {
        return Err(Error::bad_request(
            "Shared link access is only allowed in combination with an albumIds filter",
        ));
    }
    if filters.visibility == Some(AssetVisibility::Locked) && !caller.elevated {
        return Err(Error::unauthorized("Elevated permission is required"));
    }
    if !reads_albums {
        return Err(Error::no_access(Permission::AlbumRead));
    }
    Ok(())
}

/// Who sees the answer; nobody in particular by a shared link.
pub fn viewer(caller: &Caller) -> Option<&str> {
    match caller.kind {
        Kind::Link(_) => None,
        Kind::Session(_) | Kind::ApiKey(_) => Some(&caller.user_id),
    }
}

/// What of the assets the caller wants to see.
pub fn shown(shape: &Shape) -> Shown {
    Shown {
        exif: shape.with_exif == Some(true),
        people: shape.with_people == Some(true),
    }
}

/// Cuts what was found to the page and says what is behind it.
pub fn cut(found: &mut Vec<AssetResponse>, page: &Page) -> Option<String> {
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    if found.len() <= size {
        return None;
    }
    found.truncate(size);
    let taken: Vec<i64> = found.iter().map(|asset| asset.file_created_at.0).collect();
    page.next(&taken).map(|next| next.to_string())
}

/// A SHA-1 as clients send it (base64 if it has 28 characters, else hex), in base64. What is neither matches nothing.
pub fn checksum(sent: &str) -> String {
    if sent.len() == 28 {
        return sent.to_owned();
    }
    hex::decode(sent).map_or(String::new(), |bytes| STANDARD.encode(bytes))
}
