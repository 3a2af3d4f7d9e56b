//! Photos of a burst: two whose metadata are read at once, and what one costs.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Database, Dialect, Statement, native::Sqlite, stmt};
use edge_store::media::{
    bursts,
    facts::{self, Facts},
};
use edge_testkit::{NewUser, TestApp};

use crate::races;

/// A month, in which one photo is taken: no number that triggers keep is changed by two.
const MONTH: i64 = 32 * 86_400_000;

/// A photo of this month, and what the media job stores of it, which holds its lease for sure.
async fn extracting(app: &TestApp, owner: &NewUser, month: i64) -> Vec<Statement> {
    let taken = month * MONTH;
    let asset = app.asset(owner).taken(taken).insert().await;
    let facts = Facts {
        auto_stack_id: Some("burst".to_owned()),
        file_created_at: taken,
        local_date_time: taken,
        ..Facts::default()
    };
    let mut batch = facts::store(&asset, &facts, 1);
    let stack = format!("stack {month}");
    batch.extend(bursts::stack(&asset, &owner.id, "burst", &stack, 1));
    for statement in &mut batch {
        statement.sql = statement.sql.replace("{held}", "1 = 1").into();
    }
    batch
}

#[test]
fn two_photos_of_a_burst_at_once_end_in_one_stack() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        // The second makes the stack, and the third and the fourth meet it.
        for (month, members) in [(1, 2), (3, 4)] {
            let first = extracting(&app, &alice, month).await;
            let second = extracting(&app, &alice, month + 1).await;
            for done in races::before_the_end(&app, first, second).await {
                done.unwrap();
            }
            let stacked = stmt!("select count(*) as n from asset where stack_id = 'stack 2'");
            assert_eq!(app.count(stacked).await, members);
            assert_eq!(app.count(stmt!("select count(*) as n from stack")).await, 1);
        }
    });
}

#[test]
fn one_more_photo_costs_the_same_however_large_its_burst_is() {
    edge_testkit::block_on(async {
        let db = Sqlite::in_memory().unwrap();
        db.script(edge_store::schema(Dialect::Sqlite))
            .await
            .unwrap();
        db.script(
            "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) \
             values ('alice', 'a', 'a', 0, 0, 0, 'u'); \
             insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
             values ('stack', 'alice', '1', 0, 0, 'u'); \
             insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, words, \
             file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, \
             update_id, stack_id) with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) \
             select cast(i as text), 'alice', 'IMAGE', cast(i as text), '', '', '', '[]', 0, 0, 0, 19700101, 197001, 0, 197001, 0, \
             'u', case when i < 5000 then 'stack' end from n; \
             insert into asset_exif (asset_id, owner_id, words, auto_stack_id, updated_at, update_id) \
             select id, 'alice', '[]', 'burst', 0, 'u' from asset;",
        )
        .await
        .unwrap();
        for mut statement in bursts::stack("5000", "alice", "burst", "another", 1) {
            statement.sql = statement.sql.replace("{held}", "1 = 1").into();
            let sql = statement.sql.clone();
            let steps = db.steps(statement).await.unwrap();
            assert!(steps < 3_000, "{steps}: {sql}");
        }
        let stacked = stmt!("select count(*) as n from asset where stack_id = 'stack'");
        let rows = db.run(stacked).await.unwrap();
        assert_eq!(rows.first().unwrap().get::<i64>("n").unwrap(), 5_000);
    });
}
