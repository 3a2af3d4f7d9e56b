//! Trash and deletion for good.

use edge_platform::{Statement, stmt};
use edge_store::{assets::purge, objects};
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::{
    areas,
    form::{Form, id},
};

async fn purged(app: &TestApp, ids: &[&str]) {
    app.app.db().batch(purge(ids, app.app.now())).await.unwrap();
}

async fn rows(app: &TestApp, table: &str) -> i64 {
    let sql = format!("select cast(count(*) as bigint) as n from {table}");
    app.count(Statement::new(sql, Vec::new())).await
}

/// A stack of these assets, the first on top.
async fn stack(app: &TestApp, owner: &str, ids: &[&str]) -> String {
    let stack = app.app.uuid();
    app.sql(stmt!(
        "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
         values (?1, ?2, ?3, 0, 0, uuid7())",
        &stack,
        owner,
        ids[0]
    ))
    .await;
    app.sql(stmt!(
        "update asset set stack_id = ?1 where id in json_list(?2)",
        &stack,
        json!(ids).to_string()
    ))
    .await;
    stack
}

on_each_database! {
    async fn deleting_moves_into_the_trash(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        app.take_round_trips();
        app.delete("/api/assets").user(&alice).json(&json!({ "ids": [asset, asset] })).send().await.expect(204);
        assert_eq!(app.take_round_trips(), 2);
        let info = app.get(&format!("/api/assets/{asset}")).user(&alice).send().await.expect(200).json();
        assert_eq!(info["isTrashed"], true);
        let stats = app.get("/api/assets/statistics").user(&alice).send().await.json();
        assert_eq!(stats, json!({ "images": 0, "videos": 0, "total": 0 }));
        let stats = app.get("/api/assets/statistics?isTrashed=true").user(&alice).send().await.json();
        assert_eq!(stats, json!({ "images": 1, "videos": 0, "total": 1 }));
    }

    async fn force_hides_at_once_and_queues_the_rest(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let body = json!({ "ids": [asset], "force": true });
        app.delete("/api/assets").user(&alice).json(&body).send().await.expect(204);
        app.get(&format!("/api/assets/{asset}")).user(&alice).send().await.expect(400);
        let jobs = app.sql(stmt!("select kind, payload from job")).await;
        assert_eq!(jobs.first().unwrap().get::<String>("kind").unwrap(), "AssetDelete");
        assert!(jobs.first().unwrap().get::<String>("payload").unwrap().contains(&asset));
        assert_eq!(app.take_wakes().len(), 1);
    }

    async fn many_are_purged_by_one_job(app: TestApp) {
        let alice = app.user("alice").await;
        let mut ids = Vec::new();
        for _ in 0..51 {
            ids.push(app.asset(&alice).insert().await);
        }
        let body = json!({ "ids": ids, "force": true });
        app.delete("/api/assets").user(&alice).json(&body).send().await.expect(204);
        let jobs = app.sql(stmt!("select kind, payload from job")).await;
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs.first().unwrap().get::<String>("kind").unwrap(), "AssetEmptyTrash");
        assert!(jobs.first().unwrap().get::<String>("payload").unwrap().contains(&alice.id));
        assert_eq!(rows(&app, "asset where status = 'deleted' and deleted_at is not null").await, 51);
    }

    async fn one_foreign_id_fails_the_whole_request(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (own, foreign) = (app.asset(&alice).insert().await, app.asset(&bob).insert().await);
        let locked = app.asset(&alice).visibility("locked").insert().await;
        for other in [foreign.as_str(), locked.as_str(), "00000000-0000-4000-8000-000000000000"] {
            let body = json!({ "ids": [own, other] });
            let reply = app.delete("/api/assets").user(&alice).json(&body).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no asset.delete access");
        }
        assert_eq!(rows(&app, "asset where deleted_at is not null").await, 0);
        let reply = app.delete("/api/assets").user(&alice).json(&json!({ "ids": ["1"] })).send().await.expect(400);
        assert_eq!(reply.issues(), "ids.0: Invalid UUID");
        let reply = app.delete("/api/assets").header("x-api-key", "x").json(&json!({})).send().await.expect(401);
        assert_eq!(reply.message(), "Invalid API key");
    }

    async fn purging_takes_objects_quota_and_motion_part_along(app: TestApp) {
        let alice = app.user("alice").await;
        let video = id(&Form::photo("a.mov", b"film").request(&app).user(&alice).send().await.expect(201));
        let form = Form::photo("a.heic", b"still").text("livePhotoVideoId", &video).file("sidecarData", "a.xmp", b"<x/>");
        let still = id(&form.request(&app).user(&alice).send().await.expect(201));
        let other = id(&Form::photo("b.jpg", b"other").request(&app).user(&alice).send().await.expect(201));
        purged(&app, &[&still]).await;
        assert_eq!(rows(&app, "asset").await, 1);
        assert_eq!(rows(&app, "asset_audit").await, 2);
        app.get(&format!("/api/assets/{other}")).user(&alice).send().await.expect(200);
        let usage = stmt!("select quota_usage_in_bytes as n from users where id = ?1", &alice.id);
        assert_eq!(app.count(usage).await, 5);
        let doomed = objects::take(app.app.db(), app.app.now(), 100).await.unwrap();
        let keys: Vec<String> = doomed.into_iter().map(|object| object.key).collect();
        assert_eq!(keys.len(), 3);
        app.app.objects.delete(&keys).await.unwrap();
        assert_eq!(app.object_keys().await.len(), 1);
        Form::photo("a.mov", b"film").request(&app).user(&alice).send().await.expect(201);
    }

    async fn a_motion_part_stays_while_another_still_uses_it(app: TestApp) {
        let alice = app.user("alice").await;
        let video = app.asset(&alice).with("type", "VIDEO").visibility("hidden").insert().await;
        let first = app.asset(&alice).with("live_photo_video_id", video.as_str()).insert().await;
        let second = app.asset(&alice).with("live_photo_video_id", video.as_str()).insert().await;
        purged(&app, &[&first]).await;
        assert_eq!(rows(&app, "asset").await, 2);
        purged(&app, &[&second]).await;
        assert_eq!(rows(&app, "asset").await, 0);
        let video = app.asset(&alice).with("type", "VIDEO").insert().await;
        let still = app.asset(&alice).with("live_photo_video_id", video.as_str()).insert().await;
        purged(&app, &[&video]).await;
        let info = app.get(&format!("/api/assets/{still}")).user(&alice).send().await.expect(200).json();
        assert_eq!(info["livePhotoVideoId"], json!(null));
    }

    async fn stacks_find_a_new_top_or_dissolve(app: TestApp) {
        let alice = app.user("alice").await;
        let mut ids = Vec::new();
        for at in 1..=3 {
            ids.push(app.asset(&alice).taken(at * 1000).insert().await);
        }
        let stack = stack(&app, &alice.id, &[&ids[0], &ids[1], &ids[2]]).await;
        purged(&app, &[&ids[0]]).await;
        let info = app.get(&format!("/api/assets/{}", ids[2])).user(&alice).send().await.expect(200).json();
        assert_eq!(info["stack"], json!({ "id": stack, "primaryAssetId": ids[1], "assetCount": 2 }));
        purged(&app, &[&ids[1]]).await;
        let info = app.get(&format!("/api/assets/{}", ids[2])).user(&alice).send().await.expect(200).json();
        assert_eq!(info["stack"], json!(null));
        assert_eq!((rows(&app, "stack").await, rows(&app, "stack_audit").await), (0, 1));
    }

    async fn sync_is_told_of_everything_that_cascades(app: TestApp) {
        let alice = app.user("alice").await;
        let (gone, kept) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let script = [
            "insert into album (id, thumbnail_asset_id, created_at, updated_at, update_id) values ('al', ?1, 0, 0, 'u')",
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', ?1, 0, 0, 'u')",
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', ?2, 0, 0, 'u')",
            "insert into asset_metadata (asset_id, key, owner_id, value, created_at, updated_at, update_id) values (?1, 'k', ?3, '{}', 0, 0, 'u')",
            "insert into person (id, owner_id, face_asset_id, created_at, updated_at, update_id) values ('p', ?3, 'f1', 0, 0, 'u')",
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) values ('f1', ?1, ?3, 'p', 1, 1, 0, 0, 1, 1, 0, 'u')",
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) values ('f2', ?2, ?3, 'p', 1, 1, 0, 0, 1, 1, 0, 'u')",
            "insert into memory (id, owner_id, type, data, memory_at, created_at, updated_at, update_id) values ('m', ?3, 'on_this_day', '{}', 0, 0, 0, 'u')",
            "insert into memory_asset (memory_id, asset_id, created_at, updated_at, update_id) values ('m', ?1, 0, 0, 'u')",
            "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) values ('e', ?1, ?3, 0, 'rotate', '{}', 'u')",
            "insert into asset_ocr (id, asset_id, owner_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text, update_id) values ('o', ?1, ?3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 't', 'u')",
        ];
        for sql in script {
            let sql = sql.replace("?1", &format!("'{gone}'")).replace("?2", &format!("'{kept}'")).replace("?3", &format!("'{}'", alice.id));
            app.sql(Statement::new(sql, Vec::new())).await;
        }
        purged(&app, &[&gone]).await;
        for table in ["asset_audit", "asset_metadata_audit", "asset_edit_audit", "asset_ocr_audit", "asset_face_audit", "memory_asset_audit", "album_asset_audit"] {
            assert_eq!(rows(&app, table).await, 1, "{table}");
        }
        let album = app.sql(stmt!("select thumbnail_asset_id from album")).await;
        assert_eq!(album.first().unwrap().get::<String>("thumbnail_asset_id").unwrap(), kept);
        let person = app.sql(stmt!("select face_asset_id from person")).await;
        assert_eq!(person.first().unwrap().get::<String>("face_asset_id").unwrap(), "f2");
    }

    async fn files_of_external_libraries_stay(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).with("is_external", 1).insert().await;
        purged(&app, &[&asset]).await;
        assert_eq!((rows(&app, "asset").await, rows(&app, "object_deletion").await), (0, 0));
    }

    async fn what_writers_leave_behind_is_swept(app: TestApp) {
        let db = app.app.db();
        app.sql(objects::register("upload/x", app.app.now())).await;
        let later = app.app.now() + objects::PENDING_LIFETIME;
        objects::sweep(db, later - 1).await.unwrap();
        assert_eq!(rows(&app, "pending_object").await, 1);
        assert!(!objects::sweep(db, later).await.unwrap());
        assert_eq!(rows(&app, "pending_object").await, 0);
        let doomed = objects::take(db, later, 10).await.unwrap();
        assert_eq!(doomed[0].key, "upload/x");
        app.sql(objects::failed(&["upload/x"], "busy", later)).await;
        assert!(objects::take(db, later, 10).await.unwrap().is_empty());
        let again = objects::take(db, later + 60_000, 10).await.unwrap();
        assert_eq!(again[0].attempts, 1);
        app.sql(objects::deleted(&["upload/x"])).await;
        app.sql(objects::delete_later(&["a", "", "a"], later)).await;
        assert_eq!(rows(&app, "object_deletion").await, 1);
    }
}
