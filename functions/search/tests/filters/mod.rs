//! Each filter, by all paths that know it, and all of them at once.

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{NONE, areas, found, ids, photo};

/// Filters as a query, for large assets.
fn query(filters: &Value) -> String {
    let text = |value: &Value| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let bytes = text.bytes().map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        });
        bytes.collect::<String>()
    };
    let pairs = filters.as_object().unwrap().iter();
    let pairs = pairs.map(|(name, value)| format!("{name}={}", text(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The other paths that know a filter find the same; how many there are.
async fn found_otherwise(app: &TestApp, user: &NewUser, filter: &Value, id: &str) -> usize {
    let names = |name: &&str| filter.get(name).is_some();
    if ["checksum", "originalPath", "originalFileName"]
        .iter()
        .any(names)
    {
        return 0;
    }
    let post = async |path: String, body: &Value| {
        let request = app.post(&path).user(user).json(body);
        request.send().await.expect(200).json()
    };
    let total = post("/api/search/statistics".to_owned(), filter).await;
    assert_eq!(total, json!({ "total": 1 }), "{filter}");
    if names(&"description") {
        return 1;
    }
    let random = post("/api/search/random".to_owned(), filter).await;
    assert_eq!(ids(&random), [id], "{filter}");
    let large = format!("/api/search/large-assets?{}", query(filter));
    assert_eq!(ids(&post(large, &json!({})).await), [id], "{filter}");
    3
}

on_each_database! {
    async fn each_filter_finds_its_asset(app: TestApp) {
        let alice = app.user("alice").await;
        let other = photo(&app, &alice, 0).with("created_at", 1_000).with("updated_at", 1_000).insert().await;
        let (mut number, mut number_of_others) = (0, 0);
        for (filter, asset) in [
            (json!({ "type": "VIDEO" }), photo(&app, &alice, 0).with("type", "VIDEO")),
            (json!({ "visibility": "archive" }), photo(&app, &alice, 0).visibility("archive")),
            (json!({ "visibility": "hidden" }), photo(&app, &alice, 0).visibility("hidden")),
            (json!({ "isFavorite": true }), photo(&app, &alice, 0).with("is_favorite", 1)),
            (json!({ "isOffline": true }), photo(&app, &alice, 0).with("is_offline", 1).trashed()),
            (json!({ "trashedAfter": "1970-01-02T00:00:00.000Z" }), photo(&app, &alice, 0).trashed()),
            (json!({ "createdAfter": "2021-01-01T00:00:00.000Z", "createdBefore": "2021-01-03T00:00:00.000Z" }),
                photo(&app, &alice, 0).with("created_at", 1_609_545_600_000_i64)),
            (json!({ "updatedAfter": "2021-01-01T00:00:00.000Z", "updatedBefore": "2021-01-03T00:00:00.000Z" }),
                photo(&app, &alice, 0).with("updated_at", 1_609_545_600_000_i64)),
            (json!({ "takenAfter": "2021-02-03T04:05:07.000Z" }), photo(&app, &alice, 1)),
            (json!({ "takenBefore": "2021-02-03T04:05:05.000Z" }), photo(&app, &alice, -1)),
            (json!({ "takenBefore": "0002-01-01T00:00:00.000Z" }), photo(&app, &alice, -63_730_000_000)),
            (json!({ "takenAfter": "9999-12-31T00:00:00.000Z" }), photo(&app, &alice, 251_789_900_000)),
            (json!({ "city": "Zürich" }), photo(&app, &alice, 0).exif("city", "Zürich")),
            (json!({ "state": "Zug" }), photo(&app, &alice, 0).exif("state", "Zug")),
            (json!({ "country": "Chile", "state": "Maule" }), photo(&app, &alice, 0).exif("country", "Chile").exif("state", "Maule")),
            (json!({ "make": "Canon" }), photo(&app, &alice, 0).exif("make", "Canon")),
            (json!({ "make": "Sony", "model": "A7" }), photo(&app, &alice, 0).exif("make", "Sony").exif("model", "A7")),
            (json!({ "lensModel": "50mm" }), photo(&app, &alice, 0).exif("lens_model", "50mm")),
            (json!({ "rating": 4 }), photo(&app, &alice, 0).exif("rating", 4)),
            (json!({ "checksum": "2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }), photo(&app, &alice, 0).with("checksum", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")),
            (json!({ "checksum": "da39a3ee5e6b4b0d3255bfef95601890afd80700" }),
                photo(&app, &alice, 0).with("checksum", "2jmj7l5rSw0yVb/vlWAYkK/YBwA=")),
            (json!({ "originalPath": "Sub/FOLDER" }), photo(&app, &alice, 0).with("original_path", "library/sub/folder/a.jpg")),
            (json!({ "originalFileName": "Ångström_1" }),
                photo(&app, &alice, 0).with("original_file_name", "x ÅNGSTRÖM_12.jpg").with("file_name_folded", "x angstrom_12.jpg")),
            (json!({ "description": "É un" }), photo(&app, &alice, 0).exif("description", "Café à une").exif("description_folded", "cafe a une e un")),
        ] {
            let id = asset.insert().await;
            assert_eq!(found(&app, &alice, filter.clone()).await, [id.as_str()], "{filter}");
            number_of_others += found_otherwise(&app, &alice, &filter, &id).await;
            app.sql(stmt!("delete from asset where id = ?1", &id)).await;
            number += 1;
        }
        // Names, paths and checksums are asked for by metadata only, descriptions by the count as well.
        assert_eq!((number, number_of_others), (24, 19 * 3 + 1));
        for filter in [
            json!({ "city": null, "make": null, "rating": null, "libraryId": null, "tagIds": null }), json!({ "isFavorite": false, "isMotion": false }),
            json!({ "isEncoded": false, "isNotInAlbum": true, "isOffline": false }), json!({ "id": other }), json!({ "previewPath": "x" }),
            json!({ "originalFileName": "", "description": "\u{301}" }), json!({ "albumIds": [], "personIds": [], "tagIds": [] }),
        ] {
            assert_eq!(found(&app, &alice, filter.clone()).await, [other.as_str()], "{filter}");
        }
        for filter in [
            json!({ "id": NONE }), json!({ "checksum": "x" }), json!({ "originalFileName": "%" }), json!({ "originalFileName": "i_g" }),
            json!({ "originalFileName": "\\" }), json!({ "description": "img" }), json!({ "libraryId": NONE }), json!({ "encodedVideoPath": "x" }),
            json!({ "ocr": "word" }), json!({ "isEncoded": true }), json!({ "isMotion": true }), json!({ "personIds": [NONE] }),
            json!({ "tagIds": [NONE] }), json!({ "city": "" }), json!({ "isNotInAlbum": false }),
        ] {
            assert!(found(&app, &alice, filter.clone()).await.is_empty(), "{filter}");
        }
    }

    async fn all_filters_at_once_are_no_deeper_than_a_statement_may_be(app: TestApp) {
        let alice = app.user("alice").await;
        let mut body = json!({
            "city": null, "country": null, "state": null, "lensModel": null, "libraryId": null, "make": null, "model": null,
            "rating": null, "tagIds": null, "albumIds": [], "personIds": [], "description": "", "ocr": "", "type": "AUDIO",
            "visibility": "hidden", "isEncoded": false, "isFavorite": false, "isMotion": false, "isNotInAlbum": false, "isOffline": false,
        });
        for name in ["created", "taken", "trashed", "updated"] {
            body[format!("{name}After")] = json!("2024-01-01T00:00:00.000Z");
            body[format!("{name}Before")] = json!("2024-01-01T00:00:00.000Z");
        }
        for path in ["statistics", "metadata", "random"] {
            let request = app.post(&format!("/api/search/{path}")).user(&alice);
            request.json(&body).send().await.expect(200);
        }
        // A query says neither null nor an empty list.
        let mut body = body.as_object().unwrap().clone();
        body.retain(|_, value| !value.is_null() && *value != json!([]));
        for name in ["city", "country", "state", "lensModel", "make", "model"] {
            body.insert(name.to_owned(), json!("x"));
        }
        body.insert("rating".to_owned(), json!(5));
        for name in ["libraryId", "albumIds", "personIds", "tagIds"] {
            body.insert(name.to_owned(), json!(NONE));
        }
        // Nobody has this album; without it the statement is asked.
        let large = async |query: String| app.post(&format!("/api/search/large-assets?{query}")).user(&alice).send().await;
        assert_eq!(large(query(&Value::from(body.clone()))).await.expect(400).message(), "Not found or no album.read access");
        body.insert("albumIds".to_owned(), json!(app.album(&alice, &[], &[]).await));
        assert_eq!(large(query(&Value::from(body))).await.expect(200).json(), json!([]));
    }
}
