//! Older rows that come in with an album or a partner (api/sync.md section 3, "Backfill").

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::{
    areas,
    client::{APP_TYPES, Line, ack, field, let_the_bound_pass, runs, stream, sync},
    world,
};

const ALBUM_TYPES: [&str; 5] = [
    "AlbumAssetsV2",
    "AlbumsV2",
    "AlbumUsersV1",
    "AlbumToAssetsV1",
    "AlbumAssetExifsV1",
];

fn without_acks(lines: &[Line]) -> Vec<(&str, usize)> {
    let mut runs = runs(lines);
    runs.retain(|(kind, _)| *kind != "SyncAckV1");
    runs
}

on_each_database! {
    async fn the_first_sync_has_no_backfill_and_the_server_remembers_that(app: TestApp) {
        let world = world::world(&app).await;
        let lines = sync(&app, &world.alice, &APP_TYPES).await;
        assert!(lines.iter().all(|line| !line.kind.contains("Backfill")));
        let reply = app.get("/api/sync/ack").user(&world.alice).send().await.expect(200);
        let stored = reply.json();
        let complete: Vec<&str> = stored.as_array().unwrap().iter()
            .filter(|ack| ack["ack"].as_str().unwrap().ends_with("|complete"))
            .map(|ack| ack["type"].as_str().unwrap()).collect();
        assert_eq!(complete, [
            "AlbumAssetBackfillV2", "AlbumAssetExifBackfillV1", "AlbumToAssetBackfillV1", "AlbumUserBackfillV1",
            "PartnerAssetBackfillV2", "PartnerAssetExifBackfillV1", "PartnerStackBackfillV1",
        ]);
    }

    async fn an_album_joined_later_brings_its_older_rows_along(app: TestApp) {
        let world = world::world(&app).await;
        let (alice, carol) = (&world.alice, &world.carol);
        let old = app.asset(carol).insert().await;
        let album = app.album(carol, &[&old], &[]).await;
        sync(&app, alice, &APP_TYPES).await;
        // Alice's checkpoints lie behind the album's rows now.
        let ids = json!({"ids": [world.other]});
        app.put(&format!("/api/albums/{}/assets", world.album)).user(alice).json(&ids).send().await.expect(200);
        let path = format!("/api/albums/{}/user/{}", world.album, alice.id);
        app.put(&path).user(&world.bob).json(&json!({"role": "viewer"})).send().await.expect(204);
        sync(&app, alice, &APP_TYPES).await;
        let users = json!({"albumUsers": [{"userId": alice.id, "role": "viewer"}]});
        app.put(&format!("/api/albums/{album}/users")).user(carol).json(&users).send().await.expect(200);

        app.take_round_trips();
        let lines = stream(&app, alice, &ALBUM_TYPES).await;
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(without_acks(&lines), [
            ("AlbumAssetBackfillV2", 1), ("AlbumV2", 1), ("AlbumUserBackfillV1", 1), ("AlbumUserV1", 1),
            ("AlbumToAssetBackfillV1", 1), ("AlbumAssetExifBackfillV1", 1),
        ]);
        assert_eq!(field(&lines, "AlbumAssetBackfillV2", "id"), [&old]);
        assert_eq!(field(&lines, "AlbumUserBackfillV1", "userId"), [&carol.id]);
        assert_eq!(field(&lines, "AlbumUserV1", "userId"), [&alice.id]);
        let marks: Vec<&str> = lines.iter().filter(|line| line.kind == "SyncAckV1").map(|line| line.ack.as_str()).collect();
        assert_eq!(marks.len(), 4);
        assert!(marks.iter().all(|mark| mark.ends_with("|complete")), "{marks:?}");

        sync(&app, alice, &ALBUM_TYPES).await;
        assert_eq!(stream(&app, alice, &ALBUM_TYPES).await, []);
    }

    async fn a_backfill_goes_on_where_it_broke_off(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mine = app.asset(&alice).insert().await;
        let first = app.asset(&bob).insert().await;
        let second = app.asset(&bob).insert().await;
        let album = app.album(&bob, &[&first], &[]).await;
        let ids = json!({"ids": [second]});
        app.put(&format!("/api/albums/{album}/assets")).user(&bob).json(&ids).send().await.expect(200);
        let_the_bound_pass();
        app.album(&alice, &[&mine], &[]).await;
        sync(&app, &alice, &["AlbumToAssetsV1"]).await;
        let users = json!({"albumUsers": [{"userId": alice.id}]});
        app.put(&format!("/api/albums/{album}/users")).user(&bob).json(&users).send().await.expect(200);

        let lines = stream(&app, &alice, &["AlbumToAssetsV1"]).await;
        assert_eq!(runs(&lines), [("AlbumToAssetBackfillV1", 2), ("SyncAckV1", 1)]);
        ack(&app, &alice, &[&lines[0].ack]).await;
        let rest = stream(&app, &alice, &["AlbumToAssetsV1"]).await;
        assert_eq!(rest, lines[1..]);
        ack(&app, &alice, &[&lines[2].ack]).await;
        assert_eq!(stream(&app, &alice, &["AlbumToAssetsV1"]).await, []);
    }

    async fn a_partner_who_begins_to_share_brings_his_library_along(app: TestApp) {
        let world = world::world(&app).await;
        let (alice, carol) = (&world.alice, &world.carol);
        let old = app.asset(carol).with("is_favorite", 1).insert().await;
        let more = app.asset(carol).insert().await;
        world::stack(&app, carol, &[&old, &more]).await;
        // Within one millisecond ids have no order.
        let_the_bound_pass();
        app.sql(stmt!("update asset set update_id = uuid7() where id = ?1", &world.bobs)).await;
        app.sql(stmt!("update asset_exif set update_id = uuid7() where asset_id = ?1", &world.bobs)).await;
        app.sql(stmt!("update stack set update_id = uuid7() where owner_id = ?1", &world.bob.id)).await;
        sync(&app, alice, &APP_TYPES).await;
        world::partner(&app, carol, alice).await;

        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [
            ("PartnerV1", 1), ("PartnerAssetBackfillV2", 3), ("SyncAckV1", 1), ("PartnerStackBackfillV1", 1),
            ("SyncAckV1", 1), ("PartnerAssetExifBackfillV1", 3), ("SyncAckV1", 1),
        ]);
        let marked = lines.iter().find(|line| line.data["id"] == json!(old)).unwrap();
        assert_eq!(marked.data["isFavorite"], false);
        let new = app.asset(carol).insert().await;
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("PartnerAssetV2", 1), ("PartnerAssetExifV1", 1)]);
        assert_eq!(lines[0].data["id"], json!(new));

        app.sql(stmt!("insert into partner_audit (id, shared_by_id, shared_with_id) values (uuid7(), ?1, ?2)", &carol.id, &alice.id)).await;
        app.sql(stmt!("delete from partner where shared_by_id = ?1", &carol.id)).await;
        app.asset(carol).insert().await;
        let lines = sync(&app, alice, &APP_TYPES).await;
        assert_eq!(runs(&lines), [("PartnerDeleteV1", 1)]);
        assert_eq!(lines[0].data, json!({"sharedById": carol.id, "sharedWithId": alice.id}));
    }

    async fn new_album_assets_are_not_sent_as_changes_too(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let first = app.asset(&bob).insert().await;
        let second = app.asset(&bob).insert().await;
        let album = app.album(&bob, &[&first], &[(&alice, "viewer")]).await;
        let lines = sync(&app, &alice, &["AlbumAssetsV2"]).await;
        assert_eq!(runs(&lines), [("SyncAckV1", 1), ("AlbumAssetCreateV2", 1)]);
        assert!(lines[0].ack.starts_with("AlbumAssetUpdateV2|"));
        app.put(&format!("/api/assets/{first}")).user(&bob).json(&json!({"isFavorite": true})).send().await.expect(200);
        app.put(&format!("/api/assets/{second}")).user(&bob).json(&json!({"isFavorite": true})).send().await.expect(200);
        let ids = json!({"ids": [second]});
        app.put(&format!("/api/albums/{album}/assets")).user(&bob).json(&ids).send().await.expect(200);
        let lines = sync(&app, &alice, &["AlbumAssetsV2"]).await;
        assert_eq!(runs(&lines), [("AlbumAssetUpdateV2", 1), ("SyncAckV1", 1), ("AlbumAssetCreateV2", 1)]);
        assert_eq!(field(&lines, "AlbumAssetUpdateV2", "id"), [&first]);
        assert_eq!(stream(&app, &alice, &["AlbumAssetsV2"]).await, []);
    }
}
