//! A companion that looks at pictures sees what the function sees, by a small model that a test makes; when it is gone the function looks
//! again. Needs ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../../functions/clip-ml/tests/network/mod.rs"]
mod network;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use support::{Served, ffmpeg, ran};

/// Longer than a companion may be silent, ms.
const LONG: i64 = 200_000;

fn areas() -> Vec<Area> {
    vec![Area::new(fn_companion::ROUTES, fn_companion::routes())]
}

/// Colours and shapes, 320 x 240 pixels; `None`: there is no ffmpeg.
fn photo() -> Option<Vec<u8>> {
    let words = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240",
        "-frames:v",
        "1",
    ];
    ffmpeg(&words, "jpg")
}

async fn install(app: &TestApp) {
    edge_testkit_jobs::install(app, network::NAME, network::files(network::NAME)).await;
}

/// A picture with this preview that is to be looked at.
async fn picture(app: &TestApp, owner: &NewUser, preview: &[u8]) -> String {
    support::networks::looked_at(app, owner, JobName::SmartSearch, preview.to_vec()).await
}

/// What the function does until it finds nothing.
async fn edge(app: &TestApp) {
    while fn_clip_ml::run(&app.app).await.unwrap().is_some() {}
}

/// What a companion does that was started with `--learn`, until it finds nothing.
async fn companion(served: &Served) {
    ran(served.companion().args(["--once", "--learn"])).await;
}

/// The vector of a picture, as it is stored.
async fn code(app: &TestApp, asset: &str) -> Option<String> {
    let sql = "select code from asset_vector where asset_id = ?1";
    let rows = app.sql(stmt!(sql, asset)).await;
    rows.first().map(|row| row.get("code").unwrap())
}

/// Jobs that wait for a companion.
async fn waiting(app: &TestApp) -> i64 {
    let sql = "select count(*) as n from job where kind = 'SmartSearch' and runner = 'companion' and state = 'waiting'";
    app.count(stmt!(sql)).await
}

on_each_database! {
    async fn a_companion_sees_what_the_function_sees(app: TestApp) {
        let Some(preview) = photo() else { return };
        install(&app).await;
        let alice = app.user("alice").await;
        let here = picture(&app, &alice, &preview).await;
        edge(&app).await;
        let expected = code(&app, &here).await;
        assert!(expected.is_some());
        // It says that it wants pictures, and finds none.
        let served = Served::start(&app).await;
        companion(&served).await;
        let there = picture(&app, &alice, &preview).await;
        edge(&app).await;
        assert_eq!((waiting(&app).await, code(&app, &there).await), (1, None));
        companion(&served).await;
        assert_eq!(code(&app, &there).await, expected);
        assert_eq!(served.left_behind(), ["models"]);
        // When it is gone the function looks again.
        let last = picture(&app, &alice, &preview).await;
        edge(&app).await;
        assert_eq!(waiting(&app).await, 1);
        app.clock.advance(LONG);
        app.tick().await;
        edge(&app).await;
        assert_eq!((waiting(&app).await, code(&app, &last).await), (0, expected));
    }

    async fn a_model_that_is_damaged_on_the_disk_is_read_again(app: TestApp) {
        let Some(preview) = photo() else { return };
        install(&app).await;
        let alice = app.user("alice").await;
        let served = Served::start(&app).await;
        companion(&served).await;
        picture(&app, &alice, &preview).await;
        edge(&app).await;
        companion(&served).await;
        let asset = picture(&app, &alice, &preview).await;
        edge(&app).await;
        for file in std::fs::read_dir(served.folder().join("models/vectors")).unwrap() {
            let path = file.unwrap().path();
            let length = std::fs::metadata(&path).unwrap().len();
            std::fs::write(&path, vec![7; usize::try_from(length).unwrap()]).unwrap();
        }
        companion(&served).await;
        assert_eq!((waiting(&app).await, code(&app, &asset).await), (1, None));
        app.clock.advance(10_000);
        companion(&served).await;
        assert!(code(&app, &asset).await.is_some());
    }

    async fn what_is_no_picture_fails_with_a_reason(app: TestApp) {
        if photo().is_none() {
            return;
        }
        install(&app).await;
        let alice = app.user("alice").await;
        let served = Served::start(&app).await;
        companion(&served).await;
        picture(&app, &alice, b"no picture").await;
        edge(&app).await;
        companion(&served).await;
        let failed = "select count(*) as n from job where kind = 'SmartSearch' and state = 'failed' and length(last_error) > 3";
        assert_eq!(app.count(stmt!(failed)).await, 1);
    }
}
