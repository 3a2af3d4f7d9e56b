//! The trash over HTTP (api/assets.md section 15).
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::stmt;
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(fn_trash::ROUTES, fn_trash::routes())]
}

async fn status(app: &TestApp, id: &str) -> (String, Option<i64>) {
    let rows = app
        .sql(stmt!(
            "select status, deleted_at from asset where id = ?1",
            id
        ))
        .await;
    let row = rows.first().unwrap();
    (row.get("status").unwrap(), row.get("deleted_at").unwrap())
}

async fn update_id(app: &TestApp, id: &str) -> String {
    let rows = app
        .sql(stmt!("select update_id from asset where id = ?1", id))
        .await;
    rows.first().unwrap().get("update_id").unwrap()
}

on_each_database! {
    async fn emptying_marks_everything_of_mine_and_leaves_the_rest_to_a_job(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let kept = app.asset(&alice).insert().await;
        let trashed = app.asset(&alice).trashed().insert().await;
        let archived = app.asset(&alice).visibility("archive").trashed().insert().await;
        let offline = app.asset(&alice).with("is_offline", 1).with("deleted_at", 5).insert().await;
        let foreign = app.asset(&bob).trashed().insert().await;
        let before = update_id(&app, &trashed).await;
        app.take_round_trips();
        let reply = app.post("/api/trash/empty").user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(reply.json(), json!({"count": 3}));
        for id in [&trashed, &archived, &offline] {
            assert_eq!(status(&app, id).await.0, "deleted");
        }
        assert_ne!(update_id(&app, &trashed).await, before);
        assert_eq!(status(&app, &kept).await, ("active".into(), None));
        assert_eq!(status(&app, &foreign).await.0, "trashed");
        let jobs = app.sql(stmt!("select id, kind, queue, payload from job")).await;
        let job = jobs.first().unwrap();
        assert_eq!(job.get::<String>("kind").unwrap(), "AssetEmptyTrash");
        assert_eq!(job.get::<String>("payload").unwrap(), json!({"id": alice.id}).to_string());
        let wakes = app.take_wakes();
        assert_eq!((wakes.len(), &wakes[0].job_id), (1, &job.get::<String>("id").unwrap()));

        app.take_round_trips();
        let again = app.post("/api/trash/empty").user(&alice).send().await.expect(200);
        assert_eq!((again.json(), app.take_round_trips()), (json!({"count": 0}), 1));
        assert!(app.take_wakes().is_empty());
        app.sql(stmt!("delete from job")).await;
    }

    async fn restoring_all_leaves_offline_and_deleted_assets(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let trashed = app.asset(&alice).trashed().insert().await;
        let offline = app.asset(&alice).with("is_offline", 1).with("deleted_at", 5).insert().await;
        let missing = app.asset(&alice).with("is_offline", 1).trashed().insert().await;
        let deleted = app.asset(&alice).with("status", "deleted").with("deleted_at", 5).insert().await;
        let foreign = app.asset(&bob).trashed().insert().await;
        let reply = app.post("/api/trash/restore").user(&alice).send().await.expect(200);
        assert_eq!(reply.json(), json!({"count": 1}));
        assert_eq!(status(&app, &trashed).await, ("active".into(), None));
        assert_eq!(status(&app, &offline).await, ("active".into(), Some(5)));
        assert_eq!(status(&app, &missing).await.0, "trashed");
        assert_eq!(status(&app, &deleted).await.0, "deleted");
        assert_eq!(status(&app, &foreign).await.0, "trashed");
    }

    async fn ten_thousand_ids_are_read_and_more_than_a_request_may_hold_are_not(app: TestApp) {
        let alice = app.user("alice").await;
        let restore = |count: usize| {
            let ids: Vec<String> = (0..count).map(|_| app.app.uuid()).collect();
            app.post("/api/trash/restore/assets").json(&json!({ "ids": ids }))
        };
        let reply = restore(10_000).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Not found or no asset.delete access");
        restore(10_000).header("x-api-key", "wrong").send().await.expect(401);
        let zeros = format!(r#"{{"ids":[0{}]}}"#, ",0".repeat(100_000));
        let send = |body: &str| app.post("/api/trash/restore/assets").body("application/json", body.to_owned());
        send(&zeros).user(&alice).send().await.expect(413);
        send(&zeros).send().await.expect(401);
        let deep = "[".repeat(40) + &"]".repeat(40);
        let reply = send(&deep).user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Invalid JSON: nested too deeply");
        // Of many wrong values a hundred are told.
        let some = format!(r#"{{"ids":[0{}]}}"#, ",0".repeat(999));
        let reply = send(&some).user(&alice).send().await.expect(400);
        assert_eq!(reply.json()["errors"].as_array().unwrap().len(), 100);
    }

    async fn restoring_by_id_counts_what_was_sent_and_refuses_foreign_ids(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let trashed = app.asset(&alice).trashed().insert().await;
        let active = app.asset(&alice).insert().await;
        let locked = app.asset(&alice).visibility("locked").trashed().insert().await;
        let foreign = app.asset(&bob).trashed().insert().await;
        let deleted = app.asset(&alice).with("status", "deleted").with("deleted_at", 5).insert().await;
        let path = "/api/trash/restore/assets";
        for bad in [&foreign, &app.app.uuid(), &locked, &deleted] {
            let reply = app.post(path).user(&alice).json(&json!({"ids": [trashed, bad]})).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no asset.delete access");
        }
        assert_eq!(status(&app, &trashed).await.0, "trashed");
        app.take_round_trips();
        let reply = app.post(path).user(&alice).json(&json!({"ids": [trashed, active, trashed]})).send().await.expect(200);
        assert_eq!((reply.json(), app.take_round_trips()), (json!({"count": 3}), 2));
        assert_eq!(status(&app, &trashed).await, ("active".into(), None));
        app.elevate(&alice).await;
        app.post(path).user(&alice).json(&json!({"ids": [locked]})).send().await.expect(200);
        assert_eq!(status(&app, &locked).await, ("active".into(), None));
        let reply = app.post(path).user(&alice).json(&json!({"ids": []})).send().await.expect(200);
        assert_eq!(reply.json(), json!({"count": 0}));
    }

    async fn bad_requests_and_callers_are_refused(app: TestApp) {
        let alice = app.user("alice").await;
        for path in ["/api/trash/empty", "/api/trash/restore", "/api/trash/restore/assets"] {
            assert_eq!(app.post(path).send().await.expect(401).message(), "Authentication required");
            let key = app.api_key(&alice, &["asset.read"]).await;
            let reply = app.post(path).key(&key).json(&json!({"ids": []})).send().await.expect(403);
            assert_eq!(reply.message(), "Missing required permission: asset.delete");
        }
        let body = json!({"ids": ["1; drop table asset"]});
        let reply = app.post("/api/trash/restore/assets").user(&alice).json(&body).send().await.expect(400);
        assert_eq!(reply.issues(), "ids.0: Invalid UUID");
    }
}
