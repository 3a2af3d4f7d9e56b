//! Albums as 2.7 knew them: their owner apart from their users, and their assets within.

use edge_http::{App, Error, Response, Result};
use http::{Method, response::Parts};
use serde_json::{Map, Value, json};

use crate::{
    call::Call,
    pages::{self, Pages},
};

/// Most assets that an album is answered with: twenty searches, of which one invocation may make 50 on the Free plan of Cloudflare.
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

/// An album with its assets, which are written page by page behind everything else.
pub async fn filled(
    app: &App,
    call: &Call,
    id: &str,
    head: Parts,
    found: Value,
) -> Result<Response> {
    let order = if found["order"] == "asc" {
        "asc"
    } else {
        "desc"
    };
    let contents = Contents {
        app: app.clone(),
        call: call.clone(),
        id: id.to_owned(),
        order,
        page: Some(1),
        left: MOST,
    };
    let mut album = super::value(app, found).await?;
    if let Some(album) = album.as_object_mut() {
        album.remove("assets");
    }
    let album = album.to_string();
    let start = album.strip_suffix('}').unwrap_or(&album);
    let start = format!("{start},\"assets\":[");
    pages::written(app.clone(), head, start, contents, "]}").await
}

/// What is in an album, by searches.
struct Contents {
    app: App,
    call: Call,
    id: String,
    order: &'static str,
    /// Numbers hold where they begin, and are large (docs/decisions/0017-search.md).
    page: Option<i64>,
    left: usize,
}

impl Pages for Contents {
    async fn next(&mut self) -> Result<Vec<Value>> {
        let Some(page) = self.page.take() else {
            return Ok(Vec::new());
        };
        let search = json!({
            "albumIds": [self.id], "page": page, "size": PAGE, "withExif": true, "order": self.order,
        });
        let call = self.call.aside(Method::POST, "search/metadata");
        let mut found = match call.ask(&self.app, &search).await?.success() {
            Ok(found) => found,
            // Whoever may see the album alone sees it without them.
            Err(_) if page == 1 => return Ok(Vec::new()),
            Err(refused) => {
                let status = refused.status();
                return Err(Error::internal(format!(
                    "page {page} of an album: {status}"
                )));
            }
        };
        let next = found["assets"]["nextPage"].as_str();
        let next: Option<i64> = next.and_then(|next| next.parse().ok());
        let items = found["assets"]["items"].as_array_mut();
        let items = items.map(std::mem::take).unwrap_or_default();
        self.left = self.left.saturating_sub(items.len());
        self.page = next.filter(|_| self.left > 0);
        Ok(items)
    }
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
