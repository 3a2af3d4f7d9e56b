//! The protocol of companions: who is admitted, and that a job is done once whoever dies.
#![allow(clippy::unwrap_used, reason = "tests")]

mod edits;
mod learning;
mod leases;
mod networks;
mod waiting;

use edge_api::enums::{JobName, QueueName};
use edge_platform::stmt;
use edge_protocol::{
    token::{self, Scope},
    wire::LEASE_HEADER,
};
use edge_store::jobs::{self, LEASE, NewJob, companion::FIRST_LEASE, queues};
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

const SECRET: &str = "a secret that is at least thirty-two bytes long";

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_companion::ROUTES, fn_companion::routes()),
        Area::new(fn_companion_ml::ROUTES, fn_companion_ml::routes()),
    ]
}

fn token_of(app: &TestApp, id: &str, scopes: &[Scope]) -> String {
    app.variables.set("companion_secret", SECRET);
    token::make(SECRET, id, "nas", scopes, 30, app.app.now()).unwrap()
}

fn token(app: &TestApp) -> String {
    token_of(app, "nas-1", &Scope::ALL)
}

/// A video whose thumbnails wait for a companion: its id and its job's.
async fn video(app: &TestApp, owner: &NewUser) -> (String, String) {
    let key = format!("upload/{}/{}.mp4", owner.id, app.app.uuid());
    let bytes = b"0123456789".to_vec();
    app.app
        .objects
        .put(&key, bytes.into(), "video/mp4")
        .await
        .unwrap();
    let asset = app
        .asset(owner)
        .with("original_path", key)
        .with("original_file_name", "-i.mp4")
        .with("type", "VIDEO")
        .insert()
        .await;
    let payload = json!({"id": asset, "source": "upload"});
    let mut job = NewJob::new(
        app.app.uuid(),
        JobName::AssetGenerateThumbnails,
        payload,
        app.app.now(),
    );
    job.companion_reason = Some("videos need ffmpeg".to_owned());
    job.owner_id = Some(owner.id.clone());
    app.sql(jobs::insert(&job, app.app.now())).await;
    (asset, job.id)
}

/// Has a video encoded.
async fn encode(app: &TestApp, asset: &str) {
    let mut job = NewJob::new(
        app.app.uuid(),
        JobName::AssetEncodeVideo,
        json!({"id": asset}),
        app.app.now(),
    );
    job.companion_reason = Some("videos need ffmpeg".to_owned());
    app.sql(jobs::insert(&job, app.app.now())).await;
}

async fn lease(app: &TestApp, token: &str) -> Reply {
    let body = json!({"version": "1", "ffmpeg": "5", "edits": true});
    let request = app.post("/api/companion/lease").json(&body);
    request
        .header("authorization", &format!("Bearer {token}"))
        .send()
        .await
}

/// A job in the hands of a companion.
struct Held {
    token: String,
    job: String,
    lease: String,
}

impl Held {
    async fn take(app: &TestApp, token: &str) -> Self {
        let leased = lease(app, token).await.expect(200).json();
        let text = |name: &str| leased[name].as_str().unwrap().to_owned();
        Self {
            token: token.to_owned(),
            job: text("job"),
            lease: text("lease"),
        }
    }

    async fn post(&self, app: &TestApp, what: &str, body: &Value) -> Reply {
        let request = app
            .post(&format!("/api/companion/jobs/{}/{what}", self.job))
            .json(body);
        let request = request.header("authorization", &format!("Bearer {}", self.token));
        request.header(LEASE_HEADER, &self.lease).send().await
    }

    async fn read(&self, app: &TestApp, range: &str) -> Reply {
        let request = app.get(&format!("/api/companion/jobs/{}/original", self.job));
        let request = request.header("authorization", &format!("Bearer {}", self.token));
        request
            .header(LEASE_HEADER, &self.lease)
            .header("range", range)
            .send()
            .await
    }

    async fn write(&self, app: &TestApp, name: &str, bytes: &'static [u8]) -> Reply {
        let request = app.put(&format!("/api/companion/jobs/{}/outputs/{name}", self.job));
        let request = request.header("authorization", &format!("Bearer {}", self.token));
        request
            .header(LEASE_HEADER, &self.lease)
            .body("image/jpeg", bytes)
            .send()
            .await
    }

    async fn part(&self, app: &TestApp, upload: &str, number: &str, bytes: &'static [u8]) -> Reply {
        let path = format!("/api/companion/jobs/{}/video/{upload}/{number}", self.job);
        let request = app
            .put(&path)
            .header("authorization", &format!("Bearer {}", self.token));
        request
            .header(LEASE_HEADER, &self.lease)
            .body("video/mp4", bytes)
            .send()
            .await
    }

    async fn write_both(&self, app: &TestApp) {
        for name in ["preview.jpeg", "thumbnail.webp"] {
            self.write(app, name, b"a picture").await.expect(204);
        }
    }
}

fn outcome() -> Value {
    json!({
        "type": "videoThumbnails",
        "video": {"container": "mov,mp4", "videoCodec": "h264", "audioCodec": "aac", "width": 640, "height": 360,
            "rotation": -90, "fps": 29.97, "durationMs": 3003, "bitRate": 1000, "pixelFormat": "yuv420p"},
        "look": {"outputs": ["preview.jpeg", "thumbnail.webp"], "thumbhash": "YJqGPQw7sFlslqhFafSE+Q6oJ1h2iHB2Rw==",
            "width": 360, "height": 640},
    })
}

async fn state(app: &TestApp, job: &str) -> String {
    let rows = app
        .sql(stmt!(
            "select state || '/' || runner || '/' || attempts as n from job where id = ?1",
            job
        ))
        .await;
    rows.first()
        .map_or_else(|| "gone".to_owned(), |row| row.get("n").unwrap())
}

on_each_database! {
    async fn a_companion_makes_the_thumbnails_of_a_video(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        lease(&app, &token).await.expect(204);
        let (asset, job) = video(&app, &alice).await;
        app.take_round_trips();
        let leased = lease(&app, &token).await.expect(200).json();
        // claim, asset, configuration
        assert_eq!(app.take_round_trips(), 3);
        assert_eq!(leased["kind"], "AssetGenerateThumbnails");
        assert_eq!((&leased["expiresIn"], &leased["attempt"]), (&json!(FIRST_LEASE), &json!(1)));
        assert_eq!(leased["task"]["type"], "videoThumbnails");
        assert_eq!(leased["task"]["renditions"][0], json!({"kind": "preview", "format": "jpeg", "size": 1440, "quality": 80, "progressive": false}));
        assert_eq!(leased["task"]["renditions"][1]["kind"], "thumbnail");
        lease(&app, &token).await.expect(204);
        let text = |name: &str| leased[name].as_str().unwrap().to_owned();
        let held = Held { token: token.clone(), job: text("job"), lease: text("lease") };
        assert_eq!(held.job, job);
        let part = held.read(&app, "bytes=2-4").await.expect(206);
        assert_eq!((&part.body[..], part.header("content-range")), (&b"234"[..], "bytes 2-4/10"));
        held.read(&app, "bytes=10-").await.expect(416);
        held.write_both(&app).await;
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 2);
        app.take_events();
        let mut damaged = outcome();
        damaged["look"]["damage"] = json!("it is cut\n");
        held.post(&app, "finish", &damaged).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_job_status where thumbnails_warning = 'it is cut'")).await, 1);
        assert_eq!(state(&app, &job).await, "gone");
        let told = app.take_events();
        let names: Vec<_> = told.iter().map(|(user, event)| (user, event[0].as_str())).collect();
        assert_eq!(names, [(&alice.id, Some("on_upload_success")), (&alice.id, Some("AssetUploadReadyV2"))]);
        assert_eq!(told[0].1[1]["id"].as_str(), Some(asset.as_str()));
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where asset_id = ?1 and size_in_byte = 9", &asset)).await, 2);
        let facts = "select a.duration_ms || ' ' || a.width || 'x' || a.height || ' ' || e.exif_image_width || 'x' || e.exif_image_height \
             || ' ' || e.orientation || ' ' || v.video_codec || ' ' || v.pixel_format || ' ' || a.thumbhash as n \
             from asset a join asset_exif e on e.asset_id = a.id join asset_video v on v.asset_id = a.id where a.id = ?1";
        let rows = app.sql(stmt!(facts, &asset)).await;
        let found: String = rows.first().unwrap().get("n").unwrap();
        assert_eq!(found, "3003 360x640 640x360 6 h264 yuv420p YJqGPQw7sFlslqhFafSE+Q6oJ1h2iHB2Rw==");
        // whoever says it twice changes nothing
        held.post(&app, "finish", &outcome()).await.expect(412);
    }

    async fn who_has_no_token_of_this_server_is_nobody(app: TestApp) {
        let alice = app.user("alice").await;
        let (_, job) = video(&app, &alice).await;
        let good = token(&app);
        app.variables.set("companion_secret", "");
        assert_eq!(lease(&app, &good).await.expect(401).message(), "This server admits no companions");
        app.variables.set("companion_secret", SECRET);
        app.post("/api/companion/lease").json(&json!({})).send().await.expect(401);
        app.post("/api/companion/lease").user(&alice).json(&json!({})).send().await.expect(401);
        lease(&app, "a.b.c").await.expect(401);
        let other = token::make(&SECRET.to_uppercase(), "x", "x", &Scope::ALL, 30, app.app.now()).unwrap();
        lease(&app, &other).await.expect(401);
        app.clock.advance(31 * 86_400_000);
        assert!(lease(&app, &good).await.expect(401).message().contains("expired"));
        assert_eq!(state(&app, &job).await, "waiting/companion/0");
    }

    async fn a_revoked_token_gets_nothing_and_holds_nothing(app: TestApp) {
        let (alice, admin, token) = (app.user("alice").await, app.admin().await, token(&app));
        let (_, job) = video(&app, &alice).await;
        video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        let seen = app.get("/api/companion").user(&admin).send().await.expect(200).json();
        assert_eq!((&seen[0]["id"], &seen[0]["name"], &seen[0]["about"]["ffmpeg"]), (&json!("nas-1"), &json!("nas"), &json!("5")));
        assert_eq!(seen[0]["revokedAt"], Value::Null);
        app.delete("/api/companion/nas-1").user(&alice).send().await.expect(403);
        app.delete("/api/companion/nas-1").user(&admin).send().await.expect(204);
        lease(&app, &token).await.expect(401);
        held.post(&app, "renew", &json!({})).await.expect(412);
        held.read(&app, "bytes=0-").await.expect(401);
        held.write(&app, "preview.jpeg", b"x").await.expect(401);
        held.post(&app, "finish", &outcome()).await.expect(401);
        assert_eq!(state(&app, &job).await, "active/companion/1");
        // one that was never seen
        let unseen = token_of(&app, "nas-2", &Scope::ALL);
        app.delete("/api/companion/nas-2").user(&admin).send().await.expect(204);
        lease(&app, &unseen).await.expect(401);
    }

    async fn a_token_without_the_scope_gets_no_such_job(app: TestApp) {
        let alice = app.user("alice").await;
        video(&app, &alice).await;
        let token = token_of(&app, "other", &[Scope::Transcode]);
        lease(&app, &token).await.expect(204);
        let token = token_of(&app, "none", &[]);
        lease(&app, &token).await.expect(204);
    }

    async fn what_failed_says_why_and_what_may_pass_is_tried_again(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (_, job) = video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        held.post(&app, "fail", &json!({"reason": "the disk is full", "mayPass": true})).await.expect(204);
        lease(&app, &token).await.expect(204);
        app.clock.advance(10_000);
        let held = Held::take(&app, &token).await;
        assert_eq!(held.job, job);
        held.post(&app, "fail", &json!({"reason": format!("no\u{0} frame{}", "x".repeat(5_000))})).await.expect(204);
        assert_eq!(state(&app, &job).await, "failed/companion/2");
        let listed = queues::jobs(app.app.db(), QueueName::ThumbnailGeneration, &[], app.app.now()).await.unwrap();
        let reason = listed[0].data["reason"].as_str().unwrap();
        assert!(reason.starts_with("no framexxx") && reason.len() == 1_000, "{reason}");
    }

    async fn a_picture_that_is_being_deleted_lets_the_job_wait_uncounted(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (asset, job) = video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        let key = format!("thumbs/{}/{}/{}/{asset}_preview.jpeg", alice.id, &asset[..2], &asset[2..4]);
        app.sql(stmt!(
            "insert into object_deletion (object_key, run_after, created_at, taken_until) values (?1, 1, 1, ?2)",
            key, app.app.now() + 600_000
        )).await;
        held.write(&app, "preview.jpeg", b"a picture").await.expect(412);
        assert_eq!(state(&app, &job).await, "waiting/companion/0");
        lease(&app, &token).await.expect(204);
        app.clock.advance(10_000);
        assert_eq!(lease(&app, &token).await.expect(200).json()["attempt"], 1);
    }

    async fn an_encoded_video_comes_in_parts_and_replaces_the_former_one_at_once(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (asset, first) = video(&app, &alice).await;
        app.sql(stmt!("update job set kind = 'AssetEncodeVideo', queue = 'videoConversion' where id = ?1", &first)).await;
        let mut keys = Vec::new();
        for turn in 0..2 {
            let leased = lease(&app, &token).await.expect(200).json();
            assert_eq!((&leased["task"]["type"], &leased["task"]["config"]["crf"]), (&json!("transcode"), &json!(23)));
            let text = |name: &str| leased[name].as_str().unwrap().to_owned();
            let held = Held { token: token.clone(), job: text("job"), lease: text("lease") };
            let upload = held.post(&app, "video", &json!(null)).await.expect(200).json();
            let upload = upload["upload"].as_str().unwrap().to_owned();
            let facts = outcome()["video"].clone();
            let done = |tags: &[&str]| json!({"type": "transcoded", "video": facts, "encoded": {"upload": upload, "tags": tags}});
            assert_eq!(app.count(stmt!("select count(*) as n from pending_object where upload_id = ?1", &upload)).await, 1);
            held.part(&app, &upload, "0", b"x").await.expect(400);
            held.part(&app, &upload, "1", b"").await.expect(400);
            let tag = held.part(&app, &upload, "1", b"an encoded video").await.expect(200).json();
            held.post(&app, "finish", &outcome()).await.expect(400);
            let wrong = held.post(&app, "finish", &done(&["7-7"])).await;
            assert_eq!(wrong.status, 400);
            held.post(&app, "finish", &done(&[tag["tag"].as_str().unwrap()])).await.expect(204);
            held.post(&app, "finish", &done(&[tag["tag"].as_str().unwrap()])).await.expect(412);
            let rows = app.sql(stmt!("select path from asset_file where asset_id = ?1 and type = 'encoded_video'", &asset)).await;
            keys.push(rows.first().unwrap().get::<String>("path").unwrap());
            assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, turn);
            assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
            encode(&app, &asset).await;
        }
        assert_ne!(keys[0], keys[1]);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion where object_key = ?1", &keys[0])).await, 1);
        // nothing is needed any more: the original is played again
        let held = Held::take(&app, &token).await;
        let none = json!({"type": "transcoded", "video": outcome()["video"], "encoded": null});
        held.post(&app, "finish", &none).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where asset_id = ?1", &asset)).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 2);
    }

    async fn parts_of_a_companion_that_died_are_swept(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let asset = video(&app, &alice).await.0;
        app.sql(stmt!("delete from job")).await;
        encode(&app, &asset).await;
        let dead = Held::take(&app, &token).await;
        let upload = dead.post(&app, "video", &json!(null)).await.expect(200).json();
        let upload = upload["upload"].as_str().unwrap();
        dead.part(&app, upload, "1", b"half of it").await.expect(200);
        app.clock.advance(LEASE);
        app.tick().await;
        dead.part(&app, upload, "2", b"late").await.expect(412);
        app.clock.advance(edge_store::objects::PENDING_LIFETIME);
        app.tick().await;
        app.tick().await;
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 0);
        let left = std::fs::read_dir(app.folder().join(".unfinished")).unwrap().count();
        assert_eq!(left, 0);
    }

    async fn all_videos_or_those_without_one_are_encoded_on_request(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (asset, _) = video(&app, &alice).await;
        let (other, _) = video(&app, &alice).await;
        app.asset(&alice).insert().await;
        app.sql(stmt!("delete from job")).await;
        app.sql(stmt!("insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'encoded_video', 'f', 'p', 'video/mp4', 1, 0, 0)", &other)).await;
        for (force, count) in [(false, 1), (true, 2)] {
            let all = NewJob::new(app.app.uuid(), JobName::AssetEncodeVideoQueueAll, json!({"force": force}), app.app.now());
            app.sql(jobs::insert(&all, app.app.now())).await;
            app.run_jobs().await;
            let waits = "select count(*) as n from job where kind = 'AssetEncodeVideo' and runner = 'companion' and state = 'waiting'";
            assert_eq!(app.count(stmt!(waits)).await, count);
        }
        let found = Held::take(&app, &token).await;
        let rows = app.sql(stmt!("select payload from job where id = ?1", &found.job)).await;
        let payload: String = rows.first().unwrap().get("payload").unwrap();
        assert!(payload.contains(&asset), "{payload}");
    }

    async fn what_a_companion_says_is_checked(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (_, job) = video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        for name in ["preview.png", "sidecar.jpeg", "..%2Fpreview.jpeg", "original"] {
            held.write(&app, name, b"x").await.expect(404);
        }
        held.write(&app, "preview.jpeg", b"").await.expect(400);
        // nothing was written
        held.post(&app, "finish", &outcome()).await.expect(400);
        held.write_both(&app).await;
        for (pointer, value) in [
            ("/look/thumbhash", json!("x")), ("/look/thumbhash", json!("x".repeat(1_000))), ("/look/width", json!(0)), ("/look/width", json!(-1)),
            ("/look/outputs/0", json!("../x")), ("/video/width", json!(0)), ("/video/fps", json!("fast")),
            ("/video/durationMs", json!(-5)), ("/video/videoCodec", json!("x".repeat(2_000))), ("/type", json!("other")),
        ] {
            let mut wrong = outcome();
            *wrong.pointer_mut(pointer).unwrap() = value;
            held.post(&app, "finish", &wrong).await.expect(400);
        }
        let far = app.post(&format!("/api/companion/jobs/{job}/finish")).json(&outcome());
        far.header("authorization", &format!("Bearer {token}")).send().await.expect(400);
        assert_eq!(state(&app, &job).await, "active/companion/1");
        held.post(&app, "finish", &outcome()).await.expect(204);
    }

    async fn a_video_that_is_deleted_meanwhile_leaves_nothing(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (asset, job) = video(&app, &alice).await;
        let (other, _) = video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        held.write_both(&app).await;
        let (first, second) = if held.job == job { (asset, other) } else { (other, asset) };
        for id in [&first, &second] {
            app.sql(stmt!("delete from asset where id = ?1", id)).await;
        }
        held.write(&app, "preview.jpeg", b"x").await.expect(412);
        held.read(&app, "bytes=0-").await.expect(404);
        held.post(&app, "finish", &outcome()).await.expect(204);
        // the job of the other one turns out to need nothing
        lease(&app, &token).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        // the sweeper takes what was written
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 2);
    }
}
