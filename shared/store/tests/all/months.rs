//! The table `asset_month` always says what a count of the assets would say.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Statement, stmt};
use edge_testkit::{NewUser, TestApp, block_on};

async fn lines(app: &TestApp, sql: String) -> Vec<String> {
    let rows = app.sql(Statement::new(sql, Vec::new())).await;
    let lines = rows.iter().map(|row| row.get("line").unwrap());
    lines.collect()
}

/// Both sides as lines, sorted: what is kept, and what is there.
async fn assert_kept(app: &TestApp, after: &str) {
    let key = "owner_id || ' ' || visibility || ' ' || cast(local_month as text) || ' ' || cast(";
    let kept =
        format!("select {key} total as text) as line from asset_month where total <> 0 order by 1");
    let there = format!(
        "select {key} count(*) as text) as line from asset where deleted_at is null \
         group by owner_id, visibility, local_month order by 1"
    );
    let (kept, there) = (lines(app, kept).await, lines(app, there).await);
    assert_eq!(kept, there, "after: {after}");
    assert_eq!(kept.is_empty(), after == "the owner goes");
}

/// Assets in three months, each a day after the other.
async fn library(app: &TestApp, owner: &NewUser) -> Vec<String> {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let mut ids = Vec::new();
    for day in 0..70 {
        ids.push(
            app.asset(owner)
                .taken(1_704_000_000_000 + day * DAY)
                .insert()
                .await,
        );
    }
    ids
}

async fn follows_every_change(app: TestApp) {
    let alice = app.user("alice").await;
    let ids = library(&app, &alice).await;
    assert_kept(&app, "insertion").await;
    for (what, sql) in [
        (
            "another month",
            "local_month = 202401, local_day = 20240115 where local_month = 202402",
        ),
        ("nothing that counts", "is_favorite = 1 where id = ?1"),
        ("archived", "visibility = 'archive' where id = ?1"),
        ("archived again", "visibility = 'archive' where id = ?1"),
        (
            "trashed",
            "deleted_at = 5, status = 'trashed' where local_month = 202403 or id = ?1",
        ),
        (
            "moved in the trash",
            "local_month = 202405 where deleted_at is not null",
        ),
        (
            "restored, other month and visibility",
            "deleted_at = null, status = 'active', visibility = 'hidden', local_month = 202406 where local_month = 202405",
        ),
        ("no asset", "deleted_at = 5 where id = 'none'"),
    ] {
        let sql = format!("update asset set {sql}");
        let params = if sql.contains("?1") {
            vec![ids[0].as_str().into()]
        } else {
            Vec::new()
        };
        app.sql(Statement::new(sql, params)).await;
        assert_kept(&app, what).await;
    }
    app.sql(stmt!(
        "delete from asset where local_month = 202401 and id > ?1",
        &ids[0]
    ))
    .await;
    assert_kept(&app, "deletion").await;
    app.sql(stmt!("delete from users where id = ?1", &alice.id))
        .await;
    assert_kept(&app, "the owner goes").await;
}

#[test]
fn it_follows_every_change_on_sqlite() {
    block_on(async { follows_every_change(TestApp::sqlite(Vec::new()).await).await });
}

#[test]
fn it_follows_every_change_on_postgres() {
    block_on(async { follows_every_change(TestApp::postgres(Vec::new()).await).await });
}
