//! Files of assets over HTTP (api/v32.md section 4).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use edge_platform::stmt;
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_asset_files::ROUTES, fn_asset_files::routes())]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

/// A file of an asset; gives its id.
async fn file(
    app: &TestApp,
    asset: &str,
    kind: &str,
    is_edited: bool,
    path: &str,
    (is_transparent, is_progressive): (bool, bool),
) -> String {
    let id = app.app.uuid();
    let content = Bytes::from_static(b"0123456789");
    app.app
        .objects
        .put(path, content, "image/webp")
        .await
        .unwrap();
    app.sql(stmt!(
        "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at, is_transparent, is_progressive) \
         values (?1, ?2, ?3, ?4, ?5, 'image/webp', 10, 0, 1000, ?6, ?7)",
        asset, kind, is_edited, &id, path, is_transparent, is_progressive
    )).await;
    id
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|file| file["id"].as_str().unwrap())
        .collect()
}

on_each_database! {
    async fn files_of_an_asset_are_told_and_filtered(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).insert().await;
        let path = format!("/api/asset-files?assetId={asset}");
        app.take_round_trips();
        let none = app.get(&path).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(none.json(), json!([]));
        let preview = file(&app, &asset, "preview", false, "thumbs/a_preview.webp", (true, false)).await;
        let edited = file(&app, &asset, "preview", true, "thumbs/a_preview_edited.webp", (false, false)).await;
        let small = file(&app, &asset, "thumbnail", false, "thumbs/a_thumbnail.webp", (false, true)).await;
        let all = app.get(&path).user(&alice).send().await.expect(200).json();
        assert_eq!(ids(&all), [preview.as_str(), &edited, &small]);
        assert_eq!(all[0], json!({
            "id": preview, "type": "preview", "path": "thumbs/a_preview.webp", "isEdited": false, "isProgressive": false,
            "isTransparent": true, "createdAt": "1970-01-01T00:00:00.000Z", "updatedAt": "1970-01-01T00:00:01.000Z",
        }));
        for (filter, wanted) in [
            ("type=preview", vec![preview.as_str(), &edited]), ("isEdited=true", vec![&edited]), ("isEdited=false&type=thumbnail", vec![&small]),
            ("isTransparent=true", vec![&preview]), ("isProgressive=true", vec![&small]), ("isProgressive=false&isTransparent=false", vec![&edited]),
        ] {
            let found = app.get(&format!("{path}&{filter}")).user(&alice).send().await.expect(200).json();
            assert_eq!(ids(&found), wanted, "{filter}");
        }
        let one = app.get(&format!("/api/asset-files/{small}")).user(&alice).send().await.expect(200).json();
        assert_eq!(one["type"], "thumbnail");
        let strange = app.get(&path).user(&bob).send().await.expect(400);
        assert_eq!(strange.message(), "Not found or no asset.read access");
        for id in [small.as_str(), NONE] {
            let strange = app.get(&format!("/api/asset-files/{id}")).user(&bob).send().await.expect(400);
            assert_eq!(strange.message(), "Not found or no assetFile.read access");
        }
        for bad in ["", "?assetId=x", "?assetId=3fe388e4-2078-44d7-b36c-39d9dee3a657&type=x", "?assetId=3fe388e4-2078-44d7-b36c-39d9dee3a657&isEdited=1"] {
            app.get(&format!("/api/asset-files{bad}")).user(&alice).send().await.expect(400);
        }
    }

    async fn bytes_come_whole_in_part_and_not_again(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).insert().await;
        let id = file(&app, &asset, "preview", false, "thumbs/a_preview.webp", (false, false)).await;
        let path = format!("/api/asset-files/{id}/download");
        app.take_round_trips();
        let whole = app.get(&path).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!((&whole.body[..], whole.header("content-type")), (&b"0123456789"[..], "image/webp"));
        assert_eq!(whole.header("content-disposition"), "inline; filename*=UTF-8''a_preview.webp");
        assert!(whole.header("cache-control").starts_with("private, max-age=86400"));
        let part = app.get(&path).user(&alice).header("range", "bytes=2-4").send().await.expect(206);
        assert_eq!(&part.body[..], b"234");
        app.get(&path).user(&alice).header("if-none-match", whole.header("etag")).send().await.expect(304);
        let strange = app.get(&path).user(&bob).send().await.expect(400);
        assert_eq!(strange.message(), "Not found or no assetFile.download access");
    }

    async fn sidecars_are_for_their_owner_and_run_nowhere(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        app.sql(stmt!(
            "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 1, 0, 0, uuid7(), uuid7())", &alice.id, &bob.id
        )).await;
        let asset = app.asset(&alice).insert().await;
        let preview = file(&app, &asset, "preview", false, "thumbs/a_preview.webp", (false, false)).await;
        let sidecar = file(&app, &asset, "sidecar", false, "upload/a.xmp", (false, false)).await;
        for (user, count) in [(&alice, 2), (&bob, 1)] {
            let list = app.get(&format!("/api/asset-files?assetId={asset}")).user(user).send().await.expect(200).json();
            assert_eq!(list.as_array().unwrap().len(), count);
        }
        app.get(&format!("/api/asset-files/{preview}/download")).user(&bob).send().await.expect(200);
        app.get(&format!("/api/asset-files/{sidecar}/download")).user(&bob).send().await.expect(400);
        app.get(&format!("/api/asset-files/{sidecar}")).user(&bob).send().await.expect(400);
        let sent = app.get(&format!("/api/asset-files/{sidecar}/download")).user(&alice).send().await.expect(200);
        assert_eq!(sent.header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(sent.header("x-content-type-options"), "nosniff");
    }

    async fn files_of_an_edit_go_with_the_edit(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let id = file(&app, &asset, "preview", true, "thumbs/a_preview_edited.webp", (false, false)).await;
        app.delete(&format!("/api/asset-files/{id}")).user(&alice).send().await.expect(400);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 1);
    }

    async fn a_file_is_removed_and_its_object_with_a_job(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).insert().await;
        let id = file(&app, &asset, "fullsize", false, "thumbs/a_fullsize.webp", (false, false)).await;
        let sidecar = file(&app, &asset, "sidecar", false, "upload/a.xmp", (false, false)).await;
        let path = format!("/api/asset-files/{id}");
        let strange = app.delete(&path).user(&bob).send().await.expect(400);
        assert_eq!(strange.message(), "Not found or no assetFile.delete access");
        app.take_round_trips();
        app.delete(&path).user(&alice).send().await.expect(204);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion where object_key = 'thumbs/a_fullsize.webp'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'FileDelete'")).await, 1);
        app.delete(&path).user(&alice).send().await.expect(400);
        let kept = app.delete(&format!("/api/asset-files/{sidecar}")).user(&alice).send().await.expect(400);
        assert_eq!(kept.message(), "Sidecar files cannot be deleted");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 1);
    }

    async fn what_is_locked_is_for_elevated_sessions(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).visibility("locked").insert().await;
        let id = file(&app, &asset, "preview", false, "thumbs/a_preview.webp", (false, false)).await;
        app.get(&format!("/api/asset-files?assetId={asset}")).user(&alice).send().await.expect(400);
        app.get(&format!("/api/asset-files/{id}/download")).user(&alice).send().await.expect(400);
        app.delete(&format!("/api/asset-files/{id}")).user(&alice).send().await.expect(400);
    }
}
