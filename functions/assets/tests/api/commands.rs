//! Jobs on assets, copying from one to another.

use edge_platform::{Statement, stmt};
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::{
    areas,
    form::{Form, id},
};

on_each_database! {
    async fn assets_are_worked_on_again(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (own, foreign) = (app.asset(&alice).insert().await, app.asset(&bob).insert().await);
        for (name, kind) in [
            ("refresh-metadata", "AssetExtractMetadata"), ("regenerate-thumbnail", "AssetGenerateThumbnails"),
            ("transcode-video", "AssetEncodeVideo"),
        ] {
            let body = json!({ "assetIds": [own], "name": name });
            app.post("/api/assets/jobs").user(&alice).json(&body).send().await.expect(204);
            let jobs = stmt!("select cast(count(*) as bigint) as n from job where kind = ?1", kind);
            assert_eq!(app.count(jobs).await, 1, "{kind}");
        }
        let body = json!({ "assetIds": [own], "name": "refresh-faces" });
        let faces = stmt!("select cast(count(*) as bigint) as n from job where kind = 'AssetDetectFaces'");
        let reply = app.post("/api/assets/jobs").user(&alice).json(&body).send().await.expect(400);
        assert!(reply.message().starts_with("no model for faces is installed"), "{}", reply.message());
        assert_eq!(app.count(faces.clone()).await, 0);
        // What was seen of the bucket holds for a minute.
        app.app.objects.put("models/yunet-sface/manifest.json", "{}".into(), "application/json").await.unwrap();
        app.clock.advance(61_000);
        app.post("/api/assets/jobs").user(&alice).json(&body).send().await.expect(204);
        assert_eq!(app.count(faces).await, 1);
        let body = json!({ "assetIds": [own, foreign], "name": "refresh-faces" });
        let reply = app.post("/api/assets/jobs").user(&alice).json(&body).send().await.expect(400);
        assert_eq!(reply.message(), "Not found or no asset.update access");
        let body = json!({ "assetIds": [own], "name": "dance" });
        let reply = app.post("/api/assets/jobs").user(&alice).json(&body).send().await.expect(400);
        assert!(reply.issues().starts_with("name: Invalid option"));
    }

    async fn everything_around_an_asset_is_copied(app: TestApp) {
        let alice = app.user("alice").await;
        let form = Form::photo("a.jpg", b"a").file("sidecarData", "a.xmp", b"<x/>").text("isFavorite", "true");
        let source = id(&form.request(&app).user(&alice).send().await.expect(201));
        let form = Form::photo("b.jpg", b"b").file("sidecarData", "b.xmp", b"<old/>");
        let target = id(&form.request(&app).user(&alice).send().await.expect(201));
        let owner = &alice.id;
        for sql in [
            "insert into album (id, created_at, updated_at, update_id) values ('al', 0, 0, 'u')".to_owned(),
            format!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', '{source}', 0, 0, 'u')"),
            format!("insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) values ('al', '{owner}', 'editor', 0, 0, 'u', 'u')"),
            format!("insert into shared_link (id, key, user_id, type, created_at) values ('l', 'l', '{owner}', 'INDIVIDUAL', 0)"),
            format!("insert into shared_link_asset (shared_link_id, asset_id) values ('l', '{source}')"),
            format!("insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) values ('00000000-0000-4000-8000-00000000000a', '{owner}', '{source}', 0, 0, 'u')"),
            format!("insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) values ('old', '{owner}', '{target}', 0, 0, 'u')"),
            format!("update asset set stack_id = '00000000-0000-4000-8000-00000000000a' where id = '{source}'"),
            format!("update asset set stack_id = 'old' where id = '{target}'"),
        ] {
            app.sql(Statement::new(sql, Vec::new())).await;
        }
        let body = json!({ "sourceId": source, "targetId": target });
        app.put("/api/assets/copy").user(&alice).json(&body).send().await.expect(204);
        let info = app.get(&format!("/api/assets/{target}")).user(&alice).send().await.expect(200).json();
        assert_eq!((info["isFavorite"].clone(), info["stack"]["id"].clone()), (json!(true), json!("00000000-0000-4000-8000-00000000000a")));
        for table in ["album_asset", "shared_link_asset"] {
            let sql = format!("select cast(count(*) as bigint) as n from {table} where asset_id = '{target}'");
            assert_eq!(app.count(Statement::new(sql, Vec::new())).await, 1, "{table}");
        }
        assert_eq!(app.count(stmt!("select cast(count(*) as bigint) as n from stack_audit where stack_id = 'old'")).await, 1);
        let files = app.sql(stmt!("select path from asset_file where asset_id = ?1", &target)).await;
        let path: String = files.first().unwrap().get("path").unwrap();
        let object = app.app.objects.get(&path, None).await.unwrap().unwrap();
        assert_eq!(object.body.collect(100).await.unwrap(), "<x/>");
        assert_eq!(app.count(stmt!("select cast(count(*) as bigint) as n from object_deletion")).await, 1);
        assert_eq!(app.count(stmt!("select cast(count(*) as bigint) as n from pending_object")).await, 0);
    }

    async fn a_sidecar_beside_a_file_of_a_library_is_copied_among_uploads(app: TestApp) {
        let alice = app.user("alice").await;
        let (source, target) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let beside = "photos/a.jpg.xmp";
        app.app.objects.put(beside, "<x/>".into(), "application/xml").await.unwrap();
        app.sql(stmt!("insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) values (?1, 'sidecar', 0, 'f', ?2, 'application/xml', 4, 0, 0)", &source, beside)).await;
        let body = json!({ "sourceId": source, "targetId": target });
        app.put("/api/assets/copy").user(&alice).json(&body).send().await.expect(204);
        let files = app.sql(stmt!("select path from asset_file where asset_id = ?1 and type = 'sidecar'", &target)).await;
        let path: String = files.first().unwrap().get("path").unwrap();
        assert!(path.starts_with(&format!("upload/{}/", alice.id)), "{path}");
        assert_eq!(app.app.objects.list("photos/", None).await.unwrap(), [beside]);
    }

    async fn copies_go_only_where_the_caller_may_add_now(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (source, target, locked) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await, app.asset(&alice).visibility("locked").insert().await);
        for (album, role) in [("mine", "owner"), ("edited", "editor"), ("viewed", "viewer"), ("left", "")] {
            app.sql(stmt!("insert into album (id, created_at, updated_at, update_id) values (?1, 0, 0, 'u')", album)).await;
            app.sql(stmt!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values (?1, ?2, 0, 0, 'u')", album, &source)).await;
            if !role.is_empty() {
                app.sql(stmt!("insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) values (?1, ?2, ?3, 0, 0, 'u', 'u')", album, &alice.id, role)).await;
            }
        }
        for (link, user) in [("hers", &alice), ("his", &bob)] {
            app.sql(stmt!("insert into shared_link (id, key, user_id, type, created_at) values (?1, ?1, ?2, 'INDIVIDUAL', 0)", link, &user.id)).await;
            app.sql(stmt!("insert into shared_link_asset (shared_link_id, asset_id) values (?1, ?2)", link, &source)).await;
        }
        app.elevate(&alice).await;
        for target in [&target, &locked] {
            let body = json!({ "sourceId": source, "targetId": target });
            app.put("/api/assets/copy").user(&alice).json(&body).send().await.expect(204);
        }
        let rows = app.sql(stmt!("select album_id as place from album_asset where asset_id = ?1 union all select shared_link_id from shared_link_asset where asset_id = ?1 order by place", &target)).await;
        let places: Vec<String> = rows.iter().map(|row| row.get("place").unwrap()).collect();
        assert_eq!(places, ["edited", "hers", "mine"]);
        let count = "select (select count(*) from album_asset where asset_id = ?1) + (select count(*) from shared_link_asset where asset_id = ?1) as n";
        assert_eq!(app.count(stmt!(count, &locked)).await, 0);
    }

    async fn copying_needs_two_own_assets(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (own, foreign) = (app.asset(&alice).insert().await, app.asset(&bob).insert().await);
        let copy = async |source: &str, target: &str| {
            let body = json!({ "sourceId": source, "targetId": target });
            app.put("/api/assets/copy").user(&alice).json(&body).send().await.expect(400).message()
        };
        assert_eq!(copy(&own, &own).await, "Source and target id must be distinct");
        assert_eq!(copy(&own, &foreign).await, "Not found or no asset.copy access");
        assert_eq!(copy(&foreign, &own).await, "Not found or no asset.copy access");
    }
}
