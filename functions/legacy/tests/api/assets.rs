//! Assets: uploads, what they look like, the timeline, the sync stream.

use edge_testkit::{TestApp, on_each_database};
use serde_json::{Value, json};

use super::{areas, form, upload};

fn lines(body: &[u8]) -> Vec<Value> {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

on_each_database! {
    async fn an_upload_of_then_is_an_asset_of_both(app: TestApp) {
        let alice = app.user("alice").await;
        let id = upload(&app, &alice, "a.mp4", "film").await;
        let old = app.get(&format!("/v2/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!(old["duration"], "00:00:12.500");
        assert_eq!((&old["deviceId"], &old["deviceAssetId"]), (&json!("phone"), &json!("a.mp4-1")));
        assert_eq!(old["unassignedFaces"], json!([]));
        let new = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!((&new["duration"], new.get("deviceId")), (&json!(12_500), None));
        // The same content again is the same asset.
        let again = form("b.mp4", "film", "0:00:12.500000");
        let again = app.post("/v2/api/assets").user(&alice).body("multipart/form-data; boundary=b", again).send().await;
        assert_eq!(again.expect(200).json(), json!({ "id": id, "status": "duplicate" }));
    }

    async fn a_duration_that_is_none_is_refused_in_old_words(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = app.post("/v2/api/assets").user(&alice).header("x-correlation-id", "mine")
            .body("multipart/form-data; boundary=b", form("a.mp4", "x", "an hour")).send().await.expect(400);
        let body = reply.json();
        assert_eq!((&body["statusCode"], &body["error"], &body["correlationId"]), (&json!(400), &json!("Bad Request"), &json!("mine")));
        assert!(body["message"][0].as_str().unwrap().starts_with("duration: "), "{body}");
        app.post("/v2/api/assets").user(&alice).body("multipart/form-data", "x").send().await.expect(400);
        app.post("/v2/api/assets").body("multipart/form-data; boundary=b", form("a.mp4", "x", "0")).send().await.expect(401);
    }

    async fn the_timeline_has_texts_for_durations(app: TestApp) {
        let alice = app.user("alice").await;
        upload(&app, &alice, "a.mp4", "film").await;
        let path = "timeline/bucket?timeBucket=2024-03-01";
        let old = app.get(&format!("/v2/api/{path}")).user(&alice).send().await.expect(200).json();
        assert_eq!(old["duration"], json!(["00:00:12.500"]));
        assert_eq!((&old["city"], &old["country"]), (&json!([null]), &json!([null])));
        let new = app.get(&format!("/api/{path}")).user(&alice).send().await.expect(200).json();
        assert_eq!(new["duration"], json!([12_500]));
    }

    async fn the_stream_has_the_types_of_then(app: TestApp) {
        let alice = app.user("alice").await;
        let id = upload(&app, &alice, "a.mp4", "film").await;
        app.album(&alice, &[], &[]).await;
        let types = json!({ "types": ["AssetsV1", "AlbumsV1", "AlbumUsersV1"] });
        let stream = || {
            // What was written just now is told when its millisecond is over.
            std::thread::sleep(std::time::Duration::from_millis(3));
            app.post("/v2/api/sync/stream").user(&alice).json(&types)
        };
        let found = lines(&stream().send().await.expect(200).body);
        let kinds: Vec<&str> = found.iter().map(|line| line["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["AssetV1", "AlbumV1", "SyncCompleteV1"]);
        assert_eq!((&found[0]["data"]["id"], &found[0]["data"]["duration"]), (&json!(id), &json!("00:00:12.500")));
        let ack = found[0]["ack"].as_str().unwrap();
        assert!(ack.starts_with("AssetV1|"), "{ack}");
        app.post("/v2/api/sync/ack").user(&alice).json(&json!({ "acks": [ack] })).send().await.expect(204);
        let acks = app.get("/v2/api/sync/ack").user(&alice).send().await.expect(200).json();
        let of_assets: Vec<&Value> = acks.as_array().unwrap().iter().filter(|one| one["type"] != "AlbumUserBackfillV1").collect();
        assert_eq!(of_assets, [&json!({ "type": "AssetV1", "ack": ack })]);
        let found = lines(&stream().send().await.expect(200).body);
        assert_eq!(found[0]["type"], "AlbumV1");
        app.delete("/v2/api/sync/ack").user(&alice).json(&json!({ "types": ["AssetV1"] })).send().await.expect(204);
        let found = lines(&stream().send().await.expect(200).body);
        assert_eq!(found[0]["type"], "AssetV1");
        // Today's clients are told what they were told before.
        app.post("/api/sync/stream").user(&alice).json(&types).send().await.expect(400);
    }

    async fn searches_are_put_into_words_of_today(app: TestApp) {
        let alice = app.user("alice").await;
        let id = upload(&app, &alice, "a.jpg", "photo").await;
        let body = json!({ "page": 1.0, "size": 10.0, "deviceId": "other", "rating": -1, "city": "" });
        let found = app.post("/v2/api/search/metadata").user(&alice).json(&body).send().await.expect(200).json();
        let items = found["assets"]["items"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!((&items[0]["id"], &items[0]["deviceId"]), (&json!(id), &json!("phone")));
        let explored = app.get("/v2/api/search/explore").user(&alice).send().await.expect(200).json();
        let recent = &explored[1]["items"][0]["data"];
        assert_eq!((&recent["id"], &recent["deviceId"], &recent["duration"]), (&json!(id), &json!("phone"), &json!("00:00:12.500")));
        let refused = app.post("/v2/api/search/metadata").user(&alice).json(&json!({ "page": 0 })).send().await;
        assert_eq!(refused.expect(400).json()["statusCode"], 400);
    }
}
