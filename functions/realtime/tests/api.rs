//! The area realtime over HTTP, and what other areas announce.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_testkit::{Area, Request, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_realtime::ROUTES, fn_realtime::routes()),
        Area::new(fn_api_keys::ROUTES, fn_api_keys::routes()),
        Area::new(fn_auth::ROUTES, fn_auth::routes()),
        Area::new(fn_sessions::ROUTES, fn_sessions::routes()),
    ]
}

const SOCKET: &str = "/api/socket.io/?EIO=4&transport=websocket";

/// The question of a host that takes connections.
fn socket<'a>(app: &'a TestApp, path: &str) -> Request<'a> {
    app.get(path).header("x-edge-channel", "1")
}

on_each_database! {
    async fn a_poll_of_the_realtime_channel_connects_and_disconnects(app: TestApp) {
        let open = app.get("/api/socket.io/?EIO=4&transport=polling&t=x").send().await.expect(200);
        let text = String::from_utf8(open.body.to_vec()).unwrap();
        let packet: Value = serde_json::from_str(text.strip_prefix('0').unwrap()).unwrap();
        assert_eq!((&packet["upgrades"], &packet["pingInterval"]), (&json!([]), &json!(75000)));
        let path = format!("/api/socket.io/?EIO=4&transport=polling&sid={}", packet["sid"].as_str().unwrap());
        assert_eq!(app.post(&path).body("text/plain", "40").send().await.expect(200).body, "ok");
        let packets = app.get(&path).send().await.expect(200);
        let text = String::from_utf8(packets.body.to_vec()).unwrap();
        assert!(text.starts_with("40{\"sid\":\"") && text.ends_with("}\u{1e}41"), "{text}");
        for wrong in ["", "?EIO=4&transport=websocket", "?EIO=3&transport=polling", "?EIO=3&transport=websocket"] {
            app.get(&format!("/api/socket.io/{wrong}")).send().await.expect(400);
        }
        app.post("/api/socket.io/?EIO=4&transport=polling").body("text/plain", "40").send().await.expect(400);
    }

    async fn who_connects_is_known_by_headers_only(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let reply = socket(&app, SOCKET).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        let expected = json!({ "user": alice.id, "room": { "session": alice.session_id }, "until": null });
        assert_eq!(reply.json(), expected);
        let cookie = format!("immich_access_token={}", alice.token);
        assert_eq!(socket(&app, SOCKET).header("cookie", &cookie).send().await.expect(200).json(), expected);
        let bearer = format!("Bearer {}", alice.token);
        assert_eq!(socket(&app, SOCKET).header("authorization", &bearer).send().await.expect(200).json(), expected);
        let query = format!("{SOCKET}&sessionKey={}", alice.token);
        let nobody = json!({ "user": null, "room": null, "until": null });
        assert_eq!(socket(&app, &query).send().await.expect(200).json(), nobody);
        assert_eq!(socket(&app, SOCKET).header("x-immich-user-token", "x").send().await.expect(200).json(), nobody);
    }

    async fn a_key_needs_all_permissions(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["all"]).await;
        let reply = socket(&app, SOCKET).key(&key).send().await.expect(200).json();
        assert_eq!(reply["user"], json!(alice.id));
        assert!(reply["room"]["apiKey"].is_string());
        let less = app.api_key(&alice, &["asset.read"]).await;
        assert_eq!(socket(&app, SOCKET).key(&less).send().await.expect(200).json()["user"], Value::Null);
    }

    async fn logout_tells_and_ends_the_connections_of_the_session(app: TestApp) {
        let alice = app.user("alice").await;
        app.post("/api/auth/logout").user(&alice).send().await.expect(200);
        let [told] = app.take_deliveries().try_into().unwrap();
        assert_eq!(told.user, alice.id);
        assert_eq!(told.room, Some(format!("session:{}", alice.session_id)));
        assert_eq!(told.frame, Some(format!("42[\"on_session_delete\",\"{}\"]", alice.session_id)));
        assert!(told.ends);
    }

    async fn a_session_ended_elsewhere_is_told_once(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let path = format!("/api/sessions/{}", alice.session_id);
        app.delete(&path).user(&bob).send().await.expect(400);
        assert!(app.take_deliveries().is_empty());
        app.delete(&path).user(&alice).send().await.expect(204);
        assert_eq!(app.take_deliveries().len(), 1);
    }

    async fn a_revoked_key_ends_its_connections(app: TestApp) {
        let alice = app.user("alice").await;
        let body = json!({ "name": "k", "permissions": ["all"] });
        let made = app.post("/api/api-keys").user(&alice).json(&body).send().await.expect(201).json();
        let id = made["apiKey"]["id"].as_str().unwrap();
        app.delete(&format!("/api/api-keys/{id}")).user(&alice).send().await.expect(204);
        let [ended] = app.take_deliveries().try_into().unwrap();
        assert_eq!((ended.room, ended.frame, ended.ends), (Some(format!("key:{id}")), None, true));
    }
}
