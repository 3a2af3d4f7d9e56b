//! A companion reads the text that the function reads, by a small model that the function's tests make. Needs ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../../functions/ocr-ml/tests/network/mod.rs"]
mod network;
#[path = "../../functions/ocr-ml/tests/photo/mod.rs"]
mod photo;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use support::Served;
use support::networks::{has_ffmpeg, log_of, looked_at};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_companion::ROUTES, fn_companion::routes()),
        Area::new(fn_companion_ml::ROUTES, fn_companion_ml::routes()),
    ]
}

async fn install(app: &TestApp) {
    edge_testkit_jobs::install(app, network::NAME, network::files(network::NAME)).await;
}

/// A picture with this preview in which text is to be read.
async fn picture(app: &TestApp, owner: &NewUser, preview: Vec<u8>) -> String {
    looked_at(app, owner, JobName::Ocr, preview).await
}

/// What the function does until it finds nothing.
async fn edge(app: &TestApp) {
    while fn_ocr_ml::run(&app.app).await.unwrap().is_some() {}
}

/// The lines of a picture and where they begin, in thousandths of its sides.
async fn lines(app: &TestApp, asset: &str) -> Vec<(String, i64, i64)> {
    let sql = "select text, x1, y1 from asset_ocr where asset_id = ?1 order by position";
    let rows = app.sql(stmt!(sql, asset)).await;
    let line = |row: edge_platform::Row<'_>| {
        #[expect(clippy::cast_possible_truncation, reason = "parts of a picture")]
        let part = |name: &str| (row.get::<f64>(name).unwrap() * 1000.0).round() as i64;
        (row.get("text").unwrap(), part("x1"), part("y1"))
    };
    rows.iter().map(line).collect()
}

/// Jobs that wait for a companion.
async fn waiting(app: &TestApp) -> i64 {
    let sql = "select count(*) as n from job where kind = 'Ocr' and runner = 'companion' and state = 'waiting'";
    app.count(stmt!(sql)).await
}

on_each_database! {
    async fn a_companion_reads_what_the_function_reads(app: TestApp) {
        if !has_ffmpeg() {
            return;
        }
        install(&app).await;
        let alice = app.user("alice").await;
        let page = || photo::of(&[("STOP", (64, 64)), ("東京タワ", (64, 320))]);
        let here = picture(&app, &alice, page()).await;
        edge(&app).await;
        let expected = lines(&app, &here).await;
        let texts: Vec<&str> = expected.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["STOP", "東京タワ"]);
        let served = Served::start(&app).await;
        log_of(served.companion().args(["--once", "--learn"])).await;
        let there = [picture(&app, &alice, page()).await, picture(&app, &alice, page()).await];
        let nothing = picture(&app, &alice, photo::plain(1, 1, 255)).await;
        edge(&app).await;
        assert_eq!((waiting(&app).await, lines(&app, &there[0]).await), (3, Vec::new()));
        let log = log_of(served.companion().args(["--once", "--learn", "--jobs", "1"])).await;
        for asset in &there {
            assert_eq!(lines(&app, asset).await, expected, "{log}");
        }
        assert_eq!((waiting(&app).await, lines(&app, &nothing).await), (0, Vec::new()), "{log}");
        assert_eq!(app.count(stmt!("select count(*) as n from job where state = 'failed'")).await, 0, "{log}");
        assert_eq!(log.matches("starts a network for text").count(), 1, "{log}");
    }
}
