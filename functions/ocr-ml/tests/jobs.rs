//! The function on its jobs: a small model that these tests make reads text in photos that they paint (docs/ocr.md).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod network;
mod photo;
mod service;

use edge_api::enums::JobName;
use edge_platform::{Rows, stmt};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::{RunJobs, store, upload};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_edits::ROUTES, fn_edits::routes()),
        Area::new(fn_jobs::ROUTES, fn_jobs::routes()),
        Area::new(fn_search::ROUTES, fn_search::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
        Area::new(fn_system_config::ROUTES, fn_system_config::routes()),
    ]
}

async fn put(app: &TestApp, key: &str, bytes: Vec<u8>) {
    let put = app
        .app
        .objects
        .put(key, bytes.into(), "application/octet-stream");
    put.await.unwrap();
}

async fn install(app: &TestApp) {
    install_as(app, network::NAME).await;
}

async fn install_as(app: &TestApp, model: &str) {
    edge_testkit_jobs::install(app, model, network::files(model)).await;
}

/// Runs all jobs, those about text, too.
async fn run(app: &TestApp) {
    app.run_jobs_and(async || fn_ocr_ml::run(&app.app).await.unwrap().is_some())
        .await;
}

/// The lines of an asset, as the API tells them.
async fn lines(app: &TestApp, user: &NewUser, asset: &str) -> Vec<Value> {
    let path = format!("/api/assets/{asset}/ocr");
    let reply = app.get(&path).user(user).send().await.expect(200).json();
    reply.as_array().unwrap().clone()
}

async fn texts(app: &TestApp, user: &NewUser, asset: &str) -> Vec<String> {
    let lines = lines(app, user, asset).await;
    let text = |line: &Value| line["text"].as_str().unwrap().to_owned();
    lines.iter().map(text).collect()
}

/// Ids of the assets in which a text is found.
async fn found(app: &TestApp, user: &NewUser, text: &str) -> Vec<String> {
    let request = app.post("/api/search/metadata").user(user);
    let reply = request.json(&json!({ "ocr": text })).send().await;
    let reply = reply.expect(200).json();
    let items = reply["assets"]["items"].as_array().unwrap().iter();
    items
        .map(|asset| asset["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn rows(app: &TestApp, sql: &'static str) -> Rows {
    app.sql(stmt!(sql)).await
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.count(stmt!(sql)).await
}

/// Why jobs failed.
async fn failures(app: &TestApp) -> Vec<String> {
    let sql = "select kind || ': ' || last_error as n from job where state = 'failed' order by id";
    let rows = rows(app, sql).await;
    rows.iter().map(|row| row.get("n").unwrap()).collect()
}

async fn preview_of(app: &TestApp, asset: &str) -> String {
    let sql = "select path as n from asset_file where asset_id = ?1 and type = 'preview'";
    let rows = app.sql(stmt!(sql, asset)).await;
    rows.first().unwrap().get("n").unwrap()
}

async fn configure(app: &TestApp, config: Value) {
    let config = json!({ "machineLearning": { "ocr": config } }).to_string();
    let sql = "insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0) \
               on conflict (key) do update set value = excluded.value";
    app.sql(stmt!(sql, &config)).await;
}

async fn start(app: &TestApp, admin: &NewUser, force: bool) {
    let body = json!({ "command": "start", "force": force });
    let request = app.put("/api/jobs/ocr").user(admin).json(&body);
    request.send().await.expect(200);
}

const READ: &str = "select count(*) as n from asset_job_status where ocr_at is not null";

on_each_database! {
    async fn text_is_read_and_found(app: TestApp) {
        install(&app).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let texts_of_one = [("OPST", (64, 320)), ("STOP", (64, 64)), ("京タワ", (352, 72))];
        let one = upload(&app, &alice, "1.jpg", photo::of(&texts_of_one)).await;
        let two = upload(&app, &alice, "2.jpg", photo::of(&[("TOO SPOT", (64, 304))])).await;
        let none = upload(&app, &alice, "3.jpg", photo::of(&[])).await;
        let foreign = upload(&app, &bob, "b.jpg", photo::of(&[("STOP", (64, 64))])).await;
        run(&app).await;
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        assert_eq!(texts(&app, &alice, &one).await, ["STOP", "京タワ", "OPST"], "in reading order");
        assert_eq!(texts(&app, &alice, &two).await, ["TOO SPOT"]);
        assert_eq!(texts(&app, &alice, &none).await, [""; 0]);
        assert_eq!(texts(&app, &bob, &foreign).await, ["STOP"]);
        let first = &lines(&app, &alice, &one).await[0];
        // Networks mark the middle of a line; it is enlarged by its area times 1.6 by its outline on each side.
        let (right, lower) = photo::end("STOP", (64, 64));
        let margin = |at: &str, edge: usize, sign: f64| (first[at].as_f64().unwrap() * 640.0 - real(edge)) * sign;
        for (at, edge, sign) in [("x1", 64, -1.0), ("y1", 64, -1.0), ("x3", right, 1.0), ("y3", lower, 1.0)] {
            assert!((15.0..30.0).contains(&margin(at, edge, sign)), "{at}: {first}");
        }
        assert!(first["boxScore"].as_f64().unwrap() > 0.9 && first["textScore"].as_f64().unwrap() > 0.8, "{first}");
        assert_eq!(found(&app, &alice, "stop").await, [one.as_str()]);
        assert_eq!(found(&app, &alice, "タワ").await, [one.as_str()]);
        assert_eq!(found(&app, &alice, "spot too").await, [two.as_str()]);
        assert_eq!(found(&app, &alice, "京ワ").await, [""; 0]);
        assert_eq!(count(&app, READ).await, 4);
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
        let features = app.get("/api/server/features").send().await.expect(200).json();
        assert_eq!((&features["ocr"], &features["facialRecognition"]), (&json!(true), &json!(false)));
    }

    async fn what_is_read_again_is_replaced(app: TestApp) {
        install(&app).await;
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        let one = upload(&app, &alice, "1.jpg", photo::of(&[("STOP", (64, 64))])).await;
        let two = upload(&app, &alice, "2.jpg", photo::of(&[("TOP", (64, 64))])).await;
        run(&app).await;
        let preview = preview_of(&app, &one).await;
        put(&app, &preview, photo::of(&[("POST", (64, 64)), ("東京", (64, 304))])).await;
        let before = lines(&app, &alice, &two).await;
        start(&app, &admin, false).await;
        run(&app).await;
        assert_eq!(texts(&app, &alice, &one).await, ["STOP"], "nothing is missing");
        start(&app, &admin, true).await;
        run(&app).await;
        assert_eq!(texts(&app, &alice, &one).await, ["POST", "東京"]);
        assert_eq!((found(&app, &alice, "stop").await, found(&app, &alice, "post").await), (vec![], vec![one.clone()]));
        assert_eq!(lines(&app, &alice, &two).await[0]["text"], before[0]["text"]);
        assert_eq!(count(&app, "select count(*) as n from asset_ocr_audit").await, 2, "sync is told of both");
        assert_eq!(count(&app, "select count(*) as n from asset_ocr").await, 3);
        // A picture that says nothing any more.
        put(&app, &preview, photo::of(&[])).await;
        store(&app, JobName::Ocr, json!({ "id": one })).await;
        run(&app).await;
        assert_eq!((texts(&app, &alice, &one).await, found(&app, &alice, "post").await), (vec![], vec![]));
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn another_model_reads_everything_anew(app: TestApp) {
        install(&app).await;
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        let one = upload(&app, &alice, "1.jpg", photo::of(&[("STOP", (64, 64))])).await;
        run(&app).await;
        let preview = preview_of(&app, &one).await;
        put(&app, &preview, photo::of(&[("POST", (64, 64))])).await;
        let mut config = app.get("/api/system-config").user(&admin).send().await.expect(200).json();
        config["machineLearning"]["ocr"]["modelName"] = json!("missing");
        app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200);
        assert_eq!(count(&app, "select count(*) as n from job").await, 0, "it is not installed");
        install_as(&app, "other").await;
        config["machineLearning"]["ocr"]["modelName"] = json!("other");
        app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200);
        run(&app).await;
        assert_eq!(texts(&app, &alice, &one).await, ["POST"]);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn settings_say_what_is_read(app: TestApp) {
        install(&app).await;
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        let one = upload(&app, &alice, "1.jpg", photo::of(&[("STOP", (64, 64))])).await;
        for (config, expected) in [
            (json!({ "minRecognitionScore": 1.0 }), 0), (json!({ "minDetectionScore": 1.0 }), 0),
            // So small that no line is left of it.
            (json!({ "maxResolution": 32 }), 0), (json!({ "maxResolution": 600 }), 1), (json!({}), 1),
        ] {
            configure(&app, config.clone()).await;
            // Settings are read again after a while.
            app.clock.advance(60_000);
            start(&app, &admin, true).await;
            run(&app).await;
            assert_eq!(texts(&app, &alice, &one).await.len(), expected, "{config}");
        }
        configure(&app, json!({ "enabled": false })).await;
        app.clock.advance(60_000);
        app.sql(stmt!("delete from asset_ocr")).await;
        start(&app, &admin, true).await;
        upload(&app, &alice, "2.jpg", photo::of(&[("STOP", (64, 64))])).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from asset_ocr").await, 0, "switched off");
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["ocr"], false);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn without_a_model_nothing_is_read_and_whoever_asks_hears_why(app: TestApp) {
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        upload(&app, &alice, "1.jpg", photo::of(&[("STOP", (64, 64))])).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["ocr"], false);
        start(&app, &admin, false).await;
        run(&app).await;
        let reason = "OcrQueueAll: no model for text is installed: PP-OCRv5_mobile is configured (cargo xtask models add)";
        assert_eq!(failures(&app).await, [reason]);
        // Installed meanwhile: an isolate sees it within a minute, and what was missing is made up for.
        install(&app).await;
        app.clock.advance(60_000);
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["ocr"], true);
        start(&app, &admin, false).await;
        run(&app).await;
        assert_eq!(count(&app, READ).await, 1);
        configure(&app, json!({ "modelName": "../secret" })).await;
        app.clock.advance(60_000);
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["ocr"], false);
    }

    async fn edits_cut_lines_away(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        let texts_of_one = [("STOP", (64, 64)), ("POST", (64, 400))];
        let one = upload(&app, &alice, "1.jpg", photo::of(&texts_of_one)).await;
        run(&app).await;
        let crop = json!({ "edits": [{ "action": "crop", "parameters": { "x": 0, "y": 320, "width": 640, "height": 320 } }] });
        let path = format!("/api/assets/{one}/edits");
        app.put(&path).user(&alice).json(&crop).send().await.expect(200);
        run(&app).await;
        assert_eq!(texts(&app, &alice, &one).await, ["POST"]);
        let y = lines(&app, &alice, &one).await[0]["y3"].as_f64().unwrap();
        assert!((0.34..0.45).contains(&y), "in the picture as it is shown: {y}");
        // Read again, the same are cut away.
        store(&app, JobName::Ocr, json!({ "id": one })).await;
        run(&app).await;
        assert_eq!(texts(&app, &alice, &one).await, ["POST"]);
        app.delete(&path).user(&alice).send().await.expect(204);
        run(&app).await;
        assert_eq!(texts(&app, &alice, &one).await, ["STOP", "POST"]);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn odd_pictures_have_no_text(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        for (nth, bytes) in [
            photo::plain(1, 1, 255), photo::plain(31, 400, 0), photo::plain(640, 640, 0), photo::plain(30_000, 40, 200), photo::plain(40, 4_000, 0),
        ].into_iter().enumerate() {
            let asset = upload(&app, &alice, &format!("{nth}.jpg"), bytes).await;
            run(&app).await;
            assert_eq!(texts(&app, &alice, &asset).await, [""; 0]);
        }
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        assert_eq!(count(&app, READ).await, 5);
    }

    async fn a_damaged_model_or_picture_is_a_reason_and_stores_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        let one = upload(&app, &alice, "1.jpg", photo::of(&[("STOP", (64, 64))])).await;
        run(&app).await;
        let key = |name: &str| format!("models/{}/{name}", network::NAME);
        for (name, reason) in [
            ("recognition/0.stage", "model PP-OCRv5_mobile: recognition/0.stage: wrong checksum"),
            ("detection/0.stage", "model PP-OCRv5_mobile: detection/0.stage: wrong checksum"),
            ("recognition/characters.txt", "model PP-OCRv5_mobile: recognition/characters.txt: wrong checksum"),
            ("manifest.json", "models/PP-OCRv5_mobile/manifest.json: "),
        ] {
            install(&app).await;
            app.clock.advance(60_000);
            let files = network::files(network::NAME);
            let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
            let mut bytes = bytes.clone();
            *bytes.last_mut().unwrap() ^= 1;
            put(&app, &key(name), bytes).await;
            store(&app, JobName::Ocr, json!({ "id": one })).await;
            run(&app).await;
            let failed = failures(&app).await;
            assert!(failed.len() == 1 && failed[0].starts_with(&format!("Ocr: {reason}")), "{failed:?}");
            app.sql(stmt!("delete from job")).await;
        }
        install(&app).await;
        let preview = preview_of(&app, &one).await;
        put(&app, &preview, b"no picture".to_vec()).await;
        store(&app, JobName::Ocr, json!({ "id": one })).await;
        run(&app).await;
        assert_eq!(failures(&app).await.len(), 1);
        assert_eq!(count(&app, "select (select count(*) from asset_ocr) + (select count(*) from ocr_search) as n").await, 0);
        assert_eq!(count(&app, READ).await, 0);
        // What is gone is no failure.
        app.sql(stmt!("delete from job")).await;
        store(&app, JobName::Ocr, json!({ "id": app.app.uuid() })).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
    }
}

fn real(pixels: usize) -> f64 {
    f64::from(u32::try_from(pixels).unwrap())
}

/// End-to-end tests in workerd install the same model from here.
#[test]
fn the_model_is_left_for_other_tests() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("ocr");
    for (name, bytes) in network::files(network::NAME) {
        let file = folder.join("model").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    for (nth, texts) in [
        vec![("STOP", (64, 64)), ("東京タワ", (64, 320))],
        vec![("TOO SPOT", (64, 64))],
        vec![],
    ]
    .iter()
    .enumerate()
    {
        std::fs::write(folder.join(format!("{nth}.jpg")), photo::of(texts)).unwrap();
    }
}
