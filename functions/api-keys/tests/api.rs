//! The area api-keys over HTTP.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_api_keys::ROUTES, fn_api_keys::routes())]
}

const UNKNOWN: &str = "/api/api-keys/3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn create(app: &TestApp, user: &NewUser, body: Value) -> Reply {
    app.post("/api/api-keys")
        .user(user)
        .json(&body)
        .send()
        .await
}

async fn path_of_new_key(app: &TestApp, user: &NewUser) -> String {
    let reply = create(app, user, json!({ "permissions": ["asset.read"] }))
        .await
        .expect(201);
    format!(
        "/api/api-keys/{}",
        reply.json()["apiKey"]["id"].as_str().unwrap()
    )
}

on_each_database! {
    async fn a_new_key_works_and_is_shown_once(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let body = create(&app, &alice, json!({ "permissions": ["all"] })).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(body["apiKey"]["name"], "API Key");
        assert_eq!(body["apiKey"]["permissions"], json!(["all"]));
        assert_eq!(body["apiKey"]["createdAt"], "2024-06-15T12:00:00.000Z");
        // Clients of 3.2 look for the same beside the secret.
        for (key, value) in body["apiKey"].as_object().unwrap() {
            assert_eq!(&body[key], value);
        }
        let secret = body["secret"].as_str().unwrap();
        let me = app.get("/api/api-keys/me").key(secret).send().await.expect(200).json();
        assert_eq!(me, body["apiKey"]);
        let list = app.get(&format!("/api/api-keys?apiKey={secret}")).send().await.expect(200);
        assert_eq!(list.json(), json!([body["apiKey"]]));
        assert!(!String::from_utf8_lossy(&list.body).contains(secret));
    }

    async fn a_rotated_key_has_another_secret_and_the_rest_stays(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let made = create(&app, &alice, json!({ "name": "cli", "permissions": ["asset.read", "apiKey.rotate"] })).await.expect(201).json();
        let (old, id) = (made["secret"].as_str().unwrap(), made["apiKey"]["id"].as_str().unwrap());
        let path = format!("/api/api-keys/{id}/rotate");
        assert_eq!(app.post(&path).user(&bob).send().await.expect(400).message(), "API Key not found");
        app.clock.advance(1000);
        let rotated = app.post(&path).user(&alice).send().await.expect(201).json();
        let secret = rotated["secret"].as_str().unwrap();
        assert_ne!(secret, old);
        let mut same = made["apiKey"].clone();
        same["updatedAt"] = json!("2024-06-15T12:00:01.000Z");
        assert_eq!(rotated["apiKey"], same);
        app.get("/api/api-keys/me").key(old).send().await.expect(401);
        app.get("/api/api-keys/me").key(secret).send().await.expect(200);
        // A key may rotate itself, and none that is stronger.
        app.clock.advance(1000);
        let again = app.post(&path).key(secret).send().await.expect(201).json();
        let strong = create(&app, &alice, json!({ "permissions": ["all"] })).await.expect(201).json();
        let path = format!("/api/api-keys/{}/rotate", strong["id"].as_str().unwrap());
        let reply = app.post(&path).key(again["secret"].as_str().unwrap()).send().await.expect(400);
        assert_eq!(reply.message(), "Cannot rotate an API Key with permissions you do not have");
        app.get("/api/api-keys/me").key(strong["secret"].as_str().unwrap()).send().await.expect(200);
    }

    async fn the_list_is_own_and_costs_one_round_trip(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        create(&app, &bob, json!({ "permissions": ["all"] })).await.expect(201);
        create(&app, &alice, json!({ "name": "one", "permissions": ["all"] })).await.expect(201);
        app.clock.advance(1000);
        create(&app, &alice, json!({ "name": "two", "permissions": ["all"] })).await.expect(201);
        app.take_round_trips();
        let list = app.get("/api/api-keys").user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        let names: Vec<_> = list.as_array().unwrap().iter().map(|key| key["name"].clone()).collect();
        assert_eq!(names, ["two", "one"]);
    }

    async fn a_session_is_no_key(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = app.get("/api/api-keys/me").user(&alice).send().await.expect(403);
        assert_eq!(reply.message(), "Not authenticated with an API Key");
    }

    async fn a_key_is_renamed_by_put_and_by_patch(app: TestApp) {
        let alice = app.user("alice").await;
        let path = path_of_new_key(&app, &alice).await;
        let body = json!({ "name": "phone" });
        let body = app.put(&path).user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!((&body["name"], &body["permissions"]), (&json!("phone"), &json!(["asset.read"])));
        let body = json!({ "permissions": ["tag.read", "tag.update"] });
        app.clock.advance(5);
        let body = app.patch(&path).user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!(body["permissions"], json!(["tag.read", "tag.update"]));
        assert_eq!(body["updatedAt"], "2024-06-15T12:00:00.005Z");
        app.take_round_trips();
        assert_eq!(app.get(&path).user(&alice).send().await.expect(200).json(), body);
        assert_eq!(app.take_round_trips(), 1);
    }

    async fn foreign_and_missing_keys_look_the_same(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let foreign = path_of_new_key(&app, &alice).await;
        for path in [foreign.as_str(), UNKNOWN] {
            for method in ["GET", "PUT", "PATCH", "DELETE"] {
                let request = app.request(method.parse().unwrap(), path).user(&bob);
                let reply = request.json(&json!({ "name": "mine" })).send().await.expect(400);
                assert_eq!(reply.message(), "API Key not found");
            }
        }
        let kept = app.get(&foreign).user(&alice).send().await.expect(200).json();
        assert_eq!(kept["name"], "API Key");
    }

    async fn a_removed_key_stops_at_once(app: TestApp) {
        let alice = app.user("alice").await;
        let body = create(&app, &alice, json!({ "permissions": ["all"] })).await.expect(201).json();
        let path = format!("/api/api-keys/{}", body["apiKey"]["id"].as_str().unwrap());
        app.delete(&path).user(&alice).send().await.expect(204);
        let secret = body["secret"].as_str().unwrap();
        let reply = app.get("/api/api-keys/me").key(secret).send().await.expect(401);
        assert_eq!(reply.message(), "Invalid API key");
        app.delete(&path).user(&alice).send().await.expect(400);
    }

    async fn a_key_cannot_grant_more_than_it_has(app: TestApp) {
        let alice = app.user("alice").await;
        let weak = app.api_key(&alice, &["apiKey.create", "apiKey.update", "asset.read"]).await;
        let send = |permission: &str| {
            app.post("/api/api-keys").key(&weak).json(&json!({ "permissions": [permission] })).send()
        };
        send("asset.read").await.expect(201);
        for more in ["all", "asset.delete"] {
            let reply = send(more).await.expect(400);
            assert_eq!(reply.message(), "Cannot grant permissions you do not have");
        }
        let path = path_of_new_key(&app, &alice).await;
        let raise = app.put(&path).key(&weak).json(&json!({ "permissions": ["all"] })).send().await;
        assert_eq!(raise.expect(400).message(), "Cannot grant permissions you do not have");
        let reply = app.get("/api/api-keys").key(&weak).send().await.expect(403);
        assert_eq!(reply.message(), "Missing required permission: apiKey.read");
    }

    async fn bad_bodies_and_ids_are_refused(app: TestApp) {
        let alice = app.user("alice").await;
        let issues = |body: Value| async { create(&app, &alice, body).await.expect(400).issues() };
        assert_eq!(
            issues(json!({ "permissions": [] })).await,
            "permissions: Too small: expected array to have >=1 items"
        );
        assert!(issues(json!({ "permissions": ["asset.*"] })).await.starts_with("permissions.0: Invalid option"));
        assert_eq!(
            issues(json!({ "name": 5, "permissions": ["all"] })).await,
            "name: Invalid input: expected string, received number"
        );
        let reply = app.get("/api/api-keys/nonsense").user(&alice).send().await.expect(400);
        assert_eq!(reply.issues(), "id: Invalid UUID");
        app.get("/api/api-keys/nonsense").send().await.expect(401);
        app.get("/api/api-keys/nonsense").header("x-api-key", "bad").send().await.expect(401);
    }
}
