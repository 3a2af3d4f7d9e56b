//! The function on its jobs, and the search over what it leaves: a small model that these tests make knows pictures by their colours
//! (docs/smart-search.md).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod languages;
mod network;
mod service;

use std::sync::Arc;

use edge_api::enums::JobName;
use edge_platform::{Rows, stmt};
use edge_testkit::{Area, NewUser, TestApp, on_each_database_and_pgvector};
use edge_testkit_jobs::{RunJobs, store, upload as upload_bytes};
use jpeg_encoder::{ColorType, Encoder};
use serde_json::{Value, json};

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_jobs::ROUTES, fn_jobs::routes()),
        Area::new(fn_search::ROUTES, fn_search::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
        Area::new(fn_system_config::ROUTES, fn_system_config::routes()),
    ]
}

async fn install(app: &TestApp, model: &str) {
    install_files(app, model, network::files(model)).await;
}

async fn install_files(app: &TestApp, model: &str, files: Vec<(String, Vec<u8>)>) {
    edge_testkit_jobs::install(app, model, files).await;
    let here = fn_clip_text::Here(Arc::new(app.app.clone()));
    app.siblings
        .name(edge_platform::siblings::CLIP_TEXT, Arc::new(here));
}

/// A photo whose columns of cells have these colours.
fn photo(columns: [[u8; 3]; 4]) -> Vec<u8> {
    let row = columns.iter().flat_map(|colour| colour.repeat(60));
    encoded(&row.collect::<Vec<u8>>().repeat(240), 240, 240)
}

fn encoded(pixels: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(&mut out, 95)
        .encode(pixels, width, height, ColorType::Rgb)
        .unwrap();
    out
}

/// An upload as the assets area leaves it.
async fn upload(app: &TestApp, owner: &NewUser, name: &str, columns: [[u8; 3]; 4]) -> String {
    upload_bytes(app, owner, name, photo(columns)).await
}

/// Runs all jobs, those of CLIP, too.
async fn run(app: &TestApp) {
    app.run_jobs_and(async || fn_clip_ml::run(&app.app).await.unwrap().is_some())
        .await;
}

async fn found(app: &TestApp, user: &NewUser, body: Value) -> Vec<String> {
    let request = app.post("/api/search/smart").user(user).json(&body);
    let answer = request.send().await.expect(200).json();
    let assets = answer["assets"]["items"].as_array().unwrap().iter();
    assets
        .map(|asset| asset["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn refused(app: &TestApp, user: &NewUser, body: Value) -> String {
    let request = app.post("/api/search/smart").user(user).json(&body);
    request.send().await.expect(400).message().clone()
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.count(stmt!(sql)).await
}

/// Why jobs failed.
async fn failures(app: &TestApp) -> Vec<String> {
    let sql = "select kind || ': ' || last_error as n from job where state = 'failed' order by id";
    let rows: Rows = app.sql(stmt!(sql)).await;
    rows.iter().map(|row| row.get("n").unwrap()).collect()
}

/// Three photos: all red, mostly red with blue, all green.
async fn three(app: &TestApp, owner: &NewUser) -> [String; 3] {
    let red = upload(app, owner, "red.jpg", [RED; 4]).await;
    let mixed = upload(app, owner, "mixed.jpg", [RED, RED, RED, BLUE]).await;
    let green = upload(app, owner, "green.jpg", [GREEN; 4]).await;
    run(app).await;
    assert_eq!(failures(app).await, [] as [&str; 0]);
    [red, mixed, green]
}

/// Stores 2,100 pictures that look like no colour, with their vectors.
async fn many(app: &TestApp, owner: &NewUser) {
    app.sql(stmt!(
        "insert into asset (id, owner_id, type, original_path, original_file_name, file_name_folded, checksum, file_created_at, file_modified_at, \
         local_date_time, local_day, local_month, created_at, created_month, updated_at, update_id) select cast(v.value as text), ?2, 'IMAGE', 'x', 'x', 'x', cast(v.value as text), 0, 0, 0, 19700101, 197001, 0, 197001, 0, uuid7() \
         from json_rows(?1) v", numbers(), &owner.id
    )).await;
    app.sql(stmt!(
        "insert into asset_exif (asset_id, owner_id, updated_at, update_id) select cast(v.value as text), ?2, 0, uuid7() from json_rows(?1) v",
        numbers(), &owner.id
    )).await;
    app.sql(stmt!(
        "insert into asset_vector (asset_id, owner_id, model, seq, code) select cast(v.value as text), ?2, ?4, \
         10 + v.position, ?3 from json_rows(?1) v", numbers(), &owner.id, nothing(), network::NAME
    )).await;
}

on_each_database_and_pgvector! {
    async fn pictures_are_found_by_words_and_by_pictures(app: TestApp) {
        install(&app, network::NAME).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let [red, mixed, green] = three(&app, &alice).await;
        upload(&app, &bob, "red.jpg", [RED; 4]).await;
        run(&app).await;
        let all = [red.clone(), mixed.clone(), green.clone()];
        assert_eq!(found(&app, &alice, json!({ "query": "  something RED  " })).await, all);
        assert_eq!(found(&app, &alice, json!({ "query": "blue" })).await[0], mixed);
        assert_eq!(found(&app, &alice, json!({ "queryAssetId": green })).await[0], green);
        // Page by page, without gaps and without repetitions.
        let mut paged = Vec::new();
        for page in 1..=3 {
            let body = json!({ "query": "red", "size": 1, "page": page });
            let answer = app.post("/api/search/smart").user(&alice).json(&body).send().await.expect(200).json();
            assert_eq!(answer["assets"]["nextPage"].as_str().map(str::to_owned), (page < 3).then(|| (page + 1).to_string()));
            paged.push(answer["assets"]["items"][0]["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(paged, all);
        assert_eq!(found(&app, &alice, json!({ "query": "red", "page": 4, "size": 1 })).await, [] as [&str; 0]);
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["smartSearch"], true);
        assert_eq!(count(&app, "select count(*) as n from asset_job_status where smart_search_at is not null").await, 4);
        assert_eq!(count(&app, "select count(*) as n from asset_job_status where duplicates_detected_at is not null").await, 4);
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
    }

    async fn the_language_of_a_search_reaches_a_model_that_knows_languages(app: TestApp) {
        install_files(&app, network::NAME, languages::files(network::NAME)).await;
        let alice = app.user("alice").await;
        let [red, mixed, green] = three(&app, &alice).await;
        // Nothing but the language is known of these words.
        for language in [json!(null), json!("en"), json!("fr"), json!("?")] {
            let body = match &language {
                Value::Null => json!({ "query": "x" }),
                language => json!({ "query": "x", "language": language }),
            };
            assert_eq!(found(&app, &alice, body).await[0], red, "{language}");
        }
        assert_eq!(found(&app, &alice, json!({ "query": "x", "language": "de-DE" })).await[0], green);
        assert_eq!(found(&app, &alice, json!({ "query": "Blau, BLAU_blau! blau", "language": "en" })).await[0], mixed);
    }

    async fn what_is_gone_locked_or_somebody_elses_is_not_found(app: TestApp) {
        install(&app, network::NAME).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let [red, mixed, green] = three(&app, &alice).await;
        assert_eq!(found(&app, &bob, json!({ "query": "red" })).await, [] as [&str; 0]);
        assert_eq!(refused(&app, &bob, json!({ "queryAssetId": red })).await, "Not found or no asset.read access");
        app.sql(stmt!("update asset set deleted_at = 1, status = 'trashed', update_id = uuid7() where id = ?1", &red)).await;
        app.sql(stmt!("update asset set visibility = 'locked', update_id = uuid7() where id = ?1", &mixed)).await;
        assert_eq!(found(&app, &alice, json!({ "query": "red" })).await, std::slice::from_ref(&green));
        assert_eq!(found(&app, &alice, json!({ "query": "red", "withDeleted": true })).await, [red.clone(), green.clone()]);
        // A partner's on the timeline.
        let sql = "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
                   values (?1, ?2, 1, 0, 0, uuid7(), uuid7())";
        app.sql(stmt!(sql, &alice.id, &bob.id)).await;
        assert_eq!(found(&app, &bob, json!({ "query": "red" })).await, [green]);
    }

    async fn filters_hold_besides(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        let [red, mixed, green] = three(&app, &alice).await;
        app.sql(stmt!("update asset set is_favorite = 1, update_id = uuid7() where id <> ?1", &red)).await;
        assert_eq!(found(&app, &alice, json!({ "query": "red", "isFavorite": true })).await, [mixed, green]);
        assert_eq!(found(&app, &alice, json!({ "query": "red", "type": "VIDEO" })).await, [] as [&str; 0]);
        assert_eq!(found(&app, &alice, json!({ "query": "red", "isFavorite": false, "withExif": true, "withPeople": true })).await, [red]);
        let body = json!({ "query": "red", "visibility": "locked" });
        app.post("/api/search/smart").user(&alice).json(&body).send().await.expect(401);
    }

    async fn what_cannot_be_looked_for_is_refused(app: TestApp) {
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        assert_eq!(refused(&app, &alice, json!({ "query": "red" })).await, "Smart search is not enabled");
        upload(&app, &alice, "red.jpg", [RED; 4]).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job").await, 0, "nothing is queued without a model");
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["smartSearch"], false);
        let start = json!({ "command": "start", "force": false });
        app.put("/api/jobs/smartSearch").user(&admin).json(&start).send().await.expect(200);
        run(&app).await;
        let reason = "SmartSearchQueueAll: no model for searches by meaning is installed: ViT-B-32__openai is configured (cargo xtask models add)";
        assert_eq!(failures(&app).await, [reason]);
        install(&app, network::NAME).await;
        app.clock.advance(60_000);
        for body in [json!({}), json!({ "query": "  " })] {
            assert_eq!(refused(&app, &alice, body).await, "Either `query` or `queryAssetId` must be set");
        }
        let asset = app.asset(&alice).insert().await;
        let message = format!("Asset {asset} has no embedding");
        assert_eq!(refused(&app, &alice, json!({ "queryAssetId": asset })).await, message);
        assert_eq!(found(&app, &alice, json!({ "query": "\u{1F408} zażółć".repeat(50) })).await, [] as [&str; 0]);
        assert_eq!(failures(&app).await.len(), 1);
        for body in [json!({ "query": "x".repeat(1_001) }), json!({ "query": "a\u{0}b" }), json!({ "query": 1 }), json!({ "queryAssetId": "x" })] {
            app.post("/api/search/smart").user(&alice).json(&body).send().await.expect(400);
        }
        // What was missing is made up for.
        app.put("/api/jobs/smartSearch").user(&admin).json(&start).send().await.expect(200);
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from asset_vector").await, 1);
    }

    async fn odd_pictures_have_vectors_or_a_reason(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        for (nth, (width, height, value)) in [(1, 1, 255), (640, 480, 0), (30_000, 40, 200), (40, 4_000, 128)].into_iter().enumerate() {
            let bytes = encoded(&vec![value; usize::from(width) * usize::from(height) * 3], width, height);
            upload_bytes(&app, &alice, &format!("{nth}.jpg"), bytes).await;
        }
        run(&app).await;
        // What a network makes of black may have no direction; nothing is left half done.
        let failed = failures(&app).await;
        assert_eq!(count(&app, "select count(*) as n from asset_vector").await + i64::try_from(failed.len()).unwrap(), 4, "{failed:?}");
        assert_eq!(count(&app, "select count(*) as n from job where state <> 'failed'").await, 0);
    }

    async fn pictures_are_looked_at_together_and_alone_after_a_death(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        for number in 0..20 {
            upload(&app, &alice, &format!("{number}.jpg"), [RED, BLUE, GREEN, RED]).await;
        }
        app.run_jobs().await;
        // One is no picture any more.
        let sql = "select f.path as n from asset_file f where f.type = 'preview' and f.asset_id = \
                   (select json_text(j.payload, id) from job j where j.kind = 'SmartSearch' order by j.turn limit 1)";
        let key: String = app.sql(stmt!(sql)).await.first().unwrap().get("n").unwrap();
        app.app.objects.put(&key, vec![0; 100].into(), "image/jpeg").await.unwrap();
        // A worker died of two.
        app.sql(stmt!("update job set attempts = 1 where id in (select id from job where kind = 'SmartSearch' order by turn desc limit 2)")).await;
        let vectors = "select count(*) as n from asset_vector";
        for (done, failed) in [(15, 1), (18, 1), (19, 1)] {
            assert!(fn_clip_ml::run(&app.app).await.unwrap().is_some());
            assert_eq!((count(&app, vectors).await, failures(&app).await.len()), (done, failed));
        }
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job where state <> 'failed'").await, 0);
        assert_eq!(count(&app, "select count(distinct seq) as n from asset_vector").await, 19);
    }

    async fn another_model_looks_at_everything_anew(app: TestApp) {
        install(&app, network::NAME).await;
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        let all = three(&app, &alice).await;
        install(&app, "other").await;
        let mut config = app.get("/api/system-config").user(&admin).send().await.expect(200).json();
        config["machineLearning"]["clip"]["modelName"] = json!("other");
        app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200);
        assert_eq!(found(&app, &alice, json!({ "query": "red" })).await, [] as [&str; 0], "vectors of two models are never compared");
        run(&app).await;
        assert_eq!(found(&app, &alice, json!({ "query": "red" })).await, all);
        assert_eq!(count(&app, "select count(*) as n from asset_vector where model <> 'other'").await, 0);
        // One that is not installed: nothing is queued, and nothing of the old one is lost.
        config["machineLearning"]["clip"]["modelName"] = json!("missing");
        app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200);
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
        assert_eq!(refused(&app, &alice, json!({ "query": "red" })).await, "Smart search is not enabled");
        assert_eq!(count(&app, "select count(*) as n from asset_vector").await, 3);
    }

    async fn many_vectors_come_into_blocks_and_are_found_there(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        let [red, mixed, green] = three(&app, &alice).await;
        many(&app, &alice).await;
        let query = json!({ "query": "red", "size": 2 });
        assert_eq!(found(&app, &alice, query.clone()).await, [red.clone(), mixed.clone()]);
        // Filters that let more through than are compared exactly are looked at with each window.
        assert_eq!(found(&app, &alice, json!({ "query": "red", "size": 2, "type": "IMAGE" })).await, [red.clone(), mixed.clone()]);
        let old = found(&app, &alice, json!({ "query": "red", "size": 3, "takenBefore": "1970-01-02T00:00:00.000Z" })).await;
        assert!(old.len() == 3 && !old.contains(&red) && !old.contains(&mixed), "{old:?}");
        store(&app, JobName::SmartSearchQueueAll, json!({ "force": false })).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from asset_vector_block").await, 1);
        assert_eq!(found(&app, &alice, query.clone()).await, [red.clone(), mixed.clone()], "from the block");
        app.take_round_trips();
        assert_eq!(found(&app, &alice, query.clone()).await, [red.clone(), mixed.clone()]);
        // A block that was read is kept: caller, tail, codes, page. With pgvector: caller, nearest, page.
        assert_eq!(app.take_round_trips(), if app.has_pgvector().await { 3 } else { 4 });
        // A filter that lets few through is looked at before, however unlike they are.
        app.sql(stmt!("update asset set is_favorite = 1, update_id = uuid7() where id = ?1", &green)).await;
        assert_eq!(found(&app, &alice, json!({ "query": "red", "isFavorite": true })).await, [green]);
        // Pages far behind.
        let last = found(&app, &alice, json!({ "query": "red", "size": 1000, "page": 3 })).await;
        assert_eq!(last.len(), 103);
        // A new one is found at once, a deleted one never, though it stands in its block.
        let new = upload(&app, &alice, "new.jpg", [RED, RED, RED, RED]).await;
        run(&app).await;
        app.sql(stmt!("delete from asset where id = ?1", &mixed)).await;
        let mut both = [red, new];
        both.sort();
        let mut now = found(&app, &alice, query).await;
        now.sort();
        assert_eq!(now, both);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn a_vector_of_another_length_keeps_no_others_out_of_the_blocks(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        let [red, mixed, _] = three(&app, &alice).await;
        many(&app, &alice).await;
        let odd = edge_vectors::code::of(&[0.5; 512]);
        app.sql(stmt!("update asset_vector set code = ?1 where seq = 100", odd)).await;
        store(&app, JobName::SmartSearchQueueAll, json!({ "force": false })).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from asset_vector_block").await, 2, "one for each length");
        let behind = "select count(*) as n from asset_vector where seq > (select max(last_seq) from asset_vector_block)";
        assert_eq!(count(&app, behind).await, 55);
        assert_eq!(found(&app, &alice, json!({ "query": "red", "size": 2 })).await, [red, mixed]);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn a_vector_that_says_the_same_stays_where_it_is(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        let [red, ..] = three(&app, &alice).await;
        let seq = "select max(seq) as n from asset_vector";
        let before = count(&app, seq).await;
        store(&app, JobName::SmartSearchQueueAll, json!({ "force": true })).await;
        run(&app).await;
        assert_eq!(count(&app, seq).await, before);
        let preview = "select path as n from asset_file where asset_id = ?1 and type = 'preview'";
        let key: String = app.sql(stmt!(preview, &red)).await.first().unwrap().get("n").unwrap();
        app.app.objects.put(&key, photo([BLUE; 4]).into(), "image/jpeg").await.unwrap();
        store(&app, JobName::SmartSearch, json!({ "id": red })).await;
        run(&app).await;
        assert_eq!(count(&app, seq).await, before + 1);
        assert_eq!(found(&app, &alice, json!({ "query": "blue" })).await[0], red);
    }

    async fn copies_are_what_looks_the_same_to_clip(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        let [red, mixed, green] = three(&app, &alice).await;
        let again = upload(&app, &alice, "again.jpg", [[250, 3, 3]; 4]).await;
        run(&app).await;
        let group = async |id: &str| -> Option<String> {
            app.sql(stmt!("select duplicate_id as n from asset where id = ?1", id)).await.first().unwrap().get("n").unwrap()
        };
        assert!(group(&red).await.is_some());
        assert_eq!(group(&red).await, group(&again).await);
        assert_eq!((group(&mixed).await, group(&green).await), (None, None));
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn a_damaged_model_or_picture_is_a_reason_and_stores_nothing(app: TestApp) {
        install(&app, network::NAME).await;
        let alice = app.user("alice").await;
        let mut bytes = network::files(network::NAME)[0].1.clone();
        *bytes.last_mut().unwrap() ^= 1;
        let stage = format!("models/{}/visual/0.stage", network::NAME);
        app.app.objects.put(&stage, bytes.into(), "application/octet-stream").await.unwrap();
        let red = upload(&app, &alice, "red.jpg", [RED; 4]).await;
        run(&app).await;
        assert_eq!(failures(&app).await, ["SmartSearch: model ViT-B-32__openai: visual/0.stage: wrong checksum"]);
        assert_eq!(count(&app, "select count(*) as n from asset_vector").await, 0);
        install(&app, network::NAME).await;
        app.sql(stmt!("delete from job")).await;
        let key: String = app.sql(stmt!("select path as n from asset_file where type = 'preview'")).await.first().unwrap().get("n").unwrap();
        app.app.objects.put(&key, b"no picture".to_vec().into(), "image/jpeg").await.unwrap();
        store(&app, JobName::SmartSearch, json!({ "id": red })).await;
        run(&app).await;
        assert_eq!(failures(&app).await.len(), 1);
        assert_eq!(count(&app, "select count(*) as n from asset_vector").await, 0);
        // What is gone is no failure.
        app.sql(stmt!("delete from job")).await;
        store(&app, JobName::SmartSearch, json!({ "id": app.app.uuid() })).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
    }
}

fn numbers() -> String {
    let id = |n: i32| format!("00000000-0000-4000-8000-{n:012}");
    json!((0..2_100).map(id).collect::<Vec<_>>()).to_string()
}

/// A vector that is next to no colour.
fn nothing() -> String {
    let numbers: Vec<f32> = (0..48_u8)
        .map(|n| if n % 2 == 0 { 1.0 } else { -1.0 })
        .collect();
    edge_vectors::code::of(&numbers)
}

/// End-to-end tests in workerd install the same model from here.
#[test]
fn the_model_is_left_for_other_tests() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("clip");
    for (name, bytes) in network::files(network::NAME) {
        let file = folder.join("model").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    let photos = [
        ("red", [RED; 4]),
        ("mixed", [RED, RED, RED, BLUE]),
        ("green", [GREEN; 4]),
    ];
    for (name, columns) in photos {
        std::fs::write(folder.join(format!("{name}.jpg")), photo(columns)).unwrap();
    }
}
