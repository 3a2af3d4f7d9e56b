//! What a client gets after it has acknowledged what it had.

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::{
    areas,
    client::{APP_TYPES, field, let_the_bound_pass, runs, stream, sync},
    world::{self, world},
};

on_each_database! {
    async fn what_is_acknowledged_is_not_sent_again(app: TestApp) {
        let world = world(&app).await;
        sync(&app, &world.alice, &APP_TYPES).await;
        app.take_round_trips();
        let again = stream(&app, &world.alice, &APP_TYPES).await;
        assert_eq!(runs(&again), []);
        assert_eq!(app.take_round_trips(), 2);
    }

    async fn a_change_is_sent_as_the_row_it_leads_to(app: TestApp) {
        let world = world(&app).await;
        let alice = &world.alice;
        sync(&app, alice, &APP_TYPES).await;
        let changes = json!({"isFavorite": false, "description": "Lake"});
        app.put(&format!("/api/assets/{}", world.photo)).user(alice).json(&changes).send().await.expect(200);
        app.take_round_trips();
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [
            ("AssetV2", 1), ("AlbumAssetUpdateV2", 1), ("AssetExifV1", 1), ("AlbumAssetExifUpdateV1", 1),
        ]);
        assert_eq!(lines[0].data["isFavorite"], false);
        assert_eq!(lines[2].data["description"], "Lake");
        let bobs = stream(&app, &world.bob, &["AlbumAssetsV2", "AssetsV2"]).await;
        let mine = bobs.iter().find(|line| line.data["id"] == json!(world.photo)).unwrap();
        assert_eq!(mine.data["isFavorite"], false, "never told to others");
    }

    async fn a_clock_that_goes_back_hides_nothing(app: TestApp) {
        let world = world(&app).await;
        let alice = &world.alice;
        // The database's clock was two hours ahead, and the client synced; then it was put right.
        let ahead = match app.app.db().dialect() {
            edge_platform::Dialect::Sqlite => "update update_clock set at = at + 7200000",
            edge_platform::Dialect::Postgres => {
                "select setval('update_clock', last_value + 7200000) from update_clock"
            }
        };
        app.sql(stmt!(ahead)).await;
        let change = async |words: &str| {
            let path = format!("/api/assets/{}", world.photo);
            app.put(&path).user(alice).json(&json!({ "description": words })).send().await.expect(200);
        };
        change("Sea").await;
        let lines = sync(&app, alice, &APP_TYPES).await;
        let early = lines.iter().find(|line| line.data["description"] == "Sea").unwrap();
        for words in ["Lake", "Hill"] {
            change(words).await;
            let lines = sync(&app, alice, &APP_TYPES).await;
            let late = lines.iter().find(|line| line.data["description"] == words).unwrap();
            assert!(late.ack > early.ack, "{} {}", late.ack, early.ack);
        }
        assert_eq!(runs(&stream(&app, alice, &APP_TYPES).await), []);
    }

    async fn trash_is_a_change_and_removal_a_deletion(app: TestApp) {
        let world = world(&app).await;
        let alice = &world.alice;
        sync(&app, alice, &APP_TYPES).await;
        let ids = json!({"ids": [world.photo]});
        app.delete("/api/assets").user(alice).json(&ids).send().await.expect(204);
        let lines = sync(&app, alice, &["AssetsV2"]).await;
        assert_eq!(runs(&lines), [("AssetV2", 1)]);
        assert!(lines[0].data["deletedAt"].is_string());
        app.post("/api/trash/restore/assets").user(alice).json(&ids).send().await.expect(200);
        let lines = sync(&app, alice, &["AssetsV2"]).await;
        assert!(lines[0].data["deletedAt"].is_null());

        let purge = edge_store::assets::remove::purge(&[&world.photo], app.app.now());
        app.app.db().batch(purge).await.unwrap();
        let lines = sync(&app, alice, &APP_TYPES).await;
        for (kind, name) in [("AssetDeleteV1", "assetId"), ("AssetMetadataDeleteV1", "assetId"), ("AlbumToAssetDeleteV1", "assetId"), ("AssetOcrDeleteV1", "assetId"), ("MemoryToAssetDeleteV1", "assetId")] {
            assert_eq!(field(&lines, kind, name), [&world.photo], "{kind}");
        }
        for kind in ["StackDeleteV1", "AssetFaceDeleteV1", "AssetEditDeleteV1", "PersonV1"] {
            assert_eq!(lines.iter().filter(|line| line.kind == kind).count(), 1, "{kind}");
        }
        assert_eq!(field(&lines, "AssetV2", "id"), [&world.other], "it leaves its stack");
    }

    async fn a_new_upload_is_one_asset_with_its_exif(app: TestApp) {
        let world = world(&app).await;
        sync(&app, &world.alice, &APP_TYPES).await;
        let new = app.asset(&world.alice).insert().await;
        let lines = sync(&app, &world.alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("AssetV2", 1), ("AssetExifV1", 1)]);
        assert_eq!(lines[0].data["id"], json!(new));
        assert_eq!(stream(&app, &world.carol, &["PartnerAssetsV2", "AlbumAssetsV2"]).await, []);
    }

    async fn members_learn_what_happens_in_an_album(app: TestApp) {
        let world = world(&app).await;
        let (alice, bob, carol) = (&world.alice, &world.bob, &world.carol);
        sync(&app, alice, &APP_TYPES).await;
        sync(&app, carol, &APP_TYPES).await;
        let path = format!("/api/albums/{}/users", world.album);
        let users = json!({"albumUsers": [{"userId": carol.id, "role": "viewer"}]});
        app.put(&path).user(bob).json(&users).send().await.expect(200);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("AlbumV2", 1), ("AlbumUserV1", 1)]);
        assert_eq!(field(&lines, "AlbumUserV1", "userId"), [&carol.id]);
        let path = format!("/api/albums/{}/user/{}", world.album, carol.id);
        app.put(&path).user(bob).json(&json!({"role": "editor"})).send().await.expect(204);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(lines[0].data["role"], "editor");

        sync(&app, carol, &APP_TYPES).await;
        app.delete(&path).user(bob).send().await.expect(204);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("AlbumUserDeleteV1", 1)]);
        let lines = sync(&app, carol, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("AlbumDeleteV1", 1)]);
        assert_eq!(lines[0].data["albumId"], json!(world.album));

        let ids = json!({"ids": [world.bobs]});
        let path = format!("/api/albums/{}/assets", world.album);
        app.delete(&path).user(bob).json(&ids).send().await.expect(200);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("AlbumV2", 1), ("AlbumToAssetDeleteV1", 1)]);
        app.delete(&format!("/api/albums/{}", world.album)).user(bob).send().await.expect(204);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("AlbumDeleteV1", 1)]);
    }

    async fn partners_are_told_of_the_timeline_only(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let types = ["PartnerAssetsV2", "PartnerAssetExifsV1", "PartnerStacksV1"];
        let photo = app.asset(&bob).insert().await;
        let motion = app.asset(&bob).with("type", "VIDEO").visibility("hidden").insert().await;
        let (archived, locked) = (app.asset(&bob).visibility("archive").insert().await, app.asset(&bob).visibility("locked").insert().await);
        for asset in [&photo, &archived, &locked] {
            world::stack(&app, &bob, &[asset]).await;
        }
        world::partner(&app, &bob, &alice).await;
        let lines = sync(&app, &alice, &types).await;
        let mut seen = field(&lines, "PartnerAssetV2", "id");
        seen.sort_unstable();
        let mut shown = [photo.as_str(), motion.as_str()];
        shown.sort_unstable();
        assert_eq!(seen, shown);
        assert_eq!(field(&lines, "PartnerAssetExifV1", "assetId").len(), 2);
        assert_eq!(field(&lines, "PartnerStackV1", "primaryAssetId"), [&photo]);

        let set = async |visibility: &str| {
            let change = json!({ "ids": [photo], "visibility": visibility });
            app.put("/api/assets").user(&bob).json(&change).send().await.expect(204);
        };
        for hidden in ["archive", "locked"] {
            set(hidden).await;
            let lines = sync(&app, &alice, &types).await;
            assert_eq!(runs(&lines), [("PartnerAssetDeleteV1", 1)], "{hidden}");
            assert_eq!(field(&lines, "PartnerAssetDeleteV1", "assetId"), [&photo]);
            app.elevate(&bob).await;
            set("timeline").await;
            let lines = sync(&app, &alice, &types).await;
            assert_eq!(runs(&lines), [("PartnerAssetV2", 1), ("PartnerStackV1", 1), ("PartnerAssetExifV1", 1)], "{hidden}");
        }
        // Who sees it in an album keeps it.
        let album = app.album(&bob, &[&photo], &[(&alice, "viewer")]).await;
        sync(&app, &alice, &APP_TYPES).await;
        set("archive").await;
        assert_eq!(runs(&sync(&app, &alice, &types).await), []);
        set("locked").await;
        let lines = sync(&app, &alice, &["PartnerAssetsV2", "AlbumToAssetsV1", "AlbumAssetsV2", "AlbumAssetExifsV1"]).await;
        assert_eq!(runs(&lines), [("PartnerAssetDeleteV1", 2), ("AlbumToAssetDeleteV1", 1)], "it left the timeline, then the archive");
        // Nor does a row in an album that should not be there tell of it.
        app.sql(stmt!("insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values (?1, ?2, 0, 0, uuid7())", &album, &locked)).await;
        assert_eq!(runs(&sync(&app, &alice, &["AlbumToAssetsV1", "AlbumAssetsV2", "AlbumAssetExifsV1"]).await), []);
    }

    async fn a_backfill_tells_of_the_timeline_only(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let types = ["PartnerAssetsV2", "PartnerAssetExifsV1"];
        app.asset(&bob).visibility("locked").insert().await;
        app.asset(&bob).visibility("archive").insert().await;
        let photo = app.asset(&bob).insert().await;
        let_the_bound_pass();
        app.asset(&carol).insert().await;
        world::partner(&app, &carol, &alice).await;
        sync(&app, &alice, &types).await;
        world::partner(&app, &bob, &alice).await;
        let lines = stream(&app, &alice, &types).await;
        assert_eq!(field(&lines, "PartnerAssetBackfillV2", "id"), [&photo]);
        assert_eq!(field(&lines, "PartnerAssetExifBackfillV1", "assetId"), [&photo]);
    }

    async fn of_a_pin_code_clients_learn_only_whether_there_is_one(app: TestApp) {
        let alice = app.user("alice").await;
        let pin = async || stream(&app, &alice, &["AuthUsersV1"]).await[0].data["pinCode"].clone();
        assert_eq!(pin().await, json!(null));
        app.sql(stmt!("update users set pin_code = '$2b$10$secret' where id = ?1", &alice.id)).await;
        assert_eq!(pin().await, json!("set"));
    }

    async fn documents_and_accounts_are_followed(app: TestApp) {
        let world = world(&app).await;
        let alice = &world.alice;
        sync(&app, alice, &APP_TYPES).await;
        let onboarding = json!({"isOnboarded": true});
        app.put("/api/users/me/onboarding").user(alice).json(&onboarding).send().await.expect(200);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(lines[0].data, json!({"key": "onboarding", "userId": alice.id, "value": {"isOnboarded": true}}));
        app.delete("/api/users/me/onboarding").user(alice).send().await.expect(204);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!((lines[0].kind.as_str(), &lines[0].data["key"]), ("UserMetadataDeleteV1", &json!("onboarding")));

        app.put("/api/users/me").user(alice).json(&json!({"name": "Alicia"})).send().await.expect(200);
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("AuthUserV1", 1), ("UserV1", 1)]);
        let now = app.app.now();
        app.app.db().batch(edge_store::users::batch_delete(&world.carol.id, true, now)).await.unwrap();
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert!(lines[0].data["deletedAt"].is_string());
        app.sql(stmt!("delete from asset where owner_id = ?1", &world.carol.id)).await;
        app.app.db().batch(edge_store::users::purge(&world.carol.id, now)).await.unwrap();
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(field(&lines, "UserDeleteV1", "userId"), [&world.carol.id]);
    }

    async fn rows_that_are_written_meanwhile_wait_for_the_next_stream(app: TestApp) {
        let alice = app.user("alice").await;
        let lines = stream(&app, &alice, &["UsersV1"]).await;
        let later = "update users set update_id = 'ffffffff-ffff-7000-8000-000000000000' where id = ?1";
        app.sql(stmt!(later, &alice.id)).await;
        assert_eq!(stream(&app, &alice, &["UsersV1"]).await, []);
        assert_eq!(lines.len(), 1);
        world::stack(&app, &alice, &[&app.asset(&alice).insert().await]).await;
    }
}
