//! Workflows over HTTP (api/workflows.md section 1).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_workflows::ROUTES, fn_workflows::routes())]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

fn step(method: &str, config: &Value) -> Value {
    json!({ "method": format!("immich-plugin-core#{method}"), "config": config })
}

async fn post(app: &TestApp, user: &NewUser, body: &Value) -> Reply {
    app.post("/api/workflows")
        .user(user)
        .json(body)
        .send()
        .await
}

async fn create(app: &TestApp, user: &NewUser, body: &Value) -> String {
    let made = post(app, user, body).await.expect(201).json();
    assert_eq!(made["steps"], json!([]), "steps are shown by GET only");
    format!("/api/workflows/{}", made["id"].as_str().unwrap())
}

async fn get(app: &TestApp, user: &NewUser, path: &str) -> Value {
    app.get(path).user(user).send().await.expect(200).json()
}

on_each_database! {
    async fn a_workflow_is_kept_as_sent(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let steps = json!([
            step("assetFileFilter", &json!({ "pattern": "'\"é{🎈", "matchType": "contains" })),
            { "method": "immich-plugin-core@9.9.9#assetArchive", "config": null, "enabled": false },
            step("webhook", &json!({ "url": 7, "anything": [null, { "a": 1.5 }] })),
        ]);
        app.take_round_trips();
        let path = create(&app, &alice, &json!({
            "trigger": "AssetCreate", "name": "n", "description": "d", "enabled": false, "steps": steps,
        })).await;
        assert_eq!(app.take_round_trips(), 2);
        let workflow = get(&app, &alice, &path).await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(
            [&workflow["trigger"], &workflow["name"], &workflow["description"], &workflow["enabled"]],
            [&json!("AssetCreate"), &json!("n"), &json!("d"), &json!(false)]
        );
        assert_eq!(workflow["createdAt"], "2024-06-15T12:00:00.000Z");
        assert_eq!(workflow["steps"], json!([
            { "method": "immich-plugin-core#assetFileFilter", "config": steps[0]["config"], "enabled": true },
            { "method": "immich-plugin-core#assetArchive", "config": null, "enabled": false },
            { "method": "immich-plugin-core#webhook", "config": steps[2]["config"], "enabled": true },
        ]));
        assert_eq!(get(&app, &alice, &format!("{path}/share")).await, json!({
            "trigger": "AssetCreate", "name": "n", "description": "d", "steps": [
                { "method": "immich-plugin-core#assetFileFilter", "config": steps[0]["config"] },
                { "method": "immich-plugin-core#assetArchive", "config": null, "enabled": false },
                { "method": "immich-plugin-core#webhook", "config": steps[2]["config"] },
            ],
        }));
        assert_eq!(get(&app, &alice, "/api/workflows").await, json!([workflow]));
        assert_eq!(get(&app, &bob, "/api/workflows").await, json!([]));
        for strange in [path.clone(), format!("{path}/share"), format!("/api/workflows/{NONE}")] {
            let reply = app.get(&strange).user(&bob).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no workflow.read access");
        }
    }

    async fn little_will_do(app: TestApp) {
        let alice = app.user("alice").await;
        let path = create(&app, &alice, &json!({ "trigger": "AssetMetadataExtraction", "name": null })).await;
        let workflow = get(&app, &alice, &path).await;
        assert_eq!(
            [&workflow["name"], &workflow["description"], &workflow["enabled"], &workflow["steps"]],
            [&json!(null), &json!(null), &json!(true), &json!([])]
        );
    }

    async fn lists_are_newest_first_and_filtered(app: TestApp) {
        let alice = app.user("alice").await;
        let first = create(&app, &alice, &json!({ "trigger": "AssetCreate", "name": "1" })).await;
        app.clock.advance(1_000);
        create(&app, &alice, &json!({ "trigger": "AssetMetadataExtraction", "name": "2" })).await;
        let names = async |query: &str| {
            let found = get(&app, &alice, &format!("/api/workflows{query}")).await;
            found.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("").await, ["2", "1"]);
        assert_eq!(names("?trigger=AssetCreate").await, ["1"]);
        assert_eq!(names(&format!("?id={}", first.rsplit('/').next().unwrap())).await, ["1"]);
        assert_eq!(names("?name=1&description=x").await, ["2", "1"], "both are ignored");
        let refused = app.get("/api/workflows?enabled=true").user(&alice).send().await.expect(400);
        assert_eq!(refused.issues(), "enabled: Invalid input: expected boolean, received string");
        let triggers = get(&app, &alice, "/api/workflows/triggers").await;
        assert_eq!(triggers, json!([
            { "trigger": "AssetCreate", "types": ["AssetV1"] }, { "trigger": "AssetMetadataExtraction", "types": ["AssetV1"] },
            { "trigger": "AssetTagged", "types": ["AssetV1"] },
        ]));
    }

    async fn what_is_sent_is_changed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let path = create(&app, &alice, &json!({
            "trigger": "AssetCreate", "name": "n", "description": "d", "steps": [step("assetArchive", &json!({}))],
        })).await;
        let before = get(&app, &alice, &path).await;
        app.clock.advance(5_000);
        let put = async |user: &NewUser, body: Value| app.put(&path).user(user).json(&body).send().await;
        assert_eq!(put(&alice, json!({})).await.expect(200).json(), before);
        let steps = json!([step("assetFavorite", &json!({ "inverse": true })), step("assetLock", &json!({}))]);
        app.take_round_trips();
        let changed = put(&alice, json!({ "steps": steps })).await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(changed["steps"].as_array().unwrap().len(), 2);
        assert_eq!(changed["steps"][0]["config"], json!({ "inverse": true }));
        assert_eq!(changed["updatedAt"], before["updatedAt"], "steps change no time");
        let body = json!({ "trigger": "AssetMetadataExtraction", "name": null, "enabled": false });
        let changed = app.patch(&path).user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!(
            [&changed["trigger"], &changed["name"], &changed["description"], &changed["enabled"], &changed["updatedAt"]],
            [&json!("AssetMetadataExtraction"), &json!(null), &json!("d"), &json!(false), &json!("2024-06-15T12:00:05.000Z")]
        );
        assert_eq!(changed["steps"].as_array().unwrap().len(), 2);
        assert_eq!(put(&alice, json!({ "steps": [] })).await.expect(200).json()["steps"], json!([]));
        let strange = put(&bob, json!({ "name": "b" })).await.expect(400);
        assert_eq!(strange.message(), "Not found or no workflow.update access");
    }

    async fn what_is_deleted_takes_its_steps_along(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let path = create(&app, &alice, &json!({ "trigger": "AssetCreate", "steps": [step("assetLock", &json!({}))] })).await;
        let strange = app.delete(&path).user(&bob).send().await.expect(400);
        assert_eq!(strange.message(), "Not found or no workflow.delete access");
        app.delete(&path).user(&alice).send().await.expect(204);
        app.delete(&path).user(&alice).send().await.expect(400);
        assert_eq!(app.count(stmt!("select count(*) as n from workflow_step")).await, 0);
    }

    async fn steps_name_methods_that_are_there(app: TestApp) {
        let alice = app.user("alice").await;
        let send = async |method: &str| {
            post(&app, &alice, &json!({ "trigger": "AssetCreate", "steps": [{ "method": method, "config": null }] })).await.expect(400)
        };
        for unknown in ["", "webhook", "immich-plugin-core#none", "immich-plugin-core#webhook ", "immich-plugin-core##webhook"] {
            assert_eq!(send(unknown).await.message(), format!("Unknown method {unknown}"));
        }
        assert_eq!(
            send("acme@1.0.0#resize").await.message(),
            "Unknown method acme@1.0.0#resize: this server only has the methods of immich-plugin-core, plugins of others are not supported"
        );
        for (body, issue) in [
            (json!({}), "trigger: Invalid option: expected one of \"AssetCreate\"|\"AssetMetadataExtraction\"|\"AssetTagged\""),
            (json!({ "trigger": "PersonRecognized" }), "trigger: Invalid option: expected one of \"AssetCreate\"|\"AssetMetadataExtraction\"|\"AssetTagged\""),
            (json!({ "trigger": "AssetCreate", "enabled": "true" }), "enabled: Invalid input: expected boolean, received string"),
            (json!({ "trigger": "AssetCreate", "steps": [{ "method": "a#b" }] }), "steps.0.config: Invalid input: expected record, received undefined"),
            (json!({ "trigger": "AssetCreate", "steps": [{ "method": 1, "config": null }] }), "steps.0.method: Invalid input: expected string, received number"),
            (json!({ "trigger": "AssetCreate", "steps": {} }), "steps: Invalid input: expected array, received object"),
        ] {
            assert_eq!(post(&app, &alice, &body).await.expect(400).issues(), issue);
        }
        post(&app, &alice, &json!({ "trigger": "AssetCreate", "name": "n".repeat(1_001) })).await.expect(400);
        post(&app, &alice, &json!({ "trigger": "AssetCreate", "name": "a\u{0}" })).await.expect(400);
        let much = json!({ "a": "b".repeat(70_000) });
        post(&app, &alice, &json!({ "trigger": "AssetCreate", "steps": [step("webhook", &much)] })).await.expect(400);
        assert_eq!(app.count(stmt!("select count(*) as n from workflow")).await, 0);
    }

    async fn a_thousand_steps_are_stored_at_once(app: TestApp) {
        let alice = app.user("alice").await;
        let steps = vec![step("assetFavorite", &json!({})); 1_000];
        let path = create(&app, &alice, &json!({ "trigger": "AssetCreate", "steps": steps })).await;
        assert_eq!(get(&app, &alice, &path).await["steps"].as_array().unwrap().len(), 1_000);
        let more = vec![step("assetFavorite", &json!({})); 1_001];
        post(&app, &alice, &json!({ "trigger": "AssetCreate", "steps": more })).await.expect(400);
    }

    async fn logging_is_switched_and_asked_for(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let path = create(&app, &alice, &json!({ "trigger": "AssetTagged", "logging": true })).await;
        create(&app, &alice, &json!({ "trigger": "AssetCreate" })).await;
        assert_eq!(get(&app, &alice, &path).await["logging"], true);
        let count = async |query: &str| get(&app, &alice, &format!("/api/workflows{query}")).await.as_array().unwrap().len();
        assert_eq!((count("?logging=true").await, count("?logging=false").await, count("").await), (1, 1, 2));
        assert_eq!(get(&app, &alice, &format!("{path}/logs")).await, json!([]));
        let id = path.rsplit('/').next().unwrap();
        for (number, result) in [(1, "completed"), (2, "halted"), (3, "error")] {
            let step = (result != "completed").then_some(number);
            app.sql(stmt!(
                "insert into workflow_log (workflow_id, place, id, at, result, asset_id, step_position, step_method) \
                 values (?1, ?2, ?3, ?2 * 1000, ?4, ?5, ?6, ?7)",
                id, number, format!("log {number}"), result, NONE, step, step.map(|_| "immich-plugin-core#assetArchive")
            )).await;
        }
        app.take_round_trips();
        let logs = get(&app, &alice, &format!("{path}/logs")).await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(logs[0], json!({
            "id": "log 3", "at": "1970-01-01T00:00:03.000Z", "result": "error", "triggerDataId": NONE,
            "lastStep": { "index": 3, "method": "immich-plugin-core#assetArchive" },
        }));
        assert_eq!(logs[2], json!({ "id": "log 1", "at": "1970-01-01T00:00:01.000Z", "result": "completed", "triggerDataId": NONE }));
        for (query, wanted) in [
            ("?limit=1", vec!["log 3"]), ("?before=1970-01-01T00:00:03.000Z", vec!["log 2", "log 1"]), ("?result=halted", vec!["log 2"]),
            ("?before=1970-01-01T00:00:02.000Z&result=error", vec![]),
        ] {
            let found = get(&app, &alice, &format!("{path}/logs{query}")).await;
            let ids: Vec<&str> = found.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
            assert_eq!(ids, wanted, "{query}");
        }
        for query in ["?limit=0", "?limit=1001", "?result=x", "?before=x"] {
            app.get(&format!("{path}/logs{query}")).user(&alice).send().await.expect(400);
        }
        let strange = app.get(&format!("{path}/logs")).user(&bob).send().await.expect(400);
        assert_eq!(strange.message(), "Not found or no workflow.logs access");
        let off = app.put(&path).user(&alice).json(&json!({ "logging": false })).send().await.expect(200).json();
        assert_eq!(off["logging"], false);
        app.delete(&path).user(&alice).send().await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from workflow_log")).await, 0);
    }
}
