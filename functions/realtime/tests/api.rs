//! The area realtime over HTTP, and what other areas announce.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, Request, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_realtime::ROUTES, fn_realtime::routes()),
        Area::new(fn_api_keys::ROUTES, fn_api_keys::routes()),
        Area::new(fn_auth::ROUTES, fn_auth::routes()),
        Area::new(fn_maintenance::ROUTES, fn_maintenance::routes()),
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
        let expected = json!({ "user": alice.id, "room": { "session": alice.session_id }, "until": null, "news": null });
        assert_eq!(reply.json(), expected);
        let cookie = format!("immich_access_token={}", alice.token);
        assert_eq!(socket(&app, SOCKET).header("cookie", &cookie).send().await.expect(200).json(), expected);
        let bearer = format!("Bearer {}", alice.token);
        assert_eq!(socket(&app, SOCKET).header("authorization", &bearer).send().await.expect(200).json(), expected);
        let query = format!("{SOCKET}&sessionKey={}", alice.token);
        let nobody = json!({ "user": null, "room": null, "until": null, "news": null });
        assert_eq!(socket(&app, &query).send().await.expect(200).json(), nobody);
        assert_eq!(socket(&app, SOCKET).header("x-immich-user-token", "x").send().await.expect(200).json(), nobody);
    }

    async fn the_app_of_then_is_known_by_its_agent(app: TestApp) {
        let alice = app.user("alice").await;
        for (agent, is_old) in [("immich-android/2.7.5", json!(true)), ("immich-android/3.1.0", Value::Null), ("node", Value::Null)] {
            let admitted = socket(&app, SOCKET).user(&alice).header("user-agent", agent).send().await.expect(200).json();
            assert_eq!((&admitted["user"], &admitted["is_old_app"]), (&json!(alice.id), &is_old), "{agent}");
        }
    }

    async fn who_comes_by_a_shared_link_is_nobody(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!(
            "insert into shared_link (id, key, slug, user_id, type, created_at) values ('l', 'link-key', 'trip', ?1, 'INDIVIDUAL', 0)",
            &alice.id
        )).await;
        for (name, value) in [("x-immich-share-key", "link-key"), ("x-immich-share-slug", "trip")] {
            // A link counts before a session that is sent along.
            for request in [socket(&app, SOCKET), socket(&app, SOCKET).user(&alice)] {
                let admitted = request.header(name, value).send().await.expect(200).json();
                assert_eq!((&admitted["user"], &admitted["room"]), (&Value::Null, &Value::Null), "{name}");
            }
        }
    }

    async fn the_newest_release_is_told_to_whoever_connects(app: TestApp) {
        let alice = app.user("alice").await;
        let news = async || {
            let who = socket(&app, SOCKET).user(&alice).send().await.expect(200).json();
            who["news"].as_str().map(|frame| serde_json::from_str::<Value>(frame.strip_prefix("42").unwrap()).unwrap())
        };
        let put = async |key: &str, value: Value| {
            edge_store::system::put(app.app.db(), key, &value, 0).await.unwrap();
        };
        assert_eq!(news().await, None, "nobody has looked yet");
        put("version-check-state", json!({ "askedMs": 1 })).await;
        assert_eq!(news().await, None, "a look that found nothing");
        let checked = "2026-01-01T00:00:00.000Z";
        let version = |major: u32, minor: u32, patch: u32| json!({ "major": major, "minor": minor, "patch": patch, "prerelease": null });
        for (release, is_newer, kind, found) in
            [("v4.0.0", true, json!("major"), version(4, 0, 0)), ("v3.2.2", false, Value::Null, version(3, 2, 2))]
        {
            put("version-check-state", json!({ "checkedAt": checked, "releaseVersion": release })).await;
            app.take_round_trips();
            let told = news().await;
            assert_eq!(app.take_round_trips(), 1);
            assert_eq!(told, Some(json!(["on_new_release", {
                "isAvailable": is_newer, "checkedAt": checked, "serverVersion": version(3, 2, 2), "releaseVersion": found,
                "type": kind,
            }])));
        }
        put("system-config", json!({ "newVersionCheck": { "enabled": false } })).await;
        assert_eq!(news().await, None, "switched off");
    }

    async fn whoever_waits_for_the_end_of_the_maintenance_mode_is_told_how_far_it_is(app: TestApp) {
        let admin = app.admin().await;
        app.stop_recording();
        let mode = "/api/admin/maintenance";
        let begun = app.post(mode).user(&admin).json(&json!({ "action": "start" })).send().await.expect(201);
        let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
        let until = app.app.now() + 4 * 60 * 60 * 1000;
        let waits = |room: &str| json!({ "user": "maintenance", "room": room, "until": until, "news": null });
        let holder = socket(&app, SOCKET).header("cookie", &cookie).send().await.expect(200);
        assert_eq!(holder.json(), waits("holder"));
        for request in [socket(&app, SOCKET), socket(&app, SOCKET).user(&admin), socket(&app, SOCKET).user(&admin).header("cookie", "immich_maintenance_token=a.b.c")] {
            assert_eq!(request.send().await.expect(200).json(), waits("public"));
        }
        app.take_deliveries();
        let go_on = async |action: &str| {
            app.post(mode).header("cookie", &cookie).json(&json!({ "action": action })).send().await.expect(201);
            app.take_deliveries()
        };
        let told = go_on("select_database_restore").await;
        let frame = r#"42["MaintenanceStatusV1",{"active":true,"action":"select_database_restore"}]"#;
        assert_eq!(told.len(), 2);
        for (told, room) in told.iter().zip(["holder", "public"]) {
            assert_eq!((told.user.as_str(), told.room.as_deref(), told.frame.as_deref()), ("maintenance", Some(room), Some(frame)));
            assert!(!told.ends);
        }
        let told = go_on("end").await;
        let frame = r#"42["AppRestartV1",{"isMaintenanceMode":false}]"#;
        assert!(told.iter().all(|told| told.frame.as_deref() == Some(frame)), "{told:?}");
        let ended: Vec<_> = told.iter().filter(|told| told.ends).collect();
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].user.as_str(), ended[0].farewell()), ("maintenance", None), "they come back by themselves");
        let admitted = socket(&app, SOCKET).user(&admin).send().await.expect(200).json();
        assert_eq!(admitted["user"], admin.id.as_str());
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

    async fn what_cannot_be_told_fails_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        app.stop_deliveries();
        app.post("/api/auth/logout").user(&alice).send().await.expect(200);
        assert!(app.take_deliveries().is_empty());
        app.post("/api/auth/validateToken").user(&alice).send().await.expect(401);
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

    async fn a_key_that_loses_all_ends_its_connections(app: TestApp) {
        let alice = app.user("alice").await;
        let body = json!({ "name": "k", "permissions": ["all"] });
        let made = app.post("/api/api-keys").user(&alice).json(&body).send().await.expect(201).json();
        let id = made["apiKey"]["id"].as_str().unwrap();
        let path = format!("/api/api-keys/{id}");
        for kept in [json!({ "name": "other" }), json!({ "permissions": ["asset.read", "all"] })] {
            app.put(&path).user(&alice).json(&kept).send().await.expect(200);
            assert!(app.take_deliveries().is_empty(), "{kept}");
        }
        let bob = app.user("bob").await;
        let less = json!({ "permissions": ["asset.read"] });
        app.put(&path).user(&bob).json(&less).send().await.expect(400);
        assert!(app.take_deliveries().is_empty());
        app.put(&path).user(&alice).json(&less).send().await.expect(200);
        let [ended] = app.take_deliveries().try_into().unwrap();
        assert_eq!((ended.user, ended.room, ended.frame, ended.ends), (alice.id, Some(format!("key:{id}")), None, true));
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
