//! Albums as 2.7 knew them: their owner apart from their users, and their assets within.

use edge_http::{App, Result};
use http::Method;
use serde_json::{Map, Value, json};

use crate::call::Call;

/// Most assets that an album is answered with; more do not fit the memory of a Worker.
const MOST: usize = 20_000;
/// Assets of one page.
const PAGE: usize = 1000;

/// Puts one album into old words; anything else stays.
pub fn reword(object: &mut Map<String, Value>) {
    if !["albumName", "albumUsers", "assetCount"]
        .iter()
        .all(|key| object.contains_key(*key))
    {
        return;
    }
    let users = object.get_mut("albumUsers").and_then(Value::as_array_mut);
    let users = users.map(std::mem::take).unwrap_or_default();
    let (owners, others): (Vec<_>, Vec<_>) =
        users.into_iter().partition(|user| user["role"] == "owner");
    if let Some(owner) = owners.into_iter().next().map(|owner| owner["user"].clone()) {
        object.insert("ownerId".into(), owner["id"].clone());
        object.insert("owner".into(), owner);
    }
    object.insert("albumUsers".into(), others.into());
    object.entry("assets").or_insert_with(|| json!([]));
}

/// An album with its assets.
pub async fn filled(app: &App, call: &Call, id: &str, mut found: Value) -> Result<Value> {
    let mut assets = Vec::new();
    let mut page = json!(1);
    while !page.is_null() && assets.len() < MOST {
        let order = if found["order"] == "asc" {
            "asc"
        } else {
            "desc"
        };
        let search = json!({ "albumIds": [id], "page": page, "size": PAGE, "withExif": true, "order": order });
        let search = call
            .aside(Method::POST, "search/metadata")
            .ask(app, &search);
        let Ok(mut answer) = search.await?.success() else {
            // Whoever may see the album alone sees it without them.
            break;
        };
        let next = answer["assets"]["nextPage"].as_str();
        page = next
            .and_then(|next| next.parse().ok())
            .map_or(Value::Null, |next: u32| next.into());
        if let Some(items) = answer["assets"]["items"].as_array_mut() {
            assets.append(items);
        }
    }
    assets.truncate(MOST);
    found["assets"] = assets.into();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_stands_apart() {
        let mut album = json!({ "albumName": "a", "assetCount": 0, "albumUsers": [
            { "role": "owner", "user": { "id": "1" } }, { "role": "editor", "user": { "id": "2" } },
        ] });
        reword(album.as_object_mut().unwrap());
        let expected = json!({ "albumName": "a", "assetCount": 0, "ownerId": "1", "owner": { "id": "1" },
            "albumUsers": [{ "role": "editor", "user": { "id": "2" } }], "assets": [] });
        assert_eq!(album, expected);
    }
}
