//! Who and what is refused.

use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::{areas, client::request};

const ID: &str = "0190a5d0-ac96-774b-bcce-b302099a8057";

on_each_database! {
    async fn keys_may_not_sync_whatever_they_may_do(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["all"]).await;
        let poor = app.api_key(&alice, &["asset.read"]).await;
        let calls = [
            (app.get("/api/sync/ack"), app.get("/api/sync/ack"), "syncCheckpoint.read"),
            (app.post("/api/sync/ack").json(&json!({"acks": []})), app.post("/api/sync/ack").json(&json!({"acks": 1})), "syncCheckpoint.update"),
            (app.delete("/api/sync/ack"), app.delete("/api/sync/ack"), "syncCheckpoint.delete"),
            (app.post("/api/sync/stream").json(&json!({"types": ["AssetsV1"]})), app.post("/api/sync/stream"), "sync.stream"),
        ];
        for (rich, lacking, permission) in calls {
            let reply = rich.key(&key).send().await.expect(403);
            assert_eq!(reply.message(), "Sync endpoints cannot be used with API keys");
            let reply = lacking.key(&poor).send().await.expect(403);
            assert_eq!(reply.message(), format!("Missing required permission: {permission}"));
        }
        let nobody = app.post("/api/sync/stream").json(&json!({"types": 1})).send().await.expect(401);
        assert_eq!(nobody.message(), "Authentication required");
    }

    async fn deprecated_types_are_refused_by_name(app: TestApp) {
        let alice = app.user("alice").await;
        for (old, new) in [
            ("AssetsV1", "AssetsV2"),
            ("PartnerAssetsV1", "PartnerAssetsV2"),
            ("AlbumAssetsV1", "AlbumAssetsV2"),
            ("AssetFacesV1", "AssetFacesV2"),
        ] {
            let reply = request(&app, &alice, &json!({"types": ["UsersV1", old]})).await.expect(400);
            assert_eq!(reply.message(), format!("SyncRequestType.{old} is deprecated, use SyncRequestType.{new} instead"));
        }
    }

    async fn bodies_are_validated(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = request(&app, &alice, &json!({})).await.expect(400);
        assert_eq!(reply.issues(), "types: Invalid input: expected array, received undefined");
        let reply = request(&app, &alice, &json!({"types": ["Everything"], "reset": "yes"})).await.expect(400);
        assert!(reply.issues().starts_with("types.0: Invalid option: expected one of \"AlbumsV1\"|"), "{}", reply.issues());
        assert!(reply.issues().ends_with("reset: Invalid input: expected boolean, received string"), "{}", reply.issues());
        let types = json!({"types": ["AssetV9"]});
        app.delete("/api/sync/ack").user(&alice).json(&types).send().await.expect(400).issues();
        let send = async |acks: Vec<String>| {
            let body = json!({ "acks": acks });
            app.post("/api/sync/ack").user(&alice).json(&body).send().await
        };
        let reply = send(vec![format!("AssetV2|{ID}"); 1001]).await.expect(400);
        assert_eq!(reply.issues(), "acks: Too big: expected array to have <=1000 items");
        send(vec![format!("AssetV2|{ID}"); 1000]).await.expect(204);
        for (bad, message) in [
            ("AssetV9|x".to_owned(), "Invalid ack type: AssetV9"),
            (String::new(), "Invalid ack type: "),
            ("AssetV2".to_owned(), "Invalid ack: AssetV2"),
            (format!("AssetV2|{ID}|{ID}"), "Invalid ack: AssetV2"),
            ("AssetV2|' or 1=1".to_owned(), "Invalid ack: AssetV2"),
        ] {
            let reply = send(vec![format!("UserV1|{ID}"), bad]).await.expect(400);
            assert_eq!(reply.message(), message);
        }
        let stored = app.get("/api/sync/ack").user(&alice).send().await.expect(200);
        assert_eq!(stored.json().as_array().unwrap().len(), 1, "all of a list or nothing");
    }
}
