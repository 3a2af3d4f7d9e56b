//! Key-values that clients keep with assets, over HTTP (api/assets.md section 11).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

use edge_platform::stmt;
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(
        fn_asset_metadata::ROUTES,
        fn_asset_metadata::routes(),
    )]
}

on_each_database! {
    async fn values_are_set_read_and_deleted(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.asset(&alice).insert().await;
        let path = format!("/api/assets/{id}/metadata");
        let items = json!({ "items": [
            { "key": "mobile-app", "value": { "iCloudId": "ü\"x\\" } }, { "key": "0001", "value": {} },
        ] });
        app.take_round_trips();
        let reply = app.put(&path).user(&alice).json(&items).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(reply, json!([
            { "key": "mobile-app", "value": { "iCloudId": "ü\"x\\" }, "updatedAt": "2024-06-15T12:00:00.000Z" },
            { "key": "0001", "value": {}, "updatedAt": "2024-06-15T12:00:00.000Z" },
        ]));
        app.clock.advance(1000);
        let again = json!({ "items": [{ "key": "0001", "value": { "a": 1 } }] });
        app.put(&path).user(&alice).json(&again).send().await.expect(200);
        app.take_round_trips();
        let all = app.get(&path).user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(all[0], json!({ "key": "0001", "value": { "a": 1 }, "updatedAt": "2024-06-15T12:00:01.000Z" }));
        assert_eq!(all.as_array().unwrap().len(), 2);
        let one = app.get(&format!("{path}/mobile-app")).user(&alice).send().await.expect(200).json();
        assert_eq!(one["value"]["iCloudId"], "ü\"x\\");
        app.delete(&format!("{path}/mobile-app")).user(&alice).send().await.expect(204);
        app.delete(&format!("{path}/mobile-app")).user(&alice).send().await.expect(204);
        assert_eq!(app.count(stmt!("select cast(count(*) as bigint) as n from asset_metadata_audit")).await, 1);
        let reply = app.get(&format!("{path}/mobile-app")).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), format!("Metadata with key \"mobile-app\" not found for asset with id \"{id}\""));
    }

    async fn many_assets_are_served_in_one_request(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (first, second) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let foreign = app.asset(&bob).insert().await;
        let item = |id: &str| json!({ "assetId": id, "key": "k", "value": { "of": id } });
        let reply = app.put("/api/assets/metadata").user(&alice).json(&json!({ "items": [item(&second), item(&first)] })).send().await.expect(200).json();
        assert_eq!((reply[0]["assetId"].clone(), reply[1]["value"]["of"].clone()), (json!(second), json!(first)));
        let reply = app.put("/api/assets/metadata").user(&alice).json(&json!({ "items": [item(&first), item(&foreign)] })).send().await.expect(400);
        assert_eq!(reply.message(), "Not found or no asset.update access");
        let twice = json!({ "items": [item(&first), item(&first)] });
        let reply = app.put("/api/assets/metadata").user(&alice).json(&twice).send().await.expect(400);
        assert_eq!(reply.message(), "Duplicate items are not allowed: \"k\"");
        let pairs = json!({ "items": [{ "assetId": first, "key": "k" }, { "assetId": second, "key": "other" }] });
        app.delete("/api/assets/metadata").user(&alice).json(&pairs).send().await.expect(204);
        assert_eq!(app.count(stmt!("select cast(count(*) as bigint) as n from asset_metadata")).await, 1);
        let pairs = json!({ "items": [{ "assetId": foreign, "key": "k" }] });
        app.delete("/api/assets/metadata").user(&alice).json(&pairs).send().await.expect(400);
    }

    async fn strangers_see_and_change_nothing(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let id = app.asset(&alice).insert().await;
        let path = format!("/api/assets/{id}/metadata");
        assert_eq!(app.get(&path).user(&bob).send().await.expect(400).message(), "Not found or no asset.read access");
        let body = json!({ "items": [{ "key": "k", "value": {} }] });
        assert_eq!(app.put(&path).user(&bob).json(&body).send().await.expect(400).message(), "Not found or no asset.update access");
        app.delete(&format!("{path}/k")).user(&bob).send().await.expect(400);
        let wrong = json!({ "items": [{ "key": "k", "value": "text" }] });
        let issues = app.put(&path).user(&alice).json(&wrong).send().await.expect(400).issues();
        assert_eq!(issues, "items.0.value: Invalid input: expected record, received string");
    }

    async fn values_of_ten_thousand_are_set_and_deleted(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        let items: Vec<_> = ids.iter().map(|id| json!({ "assetId": id, "key": "k", "value": {} })).collect();
        let body = json!({ "items": items });
        let stored = app.put("/api/assets/metadata").user(&alice).json(&body).send_in_two().await.expect(200).json();
        let told: Vec<&str> = stored.as_array().unwrap().iter().map(|item| item["assetId"].as_str().unwrap()).collect();
        assert!(told == ids, "{} of them, or in another order", told.len());
        let there = "select cast(count(*) as bigint) as n from asset_metadata";
        assert_eq!(app.count(stmt!(there)).await, 10_000);
        let pairs: Vec<_> = ids.iter().map(|id| json!({ "assetId": id, "key": "k" })).collect();
        let body = json!({ "items": pairs });
        app.delete("/api/assets/metadata").user(&alice).json(&body).send_in_two().await.expect(204);
        assert_eq!(app.count(stmt!(there)).await, 0);
    }
}
