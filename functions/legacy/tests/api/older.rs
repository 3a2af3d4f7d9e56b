//! What the CLI of before 2.7 asks for, at the addresses of then.

use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use super::areas;

/// The form of that CLI: its file first, what goes with the file behind.
fn form(name: &str, content: &str) -> String {
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{content}\r\n{}{}{}{}{}--b--\r\n",
        field("deviceAssetId", &format!("{name}-5")),
        field("deviceId", "CLI"),
        field("fileCreatedAt", "2024-03-01T10:00:00.000Z"),
        field("fileModifiedAt", "2024-03-01T10:00:00.000Z"),
        field("isFavorite", "false"),
    )
}

async fn upload(app: &TestApp, user: &NewUser, start: &str, name: &str, status: u16) -> String {
    let reply = app
        .post(&format!("{start}/asset/upload"))
        .user(user)
        .body("multipart/form-data; boundary=b", form(name, "photo"))
        .send()
        .await
        .expect(status);
    reply.json()["id"].as_str().unwrap().to_owned()
}

on_each_database! {
    async fn the_server_says_who_it_is_at_either_address(app: TestApp) {
        let alice = app.user("alice").await;
        for start in ["/api", "/v2/api"] {
            let ask = |path: &str| app.get(&format!("{start}/{path}")).user(&alice);
            assert_eq!(ask("server-info/ping").send().await.expect(200).json(), json!({ "res": "pong" }));
            let version = ask("server-info/version").send().await.expect(200).json();
            assert_eq!(version, json!({ "major": 2, "minor": 7, "patch": 5 }));
            let types = ask("server-info/media-types").send().await.expect(200).json();
            assert!(types["image"].as_array().unwrap().contains(&json!(".jpg")));
            assert_eq!(ask("user/me").send().await.expect(200).json()["id"], alice.id.as_str());
            let counts = ask("asset/statistics").send().await.expect(200).json();
            assert_eq!(counts, json!({ "images": 0, "videos": 0, "total": 0 }));
        }
    }

    async fn a_file_is_uploaded_once_and_gets_its_album(app: TestApp) {
        let alice = app.user("alice").await;
        let check = json!({ "assets": [{ "id": "/photos/trip/a.jpg", "checksum": "eeb35d331bddcddfdbb0a6d16f64120bb01356fd" }] });
        let check = async || {
            let reply = app.post("/api/asset/bulk-upload-check").user(&alice).json(&check).send().await.expect(200);
            reply.json()["results"][0].clone()
        };
        assert_eq!(check().await["action"], "accept");
        let id = upload(&app, &alice, "/api", "a.jpg", 201).await;
        let known = check().await;
        assert_eq!((&known["action"], &known["reason"], &known["assetId"]), (&json!("reject"), &json!("duplicate"), &json!(id)));
        assert_eq!(upload(&app, &alice, "/v2/api", "a.jpg", 200).await, id);
        let asset = app.get(&format!("/v2/api/assets/{id}")).user(&alice).send().await.expect(200).json();
        assert_eq!((&asset["deviceId"], &asset["deviceAssetId"]), (&json!("CLI"), &json!("a.jpg-5")));

        let made = app.post("/api/album").user(&alice).json(&json!({ "albumName": "trip" })).send().await.expect(201).json();
        let path = format!("/api/album/{}/assets", made["id"].as_str().unwrap());
        let added = app.put(&path).user(&alice).json(&json!({ "ids": [id] })).send().await.expect(200).json();
        assert_eq!((&added[0]["id"], &added[0]["success"]), (&json!(id), &json!(true)));
        let again = app.put(&path).user(&alice).json(&json!({ "ids": [id] })).send().await.expect(200).json();
        assert_eq!(again[0]["error"], "duplicate");
        let albums = app.get("/api/album").user(&alice).send().await.expect(200).json();
        assert_eq!((&albums[0]["albumName"], &albums[0]["assetCount"], &albums[0]["owner"]["id"]), (&json!("trip"), &json!(1), &json!(alice.id)));
    }

    async fn albums_of_others_are_not_filled_by_name(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let body = json!({ "albumName": "trip", "albumUsers": [{ "userId": alice.id, "role": "editor" }] });
        app.post("/api/albums").user(&bob).json(&body).send().await.expect(201);
        assert_eq!(app.get("/api/album").user(&alice).send().await.expect(200).json(), json!([]));
    }

    async fn refusals_are_in_old_words(app: TestApp) {
        let alice = app.user("alice").await;
        let told = |body: &Value| (body["statusCode"].clone(), body["message"].clone());
        for start in ["/api", "/v2/api"] {
            let body = app.get(&format!("{start}/user/me")).send().await.expect(401).json();
            assert_eq!(told(&body), (json!(401), json!("Authentication required")));
        }
        let refused = app.post("/api/asset/bulk-upload-check").user(&alice).json(&json!({})).send().await.expect(400).json();
        assert!(refused["message"].is_array() && refused["statusCode"] == 400, "{refused}");
        let path = format!("/api/album/{}/assets", app.app.uuid());
        let refused = app.put(&path).user(&alice).json(&json!({ "ids": [] })).send().await.expect(400).json();
        assert_eq!(refused["statusCode"], 400);
        app.put("/api/album/none/assets").user(&alice).json(&json!({ "ids": [] })).send().await.expect(400);
        app.delete("/api/album").user(&alice).send().await.expect(404);
        app.get("/v2/api/album/1").user(&alice).send().await.expect(404);
    }
}
