//! Photos of a burst: two whose metadata are read at once, and what one costs.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Database, Dialect, Statement, native::Sqlite, stmt};
use edge_store::{
    asset_vectors::{self, Photo},
    media::{
        bursts,
        facts::{self, Facts},
    },
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
    let mut batch = vec![bursts::hold(&asset, &owner.id, "burst")];
    batch.extend(facts::store(&asset, &facts, 1));
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

/// What else is stored of a photo meanwhile, such as its vector: it takes the photo, then the owner.
fn looking(asset: &str, owner: &NewUser) -> Vec<Statement> {
    let photo = Photo {
        id: asset.to_owned(),
        owner_id: owner.id.clone(),
        preview: None,
    };
    let mut batch = asset_vectors::store(&photo, "model", "code", 1);
    for statement in &mut batch {
        statement.sql = statement.sql.replace("{held}", "1 = 1").into();
    }
    batch
}

#[test]
fn a_photo_that_is_stacked_and_looked_at_at_once_is_no_deadlock() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let one = app
            .asset(&alice)
            .taken(MONTH)
            .exif("auto_stack_id", "burst")
            .insert()
            .await;
        let stacking = extracting(&app, &alice, 2).await;
        // In front of the statements that stack: the owner is taken.
        let place = stacking.len() - 3;
        let looking = looking(&one, &alice);
        for done in races::meanwhile(&app, races::paused_at(stacking, place), looking).await {
            done.unwrap();
        }
        let stacked = stmt!("select count(*) as n from asset where stack_id = 'stack 2'");
        assert_eq!(app.count(stacked).await, 2);
        assert_eq!(
            app.count(stmt!("select count(*) as n from asset_vector"))
                .await,
            1
        );
    });
}

/// A burst of five thousand photos, of which all but the last are in one stack; or none is, and there is no stack.
async fn long_burst(stacked: i64) -> Sqlite {
    let db = Sqlite::in_memory().unwrap();
    db.script(edge_store::schema(Dialect::Sqlite))
        .await
        .unwrap();
    db.script(format!(
        "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) \
         values ('alice', 'a', 'a', 0, 0, 0, 'u'); \
         insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
         values ('stack', 'alice', '10000', 0, 0, 'u'); \
         insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, words, \
         file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, \
         update_id, stack_id) with recursive n(i) as (select 10000 union all select i + 1 from n where i < 14999) \
         select cast(i as text), 'alice', 'IMAGE', cast(i as text), '', '', '', '[]', 0, 0, 0, 19700101, 197001, 0, 197001, 0, \
         'u', case when i < 10000 + {stacked} then 'stack' end from n; \
         insert into asset_exif (asset_id, owner_id, words, auto_stack_id, updated_at, update_id) \
         select id, 'alice', '[]', 'burst', 0, 'u' from asset;"
    ))
    .await
    .unwrap();
    db
}

/// Stacks the last photo of the long burst, each statement within so many steps; gives how many are in a stack afterwards.
async fn stack_last(db: &Sqlite, most: i64) -> i64 {
    let hold = bursts::hold("14999", "alice", "burst");
    assert!(db.steps(hold).await.unwrap() < 10_000);
    for mut statement in bursts::stack("14999", "alice", "burst", "another", 1) {
        statement.sql = statement.sql.replace("{held}", "1 = 1").into();
        let sql = statement.sql.clone();
        let steps = db.steps(statement).await.unwrap();
        assert!(steps < most, "{steps}: {sql}");
    }
    let stacked = stmt!("select count(*) as n from asset where stack_id is not null");
    let rows = db.run(stacked).await.unwrap();
    rows.first().unwrap().get("n").unwrap()
}

#[test]
fn one_more_photo_costs_the_same_however_large_its_burst_is() {
    edge_testkit::block_on(async {
        let db = long_burst(bursts::MOST - 1).await;
        assert_eq!(stack_last(&db, 3_000).await, bursts::MOST);
    });
}

#[test]
fn a_burst_takes_in_so_many_photos_and_no_more() {
    edge_testkit::block_on(async {
        let full = long_burst(bursts::MOST).await;
        assert_eq!(stack_last(&full, 3_000).await, bursts::MOST);
        // None is stacked so far: the first are.
        let loose = long_burst(0).await;
        let sql = "delete from stack";
        loose.run(stmt!(sql)).await.unwrap();
        assert_eq!(stack_last(&loose, 200_000).await, bursts::MOST);
    });
}
