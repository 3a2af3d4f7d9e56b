//! Decisions about searches: who may search how (api/features.md section B), and where a page ends.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use edge_api::{
    Permission,
    assets::AssetResponse,
    enums::{AssetOrder, SearchOrderField},
    search::{Filters, Shape, Structured},
};
use edge_http::{Error, Result};
use edge_store::{
    caller::{Caller, Kind},
    search::{
        Asked, Order, Page, Place, Search, Shown,
        condition::{Column, Condition},
    },
};
use serde_json::{Value, json};

/// Refuses searches that are not open to the caller, who may read all the albums or not.
pub fn check(caller: &Caller, asked: &Asked, reads_albums: bool) -> Result<()> {
    let is_link = matches!(caller.kind, Kind::Link(_));
    if is_link && !asked.is_confined {
        return Err(Error::bad_request(
            "Shared link access is only allowed in combination with an albumIds filter",
        ));
    }
    if asked.is_locked && !caller.elevated {
        return Err(Error::unauthorized("Elevated permission is required"));
    }
    if !reads_albums {
        return Err(Error::no_access(Permission::AlbumRead));
    }
    Ok(())
}

/// What a request looks for, and what it names, by whichever shape it has.
pub fn wanted(structured: Option<&Structured>, filters: &Filters) -> (Search, Asked) {
    let Some(structured) = structured else {
        return (Search::new(filters), Asked::by(filters));
    };
    let mut search = Search::structured(&structured.filter, checksum);
    if filters.with_stacked == Some(false) {
        search = search.and(Condition::Missing(Column::Stack));
    }
    (search, Asked::of(&structured.filter))
}

/// A place in an answer, as clients send it back: base64url of `{"offset":n}` (api/v32.md section 7), with the second of capture
/// to count from where that is known.
fn cursor(place: Place) -> String {
    let mut json = json!({ "offset": place.offset });
    if let Some(second) = place.second {
        json["second"] = second.into();
    }
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// The page that a request of the new shape asks for.
pub fn page(structured: &Structured, shape: &Shape) -> Result<Page> {
    let is_of_capture = structured.order.field == SearchOrderField::FileCreatedAt;
    let place = place(structured.cursor.as_deref(), is_of_capture)?;
    Ok(Page::at(place, shape.size()))
}

/// The order of a request of the old shape.
pub fn by_capture(direction: AssetOrder) -> Order {
    Order {
        field: SearchOrderField::FileCreatedAt,
        direction,
    }
}

/// Where to go on behind a page that shows assets of these times of capture.
pub fn next(page: &Page, order: Order, taken: &[i64]) -> String {
    let is_of_capture = order.field == SearchOrderField::FileCreatedAt;
    cursor(page.following(is_of_capture.then_some(taken)))
}

/// The place that [`cursor`] wrote, in an order by capture or in another.
fn place(cursor: Option<&str>, is_of_capture: bool) -> Result<Place> {
    let Some(cursor) = cursor else {
        return Ok(Place {
            offset: 0,
            second: None,
        });
    };
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.trim_end_matches('=')).ok()?;
        let json: Value = serde_json::from_slice(&bytes).ok()?;
        let offset = json["offset"].as_i64().filter(|offset| *offset >= 0)?;
        let second = match json.get("second") {
            None => None,
            Some(second) => Some(second.as_i64().filter(|_| is_of_capture)?),
        };
        Some(Place { offset, second })
    };
    read().ok_or_else(|| Error::bad_request("Invalid cursor"))
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

/// Cuts what was found to the page, and says whether there is more, with the times of capture of what is left.
pub fn cut(found: &mut Vec<AssetResponse>, page: &Page) -> Option<Vec<i64>> {
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    if found.len() <= size {
        return None;
    }
    found.truncate(size);
    Some(found.iter().map(|asset| asset.file_created_at.0).collect())
}

/// A SHA-1 as clients send it (base64 if it has 28 characters, else hex), in base64. What is neither matches nothing.
pub fn checksum(sent: &str) -> String {
    if sent.len() == 28 {
        return sent.to_owned();
    }
    hex::decode(sent).map_or(String::new(), |bytes| STANDARD.encode(bytes))
}
