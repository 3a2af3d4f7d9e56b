//! What two batches on PostgreSQL do to each other, whose statements come by turns.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use edge_platform::{Database, Statement, native::Postgres, stmt};
use edge_store::{
    assets::{self, copy},
    media::{
        self,
        renditions::{self, Look, NewRendition},
    },
    objects,
};
use edge_testkit::TestApp;

const KEY: &str = "thumbs/a_preview.jpeg";

/// What the media job stores, which holds its lease for sure, with a pause behind its first statement.
fn rendering(asset: &str) -> Vec<Statement> {
    let preview = NewRendition {
        id: "file".into(),
        kind: "preview",
        key: KEY.into(),
        mime_type: "image/jpeg",
        size: 1,
    };
    let look = Look {
        thumbhash: "aa".into(),
        width: 2,
        height: 1,
    };
    let mut batch = renditions::store(asset, &[preview], &look, 1);
    for statement in &mut batch {
        statement.sql = statement.sql.replace("{held}", "1 = 1").into();
    }
    paused(batch)
}

/// What `copyAsset` stores of a sidecar, with the same pause.
fn copying(asset: &str) -> Vec<Statement> {
    let mut batch = vec![media::hold(asset)];
    batch.extend(copy::sidecar(asset, "file", KEY, 1, None, 1));
    paused(batch)
}

/// Waits for an advisory lock behind its first statement.
fn paused(mut batch: Vec<Statement>) -> Vec<Statement> {
    batch.insert(1, stmt!("select pg_advisory_xact_lock(1)::text as held"));
    batch
}

/// Waits until a batch on this database waits for such a lock.
async fn somebody_waits(db: &Postgres, kind: &str) {
    let sql = "select count(*) as n from pg_locks l join pg_stat_activity a on a.pid = l.pid \
               where a.datname = current_database() and not l.granted and l.locktype = ?1";
    for _ in 0..1000 {
        let rows = db.run(stmt!(sql, kind)).await.unwrap();
        if rows.first().unwrap().get::<i64>("n").unwrap() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waited for a lock of the kind {kind}");
}

#[test]
fn an_asset_that_is_deleted_while_it_is_rendered_leaves_no_object() {
    leaves_no_object(rendering);
}

#[test]
fn an_asset_that_is_deleted_while_it_gets_a_sidecar_leaves_no_object() {
    leaves_no_object(copying);
}

/// `giving` makes the batch that gives an asset a file under [`KEY`].
fn leaves_no_object(giving: fn(&str) -> Vec<Statement>) {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let gate = app.connection().await;
        let held = "select pg_advisory_lock(1)::text as held";
        gate.run(stmt!(held)).await.unwrap();
        app.sql(objects::register(KEY, 1)).await;
        let given = app.app.db().batch(giving(&asset));
        let deleted = async {
            somebody_waits(&gate, "advisory").await;
            app.app.db().batch(assets::purge(&[&asset], 1)).await
        };
        let open = async {
            somebody_waits(&gate, "transactionid").await;
            gate.run(stmt!("select pg_advisory_unlock(1)::text as freed"))
                .await
        };
        let (given, deleted, opened) = futures::join!(given, deleted, open);
        given.unwrap();
        deleted.unwrap();
        opened.unwrap();
        assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 0);
        let doomed = "select count(*) as n from object_deletion where object_key = ?1";
        assert_eq!(app.count(stmt!(doomed, KEY)).await, 1);
    });
}
