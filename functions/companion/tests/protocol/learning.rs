//! Pictures at which a companion's network looks: who gets them, what it may read, and that only a vector is stored that can be one. What
//! the network says is made up here.

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_protocol::{learning::MOST_NUMBERS, token::Scope, wire::LEASE_HEADER};
use edge_store::jobs::{self, LEASE, NewJob};
use edge_testkit::{NewUser, Reply, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

use crate::{Held, areas, lease, networks, outcome, state, token, token_of, video};

/// The model that is configured unless somebody says otherwise.
const MODEL: &str = "ViT-B-32__openai";
/// How long a companion may be silent before it counts as gone, ms.
const AWAY: i64 = 180_000;

/// Writes a file of the model.
async fn install(app: &TestApp, file: &str, bytes: &'static [u8]) {
    let key = format!("models/{MODEL}/{file}");
    let put = app
        .app
        .objects
        .put(&key, bytes.into(), "application/octet-stream");
    put.await.unwrap();
}

/// A picture with a preview, whose job waits for a companion: its id and its job's.
async fn picture(app: &TestApp, owner: &NewUser) -> (String, String) {
    networks::picture(app, owner, JobName::SmartSearch).await
}

/// Asks for work as a companion does that was started with `--learn`.
async fn ask(app: &TestApp, token: &str) -> Reply {
    let body = json!({"version": "1", "ffmpeg": "5", "learn": true});
    let request = app.post("/api/companion/lease").json(&body);
    let request = request.header("authorization", &format!("Bearer {token}"));
    request.send().await
}

/// A job, and the version of the model that is to look.
async fn take(app: &TestApp, token: &str) -> (Held, String) {
    let leased = ask(app, token).await.expect(200).json();
    assert_eq!(leased["kind"], "SmartSearch");
    assert_eq!(leased["task"]["type"], "vector");
    assert_eq!(leased["task"]["model"]["name"], MODEL);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let held = Held {
        token: token.to_owned(),
        job: text(&leased["job"]),
        lease: text(&leased["lease"]),
    };
    (held, text(&leased["task"]["model"]["version"]))
}

/// Reads something of a job.
async fn read(app: &TestApp, held: &Held, what: &str, range: &str) -> Reply {
    let request = app.get(&format!("/api/companion/jobs/{}/{what}", held.job));
    let request = request.header("authorization", &format!("Bearer {}", held.token));
    let request = request.header(LEASE_HEADER, &held.lease);
    request.header("range", range).send().await
}

/// Stores a configuration, and lets so much time pass that everybody goes by it.
async fn configure(app: &TestApp, config: &Value) {
    let sql = "insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0) \
               on conflict (key) do update set value = excluded.value";
    app.sql(stmt!(sql, config.to_string())).await;
    app.clock.advance(10_000);
}

/// A job of this owner that the edge has left to companions.
async fn left(app: &TestApp, owner: &str) {
    let (kind, now) = (JobName::SmartSearch, app.app.now());
    let payload = json!({ "id": app.app.uuid() });
    let job = NewJob::new(app.app.uuid(), kind, payload, now).of(owner);
    app.sql(jobs::insert(&job, now)).await;
    let held = jobs::claim(app.app.db(), &job.id, &app.app.uuid(), now).await;
    let held = held.unwrap().unwrap();
    let handed = jobs::hand_over(app.app.db(), &held, "a companion looks at pictures", now);
    handed.await.unwrap();
}

/// A vector of length 1.
fn vector(count: usize) -> Vec<f64> {
    let mut numbers = vec![0.0; count];
    numbers[0] = 0.6;
    numbers[1] = -0.8;
    numbers
}

fn seen(version: &str, vector: &Value) -> Value {
    json!({"type": "seen", "model": {"name": MODEL, "version": version}, "vector": vector})
}

async fn vectors(app: &TestApp) -> i64 {
    app.count(stmt!("select count(*) as n from asset_vector"))
        .await
}

on_each_database! {
    async fn a_companion_that_wants_to_says_what_a_picture_shows(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install(&app, "manifest.json", b"{}").await;
        install(&app, "visual/0.stage", b"a network").await;
        let (asset, job) = picture(&app, &alice).await;
        // who does not want to, or may not, gets none
        lease(&app, &token).await.expect(204);
        let other = token_of(&app, "other", &[Scope::Thumbnails, Scope::Transcode]);
        ask(&app, &other).await.expect(204);
        let (held, version) = take(&app, &token).await;
        assert_eq!(held.job, job);
        let part = read(&app, &held, "preview", "bytes=2-4").await.expect(206);
        assert_eq!((&part.body[..], part.header("content-range")), (&b"234"[..], "bytes 2-4/10"));
        let file = |name: &str| format!("model?version={version}&file={name}");
        let part = read(&app, &held, &file("visual%2F0.stage"), "bytes=2-").await.expect(206);
        assert_eq!(&part.body[..], b"network");
        read(&app, &held, &file("manifest.json"), "bytes=0-").await.expect(206);
        for name in ["", "none", "visual%2F..%2Fmanifest.json", "..%2F..%2Fx", "%2Fmanifest.json", "visual%5C0.stage"] {
            read(&app, &held, &file(name), "bytes=0-").await.expect(404);
        }
        // it reads no original and replaces no rendition
        held.read(&app, "bytes=0-").await.expect(404);
        held.write(&app, "preview.jpeg", b"another").await.expect(404);
        held.post(&app, "video", &json!(null)).await.expect(404);
        held.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(204);
        assert_eq!((state(&app, &job).await.as_str(), vectors(&app).await), ("gone", 1));
        let stored = "select count(*) as n from asset_vector where asset_id = ?1 and owner_id = ?2 and model = ?3 and seq = 1";
        assert_eq!(app.count(stmt!(stored, &asset, &alice.id, MODEL)).await, 1);
        let copies = "select count(*) as n from job where kind = 'AssetDetectDuplicates' and runner = 'edge'";
        assert_eq!(app.count(stmt!(copies)).await, 1);
        held.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(412);
    }

    async fn what_no_network_says_is_not_stored(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install(&app, "manifest.json", b"{}").await;
        picture(&app, &alice).await;
        picture(&app, &alice).await;
        let (held, version) = take(&app, &token).await;
        // the first one says how many numbers all others have
        held.post(&app, "finish", &seen(&version, &json!(vector(7)))).await.expect(400);
        held.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(204);
        let (held, version) = take(&app, &token).await;
        let longer = vector(MOST_NUMBERS + 1);
        for wrong in [
            json!([]), json!([0, 0, 0, 0, 0, 0, 0, 0]), json!([1, 1, 0, 0, 0, 0, 0, 0]), json!([1e39, 0, 0, 0, 0, 0, 0, 0]),
            json!([1, null, 0, 0, 0, 0, 0, 0]), json!("1"), json!(longer), json!(vector(7)), json!(vector(512)),
        ] {
            held.post(&app, "finish", &seen(&version, &wrong)).await.expect(400);
        }
        held.post(&app, "finish", &outcome()).await.expect(400);
        assert_eq!((state(&app, &held.job).await.as_str(), vectors(&app).await), ("active/companion/1", 1));
        // what was refused fails with the reason that the companion heard
        held.post(&app, "fail", &json!({"reason": "the server refuses"})).await.expect(204);
        assert_eq!(state(&app, &held.job).await, "failed/companion/1");
        // and nobody has a vector for a video
        video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        held.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(400);
        read(&app, &held, "preview", "bytes=0-").await.expect(404);
        read(&app, &held, &format!("model?version={version}&file=manifest.json"), "bytes=0-").await.expect(404);
    }

    async fn a_model_that_changes_meanwhile_lets_the_job_wait(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install(&app, "manifest.json", b"{}").await;
        let (_, job) = picture(&app, &alice).await;
        let (held, former) = take(&app, &token).await;
        install(&app, "manifest.json", b"{ }").await;
        read(&app, &held, &format!("model?version={former}&file=manifest.json"), "bytes=0-").await.expect(412);
        assert_eq!(state(&app, &job).await, "waiting/companion/0");
        app.clock.advance(10_000);
        let (held, version) = take(&app, &token).await;
        assert_ne!(version, former);
        install(&app, "manifest.json", b"{  }").await;
        held.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(412);
        assert_eq!((state(&app, &job).await.as_str(), vectors(&app).await), ("waiting/companion/0", 0));
        // one that is there no more is the edge's to complain of
        app.app.objects.delete(&[format!("models/{MODEL}/manifest.json")]).await.unwrap();
        app.clock.advance(60_000);
        ask(&app, &token).await.expect(204);
        assert_eq!(state(&app, &job).await, "waiting/edge/0");
    }

    async fn a_service_that_is_configured_meanwhile_has_what_waits(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install(&app, "manifest.json", b"{}").await;
        let (_, first) = picture(&app, &alice).await;
        let (_, second) = picture(&app, &alice).await;
        let (held, version) = take(&app, &token).await;
        configure(&app, &json!({"machineLearning": {"urls": ["http://192.168.1.5:3003"]}})).await;
        held.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(412);
        assert_eq!((state(&app, &held.job).await.as_str(), vectors(&app).await), ("waiting/companion/0", 0));
        app.clock.advance(10_000);
        ask(&app, &token).await.expect(204);
        for job in [first, second] {
            assert_eq!(state(&app, &job).await, "waiting/edge/0");
        }
    }

    async fn who_has_one_picture_does_not_stand_behind_all_of_another(app: TestApp) {
        for owner in ["a", "a", "a", "b", "a"] {
            left(&app, owner).await;
        }
        let before = "select count(*) as n from job where owner_id = 'a' \
                      and turn <= (select min(o.turn) from job o where o.owner_id = 'b')";
        assert_eq!(app.count(stmt!(before)).await, 1);
        let turns = "select count(distinct turn) as n from job where owner_id = 'a' and runner = 'companion'";
        assert_eq!(app.count(stmt!(turns)).await, 4);
    }

    async fn what_waits_for_a_companion_that_is_gone_the_edge_does_again(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install(&app, "manifest.json", b"{}").await;
        ask(&app, &token).await.expect(204);
        let (_, job) = picture(&app, &alice).await;
        let (_, film) = video(&app, &alice).await;
        app.sql(stmt!("update job set attempts = 2 where id = ?1", &job)).await;
        app.clock.advance(AWAY - 1);
        app.tick().await;
        assert_eq!(state(&app, &job).await, "waiting/companion/2");
        app.clock.advance(1);
        app.tick().await;
        assert_eq!(state(&app, &job).await, "waiting/edge/0");
        assert_eq!(state(&app, &film).await, "waiting/companion/0");
    }

    async fn a_companion_that_dies_at_a_picture_loses_nothing(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        install(&app, "manifest.json", b"{}").await;
        let (_, job) = picture(&app, &alice).await;
        let (dead, version) = take(&app, &token).await;
        app.clock.advance(LEASE);
        app.tick().await;
        let (held, _) = take(&app, &token).await;
        assert_eq!(held.job, job);
        dead.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(412);
        held.post(&app, "finish", &seen(&version, &json!(vector(8)))).await.expect(204);
        assert_eq!(vectors(&app).await, 1);
    }

    async fn who_asks_for_sessions_only_is_busy_and_no_learner(app: TestApp) {
        let token = token(&app);
        configure(&app, &json!({"ffmpeg": {"realtime": {"enabled": true}}})).await;
        ask(&app, &token).await.expect(204);
        app.clock.advance(AWAY);
        let body = json!({"version": "1", "ffmpeg": "5", "learn": true});
        let request = app.post("/api/companion/streams").json(&body);
        let request = request.header("authorization", &format!("Bearer {token}"));
        assert_eq!(request.send().await.expect(200).json()["stream"], Value::Null);
        assert!(!edge_store::companions::has_learner(app.app.db(), JobName::SmartSearch, app.app.now()).await.unwrap());
    }

    async fn a_revoked_or_silent_companion_is_no_learner(app: TestApp) {
        let (admin, token) = (app.admin().await, token(&app));
        let is_there = async || edge_store::companions::has_learner(app.app.db(), JobName::SmartSearch, app.app.now()).await.unwrap();
        lease(&app, &token).await.expect(204);
        assert!(!is_there().await);
        ask(&app, &token).await.expect(204);
        assert!(is_there().await);
        let listed = app.get("/api/companion").user(&admin).send().await.expect(200).json();
        assert_eq!(listed[0]["about"]["learning"], "smartSearch");
        app.clock.advance(AWAY);
        assert!(!is_there().await);
        ask(&app, &token).await.expect(204);
        assert!(is_there().await);
        app.delete("/api/companion/nas-1").user(&admin).send().await.expect(204);
        assert!(!is_there().await);
    }
}
