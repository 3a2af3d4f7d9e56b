//! The maintenance mode over HTTP (api/admin.md section 3).

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, Reply, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

use crate::areas;

const MODE: &str = "/api/admin/maintenance";

async fn set(app: &TestApp, user: &NewUser, action: &str) -> Reply {
    app.post(MODE)
        .user(user)
        .json(&json!({ "action": action }))
        .send()
        .await
}

async fn status(app: &TestApp, cookie: &str) -> Value {
    let request = app
        .get("/api/admin/maintenance/status")
        .header("cookie", cookie);
    request.send().await.expect(200).json()
}

/// Begins the mode; its cookie.
async fn begin(app: &TestApp, admin: &NewUser) -> String {
    let begun = set(app, admin, "start").await.expect(201);
    assert!(begun.body.is_empty());
    let cookie = begun.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with("immich_maintenance_token=ey")
            && cookie.contains("; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    cookie.split(';').next().unwrap().to_owned()
}

on_each_database! {
    async fn nothing_but_maintenance_works_while_it_is_on(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let key = app.api_key(&admin, &["all"]).await;
        assert_eq!(status(&app, "").await, json!({ "active": false, "action": "end" }));
        let not_on = app.post(&format!("{MODE}/login")).json(&json!({})).send().await.expect(400);
        assert_eq!(not_on.message(), "Not in maintenance mode");
        set(&app, &admin, "end").await.expect(201);
        set(&app, &alice, "start").await.expect(403);
        app.post(MODE).json(&json!({ "action": "start" })).send().await.expect(401);
        app.get("/api/server/about").user(&admin).send().await.expect(200);
        // The document has no configuration of the mode.
        app.stop_recording();
        let cookie = begin(&app, &admin).await;
        assert_eq!(status(&app, "").await, json!({ "active": true, "action": "start" }));
        let about = app.get("/api/server/about").user(&admin).send().await.expect(404);
        assert_eq!(about.message(), "Not Found");
        app.get("/api/server/about").key(&key).send().await.expect(404);
        set(&app, &admin, "end").await.expect(401);
        assert_eq!(app.get("/api/server/config").send().await.expect(200).json(), json!({ "maintenanceMode": true }));
        app.get("/api/server/ping").send().await.expect(200);
        let job = NewJob::new(app.app.uuid(), JobName::SessionCleanup, json!({}), app.app.now());
        app.sql(jobs::insert(&job, app.app.now())).await;
        assert_eq!(app.run_jobs().await, 0, "no job runs");
        app.tick().await;
        let go_on = async |action: &str| {
            app.post(MODE).header("cookie", &cookie).json(&json!({ "action": action })).send().await
        };
        go_on("select_database_restore").await.expect(201);
        assert_eq!(status(&app, "").await["action"], "select_database_restore");
        go_on("end").await.expect(201);
        assert_eq!(status(&app, &cookie).await, json!({ "active": false, "action": "end" }));
        app.get("/api/server/about").user(&admin).send().await.expect(200);
        assert_eq!(app.get("/api/server/config").send().await.expect(200).json()["maintenanceMode"], false);
        assert!(app.run_jobs().await > 0);
    }

    async fn a_token_opens_it_and_no_other(app: TestApp) {
        let admin = app.admin().await;
        let first = begin(&app, &admin).await;
        app.post(MODE).header("cookie", &first).json(&json!({ "action": "end" })).send().await.expect(201);
        let cookie = begin(&app, &admin).await;
        let login = async |cookie: &str, body: Value| {
            app.post(&format!("{MODE}/login")).header("cookie", cookie).json(&body).send().await
        };
        let claims = login(&cookie, json!({})).await.expect(201).json();
        let since = app.app.now() / 1000;
        assert_eq!(claims, json!({ "username": "admin", "iat": since, "exp": since + 14_400 }));
        let token = cookie.split_once('=').unwrap().1;
        let by_token = login("", json!({ "token": token })).await.expect(201);
        assert!(by_token.header("set-cookie").starts_with("immich_maintenance_token=ey"));
        assert_eq!(login("", json!({})).await.expect(401).message(), "Missing JWT Token");
        for (cookie, body) in [
            (first.as_str(), json!({})),
            ("", json!({ "token": "a.b.c" })),
            ("", json!({ "token": format!("{token}x") })),
        ] {
            assert_eq!(login(cookie, body).await.expect(401).message(), "Invalid JWT Token");
        }
        app.clock.advance(14_400_000);
        assert_eq!(login(&cookie, json!({})).await.expect(401).message(), "Invalid JWT Token");
    }

    async fn what_goes_wrong_is_told_to_the_holder_only(app: TestApp) {
        let admin = app.admin().await;
        let cookie = begin(&app, &admin).await;
        let rows = app.sql(stmt!("select value as n from system_metadata where key = 'maintenance-mode'")).await;
        let mut stored: Value = serde_json::from_str(&rows.first().unwrap().get::<String>("n").unwrap()).unwrap();
        stored["error"] = json!("disk on fire");
        app.sql(stmt!("update system_metadata set value = ?1 where key = 'maintenance-mode'", stored.to_string())).await;
        assert_eq!(status(&app, &cookie).await["error"], "disk on fire");
        assert_eq!(status(&app, "").await["error"], "Something went wrong, see logs!");
    }

    async fn what_is_not_built_begins_nothing(app: TestApp) {
        let admin = app.admin().await;
        let send = async |body: Value| app.post(MODE).user(&admin).json(&body).send().await;
        let issues = send(json!({ "action": "restore_database" })).await.expect(400).issues();
        assert_eq!(issues, "restoreBackupFilename: Backup filename is required when action is restore_database");
        send(json!({ "action": "restore_database", "restoreBackupFilename": "a.sql.gz" })).await.expect(400);
        send(json!({ "action": "dance" })).await.expect(400);
        assert_eq!(status(&app, "").await["active"], false);
    }

    async fn another_installation_is_detected(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        for key in ["upload/a/1.jpg", "upload/a/2.jpg", "upload/b/3.jpg", "upload/c.jpg", "thumbs/.immich", "thumbs/x/y/z.webp"] {
            app.app.objects.put(key, "x".into(), "image/jpeg").await.unwrap();
        }
        let path = "/api/admin/maintenance/detect-install";
        app.get(path).user(&alice).send().await.expect(403);
        app.get(path).send().await.expect(401);
        let found = app.get(path).user(&admin).send().await.expect(200).json();
        let files: Vec<(String, i64, bool)> = found["storage"].as_array().unwrap().iter().map(|one| {
            (one["folder"].as_str().unwrap().to_owned(), one["files"].as_i64().unwrap(), one["readable"] == true && one["writable"] == true)
        }).collect();
        let of = |folder: &str, count: i64| (folder.to_owned(), count, true);
        assert_eq!(files, [of("encoded-video", 0), of("library", 0), of("upload", 3), of("profile", 0), of("thumbs", 1), of("backups", 0)]);
        begin(&app, &admin).await;
        app.get(path).send().await.expect(200);
    }
}
