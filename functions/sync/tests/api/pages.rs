//! Streams of more rows than a page: no row twice, none left out, round trips counted.

use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};

use serde_json::json;

use crate::{
    areas,
    client::{field, lines, request, runs, stream, sync},
    world,
};

/// Makes assets with their exif in two statements.
async fn assets(app: &TestApp, owner: &NewUser, count: i64) {
    let numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?2)";
    app.sql(stmt!(
        format!(
            "insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, \
             file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, \
             updated_at, update_id) {numbers} select '00000000-0000-4000-8000-' || substr(cast(1000000000000 + n.i \
             as text), 2), cast(?1 as text), 'IMAGE', 'sum' || n.i, 'o', 'f', 'f', 0, 0, 0, 0, 0, 0, 0, 0, uuid7() \
             from n"
        ),
        &owner.id,
        count
    ))
    .await;
    app.sql(stmt!(
        "insert into asset_exif (asset_id, owner_id, updated_at, update_id) \
         select a.id, a.owner_id, 0, uuid7() from asset a where a.owner_id = ?1",
        &owner.id
    ))
    .await;
}

on_each_database! {
    async fn every_row_comes_once_in_the_order_of_its_ack(app: TestApp) {
        let alice = app.user("alice").await;
        assets(&app, &alice, 10_500).await;
        app.take_round_trips();
        let lines = stream(&app, &alice, &["AssetExifsV1", "AssetsV2", "UsersV1"]).await;
        // The opening, the first page of each type, and for both large ones 5000, 5000, 300 rows.
        assert_eq!(app.take_round_trips(), 2 + 2 * 3);
        assert_eq!(runs(&lines), [("UserV1", 1), ("AssetV2", 10_500), ("AssetExifV1", 10_500)]);
        for kind in ["AssetV2", "AssetExifV1"] {
            let acks: Vec<&str> = lines.iter().filter(|line| line.kind == kind).map(|line| line.ack.as_str()).collect();
            assert!(acks.is_sorted_by(|a, b| a < b), "{kind}");
        }
        let mut ids = field(&lines, "AssetV2", "id");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 10_500);
    }

    async fn a_client_goes_on_in_the_middle(app: TestApp) {
        let alice = app.user("alice").await;
        assets(&app, &alice, 300).await;
        let lines = stream(&app, &alice, &["AssetsV2"]).await;
        crate::client::ack(&app, &alice, &[&lines[99].ack]).await;
        app.take_round_trips();
        assert_eq!(stream(&app, &alice, &["AssetsV2"]).await, lines[100..]);
        // A page that is just full may not be the last one.
        assert_eq!(app.take_round_trips(), 3);
    }

    async fn partners_and_albums_have_pages_too(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        assets(&app, &bob, 450).await;
        world::partner(&app, &bob, &alice).await;
        let album = app.album(&bob, &[], &[(&alice, "viewer")]).await;
        app.sql(stmt!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
             select cast(?1 as text), a.id, 0, 0, uuid7() from asset a where a.owner_id = ?2",
            &album, &bob.id
        ))
        .await;
        let types = ["PartnerAssetsV2", "PartnerAssetExifsV1", "AlbumAssetsV2", "AlbumAssetExifsV1", "AlbumToAssetsV1"];
        app.take_round_trips();
        let lines = stream(&app, &alice, &types).await;
        assert_eq!(app.take_round_trips(), 2 + 5);
        assert_eq!(runs(&lines), [
            ("PartnerAssetV2", 450), ("SyncAckV1", 1), ("AlbumAssetCreateV2", 450), ("AlbumToAssetV1", 450),
            ("SyncAckV1", 1), ("AlbumAssetExifCreateV1", 450), ("PartnerAssetExifV1", 450),
        ]);
        sync(&app, &alice, &types).await;
        app.sql(stmt!("update asset set is_favorite = 1, update_id = uuid7() where owner_id = ?1", &bob.id)).await;
        let lines = stream(&app, &alice, &types).await;
        assert_eq!(runs(&lines), [("PartnerAssetV2", 450), ("AlbumAssetUpdateV2", 450)]);
    }

    async fn many_new_albums_take_few_round_trips(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mine = app.asset(&alice).insert().await;
        let his = app.asset(&bob).insert().await;
        let mut albums = Vec::new();
        for _ in 0..30 {
            albums.push(app.album(&bob, &[&his], &[]).await);
        }
        crate::client::let_the_bound_pass();
        app.album(&alice, &[&mine], &[]).await;
        let types = ["AlbumsV2", "AlbumUsersV1", "AlbumToAssetsV1"];
        sync(&app, &alice, &types).await;
        for album in &albums {
            app.sql(stmt!(
                "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
                 values (?1, ?2, 'viewer', 0, 0, uuid7(), uuid7())",
                album, &alice.id
            ))
            .await;
        }
        app.take_round_trips();
        let lines = stream(&app, &alice, &types).await;
        assert_eq!(app.take_round_trips(), 3);
        let count = |kind: &str| lines.iter().filter(|line| line.kind == kind).count();
        assert_eq!(count("AlbumToAssetBackfillV1"), 30);
        assert_eq!(count("AlbumUserBackfillV1"), 30);
        assert_eq!(count("AlbumUserV1"), 30);
        assert_eq!(count("SyncAckV1"), 60);
    }

    async fn a_failure_ends_the_stream_without_its_last_line(app: TestApp) {
        let alice = app.user("alice").await;
        assets(&app, &alice, 250).await;
        app.sql(stmt!(
            "insert into asset_metadata (asset_id, key, owner_id, value, created_at, updated_at, update_id) \
             select a.id, 'k', a.owner_id, '{}', 0, 0, uuid7() from asset a where a.owner_id = ?1",
            &alice.id
        ))
        .await;
        let broken = "update asset_metadata set value = '[]', update_id = uuid7() where asset_id in \
             (select a.id from asset a where a.owner_id = ?1 and a.checksum = 'sum7')";
        app.sql(stmt!(broken, &alice.id)).await;
        app.stop_recording();
        let body = json!({"types": ["AssetMetadataV1", "AssetEditsV1"]});
        let reply = request(&app, &alice, &body).await.expect(200);
        assert_eq!(runs(&lines(&reply.body)), [("AssetMetadataV1", 200)]);
        crate::client::ack(&app, &alice, &[&lines(&reply.body)[199].ack]).await;
        let reply = request(&app, &alice, &body).await.expect(500);
        assert_eq!(reply.message(), "Failed to get sync stream");
    }
}
