//! `GET /assets/{id}` for everybody who may see the asset, and statistics.

use edge_platform::Statement;
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::areas;

async fn script(app: &TestApp, lines: &[String]) {
    for sql in lines {
        app.sql(Statement::new(sql.clone(), Vec::new())).await;
    }
}

async fn info(app: &TestApp, user: &NewUser, id: &str) -> Value {
    let path = format!("/api/assets/{id}");
    app.get(&path).user(user).send().await.expect(200).json()
}

on_each_database! {
    async fn the_owner_sees_everything_in_one_round_trip(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.asset(&alice).with("is_favorite", 1).exif("make", "Canon").exif("iso", 100).exif("f_number", 2.8).insert().await;
        let me = &alice.id;
        let face = "image_width, image_height, bounding_box_x1, bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) values";
        script(&app, &[
            format!("insert into tag (id, owner_id, value, color, created_at, updated_at) values ('00000000-0000-4000-8000-00000000000a', '{me}', 'travel/italy', '#ff0000', 0, 0)"),
            format!("insert into tag_asset (tag_id, asset_id) values ('00000000-0000-4000-8000-00000000000a', '{id}')"),
            format!("insert into person (id, owner_id, name, birth_date, created_at, updated_at, update_id) values ('00000000-0000-4000-8000-00000000000b', '{me}', 'Ann', '2000-02-29', 0, 0, 'u')"),
            format!("insert into person (id, owner_id, name, created_at, updated_at, update_id) values ('gone', '{me}', '', 0, 0, 'u')"),
            format!("insert into asset_face (id, asset_id, owner_id, person_id, {face} ('f1', '{id}', '{me}', '00000000-0000-4000-8000-00000000000b', 1, 1, 0, 0, 1, 1, 0, 'u')"),
            format!("insert into asset_face (id, asset_id, owner_id, person_id, {face} ('f2', '{id}', '{me}', '00000000-0000-4000-8000-00000000000b', 1, 1, 0, 0, 1, 1, 0, 'u')"),
            format!("insert into asset_face (id, asset_id, owner_id, person_id, is_visible, {face} ('f3', '{id}', '{me}', 'gone', 0, 1, 1, 0, 0, 1, 1, 0, 'u')"),
        ]).await;
        app.take_round_trips();
        let asset = info(&app, &alice, &id).await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(asset["owner"]["email"], "alice@immich.test");
        assert_eq!((asset["isFavorite"].clone(), asset["stack"].clone()), (json!(true), json!(null)));
        assert_eq!((asset["exifInfo"]["make"].clone(), asset["exifInfo"]["fNumber"].clone(), asset["exifInfo"]["iso"].clone()), (json!("Canon"), json!(2.8), json!(100)));
        assert_eq!((asset["tags"][0]["name"].clone(), asset["tags"][0]["value"].clone()), (json!("italy"), json!("travel/italy")));
        assert_eq!(asset["people"].as_array().unwrap().len(), 1, "each person once, only with visible faces");
        assert_eq!((asset["people"][0]["name"].clone(), asset["people"][0]["birthDate"].clone()), (json!("Ann"), json!("2000-02-29")));
        assert_eq!((asset["resized"].clone(), asset["hasMetadata"].clone()), (json!(true), json!(true)));
        assert!(asset.get("deviceAssetId").is_none());
    }

    async fn album_members_see_what_is_in_the_album_without_people(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let id = app.asset(&alice).with("is_favorite", 1).visibility("archive").insert().await;
        let trashed = app.asset(&alice).trashed().insert().await;
        let me = &bob.id;
        app.get(&format!("/api/assets/{id}")).user(&bob).send().await.expect(400);
        script(&app, &[
            "insert into album (id, created_at, updated_at, update_id) values ('al', 0, 0, 'u')".to_owned(),
            format!("insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) values ('al', '{me}', 'viewer', 0, 0, 'u', 'u')"),
            format!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', '{id}', 0, 0, 'u'), ('al', '{trashed}', 0, 0, 'u')"),
            format!("insert into person (id, owner_id, created_at, updated_at, update_id) values ('p', '{}', 0, 0, 'u')", alice.id),
            format!("insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) values ('f', '{id}', '{}', 'p', 1, 1, 0, 0, 1, 1, 0, 'u')", alice.id),
        ]).await;
        let asset = info(&app, &bob, &id).await;
        assert_eq!((asset["people"].clone(), asset["isFavorite"].clone()), (json!([]), json!(false)));
        assert_eq!(asset["owner"]["name"], "alice");
        // Whom both know is shown as whom the caller knows, while they are in one cluster group.
        script(&app, &[
            format!("update users set cluster_group_id = 'g', update_id = uuid7() where id in ('{me}', '{}')", alice.id),
            "update person set cluster_id = 'k', update_id = uuid7() where id = 'p'".to_owned(),
            format!("insert into person (id, owner_id, name, cluster_id, created_at, updated_at, update_id) values ('00000000-0000-4000-8000-00000000000c', '{me}', 'Al', 'k', 0, 0, uuid7())"),
        ]).await;
        assert_eq!(info(&app, &bob, &id).await["people"][0]["name"], "Al");
        script(&app, &[format!("update users set cluster_group_id = 'h', update_id = uuid7() where id = '{me}'")]).await;
        assert_eq!(info(&app, &bob, &id).await["people"], json!([]));
        app.get(&format!("/api/assets/{trashed}")).user(&bob).send().await.expect(400);
        app.put(&format!("/api/assets/{id}")).user(&bob).json(&json!({ "isFavorite": true })).send().await.expect(400);
        app.delete("/api/assets").user(&bob).json(&json!({ "ids": [id] })).send().await.expect(400);
    }

    async fn partners_see_the_timeline_only(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        script(&app, &[format!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) values ('{}', '{}', 0, 0, 'u', 'u')",
            alice.id, bob.id
        )]).await;
        let shown = app.asset(&alice).insert().await;
        info(&app, &bob, &shown).await;
        for hidden in [app.asset(&alice).visibility("archive"), app.asset(&alice).visibility("locked"), app.asset(&alice).trashed()] {
            let id = hidden.insert().await;
            app.get(&format!("/api/assets/{id}")).user(&bob).send().await.expect(400);
        }
    }

    async fn statistics_count_what_is_asked_for(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        app.asset(&alice).with("is_favorite", 1).insert().await;
        app.asset(&alice).visibility("archive").insert().await;
        app.asset(&alice).with("type", "VIDEO").insert().await;
        app.asset(&alice).with("type", "VIDEO").visibility("hidden").insert().await;
        app.asset(&alice).visibility("locked").insert().await;
        app.asset(&alice).trashed().insert().await;
        app.asset(&bob).insert().await;
        let stats = async |query: &str| app.get(&format!("/api/assets/statistics{query}")).user(&alice).send().await.expect(200).json();
        assert_eq!(stats("").await, json!({ "images": 2, "videos": 1, "total": 3 }));
        assert_eq!(stats("?isFavorite=true").await["total"], 1);
        assert_eq!(stats("?isFavorite=false").await["total"], 2);
        assert_eq!(stats("?visibility=archive").await["total"], 1);
        assert_eq!(stats("?isTrashed=true").await["total"], 1);
        let reply = app.get("/api/assets/statistics?visibility=locked").user(&alice).send().await.expect(401);
        assert_eq!(reply.message(), "Elevated permission is required");
        app.elevate(&alice).await;
        assert_eq!(app.get("/api/assets/statistics?visibility=locked").user(&alice).send().await.json()["total"], 1);
    }
}
