//! The system-config area over HTTP.

use edge_platform::stmt;
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    vec![Area::new(
        fn_system_config::ROUTES,
        fn_system_config::routes(),
    )]
}

on_each_database! {
    async fn only_administrators_see_and_change_the_configuration(app: TestApp) {
        let alice = app.user("alice").await;
        for path in ["/api/system-config", "/api/system-config/defaults", "/api/system-config/storage-template-options"] {
            app.get(path).send().await.expect(401);
            app.get(path).user(&alice).send().await.expect(403);
        }
        app.put("/api/system-config").user(&alice).json(&json!({})).send().await.expect(403);
        for path in ["/api/admin/config", "/api/admin/config/defaults"] {
            app.get(path).send().await.expect(401);
            app.get(path).user(&alice).send().await.expect(403);
        }
        app.put("/api/admin/config").user(&alice).json(&json!({})).send().await.expect(403);
    }

    async fn clients_of_3_2_see_their_part_of_the_configuration(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        let mut config = app.get("/api/admin/config").user(&admin).send().await.expect(200).json();
        assert_eq!(config, app.get("/api/admin/config/defaults").user(&admin).send().await.expect(200).json());
        config["oauth"]["accountManagementUrl"] = json!("no address");
        app.put("/api/admin/config").user(&admin).json(&config).send().await.expect(400);
        config["oauth"]["accountManagementUrl"] = json!("https://id.test/me");
        config["server"]["loginPageMessage"] = json!("Hello");
        let put = app.put("/api/admin/config").user(&admin).json(&config).send().await.expect(200).json();
        assert_eq!(put, config);
        assert_eq!(app.get("/api/system-config").user(&admin).send().await.expect(200).json(), config);
        app.get("/api/config").send().await.expect(401);
        let user = app.get("/api/config").user(&alice).send().await.expect(200).json();
        assert_eq!((&user["server"], &user["oauth"].get("clientSecret")), (&config["server"], &None));
        let public = app.get("/api/public/config").send().await.expect(200).json();
        assert_eq!(public["server"], json!({ "loginPageMessage": "Hello" }));
        let defaults = app.get("/api/public/config/defaults").send().await.expect(200).json();
        assert_eq!(defaults["server"], json!({ "loginPageMessage": "" }));
        let defaults = app.get("/api/config/defaults").user(&alice).send().await.expect(200).json();
        assert_eq!(defaults["server"]["loginPageMessage"], "");
    }

    async fn what_was_put_is_what_comes_back_and_only_differences_are_stored(app: TestApp) {
        let admin = app.admin().await;
        let mut config = app.get("/api/system-config").user(&admin).send().await.expect(200).json();
        let defaults = app.get("/api/system-config/defaults").user(&admin).send().await.expect(200).json();
        assert_eq!(config, defaults);
        config["trash"]["days"] = json!(7);
        let put = app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200).json();
        assert_eq!(put, config);
        let stored = app.sql(stmt!("select value from system_metadata where key = 'system-config'")).await;
        let stored: String = stored.first().and_then(|row| row.get("value").ok()).unwrap_or_default();
        assert_eq!(stored, r#"{"trash":{"days":7}}"#);
        let again = app.get("/api/system-config").user(&admin).send().await.expect(200).json();
        assert_eq!(again, config);
    }

    async fn a_wrong_configuration_changes_nothing(app: TestApp) {
        let admin = app.admin().await;
        let mut config = app.get("/api/system-config").user(&admin).send().await.json();
        config["trash"]["days"] = json!("many");
        let reply = app.put("/api/system-config").user(&admin).json(&config).send().await.expect(400);
        assert_eq!(reply.issues(), "trash.days: Invalid input: expected number, received string");
        config["trash"]["days"] = json!(30);
        config["storageTemplate"]["template"] = json!("{{foo}}");
        let reply = app.put("/api/system-config").user(&admin).json(&config).send().await.expect(400);
        assert!(reply.message().contains("Invalid storage template"), "{}", reply.message());
        app.put("/api/system-config").user(&admin).json(&json!({})).send().await.expect(400);
        let count = app.count(stmt!("select count(*) as n from system_metadata")).await;
        assert_eq!(count, 0);
    }

    async fn templates_have_tokens_and_presets(app: TestApp) {
        let admin = app.admin().await;
        let reply = app.get("/api/system-config/storage-template-options").user(&admin).send().await;
        let options = reply.expect(200).json();
        assert_eq!(options["presetOptions"].as_array().map(Vec::len), Some(21));
        let dates = ["year", "month", "week", "day", "hour", "minute", "second"].map(|part| options[format!("{part}Options")].clone());
        let dates: Vec<&str> = dates.iter().filter_map(|tokens| tokens.as_array()).flatten().filter_map(|token| token.as_str()).collect();
        assert_eq!(dates.len(), 19);
        let mut tokens: Vec<String> = ["filename", "ext", "filetype", "filetypefull", "assetId", "assetIdShort", "album", "make", "model", "lensModel"]
            .map(str::to_owned).into();
        for date in dates {
            tokens.extend([date.to_owned(), format!("album-startDate-{date}"), format!("album-endDate-{date}")]);
        }
        let mut config = app.get("/api/system-config").user(&admin).send().await.json();
        for template in [
            tokens.iter().map(|token| format!("{{{{{token}}}}}")).collect::<Vec<_>>().join("/"),
            tokens.iter().map(|token| format!("{{{{#if {token}}}}}a{{{{else}}}}b{{{{/if}}}}")).collect::<Vec<_>>().concat(),
        ] {
            config["storageTemplate"]["template"] = json!(template);
            let stored = app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200).json();
            assert_eq!(stored["storageTemplate"]["template"], json!(template));
        }
    }
}
