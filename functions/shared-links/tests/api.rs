//! Shared links over HTTP (api/features.md section A, Shared links; api/auth.md section 10).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_store::{login, users};
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_shared_links::ROUTES, fn_shared_links::routes()),
    ]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn create(app: &TestApp, user: &NewUser, body: Value) -> Reply {
    app.post("/api/shared-links")
        .user(user)
        .json(&body)
        .send()
        .await
}

async fn list(app: &TestApp, user: &NewUser, query: &str) -> Vec<Value> {
    let reply = app
        .get(&format!("/api/shared-links{query}"))
        .user(user)
        .send()
        .await
        .expect(200);
    reply.json().as_array().unwrap().clone()
}

fn path(link: &Value) -> String {
    format!("/api/shared-links/{}", link["id"].as_str().unwrap())
}

async fn guest(app: &TestApp, link: &Value, cookie: &str) -> Reply {
    let path = format!("/api/shared-links/me?key={}", link["key"].as_str().unwrap());
    app.get(&path).header("cookie", cookie).send().await
}

fn errors(reply: &Reply) -> Vec<Value> {
    let answers = reply.json();
    answers
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["error"].clone())
        .collect()
}

on_each_database! {
    async fn a_link_to_assets_shows_them(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (one, two) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        app.take_round_trips();
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [one, one], "description": "beach", "slug": "beach" });
        let link = create(&app, &alice, body).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((&link["type"], &link["slug"], &link["description"]), (&json!("INDIVIDUAL"), &json!("beach"), &json!("beach")));
        assert_eq!((&link["allowUpload"], &link["allowDownload"], &link["showMetadata"]), (&json!(true), &json!(true), &json!(true)));
        assert_eq!((&link["password"], &link["expiresAt"]), (&Value::Null, &Value::Null));
        assert_eq!((link["assets"].as_array().unwrap().len(), &link["assets"][0]["id"]), (1, &json!(one)));
        assert!(link.get("album").is_none());
        app.take_round_trips();
        assert_eq!(guest(&app, &link, "").await.expect(200).json()["assets"][0]["id"], one);
        assert_eq!(app.take_round_trips(), 1);
        let by_slug = app.get("/api/shared-links/me?slug=beach").send().await.expect(200);
        assert_eq!(by_slug.json()["id"], link["id"]);

        let foreign = app.asset(&bob).insert().await;
        let assets = format!("{}/assets", path(&link));
        let body = json!({ "assetIds": [one, two, two, foreign] });
        let added = app.put(&assets).user(&alice).json(&body).send().await.expect(200);
        assert_eq!(errors(&added), [json!("duplicate"), Value::Null, json!("duplicate"), json!("no_permission")]);
        let body = json!({ "assetIds": [one, NONE] });
        let removed = app.delete(&assets).user(&alice).json(&body).send().await.expect(200);
        assert_eq!(errors(&removed), [Value::Null, json!("not_found")]);
        let left = app.get(&path(&link)).user(&alice).send().await.expect(200).json();
        assert_eq!((left["assets"].as_array().unwrap().len(), &left["assets"][0]["id"]), (1, &json!(two)));
        for (method, user) in [("PUT", &bob), ("DELETE", &bob)] {
            let request = app.request(method.parse().unwrap(), &assets).user(user).json(&body);
            assert_eq!(request.send().await.expect(400).message(), "Shared link not found");
        }
    }

    async fn a_partner_s_photo_is_shown_while_the_partner_shows_it(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&bob).insert().await;
        app.sql(stmt!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 0, 0, uuid7(), uuid7())", &bob.id, &alice.id
        )).await;
        let link = create(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo] })).await.expect(201).json();
        assert_eq!(guest(&app, &link, "").await.expect(200).json()["assets"][0]["id"], photo);
        app.sql(stmt!("delete from partner where shared_by_id = ?1", &bob.id)).await;
        assert_eq!(guest(&app, &link, "").await.expect(200).json()["assets"], json!([]));
        let page = app.get(&format!("/share/{}", link["key"].as_str().unwrap())).send().await.expect(200);
        assert!(!String::from_utf8(page.body.to_vec()).unwrap().contains(&photo), "nor on the page");
    }

    async fn a_link_to_an_album_shows_it(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let album = app.album(&alice, &[&photo], &[(&bob, "viewer")]).await;
        let link = create(&app, &alice, json!({ "type": "ALBUM", "albumId": album })).await.expect(201).json();
        assert_eq!((&link["album"]["id"], &link["assets"]), (&json!(album), &json!([])));
        let seen = guest(&app, &link, "").await.expect(200).json();
        assert_eq!((&seen["album"]["assetCount"], &seen["album"]["albumName"]), (&json!(1), &json!("Trip")));
        // Guests see who shares, not with whom.
        assert_eq!(seen["album"]["albumUsers"].as_array().unwrap().len(), 1);
        let assets = format!("{}/assets", path(&link));
        let refused = app.put(&assets).user(&alice).json(&json!({ "assetIds": [photo] })).send().await.expect(400);
        assert_eq!(refused.message(), "Invalid shared link type");
        for (user, message) in [(&bob, "Not found or no album.share access"), (&app.user("carol").await, "Not found or no album.share access")] {
            let refused = create(&app, user, json!({ "type": "ALBUM", "albumId": album })).await.expect(400);
            assert_eq!(refused.message(), message);
        }
        assert_eq!(list(&app, &alice, &format!("?albumId={album}")).await.len(), 1);
        assert!(list(&app, &alice, &format!("?albumId={NONE}")).await.is_empty());
        assert!(list(&app, &bob, "").await.is_empty());
    }

    async fn a_password_is_proved_by_a_cookie(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "password": "sesame" });
        let link = create(&app, &alice, body).await.expect(201).json();
        assert_eq!(link["password"], "sesame");
        assert_eq!(guest(&app, &link, "").await.expect(401).message(), "Password required");
        let login = format!("/api/shared-links/login?key={}", link["key"].as_str().unwrap());
        app.take_round_trips();
        let wrong = app.post(&login).json(&json!({ "password": "open" })).send().await.expect(401);
        assert_eq!((wrong.message().as_str(), app.take_round_trips()), ("Invalid password", 2));
        let answer = app.post(&login).json(&json!({ "password": "sesame" })).send().await.expect(201);
        assert_eq!(answer.json()["password"], Value::Null, "guests do not read it");
        assert_eq!(app.take_round_trips(), 2);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("immich_shared_link_token="), "{cookie}");
        guest(&app, &link, &cookie).await.expect(200);
        let request = app.post(&login).header("cookie", "immich_shared_link_token=other").json(&json!({ "password": "sesame" }));
        let both = request.send().await.expect(201);
        assert!(both.header("set-cookie").starts_with("immich_shared_link_token=other,"));
        let changed = app.patch(&path(&link)).user(&alice).json(&json!({ "password": "other" })).send().await.expect(200);
        assert_eq!(changed.json()["password"], "other");
        guest(&app, &link, &cookie).await.expect(401);
        app.patch(&path(&link)).user(&alice).json(&json!({ "password": null })).send().await.expect(200);
        guest(&app, &link, "").await.expect(200);
        let open = app.post(&login).json(&json!({ "password": "x" })).send().await.expect(400);
        assert_eq!(open.message(), "Shared link is not password protected");
        let as_user = app.post("/api/shared-links/login").user(&alice).json(&json!({ "password": "x" })).send().await;
        assert_eq!(as_user.expect(403).message(), "Forbidden");
        app.get("/api/shared-links/me").user(&alice).send().await.expect(403);
    }

    async fn guesses_of_a_password_are_counted_for_each_link(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "password": "sesame" });
        let guessed = create(&app, &alice, body.clone()).await.expect(201).json();
        let other = create(&app, &alice, body).await.expect(201).json();
        let login = async |link: &Value, password: &str| {
            let path = format!("/api/shared-links/login?key={}", link["key"].as_str().unwrap());
            app.post(&path).json(&json!({ "password": password })).send().await
        };
        for _ in 0..10 {
            login(&guessed, "open").await.expect(401);
        }
        login(&guessed, "sesame").await.expect(429);
        login(&other, "sesame").await.expect(201);
        app.clock.advance(15 * 60 * 1000);
        login(&guessed, "sesame").await.expect(201);
        // A right guess forgets the wrong ones.
        for _ in 0..2 {
            for _ in 0..9 {
                login(&other, "open").await.expect(401);
            }
            login(&other, "sesame").await.expect(201);
        }
    }

    async fn of_a_burst_of_guesses_the_first_few_are_answered(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "password": "sesame" });
        let link = create(&app, &alice, body).await.expect(201).json();
        let path = format!("/api/shared-links/login?key={}", link["key"].as_str().unwrap());
        let guesses = (0..30).map(|_| app.post(&path).json(&json!({ "password": "open" })).send());
        let answers = futures::future::join_all(guesses).await;
        let wrong = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(wrong, 10);
        // What was read before they were counted is neither right nor wrong.
        let subject = app.sql(stmt!("select subject from login_attempt where subject like 'link:%'")).await;
        let subject: String = subject.first().unwrap().get("subject").unwrap();
        let (of, address) = subject.trim_start_matches("link:").split_once(':').unwrap();
        let subject = login::Subject::link(of, address);
        let counted = app.sql(login::failed_guess(&subject, app.app.now())).await;
        assert!(login::is_over(&counted).unwrap());
        let blocked = app.sql(login::blocked(&subject, app.app.now())).await;
        assert!(login::blocked_until(&blocked).unwrap().is_some());
    }

    async fn a_link_without_metadata_shows_little(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "showMetadata": false });
        let link = create(&app, &alice, body).await.expect(201).json();
        assert_eq!(link["allowDownload"], false);
        let asset = &guest(&app, &link, "").await.expect(200).json()["assets"][0];
        assert_eq!((&asset["hasMetadata"], asset.get("originalFileName")), (&json!(false), None));
    }

    async fn a_link_is_changed_and_removed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "slug": "a", "expiresAt": "2030-01-01T00:00:00.000Z" });
        let link = create(&app, &alice, body.clone()).await.expect(201).json();
        assert_eq!(create(&app, &alice, body).await.expect(400).message(), "Failed to save shared link");
        app.clock.advance(1);
        let other = create(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo] })).await.expect(201).json();
        let all: Vec<_> = list(&app, &alice, "").await.iter().map(|link| link["id"].clone()).collect();
        assert_eq!(all, [other["id"].clone(), link["id"].clone()]);
        let taken = app.patch(&path(&other)).user(&alice).json(&json!({ "slug": "a" })).send().await.expect(400);
        assert_eq!(taken.message(), "Failed to save shared link");
        let body = json!({ "description": "d", "allowUpload": false, "allowDownload": false, "showMetadata": false, "expiresAt": null });
        app.take_round_trips();
        let changed = app.patch(&path(&link)).user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        for (key, value) in body.as_object().unwrap() {
            assert_eq!(&changed[key], value, "{key}");
        }
        assert_eq!(changed["slug"], Value::Null, "what is not sent is cleared");
        for request in [app.get(&path(&link)), app.delete(&path(&link)), app.patch(&path(&link)).json(&json!({}))] {
            assert_eq!(request.user(&bob).send().await.expect(400).message(), "Shared link not found");
        }
        app.delete(&path(&link)).user(&alice).send().await.expect(204);
        assert_eq!(guest(&app, &link, "").await.expect(401).message(), "Invalid share key");
    }

    async fn dead_links_open_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let locked = app.asset(&alice).visibility("locked").insert().await;
        let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "expiresAt": "2024-06-15T12:00:01.000Z" });
        let link = create(&app, &alice, body).await.expect(201).json();
        guest(&app, &link, "").await.expect(200);
        app.sql(stmt!("update asset set visibility = 'locked' where id = ?1", &photo)).await;
        assert_eq!(guest(&app, &link, "").await.expect(200).json()["assets"], json!([]));
        app.clock.advance(1000);
        guest(&app, &link, "").await.expect(401);
        let refused = create(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [locked] })).await.expect(400);
        assert_eq!(refused.message(), "Not found or no asset.share access");
    }

    async fn links_end_with_their_owner_and_with_the_album(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let album = app.album(&alice, &[&photo], &[(&bob, "editor")]).await;
        let own = create(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": [photo] })).await.expect(201).json();
        // Whoever made it lives, the album's owner does not.
        let others = create(&app, &bob, json!({ "type": "ALBUM", "albumId": album })).await.expect(201).json();
        let both = async |status: u16| {
            for link in [&own, &others] {
                let reply = guest(&app, link, "").await.expect(status);
                assert!(status == 200 || reply.message() == "Invalid share key");
            }
        };
        both(200).await;
        app.app.db().batch(users::batch_delete(&alice.id, false, app.app.now())).await.unwrap();
        both(401).await;
        app.app.db().batch(users::batch_restore(&alice.id, app.app.now())).await.unwrap();
        both(200).await;
        app.delete(&format!("/api/albums/{album}")).user(&alice).send().await.expect(204);
        assert_eq!(guest(&app, &others, "").await.expect(401).message(), "Invalid share key");
        guest(&app, &own, "").await.expect(200);
    }

    async fn what_cannot_be_shared_is_named(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let foreign = app.asset(&bob).insert().await;
        for (body, message) in [
            (json!({ "type": "ALBUM" }), "Invalid albumId"),
            (json!({ "type": "INDIVIDUAL" }), "Invalid assetIds"),
            (json!({ "type": "ALBUM", "albumId": NONE }), "Not found or no album.share access"),
            (json!({ "type": "INDIVIDUAL", "assetIds": [photo, foreign] }), "Not found or no asset.share access"),
            (json!({ "type": "INDIVIDUAL", "assetIds": [NONE] }), "Not found or no asset.share access"),
        ] {
            assert_eq!(create(&app, &alice, body).await.expect(400).message(), message);
        }
        for slug in ["x".repeat(300), "a/b".to_owned()] {
            let body = json!({ "type": "INDIVIDUAL", "assetIds": [photo], "slug": slug });
            let refused = create(&app, &alice, body).await.expect(400);
            assert!(refused.issues().starts_with("slug"), "{}", refused.issues());
        }
        create(&app, &alice, json!({ "type": "FOLDER" })).await.expect(400);
        assert!(list(&app, &alice, "").await.is_empty());
    }

    async fn links_with_many_photos_are_listed_group_by_group(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = app.assets(&alice, 2_500).await;
        let album = app.album(&alice, &[&photos[0]], &[]).await;
        for (name, body) in [
            ("many", json!({ "type": "INDIVIDUAL", "assetIds": photos, "showMetadata": false })),
            ("album", json!({ "type": "ALBUM", "albumId": album })),
            ("few", json!({ "type": "INDIVIDUAL", "assetIds": photos[..3] })),
        ] {
            let mut body = body;
            body["slug"] = json!(name);
            create(&app, &alice, body).await.expect(201);
            app.clock.advance(1_000);
        }
        // As each of them is by itself, newest first.
        let all = list(&app, &alice, "").await;
        let slugs: Vec<&Value> = all.iter().map(|link| &link["slug"]).collect();
        assert_eq!(slugs, ["few", "album", "many"]);
        for link in &all {
            assert_eq!(*link, app.get(&path(link)).user(&alice).send().await.expect(200).json());
        }
        assert_eq!(all.iter().map(|link| link["assets"].as_array().unwrap().len()).collect::<Vec<_>>(), [3, 0, 2_500]);
        // What is asked for by album does not read the others.
        app.take_round_trips();
        assert_eq!(list(&app, &alice, &format!("?albumId={album}")).await, all[1..2]);
        assert_eq!(app.take_round_trips(), 1);
    }

    async fn ten_thousand_photos_are_shared_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        let made = create(&app, &alice, json!({ "type": "INDIVIDUAL", "assetIds": ids })).await.expect(201).json();
        let there = async || app.count(stmt!("select count(*) as n from shared_link_asset")).await;
        assert_eq!((made["assets"].as_array().unwrap().len(), there().await), (10_000, 10_000));
        let (assets, body) = (format!("{}/assets", path(&made)), json!({ "assetIds": ids }));
        let out = app.delete(&assets).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((out.successes(), there().await), (10_000, 0));
        let put = app.put(&assets).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((put.successes(), there().await), (10_000, 10_000));
        app.delete(&path(&made)).user(&alice).send_in_two().await.expect(204);
    }
}
