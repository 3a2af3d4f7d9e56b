//! How long texts and lists may be, and what no text holds.

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{areas, link};

on_each_database! {
    async fn texts_and_lists_have_limits(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.album(&alice, &[], &[]).await;
        let post = |body: Value| app.post("/api/albums").user(&alice).json(&body).send();
        let reply = post(json!({"albumName": "x".repeat(9 << 20)})).await.expect(400);
        assert_eq!(reply.issues(), "albumName: Too big: expected string to have <=255 characters");
        post(json!({"albumName": "x".repeat(255), "description": "x".repeat(20_000)})).await.expect(201);
        let reply = app.patch(&format!("/api/albums/{id}")).user(&alice).json(&json!({"description": "x".repeat(20_001)})).send().await.expect(400);
        assert_eq!(reply.issues(), "description: Too big: expected string to have <=20000 characters");
        let user = json!({"userId": alice.id, "role": "viewer"});
        let reply = post(json!({"albumName": "x", "albumUsers": vec![user; 1001]})).await.expect(400);
        assert_eq!(reply.issues(), "albumUsers: Too big: expected array to have <=1000 items");
        let asset = app.asset(&alice).insert().await;
        let reply = app.put(&format!("/api/albums/{id}/assets")).user(&alice).json(&json!({"ids": vec![asset.clone(); 70_001]})).send().await.expect(400);
        assert_eq!(reply.issues(), "ids: Too big: expected array to have <=70000 items");
        let ids: Vec<String> = (0..10_000).map(|_| app.app.uuid()).collect();
        app.put(&format!("/api/albums/{id}/assets")).user(&alice).json(&json!({"ids": ids})).send().await.expect(200);
        let wrong = app.put(&format!("/api/albums/{id}/assets")).user(&alice).json(&json!({"ids": vec![0; 60_000]})).send().await.expect(400);
        assert_eq!(wrong.json()["errors"].as_array().unwrap().len(), 100, "an answer is not longer than the request");
    }

    async fn no_text_holds_nul(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.album(&alice, &[], &[]).await;
        let reply = app.post("/api/albums").user(&alice).json(&json!({"albumName": "a\0b"})).send().await.expect(400);
        assert_eq!(reply.issues(), "albumName: Invalid input: U+0000 is not allowed");
        let reply = app.patch(&format!("/api/albums/{id}")).user(&alice).json(&json!({"other": {"a\0": 1}})).send().await.expect(400);
        assert_eq!(reply.issues(), "other.a\0: Invalid input: U+0000 is not allowed");
        for path in ["/api/albums?name=a%00", "/api/albums?key=%00", "/api/albums?slug=a%00b", &format!("/api/albums/{id}%00"), &format!("/api/albums/{id}/user/%00")] {
            let reply = app.get(path).user(&alice).send().await.expect(400);
            assert_eq!(reply.issues(), ": Invalid input: U+0000 is not allowed", "{path}");
        }
    }

    async fn ten_thousand_photos_go_into_albums_and_out_again(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        let (one, two) = (app.album(&alice, &[], &[]).await, app.album(&alice, &[], &[]).await);
        let (path, body) = (format!("/api/albums/{one}/assets"), json!({ "ids": ids }));
        let there = async || app.count(stmt!("select count(*) as n from album_asset")).await;
        let put = app.put(&path).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((put.successes(), there().await), (10_000, 10_000));
        let seen = app.get(&format!("/api/albums/{one}")).user(&alice).send().await.expect(200).json();
        assert_eq!(seen["assetCount"], 10_000);
        let again = app.put(&path).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((again.successes(), there().await), (0, 10_000));
        let out = app.delete(&path).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((out.successes(), there().await), (10_000, 0));
        assert_eq!(app.count(stmt!("select count(*) as n from album_asset_audit")).await, 10_000);
        let both = json!({ "albumIds": [one, two], "assetIds": ids });
        let put = app.put("/api/albums/assets").user(&alice).json(&both).send_in_two().await.expect(200);
        assert_eq!((put.json(), there().await), (json!({ "success": true }), 20_000));
    }

    async fn a_large_album_s_markers_come_in_pages(app: TestApp) {
        let alice = app.user("alice").await;
        let count = usize::try_from(edge_store::map::PAGE).unwrap() + 500;
        let mut ids = app.assets(&alice, count).await;
        app.sql(stmt!(
            "update asset_exif set latitude = 10, longitude = 20, update_id = uuid7() where owner_id = ?1", &alice.id
        )).await;
        let album = app.album(&alice, &[], &[]).await;
        let body = json!({ "ids": ids });
        app.put(&format!("/api/albums/{album}/assets")).user(&alice).json(&body).send().await.expect(200);
        let shy = link(&app, &alice, &album, false).await;
        let path = format!("/api/albums/{album}/map-markers");
        app.take_round_trips();
        let markers = app.get(&path).user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2, "one for each page");
        ids.sort();
        let found: Vec<&str> = markers.as_array().unwrap().iter().map(|marker| marker["id"].as_str().unwrap()).collect();
        assert!(found == ids, "{} of {count}", found.len());
        assert_eq!(markers[0], json!({"id": ids[0], "lat": 10.0, "lon": 20.0, "city": null, "state": null, "country": null}));
        let hidden = app.get(&format!("{path}?key={shy}")).send().await.expect(200).json();
        assert_eq!(hidden, json!([]));
        // A page looks at so many assets, whether they have a position or not.
        app.sql(stmt!(
            "update asset_exif set latitude = null, longitude = null, update_id = uuid7() where owner_id = ?1 and asset_id <> ?2",
            &alice.id, ids.last().unwrap()
        )).await;
        app.take_round_trips();
        let last = app.get(&path).user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((last.as_array().unwrap().len(), last[0]["id"].as_str()), (1, ids.last().map(String::as_str)));
        app.sql(stmt!("update asset_exif set latitude = null, longitude = null, update_id = uuid7() where owner_id = ?1", &alice.id)).await;
        assert_eq!(app.get(&path).user(&alice).send().await.expect(200).json(), json!([]));
    }

    async fn members_are_changed_in_two_round_trips(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let album = app.album(&alice, &[], &[]).await;
        let path = format!("/api/albums/{album}");
        let users = json!({ "albumUsers": [{ "userId": bob.id, "role": "viewer" }] });
        app.put(&format!("{path}/users")).user(&alice).json(&users).send_in_two().await.expect(200);
        let member = format!("{path}/user/{}", bob.id);
        app.put(&member).user(&alice).json(&json!({ "role": "editor" })).send_in_two().await.expect(204);
        app.delete(&member).user(&alice).send_in_two().await.expect(204);
        app.patch(&path).user(&alice).json(&json!({ "albumName": "b" })).send_in_two().await.expect(200);
        app.delete(&path).user(&alice).send_in_two().await.expect(204);
    }
}
