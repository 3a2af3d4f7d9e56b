//! Searching for the text in pictures (docs/ocr.md).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, AssetBuilder, NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_search::ROUTES, fn_search::routes())]
}

/// 2021-02-03T04:05:06Z
const TAKEN: i64 = 1_612_325_106_000;

fn ids(list: &Value) -> Vec<&str> {
    let assets = list.as_array().unwrap().iter();
    assets.map(|asset| asset["id"].as_str().unwrap()).collect()
}

/// Ids of what is found, in order.
async fn found(app: &TestApp, user: &NewUser, body: Value) -> Vec<String> {
    let request = app.post("/api/search/metadata").user(user).json(&body);
    let answer = request.send().await.expect(200).json();
    let ids = ids(&answer["assets"]["items"]);
    ids.into_iter().map(str::to_owned).collect()
}

/// A photo taken some seconds after [`TAKEN`].
fn photo<'a>(app: &'a TestApp, owner: &NewUser, seconds: i64) -> AssetBuilder<'a> {
    app.asset(owner).taken(TAKEN + seconds * 1000)
}

/// The picture shows this text.
async fn reads(app: &TestApp, owner: &NewUser, asset: &str, text: &str) {
    let sql = "insert into ocr_search (asset_id, owner_id, text, words) values (?1, ?2, ?3, ?4)";
    let tokens = edge_store::ocr::tokens(text).join(" ");
    let words = edge_store::search::words::json(&edge_store::fold::fold(text));
    app.sql(stmt!(sql, asset, &owner.id, &tokens, &words)).await;
}

on_each_database! {
    async fn text_in_pictures(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut photos = Vec::new();
        for (owner, seconds, text) in [(&alice, 0, "STOP Wálk"), (&alice, 1, "東京タワー 12:30"), (&bob, 2, "stop")] {
            let asset = photo(&app, owner, seconds).insert().await;
            reads(&app, owner, &asset, text).await;
            photos.push(asset);
        }
        // Written without words: it is looked at whatever is looked for.
        let old = photo(&app, &alice, 3).insert().await;
        app.sql(stmt!("insert into ocr_search (asset_id, owner_id, text) values (?1, ?2, 'stopgap')", &old, &alice.id)).await;
        for (ocr, expected) in [
            ("stop", vec![&old, &photos[0]]), ("wálk  ST", vec![&photos[0]]), ("stop run", vec![]), ("top", vec![&old, &photos[0]]),
            ("東京", vec![&photos[1]]), ("京タワ", vec![&photos[1]]), ("ー", vec![&photos[1]]), ("東タ", vec![]), ("12:30", vec![&photos[1]]),
            ("2:3", vec![&photos[1]]), ("東京 12", vec![&photos[1]]), ("walk 東京", vec![]), ("%", vec![]), ("'", vec![]), ("tokyo 東", vec![]),
            (":", vec![&photos[1]]), ("   ", vec![&old, &photos[1], &photos[0]]),
        ] {
            let expected: Vec<&str> = expected.into_iter().map(String::as_str).collect();
            assert_eq!(found(&app, &alice, json!({ "ocr": ocr })).await, expected, "{ocr}");
            let counted = app.post("/api/search/statistics").user(&alice).json(&json!({ "ocr": ocr })).send().await.expect(200).json();
            assert_eq!(counted["total"], expected.len(), "{ocr}");
            let random = app.post("/api/search/random").user(&alice).json(&json!({ "ocr": ocr })).send().await.expect(200).json();
            assert_eq!(ids(&random).len(), expected.len(), "{ocr}");
        }
        let large = app.post("/api/search/large-assets?ocr=walk").user(&alice).send().await.expect(200).json();
        assert_eq!(ids(&large), [photos[0].as_str()]);
        // Read again, it says something else; and what is gone leaves no words.
        app.sql(stmt!("delete from ocr_search where asset_id = ?1", &photos[0])).await;
        reads(&app, &alice, &photos[0], "go").await;
        assert_eq!(found(&app, &alice, json!({ "ocr": "walk" })).await, [""; 0]);
        assert_eq!(found(&app, &alice, json!({ "ocr": "go" })).await, [photos[0].as_str()]);
        app.sql(stmt!("delete from asset where owner_id = ?1", &alice.id)).await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset_word where source = 'ocr' and owner_id = ?1", &alice.id)).await, 0);
    }

    async fn locked_and_trashed_pictures_are_not_found_by_their_text(app: TestApp) {
        let alice = app.user("alice").await;
        let locked = photo(&app, &alice, 0).visibility("locked").insert().await;
        let trashed = photo(&app, &alice, 1).trashed().insert().await;
        for asset in [&locked, &trashed] {
            reads(&app, &alice, asset, "secret").await;
        }
        let body = || json!({ "ocr": "secret" });
        assert_eq!(found(&app, &alice, body()).await, [""; 0]);
        assert_eq!(found(&app, &alice, json!({ "ocr": "secret", "withDeleted": true })).await, [trashed.as_str()]);
        app.elevate(&alice).await;
        assert_eq!(found(&app, &alice, body()).await, [locked.as_str()]);
        let long = json!({ "ocr": "x".repeat(1_001) });
        app.post("/api/search/metadata").user(&alice).json(&long).send().await.expect(400);
        assert_eq!(found(&app, &alice, json!({ "ocr": "\u{1f600} 😀" })).await, [""; 0]);
    }
}
