//! How often one address may ask without an account (docs/decisions/0003-login-throttling.md), and when nobody may.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use edge_platform::stmt;
use edge_testkit::{Area, PASSWORD, Reply, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(fn_auth::ROUTES, fn_auth::routes())]
}

async fn sign_up(app: &TestApp, address: &str) -> Reply {
    app.post("/api/auth/admin-sign-up")
        .header("x-real-ip", address)
        .json(&json!({ "email": "a@b.c", "password": "password", "name": "Ada" }))
        .send()
        .await
}

async fn login(app: &TestApp, address: &str) -> Reply {
    app.post("/api/auth/login")
        .header("x-real-ip", address)
        .json(&json!({ "email": "alice@immich.test", "password": PASSWORD }))
        .send()
        .await
}

on_each_database! {
    async fn an_address_sends_so_many_requests_in_a_minute_and_no_more(app: TestApp) {
        let alice = app.user("alice").await;
        app.variables.set("anonymous_requests_per_minute", "3");
        for _ in 0..2 {
            sign_up(&app, "192.0.2.1").await;
        }
        // All that needs no account counts together.
        login(&app, "192.0.2.1").await.expect(201);
        let rows = stmt!("select failure_count as n from login_attempt where subject like 'anonymous:%'");
        for _ in 0..3 {
            let refused = login(&app, "192.0.2.1").await.expect(429);
            assert_eq!((refused.message().as_str(), refused.header("retry-after")), ("Too many requests, try again later", "60"));
        }
        assert_eq!(sign_up(&app, "192.0.2.1").await.expect(429).json(), json!({ "message": "Too many requests, try again later" }));
        assert_eq!(app.count(rows.clone()).await, 3, "of those above the limit nothing is written");
        assert_eq!(app.count(stmt!("select count(*) as n from login_attempt where subject like '%192%'")).await, 0);
        // Others are not concerned, nor is who has an account already, even there.
        login(&app, "192.0.2.2").await.expect(201);
        app.get("/api/auth/status").user(&alice).header("x-real-ip", "192.0.2.1").send().await.expect(200);
        // The addresses of one home count together.
        for last in 1..4 {
            login(&app, &format!("2001:db8::{last}")).await.expect(201);
        }
        login(&app, "2001:db8::9").await.expect(429);
        app.clock.advance(60_000);
        for _ in 0..3 {
            login(&app, "192.0.2.1").await.expect(201);
        }
        login(&app, "192.0.2.1").await.expect(429);
    }

    async fn nobody_logs_in_while_the_server_is_maintained(app: TestApp) {
        app.user("alice").await;
        let mode = json!({ "isMaintenanceMode": true, "secret": "s", "action": { "action": "start" } });
        edge_store::system::put(app.app.db(), "maintenance-mode", &mode, 0).await.unwrap();
        assert_eq!(login(&app, "192.0.2.1").await.expect(404).message(), "Not Found");
        assert_eq!(sign_up(&app, "192.0.2.1").await.expect(404).message(), "Not Found");
        app.sql(stmt!("delete from system_metadata")).await;
        login(&app, "192.0.2.1").await.expect(201);
        assert_eq!(app.count(stmt!("select count(*) as n from users")).await, 1);
    }

    async fn without_a_limit_or_an_address_nothing_is_counted(app: TestApp) {
        app.user("alice").await;
        for limit in ["", "0", "none"] {
            app.variables.set("anonymous_requests_per_minute", limit);
            for _ in 0..5 {
                login(&app, "192.0.2.1").await.expect(201);
            }
        }
        app.variables.set("anonymous_requests_per_minute", "1");
        for _ in 0..5 {
            let body = json!({ "email": "alice@immich.test", "password": PASSWORD });
            app.post("/api/auth/login").json(&body).send().await.expect(201);
        }
        assert_eq!(app.count(stmt!("select count(*) as n from login_attempt")).await, 0);
    }
}
