//! The jobs area over HTTP.
#![allow(clippy::expect_used, reason = "tests")]

use edge_api::enums::{JobName, ManualJobName, QueueName};
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(fn_jobs::ROUTES, fn_jobs::routes())]
}

async fn put(
    app: &TestApp,
    who: &NewUser,
    queue: &str,
    body: serde_json::Value,
) -> edge_testkit::Reply {
    app.put(&format!("/api/jobs/{queue}"))
        .user(who)
        .json(&body)
        .send()
        .await
}

/// Something for each manual job to do.
async fn prepare(app: &TestApp, owner: &NewUser) {
    let gone = app.user("gone").await;
    let photo = |path: &'static str| app.asset(owner).with("original_path", path);
    photo("upload/a/lost.jpg").insert().await;
    photo("upload/a/wrong.jpg").insert().await;
    for key in ["upload/a/wrong.jpg", "upload/a/stray.jpg"] {
        let put = app.app.objects.put(key, "x".into(), "image/jpeg");
        put.await.expect("the bucket takes it");
    }
    let me = &owner.id;
    for sql in [
        format!(
            "insert into person (id, owner_id, created_at, updated_at, update_id) values ('p', '{me}', 0, 0, 'u')"
        ),
        format!(
            "insert into tag (id, owner_id, value, created_at, updated_at) values ('t', '{me}', 'nothing', 0, 0)"
        ),
        format!(
            "update users set deleted_at = 0, status = 'deleted' where id = '{}'",
            gone.id
        ),
        format!(
            "insert into memory (id, owner_id, type, data, memory_at, created_at, updated_at, update_id) \
             values ('m', '{me}', 'on_this_day', '{{\"year\":1999}}', 0, 0, 0, 'u')"
        ),
    ] {
        app.sql(stmt!(sql)).await;
    }
}

/// What is to be counted after a manual job, and how much of it there is when the job was done.
fn wanted(name: ManualJobName) -> (&'static str, i64) {
    use ManualJobName as M;
    match name {
        M::PersonCleanup => ("select count(*) as n from person", 0),
        M::TagCleanup => ("select count(*) as n from tag", 0),
        M::UserCleanup => ("select count(*) as n from users", 1),
        M::MemoryCleanup => ("select count(*) as n from memory", 0),
        M::MemoryCreate => (
            "select count(*) as n from system_metadata where key like 'memories%'",
            1,
        ),
        M::BackupDatabase => ("select 0 as n", 0),
        M::IntegrityMissingFiles | M::IntegrityMissingFilesRefresh => (
            "select count(*) as n from integrity_report where type = 'missing_file'",
            1,
        ),
        M::IntegrityUntrackedFiles | M::IntegrityUntrackedFilesRefresh => (
            "select count(*) as n from integrity_report where type = 'untracked_file'",
            1,
        ),
        M::IntegrityChecksumMismatch | M::IntegrityChecksumMismatchRefresh => (
            "select count(*) as n from integrity_report where type = 'checksum_mismatch'",
            1,
        ),
        M::IntegrityMissingFilesDeleteAll => (
            "select count(*) as n from asset where status = 'trashed'",
            1,
        ),
        M::IntegrityUntrackedFilesDeleteAll => (
            "select count(*) as n from integrity_report where type = 'untracked_file'",
            0,
        ),
        M::IntegrityChecksumMismatchDeleteAll => (
            "select count(*) as n from asset where status = 'trashed'",
            2,
        ),
    }
}

on_each_database! {
    async fn only_administrators_see_and_command_queues(app: TestApp) {
        let alice = app.user("alice").await;
        app.get("/api/jobs").send().await.expect(401);
        app.get("/api/jobs").user(&alice).send().await.expect(403);
        put(&app, &alice, "thumbnailGeneration", json!({"command": "pause"})).await.expect(403);
        app.post("/api/jobs").user(&alice).json(&json!({"name": "user-cleanup"})).send().await.expect(403);
    }

    async fn all_queues_are_listed_by_name_in_two_round_trips(app: TestApp) {
        let admin = app.admin().await;
        app.take_round_trips();
        let queues = app.get("/api/jobs").user(&admin).send().await.expect(200).json();
        assert!(app.take_round_trips() <= 2);
        assert_eq!(queues.as_object().map(serde_json::Map::len), Some(19));
        let counts = json!({"active": 0, "completed": 0, "failed": 0, "delayed": 0, "waiting": 0, "paused": 0});
        let idle = json!({"jobCounts": counts, "queueStatus": {"isActive": false, "isPaused": false}});
        assert_eq!(queues["thumbnailGeneration"], idle);
    }

    async fn start_stores_one_job_and_wakes_the_media_function(app: TestApp) {
        let admin = app.admin().await;
        app.take_round_trips();
        let queue = put(&app, &admin, "thumbnailGeneration", json!({"command": "start", "force": true})).await;
        assert!(app.take_round_trips() <= 2);
        assert_eq!(queue.expect(200).json()["jobCounts"]["waiting"], json!(1));
        let rows = app.sql(stmt!("select id, kind || payload as job from job")).await;
        let row = rows.first().expect("a job");
        assert_eq!(row.get::<String>("job").expect("text"), r#"AssetGenerateThumbnailsQueueAll{"force":true}"#);
        let id: String = row.get("id").expect("an id");
        assert_eq!(app.take_wakes()[0].job_id, id);
    }

    async fn a_working_queue_is_not_started_again(app: TestApp) {
        let admin = app.admin().await;
        let job = NewJob::new(app.app.uuid(), JobName::AssetExtractMetadata, json!({}), app.app.now());
        app.sql(jobs::insert(&job, app.app.now())).await;
        jobs::claim(app.app.db(), &job.id, "lease", app.app.now()).await.expect("an answer").expect("the job");
        let reply = put(&app, &admin, "metadataExtraction", json!({"command": "start"})).await.expect(400);
        assert_eq!(reply.message(), "Job is already running");
        let queues = app.get("/api/jobs").user(&admin).send().await.expect(200).json();
        assert_eq!(queues["metadataExtraction"]["queueStatus"]["isActive"], json!(true));
    }

    async fn queues_without_a_start_are_refused_and_all_others_start(app: TestApp) {
        let admin = app.admin().await;
        let reply = put(&app, &admin, "search", json!({"command": "start"})).await.expect(400);
        assert_eq!(reply.message(), "Invalid job name: search");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        // Thirteen of the nineteen have one (api/jobs-ml.md section 1), and nobody answers 501.
        let mut started = 0;
        for queue in QueueName::VALUES {
            let reply = put(&app, &admin, queue.as_str(), json!({"command": "start", "force": false})).await;
            if reply.status == 400 {
                assert_eq!(reply.message(), format!("Invalid job name: {queue}"));
            } else {
                reply.expect(200);
                started += 1;
            }
        }
        assert_eq!(started, 13);
        assert_eq!(app.count(stmt!("select count(distinct kind) as n from job")).await, 13);
    }

    async fn pausing_resuming_emptying_and_clearing(app: TestApp) {
        let admin = app.admin().await;
        let job = NewJob::new(app.app.uuid(), JobName::AssetExtractMetadata, json!({}), app.app.now());
        app.sql(jobs::insert(&job, app.app.now())).await;
        let queue = put(&app, &admin, "metadataExtraction", json!({"command": "pause"})).await.expect(200).json();
        assert_eq!(queue["queueStatus"]["isPaused"], json!(true));
        assert_eq!(queue["jobCounts"]["paused"], json!(1));
        let queue = put(&app, &admin, "metadataExtraction", json!({"command": "resume"})).await.expect(200).json();
        assert_eq!(queue["jobCounts"]["waiting"], json!(1));
        assert_eq!(app.take_wakes(), vec![job.wake()]);
        let queue = put(&app, &admin, "metadataExtraction", json!({"command": "empty"})).await.expect(200).json();
        assert_eq!(queue["jobCounts"]["waiting"], json!(0));
        app.sql(jobs::insert(&job, app.app.now())).await;
        app.sql(stmt!("update job set state = 'failed'")).await;
        let queue = put(&app, &admin, "metadataExtraction", json!({"command": "clear-failed"})).await.expect(200);
        assert_eq!(queue.json()["jobCounts"]["failed"], json!(0));
        // Only the newer form refuses to pause this one (api/jobs-ml.md section 1).
        let queue = put(&app, &admin, "backgroundTask", json!({"command": "pause"})).await.expect(200).json();
        assert_eq!(queue["queueStatus"]["isPaused"], json!(true));
        let queue = put(&app, &admin, "backgroundTask", json!({"command": "resume"})).await.expect(200).json();
        assert_eq!(queue["queueStatus"]["isPaused"], json!(false));
    }

    async fn manual_jobs_are_stored_once(app: TestApp) {
        let admin = app.admin().await;
        for _ in 0..2 {
            app.post("/api/jobs").user(&admin).json(&json!({"name": "user-cleanup"})).send().await.expect(204);
        }
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'UserDeleteCheck'")).await, 1);
    }

    async fn every_manual_job_does_its_work(app: TestApp) {
        let admin = app.admin().await;
        prepare(&app, &admin).await;
        assert_eq!(ManualJobName::VALUES.len(), 15);
        for name in ManualJobName::VALUES {
            app.post("/api/jobs").user(&admin).json(&json!({"name": name.as_str()})).send().await.expect(204);
            // Steps that follow wait a second.
            for _ in 0..20 {
                app.run_jobs().await;
                app.clock.advance(1_000);
            }
            assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0, "{name}");
            let (sql, left) = wanted(*name);
            assert_eq!(app.count(stmt!(sql)).await, left, "{name}");
        }
        let keys = app.object_keys().await;
        assert!(!keys.iter().any(|key| key.ends_with("stray.jpg")), "{keys:?}");
        assert!(keys.iter().any(|key| key.starts_with("backups/immich-db-backup-")), "{keys:?}");
    }

    async fn bad_input_is_refused(app: TestApp) {
        let admin = app.admin().await;
        let reply = put(&app, &admin, "nonsense", json!({"command": "start"})).await.expect(400);
        assert!(reply.issues().starts_with("name: Invalid option: expected one of"), "{}", reply.issues());
        put(&app, &admin, "metadataExtraction", json!({"command": "dance"})).await.expect(400);
        put(&app, &admin, "metadataExtraction", json!({"command": "start", "force": "yes"})).await.expect(400);
        app.post("/api/jobs").user(&admin).json(&json!({})).send().await.expect(400);
        app.post("/api/jobs").user(&admin).body("application/json", "{").send().await.expect(400);
    }
}
