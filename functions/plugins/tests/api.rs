//! Plugins over HTTP (api/workflows.md sections 1 and 2).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_plugins::ROUTES, fn_plugins::routes())]
}

async fn get(app: &TestApp, user: &NewUser, path: &str) -> Reply {
    app.get(path).user(user).send().await
}

async fn names(app: &TestApp, user: &NewUser, query: &str) -> Vec<String> {
    let path = format!("/api/plugins/methods?{query}");
    let found = get(app, user, &path).await.expect(200).json();
    let name = |method: &Value| method["name"].as_str().unwrap().to_owned();
    found.as_array().unwrap().iter().map(name).collect()
}

on_each_database! {
    async fn there_is_the_core_plugin(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let all = get(&app, &alice, "/api/plugins").await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        let plugin = &all[0];
        assert_eq!(all.as_array().unwrap().len(), 1);
        assert_eq!(
            (&plugin["name"], &plugin["version"], &plugin["title"], &plugin["author"]),
            (&json!("immich-plugin-core"), &json!("2.0.1"), &json!("Immich Core Plugin"), &json!("Immich Team"))
        );
        assert_eq!(plugin["methods"].as_array().unwrap().len(), 12);
        let id = plugin["id"].as_str().unwrap();
        assert_eq!(&get(&app, &alice, &format!("/api/plugins/{id}")).await.expect(200).json(), plugin);
        for same in [format!("id={id}"), "name=immich-plugin-core".into(), "version=2.0.1".into()] {
            assert_eq!(get(&app, &alice, &format!("/api/plugins?{same}")).await.expect(200).json(), all);
        }
        for other in ["name=immich", "title=core", "description=x", "version=2"] {
            assert_eq!(get(&app, &alice, &format!("/api/plugins?{other}")).await.expect(200).json(), json!([]), "{other}");
        }
        let none = get(&app, &alice, "/api/plugins/3fe388e4-2078-44d7-b36c-39d9dee3a657").await;
        assert_eq!(none.expect(400).message(), "Plugin not found");
    }

    async fn methods_come_by_name_and_as_asked(app: TestApp) {
        let alice = app.user("alice").await;
        let all = names(&app, &alice, "").await;
        assert_eq!(all, [
            "assetAddToAlbums", "assetArchive", "assetDateFilter", "assetExifFilter", "assetFavorite", "assetFileFilter",
            "assetLocationFilter", "assetLock", "assetMissingTimeZoneFilter", "assetTypeFilter", "assetVisibility", "webhook",
        ]);
        for query in ["type=AssetV1", "trigger=AssetCreate", "trigger=AssetMetadataExtraction", "pluginName=immich-plugin-core&pluginVersion=2.0.1"] {
            assert_eq!(names(&app, &alice, query).await, all, "{query}");
        }
        assert_eq!(names(&app, &alice, "name=webhook").await, ["webhook"]);
        assert_eq!(names(&app, &alice, "title=Archive%20asset").await, ["assetArchive"]);
        for none in ["name=web", "pluginName=other", "pluginVersion=1", "id=3fe388e4-2078-44d7-b36c-39d9dee3a657"] {
            assert!(names(&app, &alice, none).await.is_empty(), "{none}");
        }
        let webhook = get(&app, &alice, "/api/plugins/methods?name=webhook").await.json();
        assert_eq!(webhook[0]["key"], "immich-plugin-core#webhook");
        assert_eq!(webhook[0]["hostFunctions"], true);
        assert_eq!(webhook[0]["schema"]["required"], json!(["url"]));
        assert_eq!(webhook[0]["schema"]["properties"]["url"]["precision"], 1);
    }

    async fn templates_name_methods(app: TestApp) {
        let alice = app.user("alice").await;
        let templates = get(&app, &alice, "/api/plugins/templates").await.expect(200).json();
        let keys: Vec<&str> = templates.as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
        assert_eq!(keys, [
            "immich-plugin-core#screenshots-smart-album", "immich-plugin-core#missing-timezone-smart-album",
            "immich-plugin-core#location-smart-album",
        ]);
        assert_eq!(templates[0]["steps"][2]["config"], json!({ "albumName": "Screenshots", "albumIds": [] }));
        assert_eq!(templates[0]["uiHints"], json!(["SmartAlbum"]));
    }

    async fn a_query_holds_no_boolean(app: TestApp) {
        let alice = app.user("alice").await;
        for path in ["/api/plugins?enabled=true", "/api/plugins/methods?enabled=false"] {
            let issues = get(&app, &alice, path).await.expect(400).issues();
            assert_eq!(issues, "enabled: Invalid input: expected boolean, received string");
        }
        let issues = get(&app, &alice, "/api/plugins/methods?trigger=x").await.expect(400).issues();
        assert_eq!(issues, "trigger: Invalid option: expected one of \"AssetCreate\"|\"AssetMetadataExtraction\"|\"AssetTagged\"");
    }
}
