//! From one server to another: everything arrives, a second run does nothing, what is cut off goes on, wrong bytes are refused.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod support;

use edge_testkit::{NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs as _;
use serde_json::{Value, json};
use support::{Mover, Served, areas, library, names, picture, upload};

/// A server that gets everything, with ids of its own, and its administrator.
async fn target() -> (TestApp, Served, NewUser, String) {
    let app = TestApp::sqlite(areas()).await;
    // Both servers count their ids from the same seed.
    for name in ["zoe", "yan"] {
        app.user(name).await;
    }
    let admin = app.admin().await;
    let (served, key) = (
        Served::start(&app).await,
        app.api_key(&admin, &["all"]).await,
    );
    (app, served, admin, key)
}

async fn tell(app: &TestApp, user: &NewUser, method: &str, path: &str, body: Value) -> Value {
    let method = method.parse().unwrap();
    let reply = app
        .request(method, path)
        .user(user)
        .json(&body)
        .send()
        .await;
    assert!(
        reply.status < 300,
        "{path}: {} {}",
        reply.status,
        String::from_utf8_lossy(&reply.body)
    );
    if reply.body.is_empty() {
        Value::Null
    } else {
        reply.json()
    }
}

async fn read(app: &TestApp, user: &NewUser, path: &str) -> Value {
    app.get(path).user(user).send().await.expect(200).json()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// The asset of this name, whole.
async fn named(app: &TestApp, user: &NewUser, name: &str) -> Value {
    let items = library(app, user).await;
    let item = items
        .iter()
        .find(|item| item["originalFileName"] == name)
        .unwrap();
    read(app, user, &format!("/api/assets/{}", id(item))).await
}

/// A user of the target whom the program made, logged in with the password that it printed.
async fn made(app: &TestApp, email: &str, printed: &str) -> NewUser {
    let line = printed.lines().find(|line| line.contains(email)).unwrap();
    let password = line.rsplit(' ').next().unwrap();
    let login = app
        .post("/api/auth/login")
        .json(&json!({"email": email, "password": password}));
    let login = login.send().await.expect(201).json();
    NewUser {
        id: login["userId"].as_str().unwrap().to_owned(),
        email: email.to_owned(),
        session_id: String::new(),
        token: login["accessToken"].as_str().unwrap().to_owned(),
    }
}

/// Everything there is, of two users.
async fn fill(app: &TestApp, alice: &NewUser, bob: &NewUser) {
    let photo =
        async |name, width, fields: &[_]| upload(app, alice, name, &picture(width), fields).await;
    let beach = photo("beach.jpg", 60, &[("isFavorite", "true")]).await;
    let hill = photo("hill.jpg", 61, &[("visibility", "archive")]).await;
    let stacked = photo("stacked.jpg", 62, &[]).await;
    let under = photo("under.jpg", 67, &[]).await;
    let turned = photo("turned.jpg", 63, &[]).await;
    let gone = photo("gone.jpg", 64, &[]).await;
    let hidden = [("visibility", "hidden")];
    let film = upload(app, alice, "live.mov", b"frames", &hidden).await;
    photo("live.jpg", 65, &[("livePhotoVideoId", &film)]).await;
    app.run_jobs().await;
    describe(app, alice, &beach).await;
    let turn = json!({"edits": [{"action": "rotate", "parameters": {"angle": 90}}]});
    let edits = format!("/api/assets/{turned}/edits");
    tell(app, alice, "PUT", &edits, turn).await;
    let stack = json!({"assetIds": [stacked, under]});
    tell(app, alice, "POST", "/api/stacks", stack).await;
    share(app, alice, bob, &[&hill, &beach]).await;
    let gone = json!({"ids": [gone]});
    tell(app, alice, "DELETE", "/api/assets", gone).await;
    app.run_jobs().await;
}

/// Writes texts, tags and a face.
async fn describe(app: &TestApp, alice: &NewUser, beach: &str) {
    let facts = json!({
        "description": "a beach", "rating": 4, "latitude": 36.5, "longitude": -4.25,
        "dateTimeOriginal": "2023-07-08T09:10:11.000+02:00",
    });
    tell(app, alice, "PUT", &format!("/api/assets/{beach}"), facts).await;
    let tags = json!({"tags": ["Places/Spain", "Empty"]});
    let tags = tell(app, alice, "PUT", "/api/tags", tags).await;
    let (spain, empty) = (id(&tags[0]), id(&tags[1]));
    let red = json!({"color": "#ff0000"});
    tell(app, alice, "PUT", &format!("/api/tags/{empty}"), red).await;
    let assets = json!({"ids": [beach]});
    tell(
        app,
        alice,
        "PUT",
        &format!("/api/tags/{spain}/assets"),
        assets,
    )
    .await;
    let carol = json!({"name": "Carol", "birthDate": "1990-05-06"});
    let carol = tell(app, alice, "POST", "/api/people", carol).await;
    let face = json!({
        "assetId": beach, "personId": id(&carol), "imageWidth": 60, "imageHeight": 40,
        "x": 5, "y": 6, "width": 20, "height": 21,
    });
    tell(app, alice, "POST", "/api/faces", face).await;
}

/// An album of both, links to it and to a photo, and the library as a whole.
async fn share(app: &TestApp, alice: &NewUser, bob: &NewUser, assets: &[&str]) {
    let bobs = upload(app, bob, "bobs.jpg", &picture(66), &[]).await;
    let album = json!({
        "albumName": "Trip", "description": "to the sea", "assetIds": assets,
        "albumUsers": [{"userId": bob.id, "role": "editor"}],
    });
    let album = id(&tell(app, alice, "POST", "/api/albums", album).await);
    let order = json!({"order": "asc", "albumThumbnailAssetId": assets[0]});
    let path = format!("/api/albums/{album}");
    tell(app, alice, "PATCH", &path, order).await;
    let add = json!({"ids": [bobs]});
    tell(app, bob, "PUT", &format!("{path}/assets"), add).await;
    for link in [
        json!({"type": "ALBUM", "albumId": album, "slug": "trip", "password": "secret", "allowUpload": false}),
        json!({"type": "INDIVIDUAL", "assetIds": [assets[1]], "description": "one"}),
    ] {
        tell(app, alice, "POST", "/api/shared-links", link).await;
    }
    let partner = json!({"sharedWithId": bob.id});
    tell(app, alice, "POST", "/api/partners", partner).await;
    let shown = json!({"inTimeline": true});
    tell(
        app,
        bob,
        "PUT",
        &format!("/api/partners/{}", alice.id),
        shown,
    )
    .await;
}

/// What alice has at the target.
async fn check_alice(to: &TestApp, admin: &NewUser) {
    let beach = named(to, admin, "beach.jpg").await;
    assert_eq!(beach["isFavorite"], true);
    assert_eq!(beach["fileModifiedAt"], "2024-01-02T00:00:00.000Z");
    let exif = &beach["exifInfo"];
    assert_eq!(
        (&exif["description"], &exif["rating"]),
        (&json!("a beach"), &json!(4))
    );
    assert_eq!(
        (&exif["latitude"], &exif["longitude"]),
        (&json!(36.5), &json!(-4.25))
    );
    assert_eq!(beach["fileCreatedAt"], "2023-07-08T07:10:11.000Z");
    assert_eq!(beach["localDateTime"], "2023-07-08T09:10:11.000Z");
    assert_eq!(beach["tags"][0]["value"], "Places/Spain");
    assert_eq!(beach["people"][0]["name"], "Carol");
    assert_eq!(beach["people"][0]["birthDate"], "1990-05-06");
    let face = &read(to, admin, &format!("/api/faces?id={}", id(&beach))).await[0];
    assert_eq!(
        (&face["boundingBoxX1"], &face["boundingBoxY2"]),
        (&json!(5), &json!(27))
    );
    let bytes = to
        .get(&format!("/api/assets/{}/original", id(&beach)))
        .user(admin)
        .send()
        .await
        .expect(200);
    assert_eq!(bytes.body, picture(60));
    assert_eq!(named(to, admin, "hill.jpg").await["visibility"], "archive");
    assert_eq!(named(to, admin, "gone.jpg").await["isTrashed"], true);
    let live = named(to, admin, "live.jpg").await;
    let film = named(to, admin, "live.mov").await;
    assert_eq!(
        (&live["livePhotoVideoId"], &film["visibility"]),
        (&film["id"], &json!("hidden"))
    );
    let stack = &named(to, admin, "stacked.jpg").await["stack"];
    assert_eq!(
        stack["primaryAssetId"],
        named(to, admin, "stacked.jpg").await["id"]
    );
    assert_eq!(stack["assetCount"], 2);
    let turned = named(to, admin, "turned.jpg").await;
    assert_eq!(
        (&turned["isEdited"], &turned["width"], &turned["height"]),
        (&json!(true), &json!(40), &json!(63))
    );
    let tags = read(to, admin, "/api/tags").await;
    let empty = tags
        .as_array()
        .unwrap()
        .iter()
        .find(|tag| tag["value"] == "Empty")
        .unwrap();
    assert_eq!(empty["color"], "#ff0000");
}

/// What alice and bob share at the target.
async fn check_shared(to: &TestApp, admin: &NewUser, bob: &NewUser) {
    let albums = read(to, admin, "/api/albums").await;
    assert_eq!(albums.as_array().unwrap().len(), 1);
    let album = &albums[0];
    assert_eq!(
        (&album["albumName"], &album["description"]),
        (&json!("Trip"), &json!("to the sea"))
    );
    assert_eq!(
        (&album["assetCount"], &album["order"]),
        (&json!(3), &json!("asc"))
    );
    assert_eq!(
        album["albumThumbnailAssetId"],
        named(to, admin, "hill.jpg").await["id"]
    );
    assert_eq!(
        (
            &album["albumUsers"][1]["user"]["id"],
            &album["albumUsers"][1]["role"]
        ),
        (&json!(bob.id), &json!("editor"))
    );
    let links = read(to, admin, "/api/shared-links").await;
    let links = links.as_array().unwrap();
    assert_eq!(links.len(), 2);
    let link = links.iter().find(|link| link["type"] == "ALBUM").unwrap();
    assert_eq!(
        (&link["slug"], &link["password"], &link["allowUpload"]),
        (&json!("trip"), &json!("secret"), &json!(false))
    );
    assert_eq!(link["album"]["id"], album["id"]);
    let link = links
        .iter()
        .find(|link| link["type"] == "INDIVIDUAL")
        .unwrap();
    assert_eq!(
        link["assets"][0]["id"],
        named(to, admin, "beach.jpg").await["id"]
    );
    let partners = read(to, bob, "/api/partners?direction=shared-with").await;
    assert_eq!(
        (&partners[0]["id"], &partners[0]["inTimeline"]),
        (&json!(admin.id), &json!(true))
    );
    assert_eq!(names(to, bob).await, ["bobs.jpg"]);
}

on_each_database! {
    async fn two_users_and_all_they_have_move_and_a_second_run_does_nothing(from: TestApp) {
        let (alice, bob) = (from.admin().await, from.user("bob").await);
        let quota = json!({"quotaSizeInBytes": 1_000_000, "storageLabel": "bobs"});
        tell(&from, &alice, "PUT", &format!("/api/admin/users/{}", bob.id), quota).await;
        fill(&from, &alice, &bob).await;
        let (to, to_served, admin, to_key) = target().await;
        let source = Served::start(&from).await;
        let (key, bobs) = (from.api_key(&alice, &["all"]).await, from.api_key(&bob, &["all"]).await);
        let bobs = format!("{}={bobs}", bob.email);
        let mover = Mover::new(&["--from", &source.url, "--api-key", &key, "--to", &to_served.url, "--api-key", &to_key]);
        let mover = mover.and(&["--users", "--key", &bobs]);
        let dry = mover.output(&["--dry-run"]).await;
        let dry = String::from_utf8_lossy(&dry.stdout).into_owned();
        assert!(dry.contains("9 to upload") && dry.contains("account to make: bob@immich.test"), "{dry}");
        assert!(dry.contains("1 albums, 1 stacks") && !mover.has_state(), "{dry}");
        assert_eq!(to_served.take_changes(), [""; 0]);
        source.take_changes();
        // A photo is edited only once the target has read it.
        let first = mover.fail().await;
        assert!(first.contains("9 uploaded") && first.contains("has not read this photo yet"), "{first}");
        to.run_jobs().await;
        let second = mover.run().await;
        assert!(second.starts_with("0 uploaded"), "{second}");
        to.run_jobs().await;
        check_alice(&to, &admin).await;
        let moved = made(&to, "bob@immich.test", &first).await;
        let me = read(&to, &admin, &format!("/api/admin/users/{}", moved.id)).await;
        assert_eq!((&me["quotaSizeInBytes"], &me["storageLabel"]), (&json!(1_000_000), &json!("bobs")));
        check_shared(&to, &admin, &moved).await;
        to_served.take_changes();
        assert!(mover.run().await.contains("0 uploaded (0 B), 9 there before, 0 failed"));
        assert_eq!(to_served.take_changes(), [""; 0]);
        assert_eq!(source.take_changes(), [""; 0]);
    }

    async fn a_move_that_is_killed_goes_on_where_it_was(from: TestApp) {
        let alice = from.user("alice").await;
        for width in 60..66 {
            upload(&from, &alice, &format!("{width}.jpg"), &picture(width), &[]).await;
        }
        let (to, to_served, admin, to_key) = target().await;
        let (source, key) = (Served::start(&from).await, from.api_key(&alice, &["all"]).await);
        let mover = Mover::new(&["--from", &source.url, "--api-key", &key, "--to", &to_served.url, "--api-key", &to_key]);
        to_served.hang_after("POST /api/assets", 3);
        let mut child = mover.command().spawn().unwrap();
        to_served.hung().await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(names(&to, &admin).await.len(), 3);
        source.take_calls();
        let rest = mover.run().await;
        assert!(rest.starts_with("3 uploaded"), "{rest}");
        let downloads = source.take_calls();
        assert_eq!(downloads.iter().filter(|call| call.ends_with("/original")).count(), 3);
        assert_eq!(names(&to, &admin).await, ["60.jpg", "61.jpg", "62.jpg", "63.jpg", "64.jpg", "65.jpg"]);
    }

    async fn bytes_that_are_not_what_the_source_says_are_refused(from: TestApp) {
        let alice = from.user("alice").await;
        upload(&from, &alice, "good.jpg", &picture(60), &[]).await;
        let before = from.object_keys().await;
        upload(&from, &alice, "rotten.jpg", &picture(61), &[]).await;
        let keys = from.object_keys().await;
        let key = keys.iter().find(|key| !before.contains(key)).unwrap();
        std::fs::write(from.folder().join(key), picture(62)).unwrap();
        let (to, to_served, admin, to_key) = target().await;
        let (source, key) = (Served::start(&from).await, from.api_key(&alice, &["all"]).await);
        let mover = Mover::new(&["--from", &source.url, "--api-key", &key, "--to", &to_served.url, "--api-key", &to_key]);
        let said = mover.fail().await;
        assert!(said.contains("1 uploaded") && said.contains("rotten.jpg"), "{said}");
        assert!(said.contains("refused: the source says that the checksum is"), "{said}");
        assert_eq!(names(&to, &admin).await, ["good.jpg"]);
    }

    async fn wrong_keys_and_wrong_users_are_said(from: TestApp) {
        let alice = from.user("alice").await;
        let (_to, to_served, _, to_key) = target().await;
        let (source, key) = (Served::start(&from).await, from.api_key(&alice, &["all"]).await);
        let at = |key: &str, to_key: &str| Mover::new(&["--from", &source.url, "--api-key", key, "--to", &to_served.url, "--api-key", to_key]);
        assert!(at("wrong", &to_key).fail().await.contains("does not allow this, 401"));
        assert!(at(&key, "wrong").fail().await.contains("does not allow this, 401"));
        let said = at(&key, &to_key).and(&["--users"]).fail().await;
        assert!(said.contains("needs the keys of administrators"), "{said}");
        let said = at(&key, &to_key).and(&["--key", &format!("bob@immich.test={key}")]).fail().await;
        assert!(said.contains("is that of alice@immich.test"), "{said}");
        let said = at(&key, &to_key).and(&["--key", &format!("alice@immich.test={key}")]).fail().await;
        assert!(said.contains("--to-key alice@immich.test=KEY is needed"), "{said}");
        let one = at(&key, &to_key);
        one.run().await;
        let other = one.and(&["--to", &source.url, "--api-key", &key]);
        assert!(other.fail().await.contains("name another file with --state"));
    }
}
