//! Mails to users (api/admin.md section 8), from the request that causes them to a mail server on loopback.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use edge_api::config::SystemConfig;
use edge_platform::stmt;
use edge_testkit::{Area, MailServer, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(
            fn_notifications_admin::ROUTES,
            fn_notifications_admin::routes(),
        ),
        Area::new(fn_system_config::ROUTES, fn_system_config::routes()),
        Area::new(fn_users_admin::ROUTES, fn_users_admin::routes()),
    ]
}

/// Switches mails on; the rest of the configuration by JSON pointers.
async fn configure(app: &TestApp, admin: &NewUser, smtp: Value, rest: &[(&str, Value)]) -> u16 {
    let path = "/api/system-config";
    let mut config = app.get(path).user(admin).send().await.expect(200).json();
    config["notifications"]["smtp"] = smtp;
    for (pointer, value) in rest {
        *config.pointer_mut(pointer).unwrap() = value.clone();
    }
    app.put(path).user(admin).json(&config).send().await.status
}

async fn album(app: &TestApp, owner: &NewUser, body: Value) -> String {
    let made = app.post("/api/albums").user(owner).json(&body).send().await;
    made.expect(201).json()["id"].as_str().unwrap().to_owned()
}

async fn add(app: &TestApp, owner: &NewUser, album: &str) {
    let asset = app.asset(owner).insert().await;
    let path = format!("/api/albums/{album}/assets");
    let body = json!({ "ids": [asset] });
    app.put(&path)
        .user(owner)
        .json(&body)
        .send()
        .await
        .expect(200);
}

async fn prefer(app: &TestApp, user: &NewUser, preferences: Value) {
    app.sql(stmt!(
        "insert into user_metadata (user_id, key, value, updated_at, update_id) values (?1, 'preferences', ?2, 0, '0')",
        &user.id,
        preferences.to_string()
    ))
    .await;
}

async fn failed(app: &TestApp) -> Vec<(String, String)> {
    let rows = app
        .sql(stmt!(
            "select last_error, payload from job where state = 'failed'"
        ))
        .await;
    let read = rows
        .iter()
        .map(|row| (row.get("last_error").unwrap(), row.get("payload").unwrap()));
    read.collect()
}

on_each_database! {
    async fn new_members_are_told_and_of_new_content_once_in_five_minutes(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        let carol = app.user("carol").await;
        prefer(&app, &carol, json!({ "emailNotifications": { "albumUpdate": false } })).await;
        let server = MailServer::start().await;
        let base = ("/server/externalDomain", json!("https://photos.immich.test"));
        assert_eq!(configure(&app, &admin, server.config(), &[base]).await, 200);
        let member = |user: &NewUser| json!({ "userId": user.id, "role": "viewer" });
        let trip = album(&app, &alice, json!({ "albumName": "Trip & more", "albumUsers": [member(&bob)] })).await;
        app.put(&format!("/api/albums/{trip}/users")).user(&alice)
            .json(&json!({ "albumUsers": [member(&carol)] })).send().await.expect(200);
        app.run_jobs().await;
        let mut mails = server.take();
        mails.sort();
        let [(to_bob, invite), (to_carol, _)] = mails.as_slice() else { panic!("{mails:?}") };
        assert_eq!((to_bob, to_carol), (&bob.email, &carol.email));
        for part in [
            "Subject: You have been added to a shared album - Trip & more",
            "From: \"Photos\" <photos@immich.test>",
            &format!("https://photos.immich.test/albums/{trip}"),
            "Trip &amp; more",
        ] {
            assert!(invite.replace("=\n", "").contains(part), "{part}: {invite}");
        }
        add(&app, &alice, &trip).await;
        add(&app, &alice, &trip).await;
        app.run_jobs().await;
        assert_eq!(server.take(), [], "not yet");
        app.clock.advance(edge_store::mails::ALBUM_UPDATE_DELAY);
        app.run_jobs().await;
        let mails = server.take();
        assert_eq!(mails.iter().map(|(to, _)| to).collect::<Vec<_>>(), [&bob.email]);
        assert!(mails[0].1.contains("Subject: New media has been added to an album - Trip & more"), "{mails:?}");
        app.clock.advance(edge_store::mails::ALBUM_UPDATE_DELAY);
        app.run_jobs().await;
        assert_eq!(server.take(), []);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn who_brings_something_is_told_of_what_others_bring(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        let carol = app.user("carol").await;
        let server = MailServer::start().await;
        let members = json!([{ "userId": bob.id, "role": "editor" }, { "userId": carol.id, "role": "viewer" }]);
        let (trip, other) = (album(&app, &alice, json!({ "albumName": "Trip", "albumUsers": members })).await,
            album(&app, &alice, json!({ "albumName": "Other", "albumUsers": members })).await);
        assert_eq!(configure(&app, &admin, server.config(), &[]).await, 200);
        let told = async || {
            app.run_jobs().await;
            let mut told: Vec<String> = server.take().into_iter().map(|(to, _)| to).collect();
            told.sort();
            told
        };
        let none: Vec<String> = Vec::new();
        add(&app, &alice, &trip).await;
        app.clock.advance(60_000);
        add(&app, &bob, &trip).await;
        app.clock.advance(60_000);
        add(&app, &alice, &trip).await;
        assert_eq!(told().await, none);
        app.clock.advance(edge_store::mails::ALBUM_UPDATE_DELAY - 2 * 60_000);
        assert_eq!(told().await, [bob.email.clone(), carol.email.clone()], "once each, of all that came until now");
        app.clock.advance(60_000);
        assert_eq!(told().await, std::slice::from_ref(&alice.email), "five minutes after what Bob brought");
        let photo = app.asset(&bob).insert().await;
        let body = json!({ "albumIds": [trip, other], "assetIds": [photo] });
        let both = [&alice, &alice, &carol, &carol].map(|user| user.email.clone());
        app.put("/api/albums/assets").user(&bob).json(&body).send().await.expect(200);
        app.clock.advance(edge_store::mails::ALBUM_UPDATE_DELAY);
        assert_eq!(told().await, both, "of each album");
        let touched = stmt!("select cast(sum(updated_at) as bigint) as n from album");
        let before = app.count(touched.clone()).await;
        for (path, body) in [(format!("/api/albums/{trip}/assets"), json!({ "ids": [photo] })), ("/api/albums/assets".to_owned(), body)] {
            // Whether ids of one millisecond happen to lie in this order or that one.
            for _ in 0..3 {
                app.clock.advance(1000);
                app.put(&path).user(&bob).json(&body).send().await.expect(200);
            }
            app.clock.advance(edge_store::mails::ALBUM_UPDATE_DELAY);
            assert_eq!(told().await, none, "{path}: what was there already is nothing new");
        }
        assert_eq!(app.count(touched).await, before, "nothing touched the albums");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn answers_go_where_the_configuration_says(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        let server = MailServer::start().await;
        let members = json!([{ "userId": bob.id, "role": "viewer" }]);
        for (reply_to, expected) in [("", "photos@immich.test"), ("Help <help@immich.test>", "help@immich.test")] {
            let mut smtp = server.config();
            smtp["replyTo"] = json!(reply_to);
            assert_eq!(configure(&app, &admin, smtp, &[]).await, 200);
            album(&app, &alice, json!({ "albumName": "Trip", "albumUsers": members })).await;
            app.run_jobs().await;
            let mails = server.take();
            let header = mails[0].1.lines().find(|line| line.starts_with("Reply-To: ")).unwrap();
            assert!(header.contains(&format!("<{expected}>")), "{header}");
            assert!(mails[0].1.contains("From: \"Photos\" <photos@immich.test>"), "{mails:?}");
        }
    }

    async fn who_wants_no_invitations_gets_mails_of_new_content(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        prefer(&app, &bob, json!({ "emailNotifications": { "albumInvite": false } })).await;
        let server = MailServer::start().await;
        assert_eq!(configure(&app, &admin, server.config(), &[]).await, 200);
        let members = json!([{ "userId": bob.id, "role": "viewer" }]);
        let trip = album(&app, &alice, json!({ "albumName": "Trip", "albumUsers": members })).await;
        app.run_jobs().await;
        assert_eq!(server.take(), []);
        add(&app, &alice, &trip).await;
        app.clock.advance(edge_store::mails::ALBUM_UPDATE_DELAY);
        app.run_jobs().await;
        assert_eq!(server.take().len(), 1);
    }

    async fn who_remembers_that_mails_were_off_looks_again_before_giving_one_up(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        let server = MailServer::start().await;
        assert_eq!(configure(&app, &admin, server.config(), &[]).await, 200);
        let members = json!([{ "userId": bob.id, "role": "viewer" }]);
        album(&app, &alice, json!({ "albumName": "Trip", "albumUsers": members })).await;
        // As another isolate, which read the configuration some seconds before.
        app.app.keep_settings(Arc::new(SystemConfig::defaults()));
        app.run_jobs().await;
        assert_eq!(server.take().len(), 1);
    }

    async fn nobody_fills_a_mailbox_by_adding_and_removing_a_member(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        let server = MailServer::start().await;
        assert_eq!(configure(&app, &admin, server.config(), &[]).await, 200);
        let trip = album(&app, &alice, json!({ "albumName": "Trip" })).await;
        let users = format!("/api/albums/{trip}/users");
        let add = json!({ "albumUsers": [{ "userId": bob.id, "role": "viewer" }] });
        let again = async || {
            app.put(&users).user(&alice).json(&add).send().await.expect(200);
            app.run_jobs().await;
            app.delete(&format!("/api/albums/{trip}/user/{}", bob.id)).user(&alice).send().await.expect(204);
            app.clock.advance(60 * 60 * 1000);
            server.take().len()
        };
        assert_eq!([again().await, again().await, again().await], [1, 0, 0]);
        app.clock.advance(24 * 60 * 60 * 1000);
        assert_eq!(again().await, 1, "the next day");
        let mut mailed = 0;
        for number in 0..60 {
            album(&app, &alice, json!({ "albumName": format!("{number}"), "albumUsers": add["albumUsers"] })).await;
            app.run_jobs().await;
            mailed += server.take().len();
        }
        assert_eq!(mailed, 49, "with the one before, fifty a day");
    }

    async fn who_left_or_wants_none_gets_none(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        let (gone, quiet) = (app.user("gone").await, app.user("quiet").await);
        prefer(&app, &quiet, json!({ "emailNotifications": { "enabled": false } })).await;
        let server = MailServer::start().await;
        assert_eq!(configure(&app, &admin, server.config(), &[]).await, 200);
        let members: Vec<Value> = [&bob, &gone, &quiet].map(|user| json!({ "userId": user.id, "role": "editor" })).to_vec();
        let trip = album(&app, &alice, json!({ "albumName": "Trip", "albumUsers": members })).await;
        app.delete(&format!("/api/albums/{trip}/user/{}", bob.id)).user(&alice).send().await.expect(204);
        app.sql(stmt!("update users set deleted_at = 1 where id = ?1", &gone.id)).await;
        app.run_jobs().await;
        assert_eq!(server.take(), []);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn new_accounts_are_welcomed_and_their_password_is_not_kept(app: TestApp) {
        let admin = app.admin().await;
        let server = MailServer::start().await;
        let template = ("/templates/email/welcomeTemplate", json!("<i>{displayName}, {username}, {password}</i>"));
        assert_eq!(configure(&app, &admin, server.config(), &[template]).await, 200);
        let create = async |name: &str| {
            let email = format!("{name}@immich.test");
            let body = json!({ "email": email, "name": name, "password": "first-secret", "notify": true });
            app.post("/api/admin/users").user(&admin).json(&body).send().await.expect(201);
        };
        create("dora").await;
        app.run_jobs().await;
        let mails = server.take();
        assert!(mails[0].1.replace("=\n", "").contains("<i>dora, dora@immich.test, first-secret</i>"), "{mails:?}");
        server.refuse(Some("550 5.1.1 no such user"));
        create("emil").await;
        app.run_jobs().await;
        let failed = failed(&app).await;
        assert!(failed[0].0.contains("550 5.1.1 no such user"), "{failed:?}");
        assert!(!failed[0].1.contains("first-secret"), "{failed:?}");
    }

    async fn a_server_that_is_away_for_a_while_loses_no_mail(app: TestApp) {
        let (admin, alice, bob) = (app.admin().await, app.user("alice").await, app.user("bob").await);
        let server = MailServer::start().await;
        assert_eq!(configure(&app, &admin, server.config(), &[]).await, 200);
        server.refuse(Some("451 4.3.0 later"));
        let members = json!([{ "userId": bob.id, "role": "viewer" }]);
        album(&app, &alice, json!({ "albumName": "Trip", "albumUsers": members })).await;
        app.run_jobs().await;
        assert_eq!((server.take(), failed(&app).await), (vec![], vec![]));
        server.refuse(None);
        app.clock.advance(60 * 60 * 1000);
        app.run_jobs().await;
        assert_eq!(server.take().len(), 1);
    }

    async fn without_mails_nothing_is_stored_for_them(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let members = json!([{ "userId": bob.id, "role": "viewer" }]);
        let trip = album(&app, &alice, json!({ "albumName": "Trip", "albumUsers": members })).await;
        add(&app, &alice, &trip).await;
        assert_eq!(app.count(stmt!("select count(*) as n from job where queue = 'notifications'")).await, 0);
    }

    async fn a_mail_server_that_lets_nobody_in_is_not_stored(app: TestApp) {
        let admin = app.admin().await;
        let server = MailServer::start().await;
        let mut wrong = server.config();
        wrong["transport"]["password"] = json!("guess");
        assert_eq!(configure(&app, &admin, wrong.clone(), &[]).await, 400);
        let mut insecure = server.config();
        insecure["transport"]["ignoreCert"] = json!(false);
        assert_eq!(configure(&app, &admin, insecure, &[]).await, 400);
        let mut nobody = server.config();
        nobody["from"] = json!("Photos\r\nBcc: all@immich.test");
        assert_eq!(configure(&app, &admin, nobody, &[]).await, 400);
        assert_eq!(app.count(stmt!("select count(*) as n from system_metadata")).await, 0);
        let test = async |smtp: &Value| {
            app.post("/api/admin/notifications/test-email").user(&admin).json(smtp).send().await
        };
        let refused = test(&wrong).await.expect(400);
        assert_eq!(refused.message(), "Failed to verify SMTP configuration");
        let sent = test(&server.config()).await.expect(200).json();
        assert!(sent["messageId"].as_str().is_some_and(|id| id.len() == 36), "{sent}");
        let mails = server.take();
        assert_eq!(mails[0].0, admin.email);
        assert!(mails[0].1.contains("Subject: Test email from Immich"), "{mails:?}");
        wrong["enabled"] = json!(false);
        assert_eq!(configure(&app, &admin, wrong, &[]).await, 200, "what is switched off is not tried");
        let alice = app.user("alice").await;
        app.post("/api/admin/notifications/test-email").user(&alice).json(&server.config()).send().await.expect(403);
    }
}
