//! The rest: what the server says it is, keys, configuration, plugins, workflows, errors.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::body::Body;
use bytes::Bytes;
use edge_testkit::{TestApp, on_each_database};
use futures::stream;
use http::header;
use serde_json::json;

use super::areas;

const MEGABYTE: usize = 1024 * 1024;
const PIECE: usize = 16 * 1024;

/// Sends ten megabytes of JSON as nobody, said to be so long or not: the status of the answer, and how many bytes were asked for.
async fn ten_megabytes(app: &TestApp, path: &str, is_announced: bool) -> (u16, usize) {
    let read = Arc::new(AtomicUsize::new(0));
    let (first, piece) = (
        Bytes::from_static(b"["),
        Bytes::from("0,".repeat(PIECE / 2)),
    );
    let counter = Arc::clone(&read);
    let pieces = (0..=10 * MEGABYTE / PIECE).map(move |number| {
        let piece = if number == 0 { &first } else { &piece };
        counter.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece.clone())
    });
    let mut request = http::Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "Bearer nobody");
    if is_announced {
        request = request.header(header::CONTENT_LENGTH, 10 * MEGABYTE + 1);
    }
    let request = request.body(Body::from_stream(stream::iter(pieces)));
    // Not by the test's own client, which reads what it records.
    let router = edge_http::serve::router(fn_legacy::entrances(), app.app.clone());
    let random = &*app.app.random;
    let answer = edge_http::serve::handle(fn_legacy::ROUTES, router, random, request.unwrap());
    let status = answer.await.status().as_u16();
    (status, read.load(Ordering::Relaxed))
}

on_each_database! {
    async fn the_server_is_of_their_version(app: TestApp) {
        let old = app.get("/v2/api/server/version").send().await.expect(200).json();
        assert_eq!(old, json!({ "major": 2, "minor": 7, "patch": 5 }));
        assert_ne!(app.get("/api/server/version").send().await.expect(200).json()["major"], 2);
        let found = app.get("/v2/.well-known/immich").send().await.expect(200).json();
        assert_eq!(found, json!({ "api": { "endpoint": "/v2/api" } }));
        let missing = app.get("/v2/elsewhere").send().await.expect(404).json();
        assert_eq!((&missing["statusCode"], &missing["error"]), (&json!(404), &json!("Not Found")));
        app.get("/v2").send().await.expect(404);
        app.get("/v2/api").send().await.expect(404);
    }

    async fn failures_are_in_old_words(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = app.get("/v2/api/albums/nothing").user(&alice).send().await.expect(400);
        let (id, body) = (reply.header("x-correlation-id").to_owned(), reply.json());
        assert_eq!((&body["statusCode"], &body["error"], &body["correlationId"]), (&json!(400), &json!("Bad Request"), &json!(id)));
        assert!(body["message"].is_array(), "{body}");
        let body = app.get("/v2/api/users/me").send().await.expect(401).json();
        assert_eq!((&body["statusCode"], &body["message"]), (&json!(401), &json!("Authentication required")));
        let body = app.post("/v2/api/albums").user(&alice).body("application/json", "{").send().await.expect(400).json();
        assert_eq!(body["statusCode"], 400);
        let new = app.get("/api/users/me").send().await.expect(401).json();
        assert_eq!(new, json!({ "message": "Authentication required" }));
    }

    async fn of_nobody_s_ten_megabytes_only_the_beginning_is_read(app: TestApp) {
        // What today's functions answer, what exists no longer, and what needs no account.
        for path in ["albums", "search/metadata", "sync/full-sync", "assets/exist", "auth/login", "nothing/of/this"] {
            let path = format!("/v2/api/{path}");
            for (is_announced, most) in [(true, PIECE), (false, 5 * PIECE)] {
                let (status, read) = ten_megabytes(&app, &path, is_announced).await;
                assert_eq!(status, 401, "{path}");
                assert!(read <= most, "{path}: {read} bytes were read");
            }
        }
    }

    async fn much_json_is_read_of_those_who_are_known(app: TestApp) {
        let long = json!({ "email": "a@example.com", "password": "x".repeat(70_000) }).to_string();
        let send = |body: String| app.post("/v2/api/auth/login").body("application/json", body);
        send(long).send().await.expect(401);
        let alice = app.user("alice").await;
        let zeros = format!("{{\"ids\":[{}0]}}", "0,".repeat(200_000));
        app.put("/v2/api/assets").user(&alice).body("application/json", zeros).send().await.expect(413);
        let ids: Vec<String> = (0..3_000).map(|_| app.app.uuid()).collect();
        let many = json!({ "ids": ids, "isFavorite": true }).to_string();
        app.put("/v2/api/assets").user(&alice).body("application/json", many).send().await.expect(400);
    }

    async fn keys_may_replace(app: TestApp) {
        let alice = app.user("alice").await;
        let body = json!({ "name": "k", "permissions": ["asset.replace", "asset.read"] });
        let made = app.post("/v2/api/api-keys").user(&alice).json(&body).send().await.expect(201).json();
        assert_eq!(made["apiKey"]["permissions"], json!(["asset.read", "asset.upload", "asset.update"]));
        let body = json!({ "name": "k", "permissions": ["apiKey.rotate", "asset.read"] });
        app.post("/api/api-keys").user(&alice).json(&body).send().await.expect(201);
        let keys = app.get("/v2/api/api-keys").user(&alice).send().await.expect(200).json();
        let all: Vec<&serde_json::Value> = keys.as_array().unwrap().iter().flat_map(|key| key["permissions"].as_array().unwrap()).collect();
        assert!(!all.contains(&&json!("apiKey.rotate")));
    }

    async fn a_configuration_of_then_leaves_what_came_later(app: TestApp) {
        let admin = app.admin().await;
        let get = |path: &str| app.get(path).user(&admin);
        let mut config = get("/v2/api/system-config").send().await.expect(200).json();
        config.as_object_mut().unwrap().remove("integrityChecks");
        config["ffmpeg"].as_object_mut().unwrap().remove("realtime");
        config["ffmpeg"]["targetAudioCodec"] = json!("libopus");
        app.put("/v2/api/system-config").user(&admin).json(&config).send().await.expect(200);
        let now = get("/api/system-config").send().await.expect(200).json();
        assert_eq!(now["ffmpeg"]["targetAudioCodec"], "opus");
        assert!(now["integrityChecks"].is_object() && now["ffmpeg"]["realtime"].is_object());
        let alice = app.user("alice").await;
        let refused = app.put("/v2/api/system-config").user(&alice).json(&config).send().await.expect(403).json();
        assert_eq!(refused["statusCode"], 403);
    }

    async fn workflows_have_no_steps_of_then(app: TestApp) {
        let alice = app.user("alice").await;
        let body = json!({ "name": "w", "triggerType": "AssetCreate", "filters": [], "actions": [] });
        let made = app.post("/v2/api/workflows").user(&alice).json(&body).send().await.expect(201).json();
        let parts = ["triggerType", "ownerId", "filters", "actions", "description"].map(|key| made[key].clone());
        assert_eq!(parts, [json!("AssetCreate"), json!(alice.id), json!([]), json!([]), json!("")]);
        let body = json!({ "name": "w", "triggerType": "AssetCreate", "filters": [], "actions": [{}] });
        let refused = app.post("/v2/api/workflows").user(&alice).json(&body).send().await.expect(400).json();
        assert!(refused["message"].as_str().unwrap().starts_with("Filters and actions"));
        let all = app.get("/v2/api/workflows").user(&alice).send().await.expect(200).json();
        assert_eq!(all.as_array().unwrap().len(), 1);
        let plugins = app.get("/v2/api/plugins").user(&alice).send().await.expect(200).json();
        for plugin in plugins.as_array().unwrap() {
            assert_eq!((&plugin["filters"], &plugin["actions"]), (&json!([]), &json!([])));
        }
    }
}
