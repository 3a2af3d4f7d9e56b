//! Names of places, read from their object in the bucket by ranges of a few KB (docs/decisions/0016-places.md).

use std::ops::Range;

use edge_places::{Found, KEY, Lookup, Named, Search};
use edge_platform::{ByteRange, ObjectError};

use crate::App;

/// Most bytes of one range.
const LARGEST: usize = 8 << 20;

/// What a position (degrees) is called; nothing where the object is not installed.
pub async fn at(app: &App, latitude: f64, longitude: f64) -> Result<Named, ObjectError> {
    let mut lookup = Lookup::new(latitude, longitude);
    while let Some(range) = lookup.wanted() {
        match part(app, range).await? {
            Some(bytes) => lookup.give(&bytes),
            None => return Ok(Named::default()),
        }
    }
    Ok(lookup.answer())
}

/// Places that a text means; none where the object is not installed.
pub async fn named(app: &App, text: &str) -> Result<Vec<Found>, ObjectError> {
    let mut search = Search::new(text);
    while let Some(range) = search.wanted() {
        match part(app, range).await? {
            Some(bytes) => search.give(&bytes),
            None => return Ok(Vec::new()),
        }
    }
    Ok(search.answer())
}

/// Bytes of the object; `None`: there is none.
async fn part(app: &App, range: Range<u64>) -> Result<Option<Vec<u8>>, ObjectError> {
    let range = ByteRange::FromTo {
        first: range.start,
        last: Some(range.end.saturating_sub(1)),
    };
    let object = match app.objects.get(KEY, Some(range)).await {
        Ok(Some(object)) => object,
        // Not installed, or cut off.
        Ok(None) | Err(ObjectError::Range) => return Ok(None),
        Err(error) => return Err(error),
    };
    object
        .body
        .collect(LARGEST)
        .await
        .map(|bytes| Some(bytes.into()))
}
