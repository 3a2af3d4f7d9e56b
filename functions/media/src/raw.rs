//! Camera raw files: the JPEG that the camera put into them stands for the picture, for good or until the companion has developed it
//! ([`rules::is_developed`]). What has none is the companion's.

use edge_http::{App, budget::Budget, consumer::Failure};
use edge_media::{
    decode::{self, Format},
    embedded::{self, Embedded},
    metadata,
};

use crate::{
    loaded::{self, Loaded, Wanted},
    read, rules,
};

/// Pixels that the shorter side of a picture has at least to stand for the photo: the thumbnail's.
const SHORTEST: u32 = 250;

/// Decodes the largest JPEG inside a raw file that fits here. `None`: there is none, and the file may be a TIFF besides.
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
    // What is known as a raw file is refused by that: nothing more of it needs to be read.
    let is_raw = decode::probe(&beginning).is_ok_and(|info| info.format == Format::Raw);
    let refusal = is_raw.then(|| loaded::decode(&beginning, wanted, budget));
    let found = sized(app, key, &beginning).await?;
    drop(beginning);
    for one in found {
        if one.length > rules::LARGEST {
            continue;
        }
        let bytes = read::part(app, key, one.start, one.length).await?;
        budget.spend(bytes.len() as u64, "reading the JPEG of a raw file")?;
        // A damaged or too large one leaves the next smaller one.
        let Ok(loaded) = loaded::decode(&bytes, wanted, budget) else {
            continue;
        };
        let full = full.filter(|full| is_alike(*full, loaded.upright));
        let (width, height) = loaded.upright;
        return Ok(Some(Loaded {
            upright: full.unwrap_or(loaded.upright),
            embedded: Some(width.min(height)),
            ..loaded
        }));
    }
    refusal.transpose()
}

/// Those that are pictures of enough pixels, the largest first. Headers that were read already are not read again.
async fn sized(app: &App, key: &str, beginning: &[u8]) -> Result<Vec<Embedded>, Failure> {
    let mut sized = Vec::new();
    for one in embedded::find(beginning) {
        let length = one.length.min(embedded::HEADER);
        let size = match one.within(beginning, length) {
            Some(header) => embedded::size(header),
            None => embedded::size(&read::part(app, key, one.start, length).await?),
        };
        let size = size.filter(|size| size.0.min(size.1) >= SHORTEST);
        sized.extend(size.map(|size| (one, u64::from(size.0) * u64::from(size.1))));
    }
    sized.sort_by_key(|(_, pixels)| std::cmp::Reverse(*pixels));
    Ok(sized.into_iter().map(|(one, _)| one).collect())
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
