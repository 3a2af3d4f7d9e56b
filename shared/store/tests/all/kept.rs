//! The numbers and copies that triggers keep always say what a count would say (docs/decisions/0013-kept-counts.md).
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Database, Dialect, Statement, native::Sqlite, stmt};
use edge_testkit::{block_on, library, postgres};

const STATE: &str = "case when a.deleted_at is null then 'shown' when a.status = 'deleted' then 'deleted' else 'trashed' end";
const SHOWN: &str = "a.deleted_at is null and a.visibility in ('archive', 'timeline')";

/// What is kept of external libraries, and the same counted, as in [`pairs`].
fn of_libraries() -> (&'static str, String, String) {
    (
        "library_total",
        "select library_id, type, is_hidden, total, bytes from library_total where total <> 0 or bytes <> 0".into(),
        "select a.library_id, a.type, case when a.visibility = 'hidden' then 1 else 0 end, count(*), \
         sum(coalesce(e.file_size_in_byte, 0)) from asset a join asset_exif e on e.asset_id = a.id \
         where a.library_id is not null group by 1, 2, 3"
            .into(),
    )
}

/// What is kept, and the same counted: two selects of columns `a`, `b`, … that must have the same rows.
fn pairs() -> Vec<(&'static str, String, String)> {
    let contents = "from album_asset aa join asset a on a.id = aa.asset_id";
    vec![
        of_libraries(),
        (
            "asset_month",
            "select owner_id, visibility, local_month, total, trashed, stacked from asset_month \
             where total <> 0 or trashed <> 0"
                .into(),
            "select a.owner_id, a.visibility, a.local_month, sum(case when a.deleted_at is null then 1 else 0 end), \
             sum(case when a.deleted_at is not null and a.status <> 'deleted' then 1 else 0 end), \
             sum(case when a.deleted_at is null and s.id is not null then 1 else 0 end) from asset a \
             left join stack s on s.id = a.stack_id and s.primary_asset_id <> a.id \
             where a.deleted_at is null or a.status <> 'deleted' group by a.owner_id, a.visibility, a.local_month"
                .into(),
        ),
        (
            "asset_created_month",
            "select owner_id, visibility, created_month, total, stacked from asset_created_month where total <> 0".into(),
            "select a.owner_id, a.visibility, a.created_month, count(*), sum(case when s.id is null then 0 else 1 end) \
             from asset a left join stack s on s.id = a.stack_id and s.primary_asset_id <> a.id \
             where a.deleted_at is null group by a.owner_id, a.visibility, a.created_month"
                .into(),
        ),
        (
            "asset_total",
            "select owner_id, type, visibility, state, is_favorite, is_library, total, bytes from asset_total \
             where total <> 0 or bytes <> 0"
                .into(),
            format!(
                "select a.owner_id, a.type, a.visibility, {STATE}, a.is_favorite, case when a.library_id is null then 0 \
                 else 1 end, count(*), sum(coalesce(e.file_size_in_byte, 0)) from asset a \
                 join asset_exif e on e.asset_id = a.id group by 1, 2, 3, 4, 5, 6"
            ),
        ),
        (
            "album_total",
            "select album_id, owner_id, total from album_total where total <> 0".into(),
            format!("select aa.album_id, a.owner_id, count(*) {contents} where {SHOWN} group by 1, 2"),
        ),
        (
            "album_month",
            "select album_id, owner_id, visibility, local_month, total, stacked from album_month where total <> 0".into(),
            format!(
                "select aa.album_id, a.owner_id, a.visibility, a.local_month, count(*), \
                 sum(case when s.id is null then 0 else 1 end) {contents} \
                 left join stack s on s.id = a.stack_id and s.primary_asset_id <> a.id \
                 where {SHOWN} group by 1, 2, 3, 4"
            ),
        ),
        (
            "copies in album_asset",
            "select album_id, asset_id, owner_id, visibility, local_month, taken_at, changed_at, is_shown, is_stacked \
             from album_asset"
                .into(),
            format!(
                "select aa.album_id, a.id, a.owner_id, a.visibility, a.local_month, a.local_date_time, a.updated_at, \
                 case when {SHOWN} then 1 else 0 end, a.is_stacked {contents}"
            ),
        ),
    ]
}

/// Sorted, so that engines need not order alike. PostgreSQL's sums are decimal numbers, so all is compared as text.
async fn lines(db: &dyn Database, sql: String) -> Vec<String> {
    let rows = db.run(Statement::new(sql, Vec::new())).await.unwrap();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| format!("{:?}", row.values()))
        .collect();
    lines.sort();
    lines
}

async fn assert_kept(db: &dyn Database, after: &str) {
    for (what, kept, counted) in pairs() {
        let counted = counted.replace("sum(", "isum(");
        let counted = cast_sums(&counted);
        let kept = lines(db, kept).await;
        assert_eq!(kept, lines(db, counted).await, "{what} after: {after}");
    }
}

/// `isum(x)` as a whole number on both engines.
fn cast_sums(sql: &str) -> String {
    let (mut out, mut rest) = (String::new(), sql);
    while let Some((before, behind)) = rest.split_once("isum(") {
        let mut open = 1;
        let end = behind.find(|c| {
            open += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            open == 0
        });
        let (inside, after) = behind.split_at(end.unwrap());
        out = format!("{out}{before}cast(sum({inside}) as bigint)");
        rest = after.strip_prefix(')').unwrap_or(after);
    }
    out + rest
}

const CHANGES: [(&str, &str); 21] = [
    (
        "a library",
        "insert into library (id, owner_id, name, import_paths, exclusion_patterns, created_at, updated_at) \
      select 'lib', min(u.id), 'l', '[]', '[]', 0, 0 from users u",
    ),
    (
        "into a library",
        "update asset set library_id = 'lib', is_external = 1 where local_month between 201503 and 201512 \
      and owner_id = (select l.owner_id from library l where l.id = 'lib')",
    ),
    (
        "a favourite",
        "update asset set is_favorite = 1 - is_favorite where id = ?1",
    ),
    (
        "archived",
        "update asset set visibility = 'archive' where id = ?1 or local_month = 201502",
    ),
    (
        "locked",
        "update asset set visibility = 'locked' where local_month = 201503 or id = ?1",
    ),
    (
        "another date",
        "update asset set local_month = 201502, local_date_time = local_date_time + 1 where local_month = 201501",
    ),
    (
        "trashed",
        "update asset set deleted_at = 5, status = 'trashed', updated_at = 9 where local_month = 201504",
    ),
    (
        "moved in the trash",
        "update asset set local_month = 201505, created_month = 202312 where deleted_at is not null",
    ),
    (
        "restored, another visibility",
        "update asset set deleted_at = null, status = 'active', visibility = 'hidden' where local_month = 201505",
    ),
    (
        "to be removed",
        "update asset set deleted_at = 5, status = 'deleted' where local_month = 201506",
    ),
    (
        "another size",
        "update asset_exif set file_size_in_byte = 7 where asset_id = ?1",
    ),
    (
        "no size",
        "update asset_exif set file_size_in_byte = null where asset_id = ?1",
    ),
    (
        "another primary asset",
        "update stack set primary_asset_id = (select max(a.id) from asset a where a.stack_id = stack.id)",
    ),
    (
        "out of a stack",
        "update asset set stack_id = null where stack_id in ('stack1', 'stack2')",
    ),
    (
        "a stack is dissolved",
        "delete from stack where id = 'stack3'",
    ),
    (
        "out of an album",
        "delete from album_asset where asset_id < '4'",
    ),
    (
        "into an album",
        "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
      select al.id, a.id, 0, 0, uuid7() from album al cross join asset a where a.id < '2' and cast(?1 as text) is not null \
      on conflict do nothing",
    ),
    ("deleted", "delete from asset where id > 'c' or id = ?1"),
    (
        "out of a library",
        "update asset set library_id = null, is_external = 0 where library_id = 'lib' and local_month = 201508",
    ),
    (
        "a library is deleted",
        "delete from library where id = 'lib'",
    ),
    (
        "an album is deleted",
        "delete from album where id = '00000001-0000-4000-8000-0000000a1b01'",
    ),
];

async fn follows_every_change(db: &dyn Database) {
    library::fill(db, 1200).await;
    assert_kept(db, "insertion").await;
    for (what, sql) in CHANGES {
        let statement = if sql.contains("?1") {
            stmt!(sql, library::asset_id(31))
        } else {
            stmt!(sql)
        };
        db.run(statement).await.unwrap();
        assert_kept(db, what).await;
    }
    let sql = "delete from users where id = ?1";
    db.run(stmt!(sql, library::ALICE)).await.unwrap();
    assert_kept(db, "the owner goes").await;
    let rows = db
        .run(stmt!(
            "select count(*) as n from asset_total where total > 0"
        ))
        .await
        .unwrap();
    assert!(
        rows.first().unwrap().get::<i64>("n").unwrap() > 0,
        "others stay"
    );
}

#[test]
fn numbers_follow_every_change_on_sqlite() {
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        db.script(edge_store::schema(Dialect::Sqlite))
            .await
            .unwrap();
        follows_every_change(&db).await;
    });
}

#[test]
fn numbers_follow_every_change_on_postgres() {
    block_on(async {
        let db = postgres::database(&edge_store::schema(Dialect::Postgres)).await;
        follows_every_change(&*db).await;
    });
}

/// The migration counts what a library held before.
async fn counts_what_was_there(db: &dyn Database) {
    let statements: Vec<String> = pairs().into_iter().map(|(_, kept, _)| kept).collect();
    for kept in statements {
        assert!(!lines(db, kept).await.is_empty());
    }
    assert_kept(db, "the migration").await;
}

fn migrations(dialect: Dialect, names: impl Fn(&str) -> bool) -> String {
    super::schema::migration_files(dialect)
        .into_iter()
        .filter(|path| names(path.file_name().unwrap().to_str().unwrap()))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Some assets are of an external library, which others than the filling leave out.
async fn an_external_library(db: &dyn Database) {
    for (_, sql) in CHANGES.iter().take(2) {
        db.run(stmt!(*sql)).await.unwrap();
    }
}

/// The library is filled by statements of today, which need the clock of update ids, and the groups of users.
fn is_before(name: &str) -> bool {
    let needed = ["_update_clock.sql", "_cluster_group.sql"];
    name < "0004_kept_counts.sql" || needed.iter().any(|end| name.ends_with(end))
}

#[test]
fn the_migration_counts_what_was_there_on_sqlite() {
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        db.script(migrations(Dialect::Sqlite, is_before))
            .await
            .unwrap();
        library::fill(&db, 1200).await;
        an_external_library(&db).await;
        db.script(migrations(Dialect::Sqlite, |name| !is_before(name)))
            .await
            .unwrap();
        counts_what_was_there(&db).await;
    });
}

#[test]
fn the_migration_counts_what_was_there_on_postgres() {
    block_on(async {
        let db = postgres::database(&migrations(Dialect::Postgres, is_before)).await;
        library::fill(&*db, 1200).await;
        an_external_library(&*db).await;
        db.script(migrations(Dialect::Postgres, |name| !is_before(name)))
            .await
            .unwrap();
        counts_what_was_there(&*db).await;
    });
}

/// What was locked in an album, before locking took it out, leaves by a migration.
async fn locked_leaves(db: &dyn Database, migration: String, script: impl AsyncFn(String)) {
    library::fill(db, 1200).await;
    let locked =
        "from album_asset x join asset a on a.id = x.asset_id where a.visibility = 'locked'";
    let count = async |sql: String| {
        let rows = db.run(Statement::new(sql, Vec::new())).await.unwrap();
        rows.first().unwrap().get::<i64>("n").unwrap()
    };
    let inside = format!("select count(*) as n {locked}");
    let before = count(inside.clone()).await;
    assert!(before > 0);
    let cover = format!(
        "update album set thumbnail_asset_id = (select max(x.asset_id) {locked}), update_id = uuid7() where id = ?1"
    );
    db.run(stmt!(cover, library::LARGE_ALBUM)).await.unwrap();
    script(migration).await;
    assert_eq!(count(inside).await, 0);
    assert_kept(db, "locked assets left").await;
    let told = "select count(*) as n from album_asset_audit where length(id) = 36 and substr(id, 15, 1) = '7'";
    assert_eq!(count(told.into()).await, before);
    let covers = "select count(*) as n from album al join asset a on a.id = al.thumbnail_asset_id \
                  where a.visibility <> 'locked'";
    assert_eq!(count(covers.into()).await, 1, "another cover");
}

const LOCKED_LEAVE: &str = "0014_locked_leave.sql";

#[test]
fn what_was_locked_leaves_albums_on_sqlite() {
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        let others = migrations(Dialect::Sqlite, |name| name != LOCKED_LEAVE);
        db.script(others).await.unwrap();
        let this = migrations(Dialect::Sqlite, |name| name == LOCKED_LEAVE);
        locked_leaves(&db, this, async |sql| db.script(sql).await.unwrap()).await;
    });
}

#[test]
fn what_was_locked_leaves_albums_on_postgres() {
    block_on(async {
        let others = migrations(Dialect::Postgres, |name| name != LOCKED_LEAVE);
        let db = postgres::database(&others).await;
        let this = migrations(Dialect::Postgres, |name| name == LOCKED_LEAVE);
        locked_leaves(&*db, this, async |sql| db.script(&sql).await.unwrap()).await;
    });
}

const NOTIFICATION_DATA: &str = "0018_notification_data.sql";

/// What the server told before has its data as a text afterwards, what administrators wrote stays.
async fn data_becomes_text(db: &dyn Database, this: impl AsyncFn()) {
    db.run(stmt!(
        "insert into users (id, email, name, created_at, updated_at, profile_changed_at, update_id) \
         values ('u', 'u@example.com', 'u', 0, 0, 0, 'x')"
    ))
    .await
    .unwrap();
    let object = r#"{"albumId":"a"}"#;
    db.run(stmt!(
        "insert into notification (id, user_id, type, title, data, created_at, updated_at) \
         values ('a', 'u', 'AlbumInvite', 't', ?1, 0, 0), ('b', 'u', 'Custom', 't', ?1, 0, 0), \
         ('c', 'u', 'AlbumUpdate', 't', null, 0, 0)",
        object
    ))
    .await
    .unwrap();
    // The second time finds nothing to do.
    for _ in 0..2 {
        this().await;
        let rows = db.run(stmt!("select data from notification order by id"));
        let rows = rows.await.unwrap();
        let data: Vec<Option<String>> = rows.iter().map(|row| row.get("data").unwrap()).collect();
        let text = serde_json::Value::from(object).to_string();
        assert_eq!(data, [Some(text), Some(object.to_owned()), None]);
    }
}

#[test]
fn data_of_notifications_becomes_text_on_sqlite() {
    block_on(async {
        let db = Sqlite::in_memory().unwrap();
        let others = migrations(Dialect::Sqlite, |name| name != NOTIFICATION_DATA);
        db.script(others).await.unwrap();
        let this = migrations(Dialect::Sqlite, |name| name == NOTIFICATION_DATA);
        data_becomes_text(&db, async || db.script(this.clone()).await.unwrap()).await;
    });
}

#[test]
fn data_of_notifications_becomes_text_on_postgres() {
    block_on(async {
        let others = migrations(Dialect::Postgres, |name| name != NOTIFICATION_DATA);
        let db = postgres::database(&others).await;
        let this = migrations(Dialect::Postgres, |name| name == NOTIFICATION_DATA);
        data_becomes_text(&*db, async || db.script(&this).await.unwrap()).await;
    });
}
