//! `schema.sql` is the sum of `migrations/`, on both engines; update ids are made by the database.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use edge_platform::{Database, Dialect, Rows, Statement, native::Sqlite, stmt};
use edge_testkit::{block_on, postgres};

/// The files of all migrations, in the order of their numbers. On PostgreSQL those in `postgres` replace others.
pub fn migration_files(dialect: Dialect) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let entries = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    let own = paths.into_iter().map(|path| {
        let of_postgres = folder.join("postgres").join(path.file_name().unwrap());
        let is_replaced = dialect == Dialect::Postgres && of_postgres.exists();
        if is_replaced { of_postgres } else { path }
    });
    own.collect()
}

/// All migrations, one behind the other.
fn migrations(dialect: Dialect) -> String {
    let files = migration_files(dialect).into_iter();
    files
        .map(|path| fs::read_to_string(path).unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The catalogue as sorted lines without comments and white space.
async fn catalogue(db: &dyn Database, sql: &'static str) -> Vec<String> {
    let rows: Rows = db.run(Statement::new(sql, Vec::new())).await.unwrap();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| plain(&row.get::<String>("line").unwrap()))
        .collect();
    lines.sort();
    assert!(lines.len() > 50);
    lines
}

fn plain(sql: &str) -> String {
    let code = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let words = code.flat_map(str::split_whitespace).collect::<Vec<_>>();
    // SQLite puts an added column behind the text of its table as it was.
    words.join(" ").replace(" ,", ",").replace(" )", ")")
}

#[test]
fn migrations_add_up_to_the_schema_on_sqlite() {
    block_on(async {
        let sql =
            "select type || ' ' || name || ' ' || coalesce(sql, '') as line from sqlite_master";
        let (one, other) = (Sqlite::in_memory().unwrap(), Sqlite::in_memory().unwrap());
        one.script(edge_store::schema(Dialect::Sqlite))
            .await
            .unwrap();
        other.script(migrations(Dialect::Sqlite)).await.unwrap();
        assert_eq!(catalogue(&one, sql).await, catalogue(&other, sql).await);
    });
}

#[test]
fn migrations_add_up_to_the_schema_on_postgres() {
    block_on(async {
        let sql = "select table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' \
             || coalesce(column_default, '') as line from information_schema.columns where table_schema = 'public' \
             union all select indexdef from pg_indexes where schemaname = 'public' \
             union all select conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
             from pg_constraint where connamespace = 'public'::regnamespace \
             union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal \
             union all select proname || prosrc from pg_proc where pronamespace = 'public'::regnamespace";
        let one = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        let other = postgres::database(&migrations(Dialect::Postgres)).await;
        assert_eq!(catalogue(&*one, sql).await, catalogue(&*other, sql).await);
    });
}

#[test]
fn every_update_gets_a_newer_update_id_from_the_database() {
    block_on(async {
        let sqlite = Sqlite::in_memory().unwrap();
        sqlite
            .script(edge_store::schema(Dialect::Sqlite))
            .await
            .unwrap();
        update_ids_grow(&sqlite).await;
        update_ids_grow(&*postgres::database(&edge_store::schema(Dialect::Postgres)).await).await;
    });
}

async fn update_ids_grow(db: &dyn Database) {
    let insert = "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) \
         values ('u', 'u@x.y', 'u', 0, 0, 0, uuid7()) returning update_id";
    let first: String = db
        .run(stmt!(insert))
        .await
        .unwrap()
        .first()
        .unwrap()
        .get("update_id")
        .unwrap();
    // Ids are ordered from one millisecond to the next; wait by the database's own clock.
    let now = || async {
        db.run(stmt!("select db_now() as n"))
            .await
            .unwrap()
            .first()
            .unwrap()
            .get::<i64>("n")
            .unwrap()
    };
    let start = now().await;
    while now().await <= start {}
    let update =
        "update users set name = 'v', update_id = uuid7() where id = 'u' returning update_id";
    let second: String = db
        .run(stmt!(update))
        .await
        .unwrap()
        .first()
        .unwrap()
        .get("update_id")
        .unwrap();
    assert!(first < second, "{first} {second}");
    for id in [first, second] {
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'7'), "{id}");
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }
}
