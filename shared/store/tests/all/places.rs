//! The copies of `asset_exif` that an asset holds for the timeline always say what the metadata say.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Statement, stmt};
use edge_testkit::{TestApp, block_on};

/// Every asset's copies beside the originals, as lines that name the place.
async fn copies(app: &TestApp) -> Vec<(String, String)> {
    let text = |table: &str| {
        format!(
            "coalesce({table}.city, '-') || ' ' || coalesce({table}.country, '-') || ' ' || coalesce({table}.projection_type, '-')"
        )
    };
    let sql = format!(
        "select {} as copy, {} as original from asset a join asset_exif e on e.asset_id = a.id order by a.id",
        text("a"),
        text("e")
    );
    let rows = app.sql(Statement::new(sql, Vec::new())).await;
    let lines = rows.iter();
    lines
        .map(|row| (row.get("copy").unwrap(), row.get("original").unwrap()))
        .collect()
}

async fn assert_kept(app: &TestApp, first: &str, after: &str) {
    let copies = copies(app).await;
    assert_eq!(copies[0].0, first, "after: {after}");
    for (copy, original) in copies {
        assert_eq!(copy, original, "after: {after}");
    }
}

async fn follow_every_change(app: TestApp) {
    let alice = app.user("alice").await;
    let plain = app.asset(&alice).insert().await;
    assert_kept(&app, "- - -", "insertion without a place").await;
    let id = app.asset(&alice).exif("city", "Rome").insert().await;
    app.sql(stmt!("delete from asset where id = ?1", &plain))
        .await;
    assert_kept(&app, "Rome - -", "insertion with a place").await;
    for (set, found) in [
        ("country = 'Italy'", "Rome Italy -"),
        ("make = 'Kamera', city = 'Rome'", "Rome Italy -"),
        (
            "projection_type = 'EQUIRECTANGULAR'",
            "Rome Italy EQUIRECTANGULAR",
        ),
        ("city = null, country = null", "- - EQUIRECTANGULAR"),
        ("projection_type = null", "- - -"),
    ] {
        let sql = format!("update asset_exif set {set} where asset_id = ?1");
        app.sql(Statement::new(sql, vec![id.as_str().into()])).await;
        assert_kept(&app, found, set).await;
    }
}

#[test]
fn they_follow_every_change_on_sqlite() {
    block_on(async { follow_every_change(TestApp::sqlite(Vec::new()).await).await });
}

#[test]
fn they_follow_every_change_on_postgres() {
    block_on(async { follow_every_change(TestApp::postgres(Vec::new()).await).await });
}
