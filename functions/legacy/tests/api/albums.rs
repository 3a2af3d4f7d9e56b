//! Albums and shared links.

use edge_testkit::{TestApp, on_each_database};
use serde_json::{Value, json};

use super::{areas, upload};

fn names(albums: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = albums
        .as_array()
        .unwrap()
        .iter()
        .map(|album| album["albumName"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

on_each_database! {
    async fn an_album_has_its_owner_apart_and_its_assets_within(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let id = upload(&app, &alice, "a.jpg", "photo").await;
        let body = json!({ "albumName": "a", "assetIds": [id], "albumUsers": [{ "userId": bob.id, "role": "editor" }] });
        let made = app.post("/v2/api/albums").user(&alice).json(&body).send().await.expect(201).json();
        assert_eq!((&made["ownerId"], &made["owner"]["id"], &made["assets"]), (&json!(alice.id), &json!(alice.id), &json!([])));
        assert_eq!(made["albumUsers"].as_array().unwrap().len(), 1);
        assert_eq!(made["albumUsers"][0]["role"], "editor");
        let path = format!("albums/{}", made["id"].as_str().unwrap());
        for user in [&alice, &bob] {
            let old = app.get(&format!("/v2/api/{path}")).user(user).send().await.expect(200).json();
            assert_eq!((&old["assets"][0]["id"], &old["assets"][0]["deviceId"]), (&json!(id), &json!("phone")));
            let bare = app.get(&format!("/v2/api/{path}?withoutAssets=true")).user(user).send().await.expect(200).json();
            assert_eq!(bare["assets"], json!([]));
        }
        let new = app.get(&format!("/api/{path}")).user(&alice).send().await.expect(200).json();
        assert_eq!((new.get("owner"), new.get("assets"), new["albumUsers"].as_array().unwrap().len()), (None, None, 2));
    }

    async fn albums_are_listed_by_what_shared_meant(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let make = |name: &str, users: Value| json!({ "albumName": name, "albumUsers": users });
        for (user, body) in [
            (&alice, make("mine", json!([]))),
            (&alice, make("given", json!([{ "userId": bob.id, "role": "viewer" }]))),
            (&bob, make("got", json!([{ "userId": alice.id, "role": "viewer" }]))),
        ] {
            app.post("/v2/api/albums").user(user).json(&body).send().await.expect(201);
        }
        for (query, expected) in [
            ("", vec!["given", "mine"]),
            ("?shared=true", vec!["given", "got"]),
            ("?shared=false", vec!["mine"]),
        ] {
            let found = app.get(&format!("/v2/api/albums{query}")).user(&alice).send().await.expect(200).json();
            assert_eq!(names(&found), expected, "{query}");
        }
        app.get("/v2/api/albums?shared=perhaps").user(&alice).send().await.expect(400);
    }

    async fn a_guest_says_the_password_in_the_query_and_adds_what_is_there(app: TestApp) {
        let alice = app.user("alice").await;
        let (id, other) = (upload(&app, &alice, "a.jpg", "photo").await, upload(&app, &alice, "b.jpg", "other").await);
        let body = json!({ "albumName": "a", "assetIds": [id] });
        let album = app.post("/v2/api/albums").user(&alice).json(&body).send().await.expect(201).json();
        let album = album["id"].as_str().unwrap();
        let link = json!({ "type": "ALBUM", "albumId": album, "password": "secret", "allowUpload": true, "slug": "" });
        let link = app.post("/v2/api/shared-links").user(&alice).json(&link).send().await.expect(201).json();
        let (key, link_id) = (link["key"].as_str().unwrap(), link["id"].as_str().unwrap());
        app.get(&format!("/v2/api/shared-links/me?key={key}")).send().await.expect(401);
        app.get(&format!("/v2/api/shared-links/me?key={key}&password=wrong")).send().await.expect(401);
        let reply = app.get(&format!("/v2/api/shared-links/me?key={key}&password=secret")).send().await.expect(200);
        assert_eq!(reply.json()["album"]["ownerId"], json!(alice.id));
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        let add = |ids: Value| app.put(&format!("/v2/api/albums/{album}/assets?key={key}")).header("cookie", &cookie).json(&json!({ "ids": ids }));
        let answer = add(json!([id, other])).send().await.expect(200).json();
        let expected = json!([{ "id": id, "success": false, "error": "duplicate" }, { "id": other, "success": false, "error": "no_permission" }]);
        assert_eq!(answer, expected);
        let at = json!({ "expiresAt": "2030-01-01T00:00:00.000Z" });
        let patch = |body: &Value| app.patch(&format!("/v2/api/shared-links/{link_id}")).user(&alice).json(body);
        assert_eq!(patch(&at).send().await.expect(200).json()["expiresAt"], at["expiresAt"]);
        assert_eq!(patch(&json!({ "description": "x" })).send().await.expect(200).json()["expiresAt"], at["expiresAt"]);
        assert_eq!(patch(&json!({ "changeExpiryTime": true })).send().await.expect(200).json()["expiresAt"], Value::Null);
    }
}
