//! What administrators write, and previews of mails (api/admin.md sections 7 and 8).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(
            fn_notifications_admin::ROUTES,
            fn_notifications_admin::routes(),
        ),
        Area::new(fn_notifications::ROUTES, fn_notifications::routes()),
    ]
}

async fn write(app: &TestApp, user: &NewUser, body: Value) -> Reply {
    app.post("/api/admin/notifications")
        .user(user)
        .json(&body)
        .send()
        .await
}

async fn preview(app: &TestApp, admin: &NewUser, name: &str, template: &str) -> String {
    let path = format!("/api/admin/notifications/templates/{name}");
    let body = json!({ "template": template });
    let request = app.post(&path).user(admin).json(&body);
    let answer = request.send().await.expect(200).json();
    assert_eq!(answer["name"], name);
    answer["html"].as_str().unwrap().to_owned()
}

on_each_database! {
    async fn users_get_what_administrators_write(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let body = json!({
            "userId": alice.id, "title": "Tonight", "description": "The server is away.", "level": "warning",
            "type": "SystemMessage", "data": { "a": [1, null] }, "readAt": "2024-06-15T12:00:00.000Z",
        });
        app.take_round_trips();
        let made = write(&app, &admin, body.clone()).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        for key in ["title", "description", "level", "type", "data"] {
            assert_eq!(made[key], body[key], "{key}");
        }
        assert_eq!(made.get("readAt"), None, "nothing is read before it is there");
        let listed = app.get("/api/notifications").user(&alice).send().await.expect(200).json();
        assert_eq!(listed, json!([made]));
        let plain = write(&app, &admin, json!({ "userId": alice.id, "title": "", "description": null, "readAt": null })).await;
        let plain = plain.expect(201).json();
        assert_eq!((&plain["level"], &plain["type"]), (&json!("info"), &json!("Custom")));
        assert!(plain.get("description").is_none() && plain.get("data").is_none());
    }

    async fn what_is_wrong_stores_nothing(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        write(&app, &alice, json!({ "userId": alice.id, "title": "t" })).await.expect(403);
        let gone = app.user("gone").await;
        app.sql(stmt!("update users set deleted_at = 1, update_id = uuid7() where id = ?1", &gone.id)).await;
        for nobody in [gone.id.as_str(), "00000000-0000-4000-8000-000000000000"] {
            let refused = write(&app, &admin, json!({ "userId": nobody, "title": "t" })).await.expect(400);
            assert_eq!(refused.message(), "User not found");
        }
        for (key, value) in [
            ("userId", json!("1")), ("title", json!(null)), ("title", json!("t".repeat(1_001))), ("title", json!("a\0b")),
            ("description", json!("d".repeat(20_001))), ("level", json!("loud")), ("type", json!("ClusterGroup")),
            ("data", json!([1])), ("data", json!({ "a\0": 1 })), ("data", json!({ "a": "x".repeat(70_000) })),
            ("readAt", json!("today")),
        ] {
            let mut body = json!({ "userId": alice.id, "title": "t" });
            body[key] = value;
            write(&app, &admin, body).await.expect(400);
        }
        assert_eq!(app.count(stmt!("select count(*) as n from notification")).await, 0);
    }

    async fn mails_are_previewed(app: TestApp) {
        let admin = app.admin().await;
        app.take_round_trips();
        let html = preview(&app, &admin, "welcome", "").await;
        assert_eq!(app.take_round_trips(), 1);
        assert!(html.contains("Hello John Doe") && html.contains("https://my.immich.app/auth/login"), "{html}");
        let own = preview(&app, &admin, "album-invite", "<i>{senderName}, {albumName}, {what}</i>").await;
        assert!(own.contains("<i>John Doe, Favourite photos, {what}</i>") && !own.contains("Hello"), "{own}");
        let config = json!({
            "server": { "externalDomain": "https://photos.example/" },
            "templates": { "email": { "albumUpdateTemplate": "new: {albumName}" } },
        });
        app.sql(stmt!(
            "insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", config.to_string()
        )).await;
        let stored = preview(&app, &admin, "album-update", "").await;
        assert!(stored.contains("new: Favourite photos") && stored.contains("\"https://photos.example/albums/"), "{stored}");
        assert_eq!(preview(&app, &admin, "test", "x").await, "");
        let path = "/api/admin/notifications/templates/welcome";
        app.post(path).user(&admin).json(&json!({})).send().await.expect(400);
        app.post(path).user(&admin).json(&json!({ "template": "x".repeat(20_001) })).send().await.expect(400);
        let alice = app.user("alice").await;
        app.post(path).user(&alice).json(&json!({ "template": "" })).send().await.expect(403);
    }
}
