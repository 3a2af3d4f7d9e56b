//! Logging out: here and at the provider.

use edge_testkit::{TestApp, on_each_database};

use super::*;

async fn backchannel(app: &TestApp, token: &str) -> Reply {
    let form = format!("logout_token={token}");
    let request = app.post("/api/oauth/backchannel-logout");
    request
        .body("application/x-www-form-urlencoded", form)
        .send()
        .await
}

/// The session token of a login.
fn token(reply: Reply) -> String {
    reply.expect(201).json()["accessToken"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn log_out(app: &TestApp, token: &str, kind: &str) -> String {
    let cookie = format!("immich_access_token={token}; immich_auth_type={kind}");
    let reply = app
        .post("/api/auth/logout")
        .header("cookie", &cookie)
        .send()
        .await
        .expect(200);
    reply.json()["redirectUri"].as_str().unwrap().to_owned()
}

on_each_database! {
    async fn the_provider_ends_a_session_or_all_of_a_user(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let by_password = app.user("ada").await;
        for sid in ["sid-1", "sid-2", "sid-3"] {
            provider.state().claims["sid"] = json!(sid);
            log_in(&app, &provider).await.expect(201);
        }
        assert_eq!(sessions(&app).await, 4);
        assert!(app.take_deliveries().is_empty());
        let reply = backchannel(&app, &provider.logout_token(&json!({ "sid": "sid-2", "sub": "ada-1" }))).await.expect(200);
        let [ended] = app.take_deliveries().try_into().unwrap();
        assert!(ended.ends && ended.room.is_some_and(|room| room.starts_with("session:")));
        assert!(ended.frame.is_some_and(|frame| frame.starts_with("42[\"on_session_delete\"")));
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.body.is_empty());
        assert_eq!(app.count(stmt!("select count(*) as n from session where oauth_sid = 'sid-2'")).await, 0);
        assert_eq!(sessions(&app).await, 3);
        backchannel(&app, &provider.logout_token(&json!({ "sub": "eve", "jti": "2" }))).await.expect(200);
        assert_eq!(sessions(&app).await, 3);
        backchannel(&app, &provider.logout_token(&json!({ "sub": "ada-1", "jti": "3" }))).await.expect(200);
        assert_eq!(app.take_deliveries().len(), 2, "the devices of both are told");
        // The session that was opened with the password is not the provider's.
        assert_eq!(sessions(&app).await, 1);
        app.post("/api/auth/validateToken").user(&by_password).send().await.expect(200);
    }

    async fn a_logout_token_is_good_once(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let token = provider.logout_token(&json!({ "sub": "ada-1" }));
        backchannel(&app, &token).await.expect(200);
        log_in(&app, &provider).await.expect(201);
        let reply = backchannel(&app, &token).await.expect(400);
        assert_eq!(reply.message(), "Invalid logout token: used already");
        assert_eq!(sessions(&app).await, 1);
    }

    async fn others_end_nothing(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        log_in(&app, &provider).await.expect(201);
        let failed = "Error backchannel logout: token validation failed";
        let strange = signer::Key { algorithm: "ES256", seed: 9 };
        let claims = json!({
            "iss": provider.issuer, "aud": "photos", "iat": provider::NOW, "jti": "1", "sid": "sid-1",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let mut tokens = vec![signer::unsigned(&claims), strange.sign(&claims), "a.b.c".to_owned(), "x".to_owned()];
        for change in [
            json!({ "sid": "sid-1", "iss": "https://evil.test" }),
            json!({ "sid": "sid-1", "aud": "other" }),
            json!({ "sid": "sid-1", "iat": provider::NOW - 181 }),
            json!({ "sid": "sid-1", "iat": null }),
        ] {
            tokens.push(provider.logout_token(&change));
        }
        for token in tokens {
            assert_eq!(backchannel(&app, &token).await.expect(400).message(), failed, "{token}");
        }
        for (change, text) in [
            (json!({ "sid": "sid-1", "events": {} }), "events has no logout"),
            (json!({ "sid": "sid-1", "nonce": "n" }), "nonce is not allowed"),
            (json!({}), "neither sub nor sid"),
            (json!({ "sid": "sid-1", "jti": null }), "jti is missing"),
        ] {
            let reply = backchannel(&app, &provider.logout_token(&change)).await.expect(400);
            assert_eq!(reply.message(), format!("Invalid logout token: {text}"));
        }
        let missing = "logout_token: Invalid input: expected string, received undefined";
        let request = || app.post("/api/oauth/backchannel-logout");
        assert_eq!(request().send().await.expect(400).issues(), missing);
        assert_eq!(request().json(&json!({ "logout_token": "x" })).send().await.expect(400).issues(), missing);
        let large = "logout_token=".to_owned() + &"x".repeat(200_000);
        request().body("application/x-www-form-urlencoded", large).send().await.expect(413);
        assert_eq!(sessions(&app).await, 1);
    }

    async fn a_logout_goes_on_at_the_provider(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let id_token = async || {
            let rows = app.sql(stmt!("select oauth_bearer_token as it from session")).await;
            rows.first().unwrap().get::<String>("it").unwrap()
        };
        let session = token(log_in(&app, &provider).await);
        let hint = id_token().await;
        let place = log_out(&app, &session, "oauth").await;
        assert_eq!(place, format!("{}/logout?id_token_hint={hint}", provider.issuer));
        assert_eq!(sessions(&app).await, 0);
        // Another address by configuration, and none.
        let own = "https://id.test/goodbye?from=photos";
        provider.configure(&app, &json!({ "endSessionEndpoint": own })).await;
        let session = token(log_in(&app, &provider).await);
        let hint = id_token().await;
        assert_eq!(log_out(&app, &session, "oauth").await, format!("{own}&id_token_hint={hint}"));
        let session = token(log_in(&app, &provider).await);
        assert_eq!(log_out(&app, &session, "password").await, "/auth/login?autoLaunch=0");
        let session = token(log_in(&app, &provider).await);
        provider.configure(&app, &json!({ "issuerUrl": "http://127.0.0.1:9" })).await;
        assert_eq!(log_out(&app, &session, "oauth").await, "/auth/login?autoLaunch=0");
        provider.configure(&app, &json!({})).await;
        let session = token(log_in(&app, &provider).await);
        provider.configure(&app, &json!({ "enabled": false })).await;
        assert_eq!(log_out(&app, &session, "oauth").await, "/auth/login?autoLaunch=0");
        assert_eq!(sessions(&app).await, 0);
    }
}
