//! Decisions of this area as plain functions: which photos can be edited, and how.

use edge_api::{assets::AssetEdit, media_type};
use edge_http::{Error, Result};
use edge_store::assets::edits::Editable;

/// Whether an asset may be edited so (api/assets.md section 12). Errors: 400 with the contract's texts.
pub fn check_edits(asset: &Editable, edits: &[AssetEdit]) -> Result<()> {
    let refused = |text: &'static str| Err(Error::bad_request(text));
    if !asset.is_image {
        return refused("Only images can be edited");
    }
    if asset.is_live_photo {
        return refused("Editing live photos is not supported");
    }
    if asset.is_panorama {
        return refused("Editing panorama images is not supported");
    }
    match media_type::mime_type(&asset.file_name) {
        "image/gif" => return refused("Editing GIF images is not supported"),
        "image/svg" | "image/svg+xml" => return refused("Editing SVG images is not supported"),
        _ => {}
    }
    let Some((width, height)) = asset.size else {
        return refused("Asset dimensions are not available for editing");
    };
    let crops = edits
        .iter()
        .enumerate()
        .filter_map(|(at, edit)| match edit {
            AssetEdit::Crop(crop) => Some((at, crop)),
            AssetEdit::Rotate(_) | AssetEdit::Mirror(_) => None,
        });
    for (at, crop) in crops {
        if at > 0 {
            return refused("Crop action must be the first edit action");
        }
        let is_inside = |start: i64, length: i64, side: i64| {
            start.checked_add(length).is_some_and(|end| end <= side)
        };
        if !is_inside(crop.x, crop.width, width) || !is_inside(crop.y, crop.height, height) {
            return refused("Crop parameters are out of bounds");
        }
    }
    Ok(())
}
