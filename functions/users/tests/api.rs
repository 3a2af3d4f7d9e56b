//! The area users over HTTP.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_api::id::is_uuid_v4;
use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, Request, TestApp, license, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_users::ROUTES, fn_users::routes())]
}

const UNKNOWN: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest";

async fn names(app: &TestApp, user: &NewUser) -> Vec<String> {
    let list = app
        .get("/api/users")
        .user(user)
        .send()
        .await
        .expect(200)
        .json();
    let name = |user: &Value| user["name"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

async fn update_id(app: &TestApp, user: &NewUser) -> String {
    let rows = app
        .sql(stmt!("select update_id from users where id = ?1", &user.id))
        .await;
    rows.first().unwrap().get("update_id").unwrap()
}

async fn config(app: &TestApp, value: &Value) {
    app.sql(stmt!(
        "insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 1)",
        value.to_string()
    ))
    .await;
}

async fn delete_user(app: &TestApp, user: &NewUser) {
    app.sql(stmt!(
        "update users set deleted_at = 1, status = 'deleted' where id = ?1",
        &user.id
    ))
    .await;
}

fn form(field: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b\r\n\
         Content-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--b--\r\n");
    body
}

fn upload<'a>(app: &'a TestApp, user: &NewUser, name: &str, bytes: &[u8]) -> Request<'a> {
    app.post("/api/users/profile-image")
        .user(user)
        .body("multipart/form-data; boundary=b", form("file", name, bytes))
}

async fn image_of(app: &TestApp, user: &NewUser) -> Reply {
    app.get(&format!("/api/users/{}/profile-image", user.id))
        .user(user)
        .send()
        .await
}

on_each_database! {
    async fn living_users_are_listed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        app.take_round_trips();
        let mut found = names(&app, &alice).await;
        assert_eq!(app.take_round_trips(), 1);
        found.sort_unstable();
        assert_eq!(found, ["alice", "bob"]);
        delete_user(&app, &bob).await;
        assert_eq!(names(&app, &alice).await, ["alice"]);
    }

    async fn a_private_server_shows_users_only_themselves_and_admins_everybody(app: TestApp) {
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        config(&app, &json!({ "server": { "publicUsers": false } })).await;
        assert_eq!(names(&app, &alice).await, ["alice"]);
        assert_eq!(names(&app, &admin).await.len(), 2);
    }

    async fn others_see_little_of_a_user(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let path = format!("/api/users/{}", bob.id);
        app.take_round_trips();
        let body = app.get(&path).user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(body, json!({
            "id": bob.id, "name": "bob", "email": "bob@immich.test", "profileImagePath": "",
            "avatarColor": "purple", "profileChangedAt": "2024-06-15T12:00:00.000Z",
        }));
        delete_user(&app, &bob).await;
        for id in [bob.id.as_str(), UNKNOWN] {
            let reply = app.get(&format!("/api/users/{id}")).user(&alice).send().await.expect(400);
            assert_eq!(reply.message(), "User not found");
        }
        let reply = app.get("/api/users/x").user(&alice).send().await.expect(400);
        assert_eq!(reply.issues(), "id: Invalid UUID");
    }

    async fn the_caller_sees_everything_in_one_round_trip(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let body = app.get("/api/users/me").user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        for key in ["storageLabel", "deletedAt", "quotaSizeInBytes", "license"] {
            assert_eq!(body[key], Value::Null, "{key}");
            assert!(body.as_object().unwrap().contains_key(key), "{key}");
        }
        assert_eq!(body["oauthId"], "");
        assert_eq!(body["status"], "active");
        // A field of 3.2: the group of people's faces, at first one's own.
        assert!(is_uuid_v4(body["clusterGroupId"].as_str().unwrap()), "{body}");
        assert_ne!(body["clusterGroupId"], app.get("/api/users/me").user(&app.user("bob").await).send().await.json()["clusterGroupId"]);
        assert_eq!(body["quotaUsageInBytes"], 0);
        assert!(body.get("password").is_none());
    }

    async fn a_user_changes_name_mail_and_colour(app: TestApp) {
        let (alice, _bob) = (app.user("alice").await, app.user("bob").await);
        let before = update_id(&app, &alice).await;
        let put = |body: Value| app.put("/api/users/me").user(&alice).json(&body).send();
        app.take_round_trips();
        let body = put(json!({ "name": "Al", "email": "AL@immich.test", "avatarColor": "red" })).await;
        assert_eq!(app.take_round_trips(), 2);
        let body = body.expect(200).json();
        assert_eq!(
            (&body["name"], &body["email"], &body["avatarColor"]),
            (&json!("Al"), &json!("al@immich.test"), &json!("red"))
        );
        assert_ne!(update_id(&app, &alice).await, before);
        let patch = app.patch("/api/users/me").user(&alice).json(&json!({ "avatarColor": null }));
        assert_ne!(patch.send().await.expect(200).json()["avatarColor"], "red");
        let taken = put(json!({ "email": "bob@immich.test" })).await.expect(400);
        assert_eq!(taken.message(), "Email is not available");
        assert_eq!(
            put(json!({ "email": null })).await.expect(400).issues(),
            "email: Invalid input: expected email, received object"
        );
        let same = put(json!({ "isAdmin": true, "profileImagePath": "x", "id": "y" })).await;
        assert_eq!(same.expect(200).json()["isAdmin"], false);
    }

    async fn preferences_of_later_versions_are_kept(app: TestApp) {
        let alice = app.user("alice").await;
        let path = "/api/users/me/preferences";
        let put = |body: Value| app.put(path).user(&alice).json(&body).send();
        let change = json!({ "memories": { "sidebarWeb": true }, "people": { "updateStrategy": "everyone" } });
        let body = put(change).await.expect(200).json();
        assert_eq!((&body["memories"]["sidebarWeb"], &body["people"]["updateStrategy"]), (&json!(true), &json!("everyone")));
        assert_eq!(app.get(path).user(&alice).send().await.json(), body);
        put(json!({ "people": { "updateStrategy": "some" } })).await.expect(400);
    }

    async fn a_new_password_ends_other_sessions_and_all_keys(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        app.session(&alice.id).await;
        let key = app.api_key(&alice, &["all"]).await;
        let other = app.api_key(&bob, &["user.update"]).await;
        assert!(app.take_deliveries().is_empty());
        let put = |body: Value| app.put("/api/users/me").json(&body);
        for key in [&key, &other] {
            let reply = put(json!({ "password": "new" })).key(key).send().await.expect(400);
            assert_eq!(reply.message(), "A password can only be set with a session token");
            put(json!({ "name": "n" })).key(key).send().await.expect(200);
        }
        put(json!({ "password": "new" })).user(&alice).send().await.expect(200);
        let count = |table: &str| stmt!(format!("select count(*) as n from {table}"));
        assert_eq!(app.count(count("session")).await, 2, "the one that asked, and bob's");
        assert_eq!(app.count(count("api_key")).await, 1);
        let mut ended = app.take_deliveries();
        ended.sort_by(|a, b| a.room.cmp(&b.room));
        let [key, session] = ended.try_into().unwrap();
        assert!(key.ends && key.frame.is_none() && key.room.unwrap().starts_with("key:"));
        assert!(session.ends && session.frame.unwrap().starts_with("42[\"on_session_delete\""));
        assert_ne!(session.room.unwrap(), format!("session:{}", alice.session_id));
        assert_eq!((&key.user, &session.user), (&alice.id, &alice.id));
        put(json!({ "name": "n" })).user(&alice).send().await.expect(200);
    }

    async fn a_password_set_here_needs_no_further_change(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!("update users set should_change_password = 1")).await;
        let put = |body: Value| app.put("/api/users/me").user(&alice).json(&body).send();
        assert_eq!(put(json!({ "name": "a" })).await.expect(200).json()["shouldChangePassword"], true);
        let body = put(json!({ "password": "new" })).await.expect(200).json();
        assert_eq!(body["shouldChangePassword"], false);
        let rows = app.sql(stmt!("select password from users where id = ?1", &alice.id)).await;
        let hash: String = rows.first().unwrap().get("password").unwrap();
        assert!(edge_http::secret::verify_password("new", Some(&hash)));
    }

    async fn a_new_password_needs_the_current_one_unless_the_login_is_fresh(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["user.update"]).await;
        let put = |body: Value| app.put("/api/users/me").user(&alice).json(&body).send();
        app.put("/api/users/me").key(&key).json(&json!({ "password": "of a key" })).send().await.expect(400);
        app.elevate(&alice).await;
        app.take_round_trips();
        put(json!({ "password": "first" })).await.expect(200);
        assert_eq!(app.take_round_trips(), 2);
        let elevated = stmt!("select count(*) as n from session where pin_expires_at is not null");
        assert_eq!(app.count(elevated.clone()).await, 0, "the locked folder is closed");
        app.clock.advance(10 * 60 * 1000);
        app.elevate(&alice).await;
        let reply = put(json!({ "password": "second" })).await.expect(400);
        assert_eq!(reply.message(), "The current password is required");
        let reply = put(json!({ "password": "second", "currentPassword": "password" })).await.expect(400);
        assert_eq!(reply.message(), "Wrong password");
        assert_eq!(app.count(elevated.clone()).await, 1);
        put(json!({ "name": "a" })).await.expect(200);
        put(json!({ "password": "second", "currentPassword": "first" })).await.expect(200);
        assert_eq!(app.count(elevated).await, 0);
        app.put("/api/users/me").key(&key).json(&json!({ "password": "third", "currentPassword": "second" })).send().await.expect(401);
        // A session that another one made has seen no password.
        let (child, token) = app.session(&alice.id).await;
        app.sql(stmt!("update session set parent_id = ?1 where id = ?2", &alice.session_id, child)).await;
        let request = app.put("/api/users/me").header("authorization", &format!("Bearer {token}"));
        request.json(&json!({ "password": "fourth" })).send().await.expect(400);
    }

    async fn guesses_of_the_current_password_are_counted(app: TestApp) {
        let alice = app.user("alice").await;
        app.clock.advance(10 * 60 * 1000);
        let put = async |current: &str| {
            let body = json!({ "password": "another", "currentPassword": current });
            app.put("/api/users/me").user(&alice).json(&body).send().await
        };
        for _ in 0..10 {
            put("guess").await.expect(400);
        }
        put("password").await.expect(429);
        app.put("/api/users/me").user(&alice).json(&json!({ "name": "A" })).send().await.expect(200);
        app.clock.advance(15 * 60 * 1000);
        put("password").await.expect(200);
    }

    async fn preferences_are_merged_deeply_and_stored_sparsely(app: TestApp) {
        let alice = app.user("alice").await;
        let path = "/api/users/me/preferences";
        let body = app.get(path).user(&alice).send().await.expect(200).json();
        assert_eq!(body["download"], json!({ "archiveSize": 4_294_967_296_i64, "includeEmbeddedVideos": false }));
        let put = |body: Value| app.put(path).user(&alice).json(&body).send();
        app.take_round_trips();
        put(json!({ "tags": { "enabled": true } })).await.expect(200);
        assert_eq!(app.take_round_trips(), 2);
        let change = json!({ "memories": { "duration": 9 }, "avatar": { "color": "red" }, "x": 1 });
        let body = app.patch(path).user(&alice).json(&change).send().await.expect(200).json();
        assert_eq!(body["memories"], json!({ "enabled": true, "duration": 9, "sidebarWeb": false }));
        assert_eq!(body["tags"], json!({ "enabled": true, "sidebarWeb": false }));
        app.take_round_trips();
        assert_eq!(app.get(path).user(&alice).send().await.expect(200).json(), body);
        assert_eq!(app.take_round_trips(), 1);
        let rows = app.sql(stmt!("select value from user_metadata where key = 'preferences'")).await;
        let stored: String = rows.first().unwrap().get("value").unwrap();
        let stored: Value = serde_json::from_str(&stored).unwrap();
        assert_eq!(stored, json!({ "tags": { "enabled": true }, "memories": { "duration": 9 } }));
        let me = app.get("/api/users/me").user(&alice).send().await.expect(200).json();
        assert_eq!(me["avatarColor"], "red");
        for bad in [
            json!({ "download": { "archiveSize": 1.5 } }),
            json!({ "download": { "includeEmbeddedVideos": "true" } }),
            json!({ "people": { "minimumFaces": 0 } }),
        ] {
            put(bad).await.expect(400).issues();
        }
    }

    async fn parallel_changes_of_preferences_are_all_kept(app: TestApp) {
        let alice = app.user("alice").await;
        let path = "/api/users/me/preferences";
        let put = |body: Value| app.put(path).user(&alice).json(&body).send();
        put(json!({ "cast": { "gCastEnabled": true } })).await.expect(200);
        let (one, two, three) = futures::join!(
            put(json!({ "tags": { "enabled": true } })),
            put(json!({ "folders": { "enabled": true } })),
            put(json!({ "ratings": { "enabled": true } })),
        );
        for reply in [one, two, three] {
            reply.expect(200);
        }
        let body = app.get(path).user(&alice).send().await.expect(200).json();
        for section in ["tags", "folders", "ratings"] {
            assert_eq!(body[section]["enabled"], true, "{section}");
        }
    }

    async fn onboarding_is_remembered_and_its_removal_told(app: TestApp) {
        let alice = app.user("alice").await;
        let path = "/api/users/me/onboarding";
        let get = || async { app.get(path).user(&alice).send().await.expect(200).json() };
        assert_eq!(get().await, json!({ "isOnboarded": false }));
        app.put(path).user(&alice).json(&json!({})).send().await.expect(400).issues();
        let put = app.put(path).user(&alice).json(&json!({ "isOnboarded": true }));
        assert_eq!(put.send().await.expect(200).json(), json!({ "isOnboarded": true }));
        assert_eq!(get().await, json!({ "isOnboarded": true }));
        app.delete(path).user(&alice).send().await.expect(204);
        assert_eq!(get().await, json!({ "isOnboarded": false }));
        app.delete(path).user(&alice).send().await.expect(204);
        let told = stmt!("select count(*) as n from user_metadata_audit where key = 'onboarding'");
        assert_eq!(app.count(told).await, 1);
    }

    async fn a_licence_is_what_the_configured_key_has_signed(app: TestApp) {
        let alice = app.user("alice").await;
        let path = "/api/users/me/license";
        app.get(path).user(&alice).send().await.expect(404);
        let put = |key: &str, signature: &str| {
            let body = json!({ "licenseKey": key, "activationKey": signature });
            app.put(path).user(&alice).json(&body).send()
        };
        let reply = put(license::USER, license::USER_SIGNATURE).await.expect(400);
        assert_eq!(reply.message(), "Invalid license key");
        app.variables.set("license_public_key", license::PUBLIC_KEY);
        put(license::USER, license::SERVER_SIGNATURE).await.expect(400);
        put("IMCL-1", "x").await.expect(400).issues();
        // A server's licence is good for a user, too.
        put(license::SERVER, license::SERVER_SIGNATURE).await.expect(200);
        let stored = put(license::USER, license::USER_SIGNATURE).await.expect(200).json();
        let body = app.get(path).user(&alice).send().await.expect(200).json();
        assert_eq!((&body, &body["licenseKey"]), (&stored, &json!(license::USER)));
        let me = app.get("/api/users/me").user(&alice).send().await.expect(200).json();
        assert_eq!(me["license"], body);
        app.delete(path).user(&alice).send().await.expect(204);
        app.get(path).user(&alice).send().await.expect(404);
    }

    async fn the_heat_map_has_every_day(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let day = 24 * 60 * 60 * 1000;
        let now = app.app.now();
        app.asset(&alice).taken(now - 30 * day).insert().await;
        app.asset(&alice).visibility("archive").insert().await;
        app.asset(&alice).visibility("locked").insert().await;
        app.asset(&alice).trashed().insert().await;
        app.asset(&bob).insert().await;
        let get = |query: &'static str| {
            let path = format!("/api/users/me/calendar-heatmap{query}");
            app.get(&path).user(&alice).send()
        };
        let body = get("").await.expect(200).json();
        assert_eq!((&body["from"], &body["to"]), (&json!("2023-06-17"), &json!("2024-06-15")));
        assert_eq!(body["series"].as_array().unwrap().len(), 365);
        assert_eq!(body["totalCount"], 2);
        assert_eq!(body["series"][364], json!({ "date": "2024-06-15", "count": 2 }));
        let body = get("?from=2024-05-15&to=2024-05-17&type=Taken").await.expect(200).json();
        assert_eq!(body, json!({
            "from": "2024-05-15", "to": "2024-05-17", "totalCount": 1,
            "series": [
                { "date": "2024-05-15", "count": 0 }, { "date": "2024-05-16", "count": 1 },
                { "date": "2024-05-17", "count": 0 },
            ],
        }));
        assert_eq!(get("?from=2024-06-16").await.expect(200).json()["series"], json!([]));
        get("?from=0001-01-01").await.expect(400);
        get("?from=yesterday").await.expect(400).issues();
        get("?type=Seen").await.expect(400).issues();
    }

    async fn a_profile_image_is_stored_and_replaced(app: TestApp) {
        let alice = app.user("alice").await;
        image_of(&app, &alice).await.expect(404);
        let body = upload(&app, &alice, "me.PNG", PNG).send().await.expect(201).json();
        assert_eq!(body["userId"], alice.id.as_str());
        assert_eq!(body["profileChangedAt"], "2024-06-15T12:00:00.000Z");
        app.take_round_trips();
        let image = image_of(&app, &alice).await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(image.body, PNG);
        assert_eq!(image.header("content-type"), "image/png");
        assert_eq!(image.header("cache-control"), "");
        assert_eq!(image.header("x-content-type-options"), "nosniff");
        let old = body["profileImagePath"].as_str().unwrap().to_owned();
        let doomed = |key: String| stmt!("select count(*) as n from object_deletion where object_key = ?1", key);
        assert_eq!(app.count(doomed(old.clone())).await, 0);
        upload(&app, &alice, "me.jpg", b"\xff\xd8\xff").send().await.expect(201);
        assert_eq!(app.count(doomed(old)).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
        assert!(!app.take_wakes().is_empty());
        assert_eq!(image_of(&app, &alice).await.expect(200).header("content-type"), "image/jpeg");
    }

    async fn a_profile_image_is_removed_once(app: TestApp) {
        let alice = app.user("alice").await;
        upload(&app, &alice, "me.png", PNG).send().await.expect(201);
        app.delete("/api/users/profile-image").user(&alice).send().await.expect(204);
        image_of(&app, &alice).await.expect(404);
        let reply = app.delete("/api/users/profile-image").user(&alice).send().await.expect(400);
        assert_eq!(reply.message(), "Can't delete a missing profile Image");
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 1);
    }

    async fn bad_profile_images_leave_nothing_behind(app: TestApp) {
        let alice = app.user("alice").await;
        for (name, bytes) in [
            ("me.png", b"just text".as_slice()), ("me.txt", PNG), ("me.svg", b"<svg/>"), ("", PNG), ("me.jpg", b""),
        ] {
            let reply = upload(&app, &alice, name, bytes).send().await.expect(400);
            assert_eq!(reply.message(), "Unable to process profile image");
        }
        let post = || app.post("/api/users/profile-image").user(&alice);
        post().json(&json!({})).send().await.expect(400);
        let content_type = "multipart/form-data; boundary=b";
        post().body(content_type, form("image", "me.png", PNG)).send().await.expect(400);
        let whole = form("file", "me.png", PNG);
        let cut = whole[..whole.len() - 12].to_vec();
        post().body(content_type, cut).send().await.expect(400);
        let mut large = PNG.to_vec();
        large.resize(17 * 1024 * 1024, 0);
        post().body(content_type, form("file", "me.png", &large)).send().await.expect(413);
        assert!(app.object_keys().await.is_empty());
        assert_eq!(app.count(stmt!("select count(*) as n from pending_object")).await, 0);
    }

    async fn every_route_wants_credentials_and_its_permission(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["tag.read"]).await;
        for route in fn_users::ROUTES {
            let path = format!("/api{}", route.path.replace("{id}", UNKNOWN));
            let send = || app.request(route.method.parse().unwrap(), &path);
            assert_eq!(send().send().await.expect(401).message(), "Authentication required");
            send().header("x-api-key", "bad").send().await.expect(401);
            let reply = send().key(&key).send().await.expect(403);
            assert!(reply.message().starts_with("Missing required permission: user"));
        }
    }
}
