//! Links to single assets repeat when these were taken, so that their pages are ranges of an index.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Database, Dialect, native::Sqlite, stmt};
use edge_testkit::{block_on, library, postgres};

use crate::schema::migration_files;

const MIGRATION: &str = "0039_link_pages.sql";

/// The migrations whose names pass, one behind the other.
fn migrations(dialect: Dialect, passes: impl Fn(&str) -> bool) -> String {
    let files = migration_files(dialect).into_iter();
    let wanted = files.filter(|path| passes(path.file_name().unwrap().to_str().unwrap()));
    wanted
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A link to the assets whose ids begin with these.
async fn link(db: &dyn Database, id: &str, from: &str, until: &str) {
    db.run(stmt!(
        "insert into shared_link (id, key, user_id, type, created_at) values (?1, ?1, ?2, 'INDIVIDUAL', 0)",
        id,
        library::ALICE
    ))
    .await
    .unwrap();
    db.run(stmt!(
        "insert into shared_link_asset (shared_link_id, asset_id) select cast(?1 as text), a.id from asset a where a.id >= ?2 and a.id < ?3",
        id,
        from,
        until
    ))
    .await
    .unwrap();
}

/// How many assets are in links, and that each has its time.
async fn linked(db: &dyn Database) -> i64 {
    let counts = "select count(*) as n, coalesce(sum(case when x.taken_at = a.local_date_time then 0 else 1 end), 0) as wrong \
         from shared_link_asset x join asset a on a.id = x.asset_id";
    let rows = db.run(stmt!(counts)).await.unwrap();
    let row = rows.first().unwrap();
    assert_eq!(row.get::<i64>("wrong").unwrap(), 0);
    row.get("n").unwrap()
}

/// What happens to assets and links behind the migration.
async fn follows_every_change(db: &dyn Database) {
    let before = linked(db).await;
    assert!(before > 0, "the migration copied what was there");
    link(db, "new", "0", "8").await;
    let after = linked(db).await;
    assert!(after > before);
    let moved = "update asset set local_date_time = local_date_time + 5, update_id = uuid7() where id < '4'";
    db.run(stmt!(moved)).await.unwrap();
    assert_eq!(linked(db).await, after);
    db.run(stmt!("delete from asset where id < '2'"))
        .await
        .unwrap();
    assert!(linked(db).await < after);
}

#[test]
fn times_follow_every_change_on_sqlite() {
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        let before = migrations(Dialect::Sqlite, |name| name < MIGRATION);
        db.script(before).await.unwrap();
        library::fill(&db, 200).await;
        link(&db, "old", "0", "4").await;
        let rest = migrations(Dialect::Sqlite, |name| name >= MIGRATION);
        db.script(rest).await.unwrap();
        follows_every_change(&db).await;
    });
}

#[test]
fn times_follow_every_change_on_postgres() {
    block_on(async {
        let before = migrations(Dialect::Postgres, |name| name < MIGRATION);
        let db = postgres::database(&before).await;
        library::fill(&*db, 200).await;
        link(&*db, "old", "0", "4").await;
        let rest = migrations(Dialect::Postgres, |name| name >= MIGRATION);
        db.script(rest).await.unwrap();
        follows_every_change(&*db).await;
    });
}
