//! Camera raw files: the JPEG that the camera put into them stands for the picture. What has none is the companion's.

use edge_http::{App, budget::Budget, consumer::Failure};
use edge_media::{
    decode::{self, LoadOptions},
    embedded::{self, Embedded},
    metadata,
};

use crate::{
    loaded::{self, Loaded, Wanted},
    read, rules,
};

/// Pixels that the shorter side of a picture has at least to stand for the photo: the thumbnail's.
const SHORTEST: u32 = 250;

/// Decodes the largest JPEG inside a raw file that fits here. `None`: there is none.
pub async fn load(
    app: &App,
    key: &str,
    wanted: Wanted,
    budget: &Budget,
) -> Result<Option<Loaded>, Failure> {
    let beginning = read::part(app, key, 0, embedded::BEGINNING).await?;
    budget.spend(
        beginning.len() as u64,
        "reading the directories of a raw file",
    )?;
    let full = metadata::read(&beginning, key).upright_size();
    let found = embedded::find(&beginning);
    drop(beginning);
    for (one, size) in sized(app, key, found).await? {
        if one.length > rules::LARGEST {
            continue;
        }
        let bytes = read::part(app, key, one.start, one.length).await?;
        budget.spend(bytes.len() as u64, "reading the JPEG of a raw file")?;
        budget.spend_pixels(size.0, size.1, "decoding the JPEG of a raw file")?;
        let options = LoadOptions {
            short_side: wanted.short_side,
            limits: loaded::limits(bytes.len()),
            orientation: wanted.orientation,
            space: wanted.space,
        };
        // A damaged or too large one leaves the next smaller one.
        let Ok(picture) = decode::load(&bytes, &options) else {
            continue;
        };
        let is_turned = (size.0 > size.1) != (picture.width > picture.height);
        let own = if is_turned { (size.1, size.0) } else { size };
        let upright = full.filter(|full| is_alike(*full, own)).unwrap_or(own);
        return Ok(Some(Loaded { picture, upright }));
    }
    Ok(None)
}

/// Those that are pictures of enough pixels with their sizes, the largest first.
async fn sized(
    app: &App,
    key: &str,
    found: Vec<Embedded>,
) -> Result<Vec<(Embedded, (u32, u32))>, Failure> {
    let mut sized = Vec::new();
    for one in found {
        let length = one.length.min(embedded::HEADER);
        let header = read::part(app, key, one.start, length).await?;
        let size = embedded::size(&header).filter(|size| size.0.min(size.1) >= SHORTEST);
        sized.extend(size.map(|size| (one, size)));
    }
    sized.sort_by_key(|(_, size)| std::cmp::Reverse(u64::from(size.0) * u64::from(size.1)));
    Ok(sized)
}

/// Whether a size is that of the whole picture: larger, and of nearly the same shape. Sensors have a margin that previews lack.
fn is_alike(full: (u32, u32), own: (u32, u32)) -> bool {
    let (across, down) = (
        u64::from(full.0) * u64::from(own.1),
        u64::from(full.1) * u64::from(own.0),
    );
    full.0 >= own.0 && across.abs_diff(down) * 50 <= across.max(down)
}

#[cfg(test)]
mod tests {
    use super::is_alike;

    #[test]
    fn a_preview_of_another_shape_has_its_own_size() {
        assert!(is_alike((6000, 4000), (1616, 1080)));
        assert!(is_alike((6048, 4024), (6000, 4000)));
        assert!(!is_alike((4000, 6000), (1616, 1080)));
        assert!(!is_alike((6000, 4000), (1920, 1080)), "cropped to 16:9");
        assert!(
            !is_alike((160, 120), (1600, 1200)),
            "the size of a thumbnail's directory"
        );
    }
}
