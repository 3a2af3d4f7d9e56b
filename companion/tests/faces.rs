//! A companion finds the faces that the function finds, by a small model that the function's tests make. Needs ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../../functions/faces-ml/tests/network/mod.rs"]
mod network;
#[path = "../../functions/faces-ml/tests/photo/mod.rs"]
mod photo;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use support::Served;
use support::networks::{has_ffmpeg, log_of, looked_at};

/// Two people, by the bits of what they look like.
const ANNA: u32 = 0x1F2E_3D4C;
const BEN: u32 = 0xA5D1_96E3;

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_companion::ROUTES, fn_companion::routes()),
        Area::new(fn_companion_ml::ROUTES, fn_companion_ml::routes()),
    ]
}

async fn install(app: &TestApp) {
    edge_testkit_jobs::install(app, network::NAME, network::files(network::NAME)).await;
}

/// A picture with this preview in which faces are to be looked for.
async fn picture(app: &TestApp, owner: &NewUser, preview: Vec<u8>) -> String {
    looked_at(app, owner, JobName::AssetDetectFaces, preview).await
}

/// What the function does until it finds nothing.
async fn edge(app: &TestApp) {
    while fn_faces_ml::run(&app.app).await.unwrap().is_some() {}
}

/// The faces of a picture, with their vectors, as they are stored.
async fn faces(app: &TestApp, asset: &str) -> Vec<String> {
    let sql = "select f.bounding_box_x1 || ' ' || f.bounding_box_y1 || ' ' || f.bounding_box_x2 || ' ' || f.bounding_box_y2 \
               || ' ' || f.image_width || ' ' || v.code as n from asset_face f join face_vector v on v.face_id = f.id \
               where f.asset_id = ?1 order by f.bounding_box_x1";
    let rows = app.sql(stmt!(sql, asset)).await;
    rows.iter().map(|row| row.get("n").unwrap()).collect()
}

/// Jobs that wait for a companion.
async fn waiting(app: &TestApp) -> i64 {
    let sql = "select count(*) as n from job where kind = 'AssetDetectFaces' and runner = 'companion' and state = 'waiting'";
    app.count(stmt!(sql)).await
}

async fn failed(app: &TestApp) -> i64 {
    let sql = "select count(*) as n from job where state = 'failed' and length(last_error) > 3";
    app.count(stmt!(sql)).await
}

on_each_database! {
    async fn a_companion_finds_what_the_function_finds(app: TestApp) {
        if !has_ffmpeg() {
            return;
        }
        install(&app).await;
        let alice = app.user("alice").await;
        let two = || photo::of(&[(ANNA, 3, 4), (BEN, 12, 12)]);
        let here = picture(&app, &alice, two()).await;
        edge(&app).await;
        let expected = faces(&app, &here).await;
        assert_eq!(expected.len(), 2);
        // It says that it looks for faces, and finds no job.
        let served = Served::start(&app).await;
        log_of(served.companion().args(["--once", "--learn"])).await;
        let mut there = Vec::new();
        for _ in 0..3 {
            there.push(picture(&app, &alice, two()).await);
        }
        let nobody = picture(&app, &alice, photo::plain(1, 1, 128)).await;
        let broken = picture(&app, &alice, b"no picture".to_vec()).await;
        edge(&app).await;
        assert_eq!((waiting(&app).await, faces(&app, &there[0]).await), (5, Vec::new()));
        let log = log_of(served.companion().args(["--once", "--learn", "--jobs", "1"])).await;
        for asset in &there {
            assert_eq!(faces(&app, asset).await, expected);
        }
        assert_eq!((faces(&app, &nobody).await, faces(&app, &broken).await), (Vec::new(), Vec::new()));
        assert_eq!((waiting(&app).await, failed(&app).await), (0, 1), "{log}");
        // One network looked at all of them.
        assert_eq!(log.matches("starts a network for faces").count(), 1, "{log}");
        assert_eq!(served.left_behind(), ["models"]);
    }

    async fn what_a_network_reads_wrong_is_read_again(app: TestApp) {
        if !has_ffmpeg() {
            return;
        }
        install(&app).await;
        let alice = app.user("alice").await;
        let served = Served::start(&app).await;
        log_of(served.companion().args(["--once", "--learn"])).await;
        let one = picture(&app, &alice, photo::of(&[(ANNA, 3, 4)])).await;
        edge(&app).await;
        // The second network is cut off in the bucket: nothing is stored half.
        let key = format!("models/{}/recognition/0.stage", network::NAME);
        let whole = network::files(network::NAME).into_iter().find(|(name, _)| name == "recognition/0.stage").unwrap().1;
        let half = whole[..whole.len() / 2].to_vec();
        app.app.objects.put(&key, half.into(), "application/octet-stream").await.unwrap();
        log_of(served.companion().args(["--once", "--learn"])).await;
        assert_eq!((waiting(&app).await, faces(&app, &one).await), (1, Vec::new()));
        app.app.objects.put(&key, whole.into(), "application/octet-stream").await.unwrap();
        app.clock.advance(60_000);
        log_of(served.companion().args(["--once", "--learn"])).await;
        assert_eq!((waiting(&app).await, faces(&app, &one).await.len()), (0, 1));
    }
}
