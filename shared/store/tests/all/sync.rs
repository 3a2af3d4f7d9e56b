//! Sources of the sync stream on SQLite and PostgreSQL: their columns are those of their shapes.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{
    enums::{AssetType, AssetVisibility, SyncEntityType},
    sync::{Ack, entities},
};
use edge_platform::stmt;
use edge_store::{
    assets::insert::{self, NewAsset},
    objects,
    sync::{self, Range, sources},
};
use edge_testkit::{Area, TestApp, on_each_database};

fn areas() -> Vec<Area> {
    Vec::new()
}

const ID: &str = "0190a5d0-ac96-774b-bcce-b302099a8057";

fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

on_each_database! {
    async fn columns_come_in_the_order_of_the_fields(app: TestApp) {
        let range = Range { until: "f".into(), ..Range::default() };
        for source in sources::ALL {
            // A row of nothing, so that adapters tell the columns.
            let mut page = source.page(&range, 1);
            page.sql = format!("select s.* from (select 1 as one) o left join ({}) s on 1 = 1", page.sql).into();
            let rows = app.sql(page).await;
            let expected: Vec<String> = source.shape.fields.iter().map(|field| snake(field.name)).collect();
            let (id, columns) = rows.columns().split_first().unwrap();
            assert_eq!(id, "ack_id", "{}", source.shape.name);
            assert_eq!(columns, expected, "{}", source.shape.name);
        }
    }

    async fn every_shape_has_a_source(_app: TestApp) {
        for shape in entities::ALL {
            let found = sources::ALL.iter().any(|source| source.shape == shape);
            assert!(found, "{}", shape.name);
        }
    }

    async fn content_that_is_uploaded_again_counts_as_deleted_first(app: TestApp) {
        let alice = app.user("alice").await;
        let old = app.asset(&alice).with("checksum", "sum").with("status", "deleted").with("deleted_at", 1).insert().await;
        let db = app.app.db();
        db.run(objects::register("key", 1)).await.unwrap();
        let id = app.app.uuid();
        let asset = NewAsset {
            id: &id,
            owner_id: &alice.id,
            kind: AssetType::Image,
            visibility: AssetVisibility::Timeline,
            checksum: "sum",
            checksum_sha256: None,
            original_path: "key",
            file_name: "a.jpg",
            size: 1,
            duration_ms: None,
            is_favorite: false,
            live_photo_video_id: None,
            file_created_at: 1,
            file_modified_at: 1,
            now: 1,
        };
        db.batch(insert::statements(&asset, None, &[])).await.unwrap();
        let told = app.sql(stmt!("select asset_id from asset_audit")).await;
        assert_eq!(told.first().unwrap().get::<String>("asset_id").unwrap(), old);
        let holders = stmt!("select count(*) as n from asset where checksum = 'sum' and id = ?1", &id);
        assert_eq!(app.count(holders).await, 1);
    }

    async fn a_checkpoint_of_a_session_that_has_ended_is_dropped(app: TestApp) {
        let acks = [Ack::new(SyncEntityType::AssetV2, ID), Ack::new(SyncEntityType::UserV1, ID)];
        let count = stmt!("select count(*) as n from session_sync_checkpoint");
        app.sql(sync::acknowledge("nobody", &acks, 1)).await;
        assert_eq!(app.count(count.clone()).await, 0);
        let alice = app.user("alice").await;
        app.sql(sync::acknowledge(&alice.session_id, &acks, 1)).await;
        assert_eq!(app.count(count).await, 2);
    }

    async fn the_bound_hides_what_is_being_written(app: TestApp) {
        // PostgreSQL: a transaction that is open since before the bound may still write rows with ids below now.
        let id = async |sql: &'static str| {
            let rows = app.sql(stmt!(sql)).await;
            rows.first().unwrap().get::<String>("id").unwrap()
        };
        let bound = async || (id("select uuid7_bound() as id").await, id("select uuid7() as id").await);
        let (first, fresh) = bound().await;
        assert!(first < fresh);
        std::thread::sleep(std::time::Duration::from_millis(3));
        let (second, _) = bound().await;
        assert!(second > fresh, "{second} {fresh}");
    }
}

#[test]
fn what_sync_would_not_notice_is_refused_in_tests() {
    edge_testkit::block_on(async {
        let app = TestApp::sqlite(areas()).await;
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let db = app.app.db();
        let silent = stmt!("update asset set is_favorite = 1 where id = ?1", &asset);
        let error = db.run(silent.clone()).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("asset was changed without a new update id"),
            "{error}"
        );
        let error = db
            .run(stmt!("delete from asset where id = ?1", &asset))
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("asset was deleted without a row in asset_audit"),
            "{error}"
        );
        // What nobody is told of may change, and tests may do what they like.
        db.run(stmt!(
            "update asset set duplicate_id = 'x' where id = ?1",
            &asset
        ))
        .await
        .unwrap();
        app.sql(silent).await;
    });
}
