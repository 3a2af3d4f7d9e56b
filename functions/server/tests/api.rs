//! The server area over HTTP.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{Area, TestApp, license, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_server::ROUTES, fn_server::routes())]
}

on_each_database! {
    async fn unknown_routes_get_the_contract_error(app: TestApp) {
        let reply = app.get("/api/server/nothing").send().await.expect(404);
        assert_eq!(reply.message(), "Cannot GET /api/server/nothing");
        let reply = app.put("/api/server/ping").send().await.expect(404);
        assert_eq!(reply.message(), "Cannot PUT /api/server/ping");
    }

    async fn a_slash_at_the_end_changes_nothing(app: TestApp) {
        assert_eq!(app.get("/api/server/ping/").send().await.expect(200).json(), json!({ "res": "pong" }));
        app.get("/api/server/ping/?a=b/").send().await.expect(200);
        app.get("/custom.css/").send().await.expect(200);
        app.request(http::Method::OPTIONS, "/api/server/ping/").send().await.expect(200);
        // One slash, and what was sent is what the error names.
        app.get("/api/server/ping//").send().await.expect(404);
        let reply = app.get("/api/server/nothing/").send().await.expect(404);
        assert_eq!(reply.message(), "Cannot GET /api/server/nothing/");
        app.get("/").send().await.expect(404);
    }

    async fn the_document_of_the_api_names_what_is_built(app: TestApp) {
        let document = app.get("/api/spec.json").send().await.expect(200).json();
        assert_eq!((&document["openapi"], &document["info"]["version"]), (&json!("3.0.0"), &json!("3.1.0")));
        for route in fn_server::ROUTES.iter().filter(|route| !route.hidden) {
            let described = &document["paths"][route.path][route.method.to_lowercase()];
            let expected = if route.built { json!(route.operation) } else { json!(null) };
            assert_eq!(described["operationId"], expected, "{}", route.path);
        }
        assert!(document["paths"]["/assets/{id}"]["get"]["parameters"][0]["required"].as_bool().unwrap());
    }

    async fn every_answer_carries_a_correlation_id(app: TestApp) {
        let reply = app.get("/api/server/ping").send().await.expect(200);
        assert_eq!(reply.json(), json!({ "res": "pong" }));
        assert_eq!(reply.header("x-correlation-id").len(), 36);
        let reply = app.get("/api/server/ping").header("x-correlation-id", "mine").send().await;
        assert_eq!(reply.header("x-correlation-id"), "mine");
    }

    async fn head_and_options_work_on_every_route(app: TestApp) {
        let reply = app.request(http::Method::HEAD, "/api/server/ping").send().await.expect(200);
        assert!(reply.body.is_empty());
        let reply = app.request(http::Method::OPTIONS, "/api/server/license").send().await.expect(200);
        assert_eq!(reply.header("allow"), "GET,HEAD,PUT,DELETE");
        app.request(http::Method::OPTIONS, "/api/server/nothing").send().await.expect(404);
    }

    async fn discovery_needs_nobody_to_be_logged_in(app: TestApp) {
        let reply = app.get("/.well-known/immich").send().await.expect(200);
        assert_eq!(reply.json(), json!({ "api": { "endpoint": "/api" } }));
        let reply = app.get("/custom.css").send().await.expect(200);
        assert!(reply.header("content-type").starts_with("text/css"));
        let reply = app.get("/api/server/version").send().await.expect(200);
        assert_eq!(reply.json(), json!({ "major": 3, "minor": 2, "patch": 2, "prerelease": null }));
        let types = app.get("/api/server/media-types").send().await.expect(200).json();
        assert!(types["image"].as_array().is_some_and(|all| all.contains(&json!(".heic"))));
        assert_eq!(types["sidecar"], json!([".xmp"]));
    }

    async fn config_tells_whether_an_administrator_exists(app: TestApp) {
        let before = app.get("/api/server/config").send().await.expect(200).json();
        assert_eq!((&before["isInitialized"], &before["trashDays"]), (&json!(false), &json!(30)));
        app.admin().await;
        let after = app.get("/api/server/config").send().await.expect(200).json();
        assert_eq!(after["isInitialized"], json!(true));
        assert_eq!(after["maintenanceMode"], json!(false));
    }

    async fn features_hide_what_is_not_built(app: TestApp) {
        let features = app.get("/api/server/features").send().await.expect(200).json();
        assert_eq!(features["trash"], json!(true));
        assert_eq!(features["passwordLogin"], json!(true));
        for (name, is_there) in [("search", true), ("map", true), ("reverseGeocoding", true), ("email", false), ("smartSearch", false)] {
            assert_eq!(features[name], json!(is_there), "{name}");
        }
        assert_eq!(features.as_object().map(serde_json::Map::len), Some(16));
    }

    async fn the_login_page_learns_of_the_provider(app: TestApp) {
        let stored = json!({
            "oauth": { "enabled": true, "autoLaunch": true, "buttonText": "Log in at home" },
            "passwordLogin": { "enabled": false },
            "notifications": { "smtp": { "enabled": true } },
        });
        assert!(edge_store::system::put(app.app.db(), "system-config", &stored, 1).await.is_ok());
        let features = app.get("/api/server/features").send().await.expect(200).json();
        for (name, value) in [("oauth", true), ("oauthAutoLaunch", true), ("passwordLogin", false), ("email", true)] {
            assert_eq!(features[name], json!(value), "{name}");
        }
        let config = app.get("/api/server/config").send().await.expect(200).json();
        assert_eq!(config["oauthButtonText"], "Log in at home");
    }

    async fn settings_of_the_database_arrive_at_once(app: TestApp) {
        app.get("/custom.css").send().await.expect(200);
        app.app.settings().await.unwrap();
        let stored = json!({ "theme": { "customCss": "a{}" }, "trash": { "enabled": false, "days": 7 } });
        let put = edge_store::system::put(app.app.db(), "system-config", &stored, 1).await;
        assert!(put.is_ok());
        // No time passes: another isolate may have stored them just now.
        assert_eq!(app.get("/custom.css").send().await.body, "a{}");
        let features = app.get("/api/server/features").send().await.json();
        assert_eq!(features["trash"], json!(false));
        app.take_round_trips();
        let config = app.get("/api/server/config").send().await.json();
        assert_eq!((&config["trashDays"], app.take_round_trips()), (&json!(7), 1));
    }

    async fn the_version_is_recorded_once(app: TestApp) {
        let first = app.get("/api/server/version-history").send().await.expect(200).json();
        let second = app.get("/api/server/version-history").send().await.expect(200).json();
        assert_eq!(first, second);
        assert_eq!(first[0]["version"], "3.2.2");
        assert_eq!(first.as_array().map(Vec::len), Some(1));
        // Whoever runs it may have it say that it is of the version before.
        app.variables.set("edge_api_version", "3.1.0");
        let version = app.get("/api/server/version").send().await.expect(200).json();
        assert_eq!(version, json!({ "major": 3, "minor": 1, "patch": 0, "prerelease": null }));
        app.clock.advance(1);
        let third = app.get("/api/server/version-history").send().await.expect(200).json();
        assert_eq!((&third[0]["version"], &third[1]), (&json!("3.1.0"), &first[0]));
    }

    async fn statistics_are_for_administrators(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        app.asset(&alice).insert().await;
        app.asset(&alice).with("type", "VIDEO").exif("file_size_in_byte", 50).insert().await;
        let reply = app.get("/api/server/statistics").user(&alice).send().await.expect(403);
        assert_eq!(reply.message(), "Forbidden");
        let stats = app.get("/api/server/statistics").user(&admin).send().await.expect(200).json();
        let totals = (&stats["photos"], &stats["videos"], &stats["usage"]);
        assert_eq!(totals, (&json!(1), &json!(1), &json!(1050)));
        assert_eq!(stats["usageByUser"].as_array().map(Vec::len), Some(2));
    }

    async fn storage_counts_what_users_stored(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!("update users set quota_usage_in_bytes = 2048")).await;
        let storage = app.get("/api/server/storage").user(&alice).send().await.expect(200).json();
        assert_eq!((&storage["diskUse"], &storage["diskUseRaw"]), (&json!("2.0 KiB"), &json!(2048)));
    }

    async fn about_needs_a_login_and_a_key_needs_the_permission(app: TestApp) {
        let reply = app.get("/api/server/about").send().await.expect(401);
        assert_eq!(reply.message(), "Authentication required");
        let alice = app.user("alice").await;
        let about = app.get("/api/server/about").user(&alice).send().await.expect(200).json();
        assert_eq!(about["version"], "v3.2.2");
        let wrong = app.api_key(&alice, &["asset.read"]).await;
        let reply = app.get("/api/server/about").key(&wrong).send().await.expect(403);
        assert_eq!(reply.message(), "Missing required permission: server.about");
        let right = app.api_key(&alice, &["server.about"]).await;
        app.get("/api/server/about").key(&right).send().await.expect(200);
        let reply = app.get("/api/server/about").key("nonsense").send().await.expect(401);
        assert_eq!(reply.message(), "Invalid API key");
        app.get("/api/server/apk-links").user(&alice).send().await.expect(200);
        let check = app.get("/api/server/version-check").user(&alice).send().await.expect(200);
        assert_eq!(check.json(), json!({ "checkedAt": null, "releaseVersion": null }));
    }

    async fn a_licence_is_what_the_configured_key_has_signed(app: TestApp) {
        let admin = app.admin().await;
        let put = |key: &str, signature: &str| {
            let body = json!({ "licenseKey": key, "activationKey": signature });
            app.put("/api/server/license").user(&admin).json(&body)
        };
        app.get("/api/server/license").user(&admin).send().await.expect(404);
        let reply = put(license::SERVER, license::SERVER_SIGNATURE).send().await.expect(400);
        assert_eq!(reply.message(), "Invalid license key", "no key is configured");
        app.variables.set("license_public_key", "nonsense");
        put(license::SERVER, license::SERVER_SIGNATURE).send().await.expect(400);
        app.variables.set("license_public_key", license::PUBLIC_KEY);
        for (key, signature) in [
            (license::SERVER, "x"),
            (license::SERVER, ""),
            (license::SERVER, license::USER_SIGNATURE),
            // Genuine, but for a user.
            (license::USER, license::USER_SIGNATURE),
        ] {
            assert_eq!(put(key, signature).send().await.expect(400).message(), "Invalid license key");
        }
        let reply = app.put("/api/server/license").user(&admin).json(&Value::Null).send().await;
        assert!(reply.expect(400).issues().contains("Invalid input"));
        let about = async || app.get("/api/server/about").user(&admin).send().await.expect(200).json();
        assert_eq!(about().await["licensed"], false);

        let license = put(license::SERVER, license::SERVER_SIGNATURE).send().await.expect(200).json();
        assert_eq!(license["activatedAt"], "2024-06-15T12:00:00.000Z");
        assert_eq!(app.get("/api/server/license").user(&admin).send().await.expect(200).json(), license);
        assert_eq!(about().await["licensed"], true);
        app.delete("/api/server/license").user(&admin).send().await.expect(204);
        app.get("/api/server/license").user(&admin).send().await.expect(404);
        assert_eq!(about().await["licensed"], false);
    }

    async fn metrics_are_for_administrators_as_text(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        app.asset(&alice).insert().await;
        let job = NewJob::new(app.app.uuid(), JobName::AssetExtractMetadata, json!({}), app.app.now());
        app.sql(jobs::insert(&job, app.app.now())).await;
        let path = "/api/server/metrics";
        app.get(path).send().await.expect(401);
        app.get(path).user(&alice).send().await.expect(403);
        let other = app.api_key(&admin, &["server.about"]).await;
        app.get(path).key(&other).send().await.expect(403);
        let key = app.api_key(&admin, &["server.statistics"]).await;
        let told = app.get(path).key(&key).send().await.expect(200);
        assert_eq!(told.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let text = String::from_utf8(told.body.to_vec()).unwrap();
        for line in [
            "# TYPE immich_users_total gauge",
            "immich_users_total 2",
            "immich_photos_total 1",
            "immich_queues_metadata_extraction_waiting 1",
            "immich_queues_thumbnail_generation_failed 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }

    async fn about_tells_what_the_installation_was_told(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let about = app.get("/api/server/about").user(&alice).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(about.as_object().map(serde_json::Map::len), Some(3), "{about}");
        app.variables.set("immich_build", "nightly");
        app.variables.set("immich_source_commit", "abc123");
        app.variables.set("immich_third_party_support_url", "https://help.example");
        app.variables.set("immich_repository", "");
        let about = app.get("/api/server/about").user(&alice).send().await.expect(200).json();
        assert_eq!((&about["build"], &about["sourceCommit"]), (&json!("nightly"), &json!("abc123")));
        assert_eq!(about["thirdPartySupportUrl"], "https://help.example");
        assert_eq!(about.as_object().map(serde_json::Map::len), Some(6), "{about}");
    }
}
