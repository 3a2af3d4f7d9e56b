//! The area sessions over HTTP.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_sessions::ROUTES, fn_sessions::routes())]
}

const UNKNOWN: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn list(app: &TestApp, token: &str) -> Vec<Value> {
    let request = app
        .get("/api/sessions")
        .header("x-immich-user-token", token);
    request
        .send()
        .await
        .expect(200)
        .json()
        .as_array()
        .unwrap()
        .clone()
}

async fn status_of(app: &TestApp, token: &str) -> u16 {
    let request = app
        .get("/api/sessions")
        .header("x-immich-user-token", token);
    request.send().await.status
}

async fn child(app: &TestApp, user: &NewUser, body: Value) -> Value {
    let request = app.post("/api/sessions").user(user).json(&body);
    request.send().await.expect(201).json()
}

/// Whose connections were ended.
fn rooms(app: &TestApp) -> Vec<String> {
    let ended = app.take_deliveries().into_iter();
    ended
        .map(|ended| {
            assert!(ended.ends);
            ended.room.unwrap()
        })
        .collect()
}

on_each_database! {
    async fn own_sessions_are_listed_last_used_first(app: TestApp) {
        let (alice, _bob) = (app.user("alice").await, app.user("bob").await);
        app.clock.advance(1000);
        let (newer, _) = app.session(&alice.id).await;
        app.take_round_trips();
        let found = list(&app, &alice.token).await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(found.len(), 2);
        assert_eq!((&found[0]["id"], &found[0]["current"]), (&json!(newer), &json!(false)));
        assert_eq!((&found[1]["id"], &found[1]["current"]), (&json!(alice.session_id), &json!(true)));
        assert_eq!(found[1]["appVersion"], Value::Null);
        assert_eq!(found[1]["deviceOS"], "");
        assert!(found[1].get("token").is_none());
    }

    async fn a_child_session_works_until_it_expires(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let body = json!({ "duration": 60, "deviceType": "TV", "deviceOS": "Cast" });
        let made = child(&app, &alice, body).await;
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(made["deviceType"], "TV");
        assert_eq!(made["deviceOS"], "Cast");
        assert_eq!(made["current"], false);
        assert_eq!(made["expiresAt"], "2024-06-15T12:01:00.000Z");
        let token = made["token"].as_str().unwrap();
        assert_eq!(status_of(&app, token).await, 200);
        app.clock.advance(60_000);
        assert_eq!(status_of(&app, token).await, 401);
        assert_eq!(list(&app, &alice.token).await.len(), 1);
    }

    async fn a_child_ends_with_its_parent(app: TestApp) {
        let alice = app.user("alice").await;
        let made = child(&app, &alice, json!({})).await;
        assert!(made.get("expiresAt").is_none());
        let token = made["token"].as_str().unwrap();
        let path = format!("/api/sessions/{}", alice.session_id);
        app.delete(&path).user(&alice).send().await.expect(204);
        assert_eq!(status_of(&app, &alice.token).await, 401);
        assert_eq!(status_of(&app, token).await, 401);
        let mut ended = rooms(&app);
        let mut sessions = [alice.session_id.as_str(), made["id"].as_str().unwrap()];
        ended.sort();
        sessions.sort_unstable();
        assert_eq!(ended, sessions.map(|id| format!("session:{id}")));
    }

    async fn absurd_durations_are_kept_in_the_calendar(app: TestApp) {
        let alice = app.user("alice").await;
        let made = child(&app, &alice, json!({ "duration": 9_007_199_254_740_991_i64 })).await;
        assert_eq!(made["expiresAt"], "9999-12-31T23:59:59.999Z");
        let request = app.post("/api/sessions").user(&alice).json(&json!({ "duration": 0 }));
        let issues = request.send().await.expect(400).issues();
        assert_eq!(issues, "duration: Too small: expected number to be >=1");
    }

    async fn keys_cannot_open_sessions(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["session.create"]).await;
        let reply = app.post("/api/sessions").key(&key).send().await.expect(400);
        assert_eq!(reply.message(), "This endpoint can only be used with a session token");
        let reply = app.get("/api/sessions").key(&key).send().await.expect(403);
        assert_eq!(reply.message(), "Missing required permission: session.read");
    }

    async fn all_but_the_current_session_can_be_ended(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (ended, other) = app.session(&alice.id).await;
        app.delete("/api/sessions").user(&alice).send().await.expect(204);
        assert_eq!(rooms(&app), [format!("session:{ended}")], "keys stay, and their connections");
        assert_eq!(status_of(&app, &alice.token).await, 200);
        assert_eq!(status_of(&app, &other).await, 401);
        assert_eq!(status_of(&app, &bob.token).await, 200);
    }

    async fn a_child_outlives_its_parent_when_it_ends_all_others(app: TestApp) {
        let alice = app.user("alice").await;
        let made = child(&app, &alice, json!({})).await;
        let token = made["token"].as_str().unwrap();
        app.delete("/api/sessions").header("x-immich-user-token", token).send().await.expect(204);
        assert_eq!(rooms(&app), [format!("session:{}", alice.session_id)]);
        assert_eq!(status_of(&app, token).await, 200);
        assert_eq!(status_of(&app, &alice.token).await, 401);
    }

    async fn a_device_can_be_asked_to_fetch_everything_anew(app: TestApp) {
        let alice = app.user("alice").await;
        let (other, _) = app.session(&alice.id).await;
        let path = format!("/api/sessions/{other}");
        let reply = app.put(&path).user(&alice).json(&json!({})).send().await.expect(400);
        assert_eq!(reply.message(), "No fields to update");
        for (pending, request) in [(true, app.put(&path)), (false, app.patch(&path))] {
            let body = json!({ "isPendingSyncReset": pending });
            let body = request.user(&alice).json(&body).send().await.expect(200).json();
            assert_eq!(body["isPendingSyncReset"], pending);
            assert_eq!(body["id"], other.as_str());
        }
    }

    async fn another_device_can_be_locked(app: TestApp) {
        let alice = app.user("alice").await;
        app.elevate(&alice).await;
        let (_, other) = app.session(&alice.id).await;
        let path = format!("/api/sessions/{}/lock", alice.session_id);
        app.post(&path).header("x-immich-user-token", &other).send().await.expect(204);
        let open = stmt!("select count(*) as n from session where pin_expires_at is not null");
        assert_eq!(app.count(open).await, 0);
    }

    async fn foreign_and_missing_sessions_look_the_same(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        for id in [bob.session_id.as_str(), UNKNOWN] {
            let path = format!("/api/sessions/{id}");
            let reply = app.delete(&path).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no authDevice.delete access");
            let body = json!({ "isPendingSyncReset": true });
            let reply = app.put(&path).user(&alice).json(&body).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no session.update access");
            let reply = app.post(&format!("{path}/lock")).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no session.lock access");
        }
        assert_eq!(status_of(&app, &bob.token).await, 200);
        let reply = app.delete("/api/sessions/1").user(&alice).send().await.expect(400);
        assert_eq!(reply.issues(), "id: Invalid UUID");
    }
}
