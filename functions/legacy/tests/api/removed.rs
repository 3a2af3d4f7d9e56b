//! The operations that exist no longer. Whoever asks for one is of that generation: they need no other address.

use std::collections::BTreeSet;

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::{Value, json};

use super::{areas, form, upload};

const UNTIL: &str = "2030-01-01T00:00:00.000Z";

/// The ids of a list of assets, or a list of ids.
fn ids(list: &Value) -> BTreeSet<String> {
    let id = |one: &Value| {
        one.as_str()
            .or_else(|| one["id"].as_str())
            .map(str::to_owned)
    };
    list.as_array().unwrap().iter().filter_map(id).collect()
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().copied().cloned().collect()
}

on_each_database! {
    async fn a_device_learns_what_it_need_not_send(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        upload(&app, &alice, "a.jpg", "photo").await;
        let found = app.get("/api/assets/device/phone").user(&alice).send().await.expect(200).json();
        assert_eq!(found, json!(["a.jpg-1"]));
        assert_eq!(app.get("/api/assets/device/phone").user(&bob).send().await.expect(200).json(), json!([]));
        assert_eq!(app.get("/api/assets/device/other").user(&alice).send().await.expect(200).json(), json!([]));
        let asked = json!({ "deviceAssetIds": ["a.jpg-1", "b.jpg-1"], "deviceId": "phone" });
        for path in ["/api/assets/exist", "/v2/api/assets/exist"] {
            let found = app.post(path).user(&alice).json(&asked).send().await.expect(200).json();
            assert_eq!(found, json!({ "existingIds": ["a.jpg-1"] }));
        }
        let refused = app.post("/api/assets/exist").user(&alice).json(&json!({ "deviceId": 1 })).send().await.expect(400).json();
        assert_eq!((&refused["statusCode"], refused["message"].as_array().unwrap().len()), (&json!(400), 2));
        assert_eq!(app.post("/api/assets/exist").json(&asked).send().await.expect(401).json()["error"], "Unauthorized");
    }

    async fn random_assets_are_in_old_words(app: TestApp) {
        let alice = app.user("alice").await;
        upload(&app, &alice, "a.jpg", "photo").await;
        upload(&app, &alice, "b.jpg", "other").await;
        let one = app.get("/api/assets/random").user(&alice).send().await.expect(200).json();
        assert_eq!((one.as_array().unwrap().len(), &one[0]["deviceId"]), (1, &json!("phone")));
        assert!(one[0]["exifInfo"].is_object());
        let both = app.get("/v2/api/assets/random?count=9").user(&alice).send().await.expect(200).json();
        assert_eq!(both.as_array().unwrap().len(), 2);
        app.get("/api/assets/random?count=0").user(&alice).send().await.expect(400);
    }

    async fn an_asset_gets_another_file_and_keeps_its_id(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let id = upload(&app, &alice, "a.jpg", "photo").await;
        let path = format!("/api/assets/{id}/original");
        let replace = |user, content: &str| app.put(&path).user(user)
            .body("multipart/form-data; boundary=b", form("new.jpg", content, "0"));
        let refused = replace(&bob, "edited").send().await.expect(400).json();
        assert_eq!(refused["message"], "Not found or no asset.update access");
        let reply = replace(&alice, "edited").send().await.expect(200).json();
        assert_eq!(reply["status"], "replaced");
        let copy = reply["id"].as_str().unwrap();
        assert_ne!(copy, id);
        for (id, content, name, trashed) in [(id.as_str(), "edited", "new.jpg", false), (copy, "photo", "a.jpg", true)] {
            let file = app.get(&format!("/api/assets/{id}/original")).user(&alice).send().await.expect(200);
            assert_eq!(file.body, content);
            let asset = app.get(&format!("/api/assets/{id}")).user(&alice).send().await.expect(200).json();
            assert_eq!((&asset["originalFileName"], &asset["isTrashed"]), (&json!(name), &json!(trashed)));
        }
        let body = json!({ "updatedAfter": "2024-06-01T00:00:00.000Z", "userIds": [alice.id] });
        let found = app.post("/api/sync/delta-sync").user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!((ids(&found["upserted"]), &found["deleted"]), (set(&[&id, &copy.to_owned()]), &json!([])), "none of them is gone");
        let jobs = stmt!("select cast(count(*) as bigint) as n from job where kind = 'AssetExtractMetadata'");
        // Both are read again; the jobs of their uploads wait still.
        assert_eq!(app.count(jobs).await, 4);
        // The file of a locked asset would be open in the trash.
        let locked = upload(&app, &alice, "l.jpg", "secret").await;
        app.put(&format!("/api/assets/{locked}")).user(&alice).json(&json!({ "visibility": "locked" })).send().await.expect(200);
        let refused = app.put(&format!("/api/assets/{locked}/original")).user(&alice)
            .body("multipart/form-data; boundary=b", form("l.jpg", "open", "0")).send().await.expect(400).json();
        assert_eq!(refused["message"], "Not found or no asset.update access");
        // What another asset has is not stored again.
        let other = upload(&app, &alice, "c.jpg", "third").await;
        let reply = replace(&alice, "third").send().await.expect(200).json();
        assert_eq!(reply, json!({ "id": other, "status": "duplicate" }));
        app.put(&path).user(&alice).body("multipart/form-data; boundary=b", "--b--").send().await.expect(400);
    }

    async fn sync_before_the_stream(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut ids = [upload(&app, &alice, "a.jpg", "photo").await, upload(&app, &alice, "b.jpg", "other").await];
        ids.sort();
        let full = |body: serde_json::Value| app.post("/api/sync/full-sync").user(&alice).json(&body);
        let until = "2030-01-01T00:00:00.000Z";
        let first = full(json!({ "limit": 1, "updatedUntil": until })).send().await.expect(200).json();
        assert_eq!((first.as_array().unwrap().len(), &first[0]["id"]), (1, &json!(ids[0])));
        assert!(first[0]["exifInfo"].is_object() && first[0]["stack"].is_null());
        let rest = full(json!({ "limit": 10, "updatedUntil": until, "lastId": ids[0] })).send().await.expect(200).json();
        assert_eq!((rest.as_array().unwrap().len(), &rest[0]["id"]), (1, &json!(ids[1])));
        full(json!({ "limit": 1, "updatedUntil": until, "userId": bob.id })).send().await.expect(400);
        full(json!({ "limit": 0, "updatedUntil": "yesterday" })).send().await.expect(400);

        let delta = |after: &str, users: serde_json::Value| app.post("/api/sync/delta-sync").user(&alice)
            .json(&json!({ "updatedAfter": after, "userIds": users }));
        let found = delta("2024-06-01T00:00:00.000Z", json!([alice.id])).send().await.expect(200).json();
        assert_eq!((&found["needsFullSync"], found["upserted"].as_array().unwrap().len()), (&json!(false), 2));
        assert_eq!(found["upserted"][0]["deviceId"], "phone");
        for (after, users) in [("2024-06-01T00:00:00.000Z", json!([alice.id, bob.id])), ("2023-06-01T00:00:00.000Z", json!([alice.id]))] {
            let found = delta(after, users).send().await.expect(200).json();
            assert_eq!(found, json!({ "needsFullSync": true, "upserted": [], "deleted": [] }));
        }
        delta("2024-06-01T00:00:00.000Z", json!("x")).send().await.expect(400);
    }

    async fn partners_tell_what_is_on_their_timeline(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (shown, archived, locked) = (upload(&app, &bob, "a.jpg", "shown").await, upload(&app, &bob, "b.jpg", "archived").await,
            upload(&app, &bob, "c.jpg", "locked").await);
        let own = upload(&app, &alice, "d.jpg", "own").await;
        let full = |user: &str| app.post("/api/sync/full-sync").user(&alice).json(&json!({ "limit": 10, "updatedUntil": UNTIL, "userId": user }));
        full(&bob.id).send().await.expect(400);
        app.sql(stmt!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 0, 0, uuid7(), uuid7())", &bob.id, &alice.id
        )).await;
        let delta = || app.post("/api/sync/delta-sync").user(&alice)
            .json(&json!({ "updatedAfter": "2024-06-01T00:00:00.000Z", "userIds": [alice.id, bob.id] }));
        let found = delta().send().await.expect(200).json();
        assert_eq!((ids(&found["upserted"]), ids(&found["deleted"])), (set(&[&shown, &archived, &locked, &own]), set(&[])));
        for (user, id, visibility) in [(&bob, &archived, "archive"), (&bob, &locked, "locked"), (&alice, &own, "locked")] {
            app.put(&format!("/api/assets/{id}")).user(user).json(&json!({ "visibility": visibility })).send().await.expect(200);
        }
        let found = delta().send().await.expect(200).json();
        assert_eq!((ids(&found["upserted"]), ids(&found["deleted"])), (set(&[&shown, &own]), set(&[&archived, &locked])));
        assert_eq!(ids(&full(&bob.id).send().await.expect(200).json()), set(&[&shown]));
        let mine = full(&alice.id).send().await.expect(200).json();
        assert_eq!((ids(&mine), &mine[0]["visibility"]), (set(&[&own]), &json!("locked")), "as the sync stream has it");
        app.put(&format!("/api/assets/{archived}")).user(&bob).json(&json!({ "visibility": "timeline" })).send().await.expect(200);
        let found = delta().send().await.expect(200).json();
        assert_eq!((ids(&found["upserted"]), ids(&found["deleted"])), (set(&[&shown, &archived, &own]), set(&[&locked])), "it is back");
        app.sql(stmt!("update users set deleted_at = 1, update_id = uuid7() where id = ?1", &bob.id)).await;
        full(&bob.id).send().await.expect(400);
        assert_eq!(delta().send().await.expect(200).json()["needsFullSync"], true, "whom the client has is not who there is");
    }

    async fn long_lists_are_written_page_by_page(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = app.assets(&alice, 2_500).await;
        let album = app.album(&alice, &[], &[]).await;
        app.put(&format!("/api/albums/{album}/assets")).user(&alice).json(&json!({ "ids": photos })).send().await.expect(200);
        let all: BTreeSet<String> = photos.iter().cloned().collect();
        let found = app.get(&format!("/v2/api/albums/{album}")).user(&alice).send().await.expect(200).json();
        assert_eq!((found["assets"].as_array().unwrap().len(), &found["assetCount"], &found["ownerId"]), (2_500, &json!(2_500), &json!(alice.id)));
        assert_eq!(ids(&found["assets"]), all);
        assert_eq!((&found["assets"][2_499]["deviceId"], &found["assets"][0]["duration"]), (&json!("server"), &json!("0:00:00.00000")));
        let full = async |limit: usize, last: &str| {
            let body = json!({ "limit": limit, "updatedUntil": UNTIL, "lastId": last });
            app.post("/api/sync/full-sync").user(&alice).json(&body).send().await.expect(200).json()
        };
        for (limit, count) in [(10_000, 2_500), (2_000, 2_000), (1_500, 1_500), (1, 1)] {
            let found = full(limit, "").await;
            let told: Vec<&str> = found.as_array().unwrap().iter().map(|asset| asset["id"].as_str().unwrap()).collect();
            assert_eq!(told, all.iter().take(count).map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found[count - 1]["deviceAssetId"], found[count - 1]["id"]);
        }
        assert_eq!(full(10, all.last().unwrap()).await, json!([]));
        app.sql(stmt!("update asset set updated_at = ?1, update_id = uuid7()", app.app.now())).await;
        let body = json!({ "updatedAfter": "2024-06-01T00:00:00.000Z", "userIds": [alice.id] });
        let found = app.post("/api/sync/delta-sync").user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!(found, json!({ "needsFullSync": true, "upserted": [], "deleted": [] }));
    }

    async fn pages_that_tell_nothing_are_passed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut photos = app.assets(&bob, 2_500).await;
        photos.sort();
        app.sql(stmt!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 0, 0, uuid7(), uuid7())", &bob.id, &alice.id
        )).await;
        // Bob shows one at the end and one in front.
        app.sql(stmt!("update asset set visibility = 'archive', update_id = uuid7() where id not in (?1, ?2)", &photos[1], &photos[2_400])).await;
        let body = json!({ "limit": 10, "updatedUntil": UNTIL, "userId": bob.id });
        let found = app.post("/api/sync/full-sync").user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!(ids(&found), set(&[&photos[1], &photos[2_400]]));
        // More left the timeline than a delta tells.
        let delta = json!({ "updatedAfter": "2024-06-01T00:00:00.000Z", "userIds": [alice.id, bob.id] });
        let found = app.post("/api/sync/delta-sync").user(&alice).json(&delta).send().await.expect(200).json();
        assert_eq!(found, json!({ "needsFullSync": true, "upserted": [], "deleted": [] }));
    }

    async fn triggers_and_the_theme(app: TestApp) {
        let alice = app.user("alice").await;
        let triggers = app.get("/api/plugins/triggers").user(&alice).send().await.expect(200).json();
        let expected = json!([{ "type": "AssetCreate", "contextType": "asset" }, { "type": "PersonRecognized", "contextType": "person" }]);
        assert_eq!(triggers, expected);
        app.get("/api/plugins/triggers").send().await.expect(401);
        assert_eq!(app.get("/api/server/theme").send().await.expect(200).json(), json!({ "customCss": "" }));
    }
}
