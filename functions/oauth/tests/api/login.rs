//! The flow: from the button to the session.

use edge_platform::{Dialect, Statement};
use edge_testkit::{TestApp, on_each_database};

use super::*;
use crate::provider::configure;

on_each_database! {
    async fn a_login_ends_in_an_account_a_session_and_its_cookies(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let approved = approve(&app, &provider).await;
        let device = app
            .post("/api/oauth/callback")
            .header("user-agent", "immich-ios/3.1.0")
            .header("devicemodel", "iPhone");
        let reply = finish(device, &approved).await.expect(201);
        let body = reply.json();
        let token = body["accessToken"].as_str().unwrap();
        assert_eq!(body["userEmail"], "ada@immich.test");
        assert_eq!(body["name"], "Ada");
        assert_eq!(body["isAdmin"], false);
        assert_eq!(body["shouldChangePassword"], false);
        assert_eq!(cookies(&reply), [
            format!("immich_access_token={token}"),
            "immich_auth_type=oauth".to_owned(),
            "immich_is_authenticated=true".to_owned(),
            "immich_oauth_state=".to_owned(),
            "immich_oauth_code_verifier=".to_owned(),
        ]);
        let request = app.post("/api/auth/validateToken").header("x-immich-user-token", token);
        request.send().await.expect(200);
        let stored = stmt!(
            "select count(*) as n from session s join users u on u.id = s.user_id where s.oauth_sid = 'sid-1' \
             and s.oauth_bearer_token like '%.%.%' and s.device_type = 'iPhone' and s.app_version = '3.1.0' \
             and u.oauth_id = 'ada-1' and u.password = ''"
        );
        assert_eq!(app.count(stored).await, 1);
        // Again: the same account.
        log_in(&app, &provider).await.expect(201);
        assert_eq!(app.count(stmt!("select count(*) as n from users")).await, 1);
        assert_eq!(sessions(&app).await, 2);
    }

    async fn nobody_begins_or_ends_a_login_while_the_server_is_maintained(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let approved = approve(&app, &provider).await;
        let mode = json!({ "isMaintenanceMode": true, "secret": "s", "action": { "action": "start" } });
        edge_store::system::put(app.app.db(), "maintenance-mode", &mode, 0).await.unwrap();
        let begun = app.post("/api/oauth/authorize").json(&json!({ "redirectUri": WEB })).send().await.expect(404);
        assert_eq!(begun.message(), "Not Found");
        assert_eq!(finish(app.post("/api/oauth/callback"), &approved).await.expect(404).message(), "Not Found");
        assert_eq!(sessions(&app).await, 0);
    }

    async fn the_beginning_tells_where_to_go_and_leaves_cookies(app: TestApp) {
        let provider = start(&app, &json!({ "prompt": "select_account", "scope": "openid email" })).await;
        let begin = || app.post("/api/oauth/authorize").header("x-forwarded-proto", "https");
        let reply = begin().json(&json!({ "redirectUri": WEB })).send().await.expect(201);
        let url = reply.json()["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(&format!("{}/authorize?", provider.issuer)), "{url}");
        assert!(url.contains("scope=openid+email") && url.contains("prompt=select_account"), "{url}");
        assert!(url.contains("code_challenge_method=S256") && url.contains("nonce="), "{url}");
        let lines: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
        assert_eq!(lines.len(), 2);
        for line in lines {
            let line = line.to_str().unwrap();
            assert!(line.ends_with("; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax"), "{line}");
        }
        // Nothing is the same twice.
        let other = begin().json(&json!({ "redirectUri": WEB })).send().await.expect(201);
        assert_ne!(cookies(&reply), cookies(&other));
        // A provider without PKCE is not asked for it.
        provider.state().document = json!({ "code_challenge_methods_supported": [] });
        app.clock.advance(11 * 60 * 1000);
        let reply = begin().json(&json!({ "redirectUri": WEB })).send().await.expect(201);
        assert!(!reply.json()["url"].as_str().unwrap().contains("code_challenge"));
    }

    async fn the_app_keeps_state_and_verifier_itself(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let verifier = "a-verifier-of-the-app-which-is-long-enough-for-it";
        let body = json!({
            "redirectUri": "app.immich:///oauth-callback", "state": "state of; the app",
            "codeChallenge": edge_oidc::challenge(verifier),
        });
        let begun = app.post("/api/oauth/authorize").json(&body).send().await.expect(201);
        assert_eq!(cookies(&begun)[1], "immich_oauth_code_verifier=j%3Anull");
        let url = provider.approve(begun.json()["url"].as_str().unwrap());
        assert!(url.starts_with("app.immich:///oauth-callback?code="), "{url}");
        // The placeholder is no verifier.
        let bare = app.post("/api/oauth/callback").header("cookie", &cookies(&begun).join("; "));
        let reply = bare.json(&json!({ "url": url })).send().await.expect(400);
        assert_eq!(reply.message(), "OAuth code verifier is missing");
        let body = json!({ "url": url, "state": "state of; the app", "codeVerifier": verifier });
        let reply = app.post("/api/oauth/callback").json(&body).send().await.expect(201);
        assert_eq!(cookies(&reply).len(), 5);
    }

    async fn a_client_may_use_its_state_and_verifier_again(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let body = json!({ "redirectUri": WEB, "state": "s", "codeChallenge": edge_oidc::challenge("v") });
        for _ in 0..2 {
            let begun = app.post("/api/oauth/authorize").json(&body).send().await.expect(201);
            let url = provider.approve(begun.json()["url"].as_str().unwrap());
            let finish = json!({ "url": url, "state": "s", "codeVerifier": "v" });
            app.post("/api/oauth/callback").json(&finish).send().await.expect(201);
        }
        assert_eq!(sessions(&app).await, 2);
    }

    async fn the_address_of_the_app_is_replaced_and_sent_on(app: TestApp) {
        let own = "https://photos.test/api/oauth/mobile-redirect";
        let changes = json!({ "mobileOverrideEnabled": true, "mobileRedirectUri": own });
        let provider = start(&app, &changes).await;
        let body = json!({ "redirectUri": "app.immich:///oauth-callback" });
        let begun = app.post("/api/oauth/authorize").json(&body).send().await.expect(201);
        let url = provider.approve(begun.json()["url"].as_str().unwrap());
        let (place, query) = url.split_once('?').unwrap();
        assert_eq!(place, own);
        let on = app.get(&format!("/api/oauth/mobile-redirect?{query}")).send().await.expect(307);
        let app_url = on.header("location").to_owned();
        assert_eq!(app_url, format!("app.immich:///oauth-callback?{query}"));
        let approved = Approved { cookies: cookies(&begun).join("; "), url: app_url };
        finish(app.post("/api/oauth/callback"), &approved).await.expect(201);
        let bare = app.get("/api/oauth/mobile-redirect").send().await.expect(307);
        assert_eq!(bare.header("location"), "app.immich:///oauth-callback");
    }

    async fn a_login_is_finished_by_who_began_it_and_once(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let approved = approve(&app, &provider).await;
        let other = approve(&app, &provider).await;
        let callback = || app.post("/api/oauth/callback");
        let body = json!({ "url": approved.url });
        let reply = callback().json(&body).send().await.expect(400);
        assert_eq!(reply.message(), "OAuth state is missing");
        let state = approved.cookies.split("; ").next().unwrap();
        let reply = callback().header("cookie", state).json(&body).send().await.expect(400);
        assert_eq!(reply.message(), "OAuth code verifier is missing");
        // Another state, another verifier.
        failed(callback().header("cookie", &other.cookies).json(&body).send().await);
        let wrong = json!({ "url": approved.url, "codeVerifier": "wrong" });
        let reply = callback().header("cookie", &approved.cookies).json(&wrong).send().await;
        // Also a login that failed cannot be finished once more with what the browser has.
        assert_eq!(cookies(&reply), ["immich_oauth_state=", "immich_oauth_code_verifier="]);
        failed(reply);
        assert_eq!(sessions(&app).await, 0);
        // A provider that takes a code twice does not make two sessions of one login.
        provider.state().forgets_codes = false;
        let approved = approve(&app, &provider).await;
        finish(callback(), &approved).await.expect(201);
        failed(finish(callback(), &approved).await);
        assert_eq!(sessions(&app).await, 1);
    }

    async fn what_the_provider_refuses_is_refused(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let mut approved = approve(&app, &provider).await;
        let state = approved.url.split_once("state=").unwrap().1.to_owned();
        approved.url = format!("{WEB}?error=access_denied&state={state}");
        failed(finish(app.post("/api/oauth/callback"), &approved).await);
        // The client's proof, in the body and in the header.
        provider.configure(&app, &json!({ "clientSecret": "wrong" })).await;
        failed(log_in(&app, &provider).await);
        provider.configure(&app, &json!({ "tokenEndpointAuthMethod": "client_secret_basic" })).await;
        log_in(&app, &provider).await.expect(201);
        assert!(provider.state().requests.iter().any(|line| line.starts_with("POST /token Basic ")));
    }

    async fn without_it_nothing_is_offered(app: TestApp) {
        let alice = app.user("alice").await;
        let body = json!({ "url": "https://photos.test/?code=c&state=s", "state": "s", "codeVerifier": "v" });
        let begin = json!({ "redirectUri": WEB });
        for reply in [
            app.post("/api/oauth/authorize").json(&begin).send().await,
            app.post("/api/oauth/callback").json(&body).send().await,
            app.post("/api/oauth/link").user(&alice).json(&body).send().await,
        ] {
            assert_eq!(reply.expect(400).message(), "OAuth is not enabled");
        }
        let form = "logout_token=x";
        let logout = app.post("/api/oauth/backchannel-logout").body("application/x-www-form-urlencoded", form);
        let text = "Received backchannel logout request but OAuth is not enabled";
        assert_eq!(logout.send().await.expect(400).message(), text);
    }

    async fn bodies_are_validated(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let send = async |path: &str, body: Value| app.post(path).json(&body).send().await.expect(400).issues();
        let undefined = |name: &str| format!("{name}: Invalid input: expected string, received undefined");
        assert_eq!(send("/api/oauth/authorize", json!({})).await, undefined("redirectUri"));
        assert_eq!(send("/api/oauth/callback", json!({})).await, undefined("url"));
        assert!(send("/api/oauth/callback", json!({ "url": "" })).await.starts_with("url: Too small"));
        for odd in [json!({ "url": "a\u{0}" }), json!({ "url": "x".repeat(20_000) }), json!({ "url": 5 })] {
            app.post("/api/oauth/callback").json(&odd).send().await.expect(400);
        }
        let long = json!({ "redirectUri": WEB, "state": "s".repeat(1001) });
        app.post("/api/oauth/authorize").json(&long).send().await.expect(400);
        assert_eq!(provider.state().requests.len(), 0);
        app.post("/api/oauth/link").json(&json!({})).send().await.expect(401);
        app.post("/api/oauth/unlink").send().await.expect(401);
    }

    async fn only_safe_addresses_are_asked(app: TestApp) {
        let provider = start(&app, &json!({ "allowInsecureRequests": false })).await;
        let begin = async || app.post("/api/oauth/authorize").json(&json!({ "redirectUri": WEB })).send().await;
        let text = begin().await.expect(500).message();
        assert_eq!(text, "Error in OAuth discovery: issuerUrl is http, and allowInsecureRequests is off");
        assert_eq!(provider.state().requests.len(), 0);
        // A provider that sends its clients elsewhere.
        let other = Provider::start("ES256");
        let place = format!("302 Found\r\nlocation: {}/.well-known/openid-configuration", other.issuer);
        provider.state().others.insert("/.well-known/openid-configuration".to_owned(), (place, Vec::new()));
        provider.configure(&app, &json!({})).await;
        assert_eq!(begin().await.expect(500).message(), "Error in OAuth discovery: no answer: status 302");
        assert_eq!(other.state().requests.len(), 0);
        // Within the same server it is followed.
        let place = ("308 Permanent Redirect\r\nlocation: /moved".to_owned(), Vec::new());
        provider.state().others.insert("/.well-known/openid-configuration".to_owned(), place);
        assert_eq!(begin().await.expect(500).message(), "Error in OAuth discovery: no answer: status 404");
        // Too much of it, nothing of use, and nobody.
        let large = ("200 OK".to_owned(), vec![b' '; 1024 * 1024 + 1]);
        provider.state().others.insert("/.well-known/openid-configuration".to_owned(), large);
        let text = begin().await.expect(500).message();
        assert_eq!(text, "Error in OAuth discovery: the answer is longer than 1048576 bytes");
        provider.state().others.insert("/.well-known/openid-configuration".to_owned(), ("200 OK".to_owned(), b"<html>".to_vec()));
        assert!(begin().await.expect(500).message().starts_with("Error in OAuth discovery: malformed: "));
        provider.configure(&app, &json!({ "issuerUrl": "http://127.0.0.1:9" })).await;
        assert!(begin().await.expect(500).message().starts_with("Error in OAuth discovery: no answer: "));
    }

    async fn a_provider_that_does_not_answer_is_not_waited_for(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", silent.local_addr().unwrap());
        provider.configure(&app, &json!({ "issuerUrl": issuer, "timeout": 50 })).await;
        let reply = app.post("/api/oauth/authorize").json(&json!({ "redirectUri": WEB })).send().await.expect(500);
        assert_eq!(reply.message(), "Error in OAuth discovery: no answer within 50ms");
    }

    async fn with_passwords_switched_off_the_provider_remains(app: TestApp) {
        let provider = Provider::start("ES256");
        let oauth = json!({
            "enabled": true, "issuerUrl": provider.issuer, "clientId": "photos", "clientSecret": provider::SECRET,
            "allowInsecureRequests": true, "signingAlgorithm": "ES256",
        });
        configure(&app, &json!({ "oauth": oauth, "passwordLogin": { "enabled": false } })).await;
        app.user("alice").await;
        let body = json!({ "email": "alice@immich.test", "password": edge_testkit::PASSWORD });
        let reply = app.post("/api/auth/login").json(&body).send().await.expect(401);
        assert_eq!(reply.message(), "Password login has been disabled");
        log_in(&app, &provider).await.expect(201);
    }

    /// The statements of docs/oauth.md, "When nobody gets in".
    async fn whoever_runs_the_installation_switches_passwords_on_again(app: TestApp) {
        configure(&app, &json!({ "passwordLogin": { "enabled": false }, "trash": { "days": 3 } })).await;
        app.user("alice").await;
        let body = json!({ "email": "alice@immich.test", "password": edge_testkit::PASSWORD });
        app.post("/api/auth/login").json(&body).send().await.expect(401);
        let engine = match app.app.db().dialect() {
            Dialect::Sqlite => "-- SQLite",
            Dialect::Postgres => "-- PostgreSQL",
        };
        let mut lines = include_str!("../../../../docs/oauth.md").lines().skip_while(|line| !line.starts_with(engine));
        let sql = lines.nth(1).unwrap().trim_end_matches(';');
        app.sql(Statement::new(sql, Vec::new())).await;
        app.post("/api/auth/login").json(&body).send().await.expect(201);
        let kept = stmt!("select count(*) as n from system_metadata where key = 'system-config' and value like '%days%'");
        assert_eq!(app.count(kept).await, 1);
    }
}
