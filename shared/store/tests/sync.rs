//! Sources of the sync stream on SQLite and PostgreSQL: their columns are those of their shapes.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{
    enums::SyncEntityType,
    sync::{Ack, entities},
};
use edge_platform::stmt;
use edge_store::sync::{self, Range, sources};
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
        let bound = async || {
            let rows = app.sql(stmt!("select uuid7_bound() as bound, uuid7() as fresh")).await;
            let row = rows.first().unwrap();
            (row.get::<String>("bound").unwrap(), row.get::<String>("fresh").unwrap())
        };
        let (first, fresh) = bound().await;
        assert!(first < fresh);
        std::thread::sleep(std::time::Duration::from_millis(3));
        let (second, _) = bound().await;
        assert!(second > fresh, "{second} {fresh}");
    }
}
