//! The queues area over HTTP.
#![allow(clippy::expect_used, reason = "tests")]

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(fn_queues::ROUTES, fn_queues::routes())]
}

async fn stored(app: &TestApp, run_after: i64) -> NewJob {
    let payload = json!({"id": "a", "source": "upload"});
    let mut job = NewJob::new(
        app.app.uuid(),
        JobName::AssetExtractMetadata,
        payload,
        app.app.now(),
    );
    job.run_after = run_after;
    app.sql(jobs::insert(&job, app.app.now())).await;
    job
}

on_each_database! {
    async fn only_administrators_see_and_change_queues(app: TestApp) {
        let alice = app.user("alice").await;
        for path in ["/api/queues", "/api/queues/ocr", "/api/queues/ocr/jobs"] {
            app.get(path).send().await.expect(401);
            app.get(path).user(&alice).send().await.expect(403);
        }
        app.put("/api/queues/ocr").user(&alice).json(&json!({"isPaused": true})).send().await.expect(403);
        app.delete("/api/queues/ocr/jobs").user(&alice).json(&json!({})).send().await.expect(403);
    }

    async fn an_api_key_needs_the_permission_of_each_operation(app: TestApp) {
        let admin = app.admin().await;
        let key = app.api_key(&admin, &["queue.read"]).await;
        app.get("/api/queues").key(&key).send().await.expect(200);
        app.get("/api/queues/ocr/jobs").key(&key).send().await.expect(403);
    }

    async fn all_19_queues_are_listed_in_two_round_trips(app: TestApp) {
        let admin = app.admin().await;
        app.take_round_trips();
        let queues = app.get("/api/queues").user(&admin).send().await.expect(200).json();
        assert!(app.take_round_trips() <= 2);
        assert_eq!(queues.as_array().map(Vec::len), Some(19));
        assert_eq!(queues[0]["name"], json!("thumbnailGeneration"));
    }

    async fn a_paused_queue_keeps_its_jobs_until_it_goes_on(app: TestApp) {
        let admin = app.admin().await;
        let job = stored(&app, app.app.now()).await;
        let path = "/api/queues/metadataExtraction";
        let queue = app.put(path).user(&admin).json(&json!({"isPaused": true})).send().await.expect(200).json();
        assert_eq!(queue["isPaused"], json!(true));
        assert_eq!(queue["statistics"]["paused"], json!(1));
        assert_eq!(jobs::claim(app.app.db(), &job.id, "lease", app.app.now()).await.expect("an answer"), None);
        let unchanged = app.put(path).user(&admin).json(&json!({})).send().await.expect(200).json();
        assert_eq!(unchanged, queue);
        let queue = app.put(path).user(&admin).json(&json!({"isPaused": false})).send().await.expect(200).json();
        assert_eq!(queue["statistics"]["waiting"], json!(1));
        assert_eq!(app.take_wakes(), vec![job.wake()]);
        assert_eq!(app.get(path).user(&admin).send().await.expect(200).json(), queue);
    }

    async fn background_tasks_cannot_be_paused(app: TestApp) {
        let admin = app.admin().await;
        let request = app.put("/api/queues/backgroundTask").user(&admin).json(&json!({"isPaused": true}));
        assert_eq!(request.send().await.expect(400).message(), "The BackgroundTask queue cannot be paused");
    }

    async fn jobs_are_listed_by_state(app: TestApp) {
        let admin = app.admin().await;
        let (now, path) = (app.app.now(), "/api/queues/metadataExtraction/jobs");
        let due = stored(&app, now).await;
        stored(&app, now + 1000).await;
        let all = app.get(path).user(&admin).send().await.expect(200).json();
        assert_eq!(all.as_array().map(Vec::len), Some(2));
        let waiting = app.get(&format!("{path}?status=waiting&status=failed")).user(&admin).send().await;
        let expected = json!([{
            "id": due.id, "name": "AssetExtractMetadata", "data": {"id": "a", "source": "upload"}, "timestamp": now
        }]);
        assert_eq!(waiting.expect(200).json(), expected);
        app.sql(stmt!("update job set runner = 'companion', runner_reason = 'too large' where id = ?1", &due.id)).await;
        let waiting = app.get(&format!("{path}?status=waiting")).user(&admin).send().await.expect(200).json();
        assert_eq!(waiting[0]["data"]["reason"], "waits for the companion: too large");
        app.get(&format!("{path}?status=lost")).user(&admin).send().await.expect(400);
        app.get("/api/queues/nonsense/jobs").user(&admin).send().await.expect(400);
    }

    async fn emptying_keeps_failed_jobs_unless_asked(app: TestApp) {
        let admin = app.admin().await;
        let path = "/api/queues/metadataExtraction/jobs";
        stored(&app, app.app.now()).await;
        app.sql(stmt!("update job set state = 'failed'")).await;
        stored(&app, app.app.now()).await;
        app.delete(path).user(&admin).json(&json!({})).send().await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from job where state = 'failed'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 1);
        app.delete(path).user(&admin).json(&json!({"failed": true})).send().await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }
}
