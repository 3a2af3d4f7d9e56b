//! The area over HTTP, in process, on SQLite and PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_edits::ROUTES, fn_edits::routes())]
}

fn path(asset: &str) -> String {
    format!("/api/assets/{asset}/edits")
}

fn crop(x: i64, y: i64, width: i64, height: i64) -> Value {
    json!({ "action": "crop", "parameters": { "x": x, "y": y, "width": width, "height": height } })
}

fn turn() -> Value {
    json!({ "action": "rotate", "parameters": { "angle": 90 } })
}

async fn edit(app: &TestApp, user: &NewUser, asset: &str, edits: Value) -> Reply {
    app.put(&path(asset))
        .user(user)
        .json(&json!({ "edits": edits }))
        .send()
        .await
}

on_each_database! {
    async fn edits_are_stored_replaced_and_removed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).insert().await;
        app.take_round_trips();
        let first = edit(&app, &alice, &asset, json!([crop(10, 20, 300, 200), turn()])).await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(first["assetId"], json!(asset));
        assert_eq!(first["edits"][0]["parameters"], json!({ "x": 10, "y": 20, "width": 300, "height": 200 }));
        assert_eq!(first["edits"][1]["action"], "rotate");
        assert_eq!(app.take_wakes().len(), 1);
        let read = async || app.get(&path(&asset)).user(&alice).send().await.expect(200).json();
        app.take_round_trips();
        assert_eq!(read().await, first);
        assert_eq!(app.take_round_trips(), 1);
        let mirror = json!({ "action": "mirror", "parameters": { "axis": "vertical" } });
        let second = edit(&app, &alice, &asset, json!([mirror])).await.expect(200).json();
        assert_eq!(read().await, second);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_edit_audit")).await, 2);
        app.delete(&path(&asset)).user(&alice).send_in_two().await.expect(204);
        assert_eq!(read().await, json!({ "assetId": asset, "edits": [] }));
        assert_eq!(app.count(stmt!("select count(*) as n from asset_edit_audit")).await, 3);
        let jobs = "select count(*) as n from job where kind = 'AssetEditThumbnailGeneration' and queue = 'editor'";
        assert_eq!(app.count(stmt!(jobs)).await, 1, "one that waits does all");
        app.sql(stmt!("delete from job")).await;
        edit(&app, &alice, &asset, json!([turn()])).await.expect(200);
        for refused in [
            edit(&app, &bob, &asset, json!([turn()])).await,
            app.get(&path(&asset)).user(&bob).send().await,
            app.delete(&path(&asset)).user(&bob).send().await,
        ] {
            assert!(refused.expect(400).message().starts_with("Not found or no asset.edit."));
        }
        assert_eq!(app.count(stmt!("select count(*) as n from asset_edit")).await, 1);
        app.sql(stmt!("delete from job")).await;
    }

    async fn what_cannot_be_edited_says_why(app: TestApp) {
        let alice = app.user("alice").await;
        let new = || app.asset(&alice);
        let film = new().insert().await;
        for (asset, reason) in [
            (new().with("type", "VIDEO"), "Only images can be edited"),
            (new().with("live_photo_video_id", film.as_str()), "Editing live photos is not supported"),
            (new().exif("projection_type", "EQUIRECTANGULAR"), "Editing panorama images is not supported"),
            (new().with("original_file_name", "a.GIF"), "Editing GIF images is not supported"),
            (new().with("original_file_name", "a.svg"), "Editing SVG images is not supported"),
            (new().with("width", None::<i64>), "Asset dimensions are not available for editing"),
        ] {
            let asset = asset.insert().await;
            assert_eq!(edit(&app, &alice, &asset, json!([turn()])).await.expect(400).message(), reason);
        }
        let asset = new().insert().await;
        for (edits, reason) in [
            (json!([turn(), crop(0, 0, 10, 10)]), "Crop action must be the first edit action"),
            (json!([crop(3990, 0, 11, 10)]), "Crop parameters are out of bounds"),
            (json!([crop(0, 2999, 1, 2)]), "Crop parameters are out of bounds"),
            (json!([crop(9_007_199_254_740_991, 0, 9_007_199_254_740_991, 1)]), "Crop parameters are out of bounds"),
        ] {
            assert_eq!(edit(&app, &alice, &asset, edits).await.expect(400).message(), reason);
        }
        for bad in [json!([]), json!([turn(), turn()]), json!([{ "action": "blur", "parameters": {} }]), json!([crop(-1, 0, 1, 1)])] {
            edit(&app, &alice, &asset, bad).await.expect(400);
        }
        assert_eq!(app.count(stmt!("select count(*) as n from asset_edit")).await, 0);
        edit(&app, &alice, &asset, json!([crop(3990, 0, 10, 3000)])).await.expect(200);
        app.sql(stmt!("delete from job")).await;
    }

    async fn locked_and_trashed_photos_are_their_owners_own(app: TestApp) {
        let alice = app.user("alice").await;
        let locked = app.asset(&alice).visibility("locked").insert().await;
        let trashed = app.asset(&alice).trashed().insert().await;
        let gone = app.asset(&alice).with("status", "deleted").insert().await;
        for asset in [&locked, &gone] {
            edit(&app, &alice, asset, json!([turn()])).await.expect(400);
            app.get(&path(asset)).user(&alice).send().await.expect(400);
            app.delete(&path(asset)).user(&alice).send().await.expect(400);
        }
        edit(&app, &alice, &trashed, json!([turn()])).await.expect(200);
        app.elevate(&alice).await;
        edit(&app, &alice, &locked, json!([turn()])).await.expect(200);
        app.delete(&path(&locked)).user(&alice).send().await.expect(204);
        app.sql(stmt!("delete from job")).await;
    }

    async fn an_edited_photo_is_edited_in_pixels_of_its_original(app: TestApp) {
        let alice = app.user("alice").await;
        // Edited to 300 x 200; its file has 3000 x 4000, turned upright.
        let asset = app.asset(&alice).with("width", 300).with("height", 200).with("is_edited", 1);
        let asset = asset.exif("exif_image_width", 3000).exif("exif_image_height", 4000).exif("orientation", "6");
        let asset = asset.insert().await;
        edit(&app, &alice, &asset, json!([crop(3990, 2990, 10, 10)])).await.expect(200);
        edit(&app, &alice, &asset, json!([crop(2990, 3990, 10, 10)])).await.expect(400);
        app.sql(stmt!("delete from job")).await;
    }
}
