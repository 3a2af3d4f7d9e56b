//! Memories over HTTP (api/features.md section A, Memories).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_memories::ROUTES, fn_memories::routes())]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn create(app: &TestApp, user: &NewUser, year: i64, more: Value) -> Reply {
    let mut body = json!({
        "type": "on_this_day", "data": { "year": year }, "memoryAt": format!("{year}-06-15T00:00:00.000Z"),
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    app.post("/api/memories")
        .user(user)
        .json(&body)
        .send()
        .await
}

async fn years(app: &TestApp, user: &NewUser, query: &str) -> Vec<i64> {
    let reply = app
        .get(&format!("/api/memories{query}"))
        .user(user)
        .send()
        .await
        .expect(200)
        .json();
    reply
        .as_array()
        .unwrap()
        .iter()
        .map(|memory| memory["data"]["year"].as_i64().unwrap())
        .collect()
}

fn path(memory: &Value) -> String {
    format!("/api/memories/{}", memory["id"].as_str().unwrap())
}

on_each_database! {
    async fn a_memory_shows_its_assets_oldest_first(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let late = app.asset(&alice).taken(1_600_000_000_000).insert().await;
        let early = app.asset(&alice).taken(1_500_000_000_000).insert().await;
        let foreign = app.asset(&bob).insert().await;
        app.take_round_trips();
        let assets = json!({ "assetIds": [late, early, early, foreign, NONE], "isSaved": true });
        let memory = create(&app, &alice, 2020, assets).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        let ids: Vec<_> = memory["assets"].as_array().unwrap().iter().map(|asset| asset["id"].clone()).collect();
        assert_eq!(ids, [early, late]);
        assert_eq!((&memory["isSaved"], &memory["ownerId"]), (&json!(true), &json!(alice.id)));
        assert_eq!(memory["memoryAt"], "2020-06-15T00:00:00.000Z");
        app.take_round_trips();
        assert_eq!(app.get(&path(&memory)).user(&alice).send().await.expect(200).json(), memory);
        assert_eq!(app.take_round_trips(), 1);
        let refused = app.get(&path(&memory)).user(&bob).send().await.expect(400);
        assert_eq!(refused.message(), "Not found or no memory.read access");
    }

    async fn memories_are_found_by_what_they_are(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let shown = |from: &str, to: &str| json!({ "assetIds": [photo], "showAt": from, "hideAt": to });
        create(&app, &alice, 2019, shown("2024-06-14T00:00:00.000Z", "2024-06-14T23:59:59.999Z")).await.expect(201);
        create(&app, &alice, 2021, shown("2024-06-15T00:00:00.000Z", "2024-06-15T23:59:59.999Z")).await.expect(201);
        create(&app, &alice, 2020, json!({ "assetIds": [photo], "isSaved": true })).await.expect(201);
        create(&app, &alice, 2018, json!({})).await.expect(201);
        app.take_round_trips();
        assert_eq!(years(&app, &alice, "").await, [2021, 2020, 2019]);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(years(&app, &alice, "?order=asc").await, [2019, 2020, 2021]);
        assert_eq!(years(&app, &alice, "?size=1").await, [2021]);
        assert_eq!(years(&app, &alice, "?isSaved=true").await, [2020]);
        assert_eq!(years(&app, &alice, "?isSaved=false&type=on_this_day").await, [2021, 2019]);
        assert_eq!(years(&app, &alice, "?for=2024-06-14").await, [2020, 2019]);
        assert_eq!(years(&app, &alice, "?isTrashed=true").await, [] as [i64; 0]);
        let mut any = years(&app, &alice, "?order=random").await;
        any.sort_unstable();
        assert_eq!(any, [2019, 2020, 2021]);
        for (query, total) in [("", 3), ("?isSaved=true", 1), ("?for=2024-06-15", 2)] {
            let path = format!("/api/memories/statistics{query}");
            let counted = app.get(&path).user(&alice).send().await.expect(200).json();
            assert_eq!(counted, json!({ "total": total }));
        }
    }

    async fn what_is_not_shown_elsewhere_is_not_remembered(app: TestApp) {
        let alice = app.user("alice").await;
        let shown = app.asset(&alice).insert().await;
        let archived = app.asset(&alice).visibility("archive").insert().await;
        let trashed = app.asset(&alice).trashed().insert().await;
        let with_hidden = app.asset(&alice).insert().await;
        let person = app.app.uuid();
        app.sql(stmt!(
            "insert into person (id, owner_id, is_hidden, created_at, updated_at, update_id) \
             values (?1, ?2, 1, 0, 0, uuid7())", &person, &alice.id
        )).await;
        app.sql(stmt!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
             bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
             values (?1, ?2, ?3, ?4, 10, 10, 0, 0, 5, 5, 0, uuid7())",
            app.app.uuid(), &with_hidden, &alice.id, &person
        )).await;
        let assets = json!({ "assetIds": [shown, archived, trashed, with_hidden] });
        let memory = create(&app, &alice, 2020, assets).await.expect(201).json();
        let ids: Vec<_> = memory["assets"].as_array().unwrap().iter().map(|asset| asset["id"].clone()).collect();
        assert_eq!(ids, [shown]);
        create(&app, &alice, 2021, json!({ "assetIds": [archived] })).await.expect(201);
        assert_eq!(years(&app, &alice, "").await, [2020]);
    }

    async fn a_partner_s_photo_is_remembered_while_it_is_shown(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&bob).insert().await;
        app.sql(stmt!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 0, 0, uuid7(), uuid7())", &bob.id, &alice.id
        )).await;
        let memory = create(&app, &alice, 2020, json!({ "assetIds": [photo] })).await.expect(201).json();
        assert_eq!((&memory["assets"][0]["id"], years(&app, &alice, "").await), (&json!(photo), vec![2020]));
        app.sql(stmt!("delete from partner where shared_by_id = ?1", &bob.id)).await;
        assert_eq!(years(&app, &alice, "").await, Vec::<i64>::new());
        let memory = app.get(&path(&memory)).user(&alice).send().await.expect(200).json();
        assert_eq!(memory["assets"], json!([]));
    }

    async fn a_memory_is_kept_seen_and_moved(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let memory = create(&app, &alice, 2020, json!({})).await.expect(201).json();
        let body = json!({ "isSaved": true, "seenAt": "2024-06-15T12:00:00.000Z", "memoryAt": "2020-06-16T00:00:00.000Z" });
        let changed = app.put(&path(&memory)).user(&alice).json(&body).send().await.expect(200).json();
        for (key, value) in body.as_object().unwrap() {
            assert_eq!(&changed[key], value);
        }
        let same = app.patch(&path(&memory)).user(&alice).json(&json!({})).send().await.expect(200).json();
        assert_eq!(same["seenAt"], changed["seenAt"]);
        let refused = app.put(&path(&memory)).user(&bob).json(&body).send().await.expect(400);
        assert_eq!(refused.message(), "Not found or no memory.update access");
    }

    async fn assets_come_and_go_and_sync_hears_of_it(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (one, two) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let foreign = app.asset(&bob).insert().await;
        let memory = create(&app, &alice, 2020, json!({ "assetIds": [one] })).await.expect(201).json();
        let assets = format!("{}/assets", path(&memory));
        let errors = |reply: Reply| -> Vec<Value> {
            reply.json().as_array().unwrap().iter().map(|answer| answer["error"].clone()).collect()
        };
        let body = json!({ "ids": [one, two, two, foreign] });
        let added = app.put(&assets).user(&alice).json(&body).send().await.expect(200);
        assert_eq!(errors(added), [json!("duplicate"), Value::Null, json!("duplicate"), json!("no_permission")]);
        let body = json!({ "ids": [one, foreign, one] });
        let removed = app.delete(&assets).user(&alice).json(&body).send().await.expect(200);
        assert_eq!(errors(removed), [Value::Null, json!("not_found"), json!("not_found")]);
        let audits = stmt!("select count(*) as n from memory_asset_audit where asset_id = ?1", &one);
        assert_eq!(app.count(audits).await, 1);
        app.put(&assets).user(&bob).json(&body).send().await.expect(400);
        app.delete(&assets).user(&bob).json(&body).send().await.expect(400);
        app.delete(&path(&memory)).user(&bob).send().await.expect(400);
        app.delete(&path(&memory)).user(&alice).send().await.expect(204);
        app.get(&path(&memory)).user(&alice).send().await.expect(400);
        assert_eq!(app.count(stmt!("select count(*) as n from memory_audit")).await, 1);
    }

    async fn years_have_four_digits(app: TestApp) {
        let alice = app.user("alice").await;
        for year in [1, 999, 10_000] {
            let body = json!({ "type": "on_this_day", "data": { "year": year }, "memoryAt": "2020-01-01T00:00:00.000Z" });
            app.post("/api/memories").user(&alice).json(&body).send().await.expect(400);
        }
        for bad in [json!({ "memoryAt": "yesterday" }), json!({ "type": "birthday" }), json!({ "data": {} })] {
            create(&app, &alice, 2020, bad).await.expect(400);
        }
        // A day of the year one is a day.
        let photo = app.asset(&alice).insert().await;
        let first = json!({ "memoryAt": "0001-01-01T00:00:00.000Z", "assetIds": [photo] });
        let first = create(&app, &alice, 2020, first).await.expect(201).json();
        assert_eq!(first["memoryAt"], "0001-01-01T00:00:00.000Z");
        let path = format!("/api/memories/{}", first["id"].as_str().unwrap());
        assert_eq!(app.get(&path).user(&alice).send().await.expect(200).json(), first);
        assert_eq!(years(&app, &alice, "?for=0001-01-01").await, [2020]);
        app.get("/api/memories?size=0").user(&alice).send().await.expect(400);
        app.get("/api/memories?for=2024-02-30").user(&alice).send().await.expect(400);
    }

    async fn ten_thousand_photos_are_remembered_and_forgotten(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        let memory = create(&app, &alice, 2020, json!({})).await.expect(201).json();
        let (assets, body) = (format!("{}/assets", path(&memory)), json!({ "ids": ids }));
        let there = async || app.count(stmt!("select count(*) as n from memory_asset")).await;
        let put = app.put(&assets).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((put.successes(), there().await), (10_000, 10_000));
        let out = app.delete(&assets).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((out.successes(), there().await), (10_000, 0));
        assert_eq!(app.count(stmt!("select count(*) as n from memory_asset_audit")).await, 10_000);
        let made = create(&app, &alice, 2021, json!({ "assetIds": ids })).await.expect(201).json();
        assert_eq!((made["assets"].as_array().unwrap().len(), there().await), (10_000, 10_000));
        app.put(&path(&made)).user(&alice).json(&json!({ "isSaved": true })).send_in_two().await.expect(200);
        app.delete(&path(&made)).user(&alice).send_in_two().await.expect(204);
    }
}
