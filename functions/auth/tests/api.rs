//! The area auth over HTTP.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, PASSWORD, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_auth::ROUTES, fn_auth::routes())]
}

async fn login_from(app: &TestApp, address: &str, email: &str, password: &str) -> Reply {
    app.post("/api/auth/login")
        .header("x-real-ip", address)
        .json(&json!({ "email": email, "password": password }))
        .send()
        .await
}

async fn login(app: &TestApp, email: &str, password: &str) -> Reply {
    login_from(app, "192.0.2.1", email, password).await
}

fn cookies(reply: &Reply) -> Vec<String> {
    let lines = reply.headers.get_all("set-cookie").iter();
    lines
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

async fn sign_up(app: &TestApp, email: &str) -> Reply {
    app.post("/api/auth/admin-sign-up")
        .json(&json!({ "email": email, "password": "password", "name": "Ada" }))
        .send()
        .await
}

async fn is_living(app: &TestApp, token: &str) -> bool {
    let request = app.post("/api/auth/validateToken");
    let reply = request.header("x-immich-user-token", token).send().await;
    reply.status == 200
}

async fn pin_code(app: &TestApp, user: &NewUser, pin_code: &str) {
    app.post("/api/auth/pin-code")
        .user(user)
        .json(&json!({ "pinCode": pin_code }))
        .send()
        .await
        .expect(204);
}

async fn status(app: &TestApp, user: &NewUser) -> Value {
    app.get("/api/auth/status")
        .user(user)
        .send()
        .await
        .expect(200)
        .json()
}

on_each_database! {
    async fn the_first_account_becomes_the_administrator_and_only_it(app: TestApp) {
        let body = sign_up(&app, "Admin@Immich.test").await.expect(201).json();
        assert_eq!(body["email"], "admin@immich.test");
        assert_eq!(body["isAdmin"], true);
        assert_eq!(body["storageLabel"], "admin");
        assert_eq!(body["shouldChangePassword"], true);
        assert_eq!(body["quotaSizeInBytes"], Value::Null);
        assert_eq!(body["status"], "active");
        let again = sign_up(&app, "other@immich.test").await.expect(400);
        assert_eq!(again.message(), "The server already has an admin");
        login(&app, "admin@immich.test", "password").await.expect(201);
    }

    async fn of_rival_sign_ups_one_wins(app: TestApp) {
        let (one, two) = futures::join!(sign_up(&app, "a@immich.test"), sign_up(&app, "b@immich.test"));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 400]);
        let admins = stmt!("select count(*) as n from users where is_admin = 1");
        assert_eq!(app.count(admins).await, 1);
    }

    async fn a_login_sets_the_three_cookies_and_opens_a_session(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let reply = login(&app, "ALICE@immich.test", PASSWORD).await.expect(201);
        assert_eq!(app.take_round_trips(), 2);
        let body = reply.json();
        let token = body["accessToken"].as_str().unwrap();
        assert_eq!(body["userId"], alice.id.as_str());
        assert_eq!(body["isOnboarded"], false);
        assert_eq!(cookies(&reply), [
            format!("immich_access_token={token}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax"),
            "immich_auth_type=password; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax".to_owned(),
            "immich_is_authenticated=true; Max-Age=34560000; Path=/; SameSite=Lax".to_owned(),
        ]);
        assert!(is_living(&app, token).await);
        let by_cookie = app
            .post("/api/auth/validateToken")
            .header("cookie", &format!("immich_access_token={token}"));
        assert_eq!(by_cookie.send().await.expect(200).json(), json!({ "authStatus": true }));
    }

    async fn cookies_are_secure_behind_https(app: TestApp) {
        app.user("alice").await;
        let reply = app
            .post("/api/auth/login")
            .header("x-forwarded-proto", "https")
            .json(&json!({ "email": "alice@immich.test", "password": PASSWORD }))
            .send()
            .await
            .expect(201);
        assert!(cookies(&reply).iter().all(|line| line.contains("; Secure")));
    }

    async fn the_session_remembers_the_device(app: TestApp) {
        app.user("alice").await;
        app.post("/api/auth/login")
            .header("user-agent", "immich-android/3.1.0")
            .header("devicemodel", "Pixel 9")
            .header("devicetype", "Android")
            .json(&json!({ "email": "alice@immich.test", "password": PASSWORD }))
            .send()
            .await
            .expect(201);
        let found = stmt!(
            "select count(*) as n from session where device_type = 'Pixel 9' and device_os = 'Android' \
             and app_version = '3.1.0'"
        );
        assert_eq!(app.count(found).await, 1);
    }

    async fn unknown_accounts_and_wrong_passwords_look_the_same(app: TestApp) {
        app.user("alice").await;
        for (email, password) in [
            ("alice@immich.test", "wrong"),
            ("nobody@immich.test", PASSWORD),
            ("alice@immich.test", ""),
            ("alice@immich.test", &"x".repeat(1000)),
        ] {
            let reply = login(&app, email, password).await.expect(401);
            assert_eq!(reply.message(), "Incorrect email or password");
            assert!(cookies(&reply).is_empty());
        }
        for (password, issue) in [
            ("pass\u{0}word", "password: Invalid input: U+0000 is not allowed"),
            (&"x".repeat(1001), "password: Too big: expected string to have <=1000 characters"),
        ] {
            let reply = login(&app, "alice@immich.test", password).await.expect(400);
            assert_eq!(reply.issues(), issue);
        }
    }

    async fn a_deleted_account_cannot_log_in(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!("update users set deleted_at = 1, status = 'deleted' where id = ?1", &alice.id)).await;
        login(&app, "alice@immich.test", PASSWORD).await.expect(401);
    }

    async fn an_account_without_password_cannot_log_in(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!("update users set password = '' where id = ?1", &alice.id)).await;
        login(&app, "alice@immich.test", "").await.expect(401);
    }

    async fn password_logins_can_be_switched_off(app: TestApp) {
        app.user("alice").await;
        app.sql(stmt!(
            "insert into system_metadata (key, value, updated_at) \
             values ('system-config', '{\"passwordLogin\": {\"enabled\": false}}', 1)"
        ))
        .await;
        let reply = login(&app, "alice@immich.test", PASSWORD).await.expect(401);
        assert_eq!(reply.message(), "Password login has been disabled");
    }

    async fn bodies_are_validated(app: TestApp) {
        let reply = app.post("/api/auth/login").json(&json!({})).send().await.expect(400);
        assert_eq!(
            reply.issues(),
            "email: Invalid input: expected email, received undefined; \
             password: Invalid input: expected string, received undefined"
        );
        app.post("/api/auth/login")
            .json(&json!({ "email": "a@b.c' or 1=1 --", "password": "x" }))
            .send()
            .await
            .expect(400);
        app.post("/api/auth/login").body("application/json", "{").send().await.expect(400);
    }

    async fn ten_failures_block_the_pair_and_nobody_else(app: TestApp) {
        app.user("alice").await;
        app.user("bob").await;
        for _ in 0..10 {
            login(&app, "alice@immich.test", "wrong").await.expect(401);
        }
        let blocked = login(&app, "alice@immich.test", PASSWORD).await.expect(429);
        assert_eq!(blocked.header("retry-after"), "900");
        login_from(&app, "192.0.2.2", "alice@immich.test", PASSWORD).await.expect(201);
        login(&app, "bob@immich.test", PASSWORD).await.expect(201);
        app.clock.advance(edge_store::login::WINDOW - 1_500);
        assert_eq!(login(&app, "alice@immich.test", PASSWORD).await.expect(429).header("retry-after"), "2");
        app.clock.advance(1_500);
        login(&app, "alice@immich.test", PASSWORD).await.expect(201);
    }

    async fn a_right_password_forgets_earlier_failures(app: TestApp) {
        app.user("alice").await;
        for _ in 0..3 {
            for _ in 0..9 {
                login(&app, "alice@immich.test", "wrong").await.expect(401);
            }
            login(&app, "alice@immich.test", PASSWORD).await.expect(201);
        }
    }

    async fn old_failures_do_not_add_up(app: TestApp) {
        app.user("alice").await;
        for _ in 0..12 {
            login(&app, "alice@immich.test", "wrong").await.expect(401);
            app.clock.advance(2 * 60 * 1000);
        }
    }

    async fn an_address_that_everybody_shares_blocks_nobody(app: TestApp) {
        app.user("alice").await;
        let now = app.app.now();
        for account in 0..12 {
            let email = format!("nobody{account}@immich.test");
            let subject = edge_store::login::Subject::login(&email);
            let failures = (0..10).map(|_| edge_store::login::failed(&subject, now)).collect();
            app.app.db().batch(failures).await.unwrap();
            login(&app, &email, "wrong").await.expect(401);
        }
        for _ in 0..9 {
            login(&app, "bob@immich.test", "wrong").await.expect(401);
        }
        // The header of another platform is no address here.
        for number in 0..10 {
            let request = app.post("/api/auth/login").header("x-real-ip", "192.0.2.1");
            let request = request.header("cf-connecting-ip", &format!("198.51.100.{number}"));
            let request = request.header("x-forwarded-for", &format!("198.51.100.{number}"));
            let body = json!({ "email": "carol@immich.test", "password": "wrong" });
            request.json(&body).send().await.expect(401);
        }
        login(&app, "carol@immich.test", "wrong").await.expect(429);
        login(&app, "alice@immich.test", PASSWORD).await.expect(201);
    }

    async fn a_blocked_login_stays_blocked_for_parallel_guesses(app: TestApp) {
        let alice = app.user("alice").await;
        let now = app.app.now();
        let subject = edge_store::login::Subject::login("x");
        let batch = (0..10).map(|_| edge_store::login::failed(&subject, now)).collect();
        app.app.db().batch(batch).await.unwrap();
        let session = edge_store::sessions::NewSession {
            id: "s", token_digest: "d", user_id: &alice.id, parent_id: None, device_type: "",
            device_os: "", app_version: None, expires_at: None,
        };
        let insert = edge_store::sessions::insert_for_login(&session, now);
        let late = edge_store::login::unless_blocked(insert, &subject, now);
        assert_eq!(app.sql(late).await.changed(), 0);
        app.sql(edge_store::login::prune(now + 2 * edge_store::login::WINDOW)).await;
        assert_eq!(app.count(stmt!("select count(*) as n from login_attempt")).await, 0);
    }

    async fn secrets_are_not_guessed_by_their_owners_session(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        pin_code(&app, &alice, "123456").await;
        pin_code(&app, &bob, "123456").await;
        let (wrong, right) = (json!({ "pinCode": "000000" }), json!({ "pinCode": "123456" }));
        let unlock = |user: &NewUser, body: &Value| app.post("/api/auth/session/unlock").user(user).json(body);
        // A right guess forgets the wrong ones.
        for _ in 0..2 {
            for _ in 0..6 {
                unlock(&alice, &wrong).send().await.expect(400);
            }
            app.take_round_trips();
            unlock(&alice, &right).send().await.expect(204);
            assert_eq!(app.take_round_trips(), 2);
        }
        // All ways to guess count together.
        let change = json!({ "password": "wrong", "newPassword": "long enough" });
        let change = || app.post("/api/auth/change-password").user(&alice).json(&change);
        let replace = json!({ "pinCode": "000000", "newPinCode": "111111" });
        for _ in 0..3 {
            unlock(&alice, &wrong).send().await.expect(400);
            change().send().await.expect(400);
            app.put("/api/auth/pin-code").user(&alice).json(&replace).send().await.expect(400);
        }
        app.delete("/api/auth/pin-code").user(&alice).json(&wrong).send().await.expect(400);
        let reply = unlock(&alice, &right).send().await.expect(429);
        assert_eq!(reply.header("retry-after"), "900");
        change().send().await.expect(429);
        app.put("/api/auth/pin-code").user(&alice).json(&replace).send().await.expect(429);
        app.delete("/api/auth/pin-code").user(&alice).json(&right).send().await.expect(429);
        // Nobody else is concerned, and neither is the login.
        unlock(&bob, &right).send().await.expect(204);
        login(&app, "alice@immich.test", PASSWORD).await.expect(201);
        app.clock.advance(edge_store::login::WINDOW);
        unlock(&alice, &right).send().await.expect(204);
    }

    async fn a_guess_that_was_read_before_the_block_does_nothing(app: TestApp) {
        let alice = app.user("alice").await;
        let (now, subject) = (app.app.now(), edge_store::login::Subject::caller(&alice.id));
        let failures = (0..10).map(|_| edge_store::login::failed(&subject, now)).collect();
        app.app.db().batch(failures).await.unwrap();
        let changes = || edge_store::users::UserChanges { password: Some("x".into()), ..Default::default() };
        for statement in [
            edge_store::sessions::elevate(&alice.session_id, now + 1),
            edge_store::users::set_pin_code(&alice.id, None, Some("x"), now),
            edge_store::users::update(&alice.id, changes(), now),
        ] {
            let late = edge_store::login::unless_blocked(statement, &subject, now);
            assert_eq!(app.sql(late).await.changed(), 0);
        }
    }

    async fn keys_neither_set_secrets_nor_outlive_them(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["all"]).await;
        let refused = [
            ("POST", "/api/auth/change-password", json!({ "password": PASSWORD, "newPassword": "long enough" })),
            ("POST", "/api/auth/pin-code", json!({ "pinCode": "123456" })),
            ("PUT", "/api/auth/pin-code", json!({ "password": PASSWORD, "newPinCode": "123456" })),
            ("DELETE", "/api/auth/pin-code", json!({ "password": PASSWORD })),
        ];
        for (method, path, body) in refused {
            let reply = app.request(method.parse().unwrap(), path).key(&key).json(&body).send().await.expect(400);
            assert_eq!(reply.message(), "This endpoint can only be used with a session token");
        }
        let body = json!({ "password": PASSWORD, "newPassword": "long enough" });
        app.post("/api/auth/change-password").user(&alice).json(&body).send().await.expect(200);
        app.post("/api/auth/validateToken").key(&key).send().await.expect(401);
    }

    async fn a_logout_ends_the_session_and_clears_the_cookies(app: TestApp) {
        let alice = app.user("alice").await;
        let reply = app.post("/api/auth/logout").user(&alice).send().await.expect(200);
        assert_eq!(
            reply.json(),
            json!({ "successful": true, "redirectUri": "/auth/login?autoLaunch=0" })
        );
        assert_eq!(cookies(&reply).len(), 3);
        assert!(cookies(&reply).iter().all(|line| line.contains("Max-Age=0; Path=/")));
        assert!(!is_living(&app, &alice.token).await);
        let reply = app.post("/api/auth/logout").user(&alice).send().await.expect(401);
        assert_eq!(reply.message(), "Invalid user token");
    }

    async fn keys_need_the_permission_of_the_route(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["asset.read"]).await;
        app.post("/api/auth/validateToken").key(&key).send().await.expect(200);
        let reply = app.post("/api/auth/logout").key(&key).send().await.expect(403);
        assert_eq!(reply.message(), "Missing required permission: all");
        let all = app.api_key(&alice, &["all"]).await;
        app.post("/api/auth/logout").key(&all).send().await.expect(200);
        app.post("/api/auth/validateToken").key(&all).send().await.expect(200);
        let reply = app.post("/api/auth/session/lock").key(&all).send().await.expect(400);
        assert_eq!(reply.message(), "This endpoint can only be used with a session token");
    }

    async fn a_new_password_ends_all_other_sessions(app: TestApp) {
        let alice = app.user("alice").await;
        let (ended, other) = app.session(&alice.id).await;
        let bob = app.user("bob").await;
        let change = |password: &str, new: &str| {
            let body = json!({ "password": password, "newPassword": new });
            app.post("/api/auth/change-password").user(&alice).json(&body).send()
        };
        assert_eq!(change("wrong", "long enough").await.expect(400).message(), "Wrong password");
        assert_eq!(
            change(PASSWORD, "short").await.expect(400).issues(),
            "newPassword: Too small: expected string to have >=8 characters"
        );
        app.take_round_trips();
        let body = change(PASSWORD, "long enough").await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(body["id"], alice.id.as_str());
        assert!(body.get("password").is_none());
        let [told] = app.take_deliveries().try_into().unwrap();
        assert!(told.ends && told.room == Some(format!("session:{ended}")));
        assert!(is_living(&app, &alice.token).await);
        assert!(!is_living(&app, &other).await);
        assert!(is_living(&app, &bob.token).await);
        login(&app, "alice@immich.test", PASSWORD).await.expect(401);
        login(&app, "alice@immich.test", "long enough").await.expect(201);
    }

    async fn a_child_session_survives_its_own_password_change(app: TestApp) {
        let alice = app.user("alice").await;
        let (child, token) = app.session(&alice.id).await;
        app.sql(stmt!("update session set parent_id = ?1 where id = ?2", &alice.session_id, &child)).await;
        app.post("/api/auth/change-password")
            .header("x-immich-user-token", &token)
            .json(&json!({ "password": PASSWORD, "newPassword": "long enough" }))
            .send()
            .await
            .expect(200);
        assert!(is_living(&app, &token).await);
        assert!(!is_living(&app, &alice.token).await);
    }

    async fn a_pin_code_is_set_changed_and_removed(app: TestApp) {
        let alice = app.user("alice").await;
        assert_eq!(status(&app, &alice).await["pinCode"], false);
        pin_code(&app, &alice, "123456").await;
        let again = app.post("/api/auth/pin-code").user(&alice).json(&json!({ "pinCode": "123456" }));
        assert_eq!(again.send().await.expect(400).message(), "User already has a PIN code");
        let put = |body: Value| app.put("/api/auth/pin-code").user(&alice).json(&body).send();
        let refused = [
            (json!({ "newPinCode": "654321" }), "Either password or pinCode is required"),
            (json!({ "newPinCode": "654321", "pinCode": "000000" }), "Wrong PIN code"),
            (json!({ "newPinCode": "654321", "password": "x", "pinCode": "123456" }), "Wrong password"),
        ];
        for (body, message) in refused {
            assert_eq!(put(body).await.expect(400).message(), message);
        }
        put(json!({ "newPinCode": "12345", "pinCode": "123456" })).await.expect(400).issues();
        put(json!({ "newPinCode": "654321", "pinCode": "123456" })).await.expect(204);
        put(json!({ "newPinCode": "111111", "password": PASSWORD })).await.expect(204);
        assert_eq!(
            status(&app, &alice).await,
            json!({ "pinCode": true, "password": true, "isElevated": false })
        );
        let reset = |body: Value| app.delete("/api/auth/pin-code").user(&alice).json(&body).send();
        assert_eq!(reset(json!({ "pinCode": "654321" })).await.expect(400).message(), "Wrong PIN code");
        reset(json!({ "pinCode": "111111" })).await.expect(204);
        let reply = reset(json!({ "pinCode": "111111" })).await.expect(400);
        assert_eq!(reply.message(), "User does not have a PIN code");
        app.get("/api/auth/status").user(&alice).send().await;
        app.take_round_trips();
        status(&app, &alice).await;
        assert_eq!(app.take_round_trips(), 1);
    }

    async fn the_pin_code_opens_the_locked_folder_for_fifteen_minutes(app: TestApp) {
        let alice = app.user("alice").await;
        pin_code(&app, &alice, "123456").await;
        let unlock = |body: Value| app.post("/api/auth/session/unlock").user(&alice).json(&body).send();
        assert_eq!(unlock(json!({ "pinCode": "000000" })).await.expect(400).message(), "Wrong PIN code");
        app.take_round_trips();
        unlock(json!({ "pinCode": "123456" })).await.expect(204);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(status(&app, &alice).await["pinExpiresAt"], "2024-06-15T12:15:00.000Z");
        app.post("/api/auth/session/lock").user(&alice).send().await.expect(204);
        assert_eq!(status(&app, &alice).await["isElevated"], false);
        unlock(json!({ "password": PASSWORD })).await.expect(204);
        app.clock.advance(14 * 60 * 1000);
        assert_eq!(status(&app, &alice).await["isElevated"], true);
        app.clock.advance(4 * 60 * 1000);
        assert_eq!(status(&app, &alice).await["isElevated"], true, "use extends it");
        app.clock.advance(6 * 60 * 1000);
        assert_eq!(status(&app, &alice).await["isElevated"], false);
    }

    async fn removing_the_pin_code_closes_every_session(app: TestApp) {
        let alice = app.user("alice").await;
        pin_code(&app, &alice, "123456").await;
        app.elevate(&alice).await;
        app.delete("/api/auth/pin-code")
            .user(&alice)
            .json(&json!({ "password": PASSWORD }))
            .send()
            .await
            .expect(204);
        assert_eq!(status(&app, &alice).await["isElevated"], false);
    }

    async fn credentials_are_asked_for_before_the_body(app: TestApp) {
        for (method, path) in [
            ("POST", "/api/auth/change-password"), ("POST", "/api/auth/logout"),
            ("POST", "/api/auth/pin-code"), ("PUT", "/api/auth/pin-code"), ("DELETE", "/api/auth/pin-code"),
            ("POST", "/api/auth/session/lock"), ("POST", "/api/auth/session/unlock"),
            ("GET", "/api/auth/status"), ("POST", "/api/auth/validateToken"),
        ] {
            let send = || app.request(method.parse().unwrap(), path);
            assert_eq!(send().send().await.expect(401).message(), "Authentication required");
            let reply = send().header("authorization", "Bearer x' or 1=1").json(&json!({})).send().await;
            assert_eq!(reply.expect(401).message(), "Invalid user token");
        }
    }
}
