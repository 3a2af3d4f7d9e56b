//! The area users-admin over HTTP.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_users_admin::ROUTES, fn_users_admin::routes())]
}

const UNKNOWN: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn create(app: &TestApp, admin: &NewUser, body: Value) -> Reply {
    app.post("/api/admin/users")
        .user(admin)
        .json(&body)
        .send()
        .await
}

async fn names(app: &TestApp, admin: &NewUser, query: &str) -> Vec<String> {
    let path = format!("/api/admin/users{query}");
    let list = app.get(&path).user(admin).send().await.expect(200).json();
    let name = |user: &Value| user["name"].as_str().unwrap().to_owned();
    let mut names: Vec<_> = list.as_array().unwrap().iter().map(name).collect();
    names.sort_unstable();
    names
}

async fn delete(app: &TestApp, admin: &NewUser, id: &str, body: Value) -> Reply {
    app.delete(&format!("/api/admin/users/{id}"))
        .user(admin)
        .json(&body)
        .send()
        .await
}

on_each_database! {
    async fn a_new_account_has_the_contract_defaults(app: TestApp) {
        let admin = app.admin().await;
        app.take_round_trips();
        let body = json!({ "email": "Ada@x.test", "password": "p", "name": "Ada", "isOnboarded": 5 });
        let body = create(&app, &admin, body).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(body["email"], "ada@x.test");
        assert_eq!(body["shouldChangePassword"], true);
        assert_eq!(body["isAdmin"], false);
        assert_eq!(body["quotaSizeInBytes"], Value::Null);
        assert_eq!(body["storageLabel"], Value::Null);
        assert_eq!(body["status"], "active");
        let all = json!({
            "email": "bob@x.test", "password": "p", "name": "Bob", "storageLabel": "../b.ob", "isAdmin": true,
            "quotaSizeInBytes": 1000, "shouldChangePassword": false, "avatarColor": "red", "pinCode": "123456",
            "notify": true,
        });
        let body = create(&app, &admin, all).await.expect(201).json();
        assert_eq!(body["storageLabel"], "bob");
        assert_eq!((&body["quotaSizeInBytes"], &body["avatarColor"]), (&json!(1000), &json!("red")));
        assert_eq!((&body["isAdmin"], &body["shouldChangePassword"]), (&json!(true), &json!(false)));
    }

    async fn bad_accounts_are_refused(app: TestApp) {
        let admin = app.admin().await;
        let base = json!({ "email": "ada@x.test", "password": "p", "name": "Ada", "storageLabel": "ada" });
        create(&app, &admin, base.clone()).await.expect(201);
        let with = |key: &str, value: Value| {
            let mut body = base.clone();
            body[key] = value;
            body
        };
        let message = |body: Value| async { create(&app, &admin, body).await.expect(400).message() };
        assert_eq!(message(with("storageLabel", json!(null))).await, "Email is not available");
        assert_eq!(message(with("email", json!("b@x.test"))).await, "Storage label is not available");
        assert_eq!(message(with("password", json!(""))).await, "password is required");
        for (key, value) in [
            ("email", json!(null)), ("name", json!(null)), ("password", json!(null)), ("email", json!("x")),
            ("quotaSizeInBytes", json!(-1)), ("isAdmin", json!("true")), ("pinCode", json!("1")),
        ] {
            create(&app, &admin, with(key, value)).await.expect(400).issues();
        }
        assert_eq!(names(&app, &admin, "?withDeleted=true").await, ["Ada", "admin"]);
    }

    async fn deleted_accounts_are_listed_on_demand(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        delete(&app, &admin, &alice.id, json!({})).await.expect(200);
        app.take_round_trips();
        assert_eq!(names(&app, &admin, "").await, ["admin"]);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(names(&app, &admin, "?withDeleted=true").await, ["admin", "alice"]);
        assert_eq!(names(&app, &admin, &format!("?id={}", admin.id)).await, ["admin"]);
        assert!(names(&app, &admin, &format!("?id={}", alice.id)).await.is_empty());
        app.get("/api/admin/users?withDeleted=1").user(&admin).send().await.expect(400).issues();
        let path = format!("/api/admin/users/{}", alice.id);
        let body = app.get(&path).user(&admin).send().await.expect(200).json();
        assert_eq!(body["status"], "deleted");
        assert_eq!(body["deletedAt"], "2024-06-15T12:00:00.000Z");
    }

    async fn an_account_is_changed_by_put_and_by_patch(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let path = format!("/api/admin/users/{}", alice.id);
        let put = |body: Value| app.put(&path).user(&admin).json(&body).send();
        app.take_round_trips();
        let body = put(json!({
            "name": "Al", "quotaSizeInBytes": 5, "storageLabel": "al", "isAdmin": true, "shouldChangePassword": true,
            "password": "other", "profileImagePath": "/etc/passwd",
        }));
        let body = body.await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((&body["name"], &body["quotaSizeInBytes"]), (&json!("Al"), &json!(5)));
        assert_eq!((&body["storageLabel"], &body["isAdmin"]), (&json!("al"), &json!(true)));
        assert_eq!(body["profileImagePath"], "");
        let body = app.patch(&path).user(&admin).json(&json!({ "quotaSizeInBytes": null, "storageLabel": "" }));
        let body = body.send().await.expect(200).json();
        assert_eq!((&body["quotaSizeInBytes"], &body["storageLabel"]), (&Value::Null, &Value::Null));
        assert_eq!(body["name"], "Al");
        let taken = put(json!({ "email": "admin@immich.test" })).await.expect(400);
        assert_eq!(taken.message(), "Email is not available");
        for key in ["email", "name", "password", "isAdmin", "shouldChangePassword"] {
            put(json!({ key: null })).await.expect(400).issues();
        }
    }

    async fn a_forgotten_pin_code_is_removed_and_the_folder_closed(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        app.elevate(&alice).await;
        let path = format!("/api/admin/users/{}", alice.id);
        app.put(&path).user(&admin).json(&json!({ "pinCode": "123456" })).send().await.expect(200);
        let pins = || stmt!("select count(*) as n from users where pin_code is not null");
        assert_eq!(app.count(pins()).await, 1);
        app.put(&path).user(&admin).json(&json!({ "pinCode": null })).send().await.expect(200);
        assert_eq!(app.count(pins()).await, 0);
        let open = stmt!("select count(*) as n from session where pin_expires_at is not null");
        assert_eq!(app.count(open).await, 0);
    }

    async fn administrators_cannot_demote_or_delete_themselves(app: TestApp) {
        let admin = app.admin().await;
        let path = format!("/api/admin/users/{}", admin.id);
        let reply = app.put(&path).user(&admin).json(&json!({ "isAdmin": false })).send().await.expect(400);
        assert_eq!(reply.message(), "Admin status can only be changed by another admin");
        app.put(&path).user(&admin).json(&json!({ "isAdmin": true })).send().await.expect(200);
        let reply = delete(&app, &admin, &admin.id, json!({ "force": true })).await.expect(403);
        assert_eq!(reply.message(), "Cannot delete your own account");
    }

    async fn a_reset_password_ends_sessions_and_keys(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let (own, her) = (app.api_key(&admin, &["all"]).await, app.api_key(&alice, &["all"]).await);
        let path = format!("/api/admin/users/{}", alice.id);
        for body in [json!({ "password": "new password" }), json!({ "pinCode": "123456" }), json!({ "pinCode": null })] {
            let reply = app.put(&path).key(&own).json(&body).send().await.expect(400);
            assert_eq!(reply.message(), "A password or PIN code can only be set with a session token");
        }
        let count = |table: &str, user: &NewUser| {
            edge_platform::stmt!(format!("select count(*) as n from {table} where user_id = ?1"), &user.id)
        };
        app.put(&path).user(&admin).json(&json!({ "name": "Al" })).send().await.expect(200);
        assert_eq!(app.count(count("session", &alice)).await, 1);
        app.put(&path).user(&admin).json(&json!({ "password": "new password" })).send().await.expect(200);
        assert_eq!(app.count(count("session", &alice)).await, 0);
        assert_eq!(app.count(count("api_key", &alice)).await, 0);
        let _ = her;
        let ended = app.take_deliveries();
        assert_eq!(ended.len(), 2, "a session and a key");
        assert!(ended.iter().all(|ended| ended.user == alice.id && ended.room.is_some() && ended.ends));
        // The administrator's own session stays when the password is its own.
        app.session(&admin.id).await;
        let path = format!("/api/admin/users/{}", admin.id);
        app.put(&path).user(&admin).json(&json!({ "password": "new password" })).send().await.expect(200);
        let own = Some(format!("session:{}", admin.session_id));
        let ended = app.take_deliveries();
        assert_eq!(ended.len(), 2);
        assert!(ended.iter().all(|ended| ended.user == admin.id && ended.room != own));
        assert_eq!(app.count(count("session", &admin)).await, 1);
        assert_eq!(app.count(count("api_key", &admin)).await, 0);
        app.get(&path).user(&admin).send().await.expect(200);
    }

    async fn the_last_administrator_stays(app: TestApp) {
        let (admin, bob) = (app.admin().await, app.user("bob").await);
        let rise = edge_platform::stmt!("update users set is_admin = 1, update_id = uuid7() where id = ?1", &bob.id);
        app.sql(rise).await;
        // The other one is deleted, and may come back; meanwhile there is only one.
        delete(&app, &bob, &admin.id, json!({})).await.expect(200);
        let path = format!("/api/admin/users/{}", admin.id);
        let demote = || app.put(&path).user(&bob).json(&json!({ "isAdmin": false }));
        assert_eq!(demote().send().await.expect(400).message(), "User not found");
        app.post(&format!("{path}/restore")).user(&bob).send().await.expect(200);
        demote().send().await.expect(200);
        delete(&app, &bob, &admin.id, json!({ "force": true })).await.expect(200);
    }

    async fn a_deleted_user_is_locked_out_until_restored(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        app.sql(stmt!("update users set is_admin = 1")).await;
        let body = delete(&app, &admin, &alice.id, json!({})).await.expect(200).json();
        assert_eq!(body["status"], "deleted");
        let [ended] = app.take_deliveries().try_into().unwrap();
        assert_eq!((ended.user, ended.room, ended.frame, ended.ends), (alice.id.clone(), None, None, true));
        assert!(app.take_wakes().is_empty());
        app.get("/api/admin/users").user(&alice).send().await.expect(401);
        let path = format!("/api/admin/users/{}", alice.id);
        app.put(&path).user(&admin).json(&json!({ "name": "x" })).send().await.expect(400);
        let restore = format!("{path}/restore");
        let body = app.post(&restore).user(&admin).send().await.expect(200).json();
        assert_eq!((&body["status"], &body["deletedAt"]), (&json!("active"), &Value::Null));
        app.get("/api/admin/users").user(&alice).send().await.expect(200);
    }

    async fn a_forced_deletion_starts_the_removal_once(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        for _ in 0..2 {
            let body = delete(&app, &admin, &alice.id, json!({ "force": true })).await.expect(200).json();
            assert_eq!(body["status"], "removing");
            assert_eq!(body["deletedAt"], "2024-06-15T12:00:00.000Z");
        }
        assert!(!app.take_wakes().is_empty());
        let rows = app.sql(stmt!("select kind, payload from job")).await;
        assert_eq!(rows.len(), 1);
        let row = rows.first().unwrap();
        assert_eq!(row.get::<String>("kind").unwrap(), "UserDelete");
        let payload: Value = serde_json::from_str(&row.get::<String>("payload").unwrap()).unwrap();
        assert_eq!(payload, json!({ "id": alice.id, "force": true }));
        let restore = format!("/api/admin/users/{}/restore", alice.id);
        let reply = app.post(&restore).user(&admin).send().await.expect(400);
        assert_eq!(reply.message(), "The removal of this user has begun");
    }

    async fn preferences_of_a_user_are_read_and_changed(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let path = format!("/api/admin/users/{}/preferences", alice.id);
        app.take_round_trips();
        let body = app.get(&path).user(&admin).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(body["people"]["minimumFaces"], 3);
        for (request, minimum) in [(app.put(&path), 5), (app.patch(&path), 6)] {
            let body = json!({ "people": { "minimumFaces": minimum } });
            let body = request.user(&admin).json(&body).send().await.expect(200).json();
            assert_eq!(body["people"]["minimumFaces"], minimum);
            assert_eq!(body["people"]["enabled"], true);
        }
        let bad = app.put(&path).user(&admin).json(&json!({ "people": { "minimumFaces": "6" } }));
        bad.send().await.expect(400).issues();
    }

    async fn sessions_statistics_and_heat_map_of_a_user_are_shown(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        app.asset(&alice).insert().await;
        app.asset(&alice).with("type", "VIDEO").insert().await;
        app.asset(&alice).trashed().insert().await;
        let get = |path: &'static str| {
            let path = format!("/api/admin/users/{}/{path}", alice.id);
            app.get(&path).user(&admin).send()
        };
        app.take_round_trips();
        let sessions = get("sessions").await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(sessions[0]["id"], alice.session_id.as_str());
        assert_eq!(sessions[0]["current"], false);
        assert_eq!(get("statistics").await.expect(200).json(), json!({ "images": 1, "videos": 1, "total": 2 }));
        let trashed = get("statistics?isTrashed=true").await.expect(200).json();
        assert_eq!(trashed, json!({ "images": 1, "videos": 0, "total": 1 }));
        let locked = get("statistics?visibility=locked").await.expect(401);
        assert_eq!(locked.message(), "Elevated permission is required");
        app.elevate(&admin).await;
        let locked = get("statistics?visibility=locked").await.expect(400);
        assert_eq!(locked.message(), "You may not access another user's locked timeline");
        let own = format!("/api/admin/users/{}/statistics?visibility=locked", admin.id);
        app.get(&own).user(&admin).send().await.expect(200);
        let map = get("calendar-heatmap").await.expect(200).json();
        assert_eq!(map["totalCount"], 2);
    }

    async fn unknown_users_are_not_found(app: TestApp) {
        let admin = app.admin().await;
        for route in fn_users_admin::ROUTES.iter().filter(|route| route.path.contains("{id}")) {
            let path = format!("/api{}", route.path.replace("{id}", UNKNOWN));
            let reply = app.request(route.method.parse().unwrap(), &path).user(&admin).json(&json!({}));
            assert_eq!(reply.send().await.expect(400).message(), "User not found");
            let path = format!("/api{}", route.path.replace("{id}", "x"));
            let reply = app.request(route.method.parse().unwrap(), &path).user(&admin).send().await;
            assert_eq!(reply.expect(400).issues(), "id: Invalid UUID");
        }
    }

    async fn only_administrators_come_in(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let own = app.api_key(&alice, &["all"]).await;
        let weak = app.api_key(&admin, &["user.read"]).await;
        for route in fn_users_admin::ROUTES {
            let path = format!("/api{}", route.path.replace("{id}", &alice.id));
            let send = || app.request(route.method.parse().unwrap(), &path);
            assert_eq!(send().send().await.expect(401).message(), "Authentication required");
            assert_eq!(send().user(&alice).send().await.expect(403).message(), "Forbidden");
            assert_eq!(send().key(&own).send().await.expect(403).message(), "Forbidden");
            let reply = send().key(&weak).send().await.expect(403);
            assert!(reply.message().starts_with("Missing required permission: admin"));
        }
    }
}
