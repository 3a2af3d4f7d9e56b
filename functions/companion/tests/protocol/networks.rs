//! Faces and text that a companion's networks found: who gets such jobs, and that only what can be is stored, once, by the rules of now. What
//! the networks say is made up here.

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_protocol::wire::LEASE_HEADER;
use edge_store::{
    companions,
    jobs::{self, LEASE, NewJob},
};
use edge_testkit::{NewUser, Reply, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

use crate::{Held, areas, outcome, state, token, video};

/// The kinds of jobs of these tests, and the models that are installed for them.
const FACES: (JobName, &str) = (JobName::AssetDetectFaces, "yunet-sface");
const TEXT: (JobName, &str) = (JobName::Ocr, "PP-OCRv5_mobile");
/// How long a companion may be silent before it counts as gone, ms.
const AWAY: i64 = 180_000;

/// Writes the manifest of a model.
async fn install(app: &TestApp, model: &str, bytes: &'static [u8]) {
    let key = format!("models/{model}/manifest.json");
    let put = app.app.objects.put(&key, bytes.into(), "application/json");
    put.await.unwrap();
}

/// Both models.
async fn install_both(app: &TestApp) {
    for (_, model) in [FACES, TEXT] {
        install(app, model, b"{}").await;
    }
}

/// A picture with a preview, whose job of this kind waits for a companion: its id and its job's.
pub async fn picture(app: &TestApp, owner: &NewUser, kind: JobName) -> (String, String) {
    let asset = edge_testkit_jobs::previewed(app, owner, b"0123456789".to_vec()).await;
    let mut job = NewJob::new(app.app.uuid(), kind, json!({ "id": asset }), app.app.now());
    job.companion_reason = Some("a companion looks at pictures".to_owned());
    job.owner_id = Some(owner.id.clone());
    app.sql(jobs::insert(&job, app.app.now())).await;
    (asset, job.id)
}

/// Has the picture looked for faces again, by a companion.
async fn look_again(app: &TestApp, asset: &str) {
    let payload = json!({ "id": asset });
    let mut job = NewJob::new(app.app.uuid(), FACES.0, payload, app.app.now());
    job.companion_reason = Some("a companion looks at pictures".to_owned());
    app.sql(jobs::insert(&job, app.app.now())).await;
}

/// Gives the picture an edit.
async fn edited(app: &TestApp, asset: &str) {
    app.sql(stmt!(
        "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
         select ?1, a.id, a.owner_id, 0, 'rotate', ?3, uuid7() from asset a where a.id = ?2",
        app.app.uuid(),
        asset,
        r#"{"angle":90}"#
    ))
    .await;
}

/// Asks for work as a companion does that was started with `--learn`; `sees`: it knows faces and text.
async fn ask(app: &TestApp, token: &str, sees: bool) -> Reply {
    let body = json!({"version": "1", "ffmpeg": "5", "learn": true, "sees": sees});
    let request = app.post("/api/companion/lease").json(&body);
    let request = request.header("authorization", &format!("Bearer {token}"));
    request.send().await
}

/// A job, and what is to be done.
async fn take(app: &TestApp, token: &str, (kind, model): (JobName, &str)) -> (Held, Value) {
    let leased = ask(app, token, true).await.expect(200).json();
    assert_eq!(leased["kind"], kind.as_str());
    assert_eq!(leased["task"]["model"]["name"], model);
    let text = |name: &str| leased[name].as_str().unwrap().to_owned();
    let held = Held {
        token: token.to_owned(),
        job: text("job"),
        lease: text("lease"),
    };
    (held, leased["task"].clone())
}

/// Says what was found.
async fn tell(app: &TestApp, held: &Held, found: &Value) -> Reply {
    let path = format!("/api/companion/networks/{}/finish", held.job);
    let request = app.post(&path).json(found);
    let request = request.header("authorization", &format!("Bearer {}", held.token));
    request.header(LEASE_HEADER, &held.lease).send().await
}

async fn configure(app: &TestApp, config: &Value) {
    let sql = "insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0) \
               on conflict (key) do update set value = excluded.value";
    app.sql(stmt!(sql, config.to_string())).await;
    app.clock.advance(10_000);
}

fn face(edges: [f64; 4], score: f64, numbers: usize) -> Value {
    json!({"edges": edges, "score": score, "vector": vec![0.25; numbers]})
}

/// What a network says that found these faces in a picture of 100 x 50 pixels.
fn faces(task: &Value, faces: &Value) -> Value {
    json!({"type": "faces", "model": task["model"], "size": [100, 50], "faces": faces})
}

/// One face, of which it is sure.
fn one_face(task: &Value) -> Value {
    faces(task, &json!([face([10.0, 5.0, 30.0, 25.0], 0.9, 8)]))
}

fn line(text: &str, (box_score, text_score): (f64, f64)) -> Value {
    json!({"corners": [0.1, 0.1, 0.5, 0.1, 0.5, 0.2, 0.1, 0.2], "boxScore": box_score, "textScore": text_score, "text": text})
}

fn lines(task: &Value, lines: &Value) -> Value {
    json!({"type": "text", "model": task["model"], "lines": lines})
}

/// Faces, their vectors and lines that are stored.
async fn stored(app: &TestApp) -> [i64; 3] {
    let mut counts = [0; 3];
    let tables = [
        "select count(*) as n from asset_face",
        "select count(*) as n from face_vector",
        "select count(*) as n from asset_ocr",
    ];
    for (count, sql) in counts.iter_mut().zip(tables) {
        *count = app.count(stmt!(sql)).await;
    }
    counts
}

/// Jobs of this kind that wait at the edge.
async fn follow(app: &TestApp, kind: &str) -> i64 {
    let sql = "select count(*) as n from job where kind = ?1 and runner = 'edge'";
    app.count(stmt!(sql, kind)).await
}

on_each_database! {
    async fn only_who_knows_faces_and_text_gets_them(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        let (_, one) = picture(&app, &alice, FACES.0).await;
        let (_, two) = picture(&app, &alice, TEXT.0).await;
        ask(&app, &token, false).await.expect(204);
        let is_there = async |kind: JobName| companions::has_learner(app.app.db(), kind, app.app.now()).await.unwrap();
        assert_eq!([is_there(JobName::SmartSearch).await, is_there(FACES.0).await, is_there(TEXT.0).await], [true, false, false]);
        let mut taken = Vec::new();
        for _ in 0..2 {
            let leased = ask(&app, &token, true).await.expect(200).json();
            taken.push((leased["job"].as_str().unwrap().to_owned(), leased["task"].clone()));
        }
        taken.sort_by_key(|(job, _)| *job != one);
        assert_eq!([&taken[0].0, &taken[1].0], [&one, &two]);
        assert_eq!((&taken[0].1["type"], &taken[0].1["leastScore"]), (&json!("faces"), &json!(0.7)));
        let text = &taken[1].1;
        assert_eq!((&text["type"], &text["leastScore"], &text["shorter"]), (&json!("text"), &json!(0.5), &json!(736)));
        assert_eq!([is_there(JobName::SmartSearch).await, is_there(FACES.0).await, is_there(TEXT.0).await], [true; 3]);
        ask(&app, &token, true).await.expect(204);
    }

    async fn faces_are_stored_as_the_function_stores_them(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        let (asset, job) = picture(&app, &alice, FACES.0).await;
        let (held, task) = take(&app, &token, FACES).await;
        // it reads the preview and the model, and nothing else
        let read = app.get(&format!("/api/companion/jobs/{job}/preview"));
        let read = read.header("authorization", &format!("Bearer {token}")).header(LEASE_HEADER, &held.lease);
        assert_eq!(&read.header("range", "bytes=2-4").send().await.expect(206).body[..], b"234");
        held.read(&app, "bytes=0-").await.expect(404);
        held.write(&app, "preview.jpeg", b"another").await.expect(404);
        // one of them nobody is sure of, one is nowhere
        let found = json!([face([-10.0, 5.0, 30.4, 25.0], 0.95, 8), face([40.0, 5.0, 60.0, 25.0], 0.8, 8),
            face([70.0, 5.0, 90.0, 25.0], 0.69, 8), face([200.0, 5.0, 300.0, 25.0], 0.9, 8)]);
        tell(&app, &held, &faces(&task, &found)).await.expect(204);
        assert_eq!((state(&app, &job).await.as_str(), stored(&app).await), ("gone", [2, 2, 0]));
        let place = "select count(*) as n from asset_face where asset_id = ?1 and owner_id = ?2 and bounding_box_x1 = 0 and bounding_box_x2 = 30 \
                     and image_width = 100 and image_height = 50 and source_type = 'machine-learning'";
        assert_eq!(app.count(stmt!(place, &asset, &alice.id)).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from face_vector where model = ?1", FACES.1)).await, 2);
        let done = "select count(*) as n from asset_job_status where asset_id = ?1 and faces_recognized_at is not null";
        assert_eq!(app.count(stmt!(done, &asset)).await, 1);
        assert_eq!([follow(&app, "FacialRecognition").await, follow(&app, "AssetEditThumbnailGeneration").await], [1, 0]);
        tell(&app, &held, &faces(&task, &found)).await.expect(412);
        // the same faces keep their ids
        let before = app.sql(stmt!("select min(id) as a, max(id) as b from asset_face")).await;
        look_again(&app, &asset).await;
        let (held, task) = take(&app, &token, FACES).await;
        tell(&app, &held, &faces(&task, &found)).await.expect(204);
        let after = app.sql(stmt!("select min(id) as a, max(id) as b from asset_face")).await;
        let pair = |rows: &edge_platform::Rows| {
            let row = rows.first().unwrap();
            [row.get::<String>("a").unwrap(), row.get::<String>("b").unwrap()]
        };
        assert_eq!((pair(&before), stored(&app).await), (pair(&after), [2, 2, 0]));
    }

    async fn text_is_stored_as_the_function_stores_it(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        let (asset, job) = picture(&app, &alice, TEXT.0).await;
        let (held, task) = take(&app, &token, TEXT).await;
        let found = json!([line(" STOP\u{0} ", (0.9, 0.95)), line("unsure", (0.9, 0.5)), line("faint", (0.4, 0.9)), line(" ", (0.9, 0.9))]);
        tell(&app, &held, &lines(&task, &found)).await.expect(204);
        assert_eq!((state(&app, &job).await.as_str(), stored(&app).await), ("gone", [0, 0, 1]));
        let text = "select count(*) as n from asset_ocr where asset_id = ?1 and owner_id = ?2 and text = 'STOP'";
        assert_eq!(app.count(stmt!(text, &asset, &alice.id)).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from ocr_search where text = 'stop'")).await, 1);
        let done = "select count(*) as n from asset_job_status where asset_id = ?1 and ocr_at is not null";
        assert_eq!(app.count(stmt!(done, &asset)).await, 1);
        tell(&app, &held, &lines(&task, &found)).await.expect(412);
    }

    async fn what_no_network_found_is_not_stored(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        let (_, job) = picture(&app, &alice, FACES.0).await;
        let (held, task) = take(&app, &token, FACES).await;
        let place = [10.0, 5.0, 30.0, 25.0];
        let with = |vector: Value| faces(&task, &json!([{"edges": place, "score": 0.9, "vector": vector}]));
        let mut no_size = one_face(&task);
        no_size["size"] = json!([0, 50]);
        let mut huge = one_face(&task);
        huge["size"] = json!([100, 1 << 17]);
        let other_lengths = json!([face(place, 0.9, 8), face([40.0, 5.0, 60.0, 25.0], 0.9, 9)]);
        let many = vec![face(place, 0.9, 8); 501];
        for wrong in [
            with(json!([])), with(json!([0, 0])), with(json!([1e39, 0])), with(json!([null, 1])), with(json!("1")), with(json!(vec![0.5; 513])), with(json!(vec![0.5; 7])),
            faces(&task, &other_lengths), faces(&task, &json!(many)), faces(&task, &json!([{"edges": [1, 2, 3], "score": 1, "vector": [1]}])),
            no_size, huge, lines(&task, &json!([])), json!({"type": "faces"}), json!([]), outcome(),
        ] {
            tell(&app, &held, &wrong).await.expect(400);
        }
        // neither is it an outcome of other routes
        held.post(&app, "finish", &json!({"type": "seen", "model": task["model"], "vector": [1.0]})).await.expect(400);
        held.post(&app, "finish", &outcome()).await.expect(400);
        assert_eq!((state(&app, &job).await.as_str(), stored(&app).await), ("active/companion/1", [0; 3]));
        tell(&app, &held, &one_face(&task)).await.expect(204);
        // vectors of an owner have one length
        picture(&app, &alice, FACES.0).await;
        let (held, task) = take(&app, &token, FACES).await;
        tell(&app, &held, &faces(&task, &json!([face(place, 0.9, 9)]))).await.expect(400);
        held.post(&app, "fail", &json!({"reason": "the server refuses"})).await.expect(204);
        assert_eq!((state(&app, &held.job).await.as_str(), stored(&app).await), ("failed/companion/1", [1, 1, 0]));
        picture(&app, &alice, TEXT.0).await;
        let (held, task) = take(&app, &token, TEXT).await;
        let sure = (0.9, 0.9);
        for wrong in [
            lines(&task, &json!([line(&"a".repeat(2_001), sure)])), lines(&task, &json!(vec![line("a", sure); 1_001])),
            lines(&task, &json!(vec![line(&"a".repeat(2_000), sure); 51])), lines(&task, &json!([{"corners": [1], "text": "a"}])),
            one_face(&task),
        ] {
            tell(&app, &held, &wrong).await.expect(400);
        }
        assert_eq!(stored(&app).await, [1, 1, 0]);
        // nobody finds anything in a film
        held.post(&app, "release", &json!(null)).await.expect(204);
        video(&app, &alice).await;
        let film = Held::take(&app, &token).await;
        tell(&app, &film, &one_face(&task)).await.expect(400);
    }

    async fn another_model_or_none_lets_the_job_wait(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        let (_, job) = picture(&app, &alice, FACES.0).await;
        let (held, task) = take(&app, &token, FACES).await;
        install(&app, FACES.1, b"{ }").await;
        tell(&app, &held, &one_face(&task)).await.expect(412);
        assert_eq!((state(&app, &job).await.as_str(), stored(&app).await), ("waiting/companion/0", [0; 3]));
        app.clock.advance(10_000);
        let (held, again) = take(&app, &token, FACES).await;
        assert_ne!(again["model"]["version"], task["model"]["version"]);
        // faces are switched off meanwhile: the edge ends the job as it ends all of them then
        configure(&app, &json!({"machineLearning": {"facialRecognition": {"enabled": false}}})).await;
        tell(&app, &held, &one_face(&again)).await.expect(412);
        app.clock.advance(60_000);
        ask(&app, &token, true).await.expect(204);
        assert_eq!((state(&app, &job).await.as_str(), stored(&app).await), ("waiting/edge/0", [0; 3]));
        // so does text
        let (_, job) = picture(&app, &alice, TEXT.0).await;
        let (held, task) = take(&app, &token, TEXT).await;
        configure(&app, &json!({"machineLearning": {"enabled": false}})).await;
        tell(&app, &held, &lines(&task, &json!([]))).await.expect(412);
        app.clock.advance(10_000);
        ask(&app, &token, true).await.expect(204);
        assert_eq!(state(&app, &job).await, "waiting/edge/0");
    }

    async fn a_surer_network_is_asked_for_meanwhile(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        picture(&app, &alice, FACES.0).await;
        let (held, task) = take(&app, &token, FACES).await;
        configure(&app, &json!({"machineLearning": {"facialRecognition": {"minScore": 0.95}}})).await;
        tell(&app, &held, &one_face(&task)).await.expect(204);
        assert_eq!(stored(&app).await, [0; 3]);
    }

    async fn pictures_that_are_gone_locked_tiny_or_edited(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        let (asset, job) = picture(&app, &alice, FACES.0).await;
        let (held, task) = take(&app, &token, FACES).await;
        app.sql(stmt!("update asset set deleted_at = 1 where id = ?1", &asset)).await;
        tell(&app, &held, &one_face(&task)).await.expect(204);
        assert_eq!((state(&app, &job).await.as_str(), stored(&app).await), ("gone", [0; 3]));
        // one of the locked folder is looked at as others are
        let (asset, _) = picture(&app, &alice, FACES.0).await;
        app.sql(stmt!("update asset set visibility = 'locked' where id = ?1", &asset)).await;
        let (held, task) = take(&app, &token, FACES).await;
        tell(&app, &held, &one_face(&task)).await.expect(204);
        assert_eq!(stored(&app).await, [1, 1, 0]);
        // a pixel holds a face at most, and no text
        picture(&app, &alice, FACES.0).await;
        let (held, task) = take(&app, &token, FACES).await;
        let tiny = json!({"type": "faces", "model": task["model"], "size": [1, 1], "faces": [face([-3.0, -3.0, 4.0, 4.0], 0.9, 8), face([0.1, 0.1, 0.2, 0.2], 0.9, 8)]});
        tell(&app, &held, &tiny).await.expect(204);
        assert_eq!(stored(&app).await, [2, 2, 0]);
        // what an edit may have cut away is found out by a job of its own
        for (job, found) in [(FACES, true), (TEXT, false)] {
            let (asset, _) = picture(&app, &alice, job.0).await;
            edited(&app, &asset).await;
            let (held, task) = take(&app, &token, job).await;
            let told = if found { one_face(&task) } else { lines(&task, &json!([line("STOP", (0.9, 0.9))])) };
            tell(&app, &held, &told).await.expect(204);
        }
        assert_eq!(follow(&app, "AssetEditThumbnailGeneration").await, 2);
    }

    async fn a_companion_that_dies_loses_nothing_and_nothing_is_stored_twice(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        let (_, job) = picture(&app, &alice, FACES.0).await;
        let (dead, task) = take(&app, &token, FACES).await;
        app.clock.advance(LEASE);
        app.tick().await;
        let (held, _) = take(&app, &token, FACES).await;
        assert_eq!(held.job, job);
        tell(&app, &dead, &one_face(&task)).await.expect(412);
        tell(&app, &held, &one_face(&task)).await.expect(204);
        assert_eq!(stored(&app).await, [1, 1, 0]);
    }

    async fn what_waits_for_a_companion_that_is_gone_the_edge_does_again(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install_both(&app).await;
        ask(&app, &token, true).await.expect(204);
        let (_, one) = picture(&app, &alice, FACES.0).await;
        let (_, two) = picture(&app, &alice, TEXT.0).await;
        app.clock.advance(AWAY - 1);
        // one that is there and knows neither keeps none of them waiting
        ask(&app, &crate::token_of(&app, "other", &edge_protocol::token::Scope::ALL), false).await.expect(204);
        app.tick().await;
        assert_eq!([state(&app, &one).await, state(&app, &two).await], ["waiting/companion/0"; 2]);
        app.clock.advance(1);
        app.tick().await;
        assert_eq!([state(&app, &one).await, state(&app, &two).await], ["waiting/edge/0"; 2]);
    }
}
