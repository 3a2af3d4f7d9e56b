//! Stacks over HTTP (api/assets.md section 14).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_store::media::bursts;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_stacks::ROUTES, fn_stacks::routes())]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn create(app: &TestApp, user: &NewUser, ids: &[&String]) -> Reply {
    let body = json!({ "assetIds": ids });
    app.post("/api/stacks").user(user).json(&body).send().await
}

async fn list(app: &TestApp, user: &NewUser) -> Vec<Value> {
    let reply = app.get("/api/stacks").user(user).send().await.expect(200);
    reply.json().as_array().unwrap().clone()
}

fn path(stack: &Value) -> String {
    format!("/api/stacks/{}", stack["id"].as_str().unwrap())
}

fn ids(stack: &Value) -> Vec<&str> {
    let assets = stack["assets"].as_array().unwrap();
    assets
        .iter()
        .map(|asset| asset["id"].as_str().unwrap())
        .collect()
}

async fn photos(app: &TestApp, user: &NewUser, count: i64) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(
            app.asset(user)
                .taken(1_700_000_000_000 + number * 1000)
                .insert()
                .await,
        );
    }
    ids
}

/// The next photo of a burst, whose metadata are read.
async fn shot(app: &TestApp, user: &NewUser, burst: &str) -> String {
    let number = app.count(stmt!("select count(*) as n from asset")).await;
    let new = app.asset(user).taken(1_700_000_000_000 + number * 1000);
    let id = new.exif("auto_stack_id", burst).insert().await;
    let mut batch = vec![bursts::hold(&id, &user.id, burst)];
    batch.extend(bursts::stack(&id, &user.id, burst, &app.app.uuid(), 1));
    for statement in &mut batch {
        statement.sql = statement.sql.replace("{held}", "1 = 1").into();
    }
    app.app.db().batch(batch).await.unwrap();
    id
}

async fn told(app: &TestApp, stack: &Value) -> i64 {
    let id = stack["id"].as_str().unwrap();
    app.count(stmt!(
        "select count(*) as n from stack_audit where stack_id = ?1",
        id
    ))
    .await
}

on_each_database! {
    async fn the_first_asset_stands_for_all(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = photos(&app, &alice, 3).await;
        app.take_round_trips();
        let stack = create(&app, &alice, &[&photos[2], &photos[0], &photos[1], &photos[0]]).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(stack["primaryAssetId"], photos[2]);
        assert_eq!(ids(&stack), [&photos[2], &photos[0], &photos[1]]);
        assert!(stack["assets"][0]["exifInfo"].is_object());
        app.take_round_trips();
        assert_eq!(app.get(&path(&stack)).user(&alice).send().await.expect(200).json(), stack);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(json!(list(&app, &alice).await), json!([stack]));
        let query = format!("/api/stacks?primaryAssetId={}", photos[2]);
        assert_eq!(app.get(&query).user(&alice).send().await.expect(200).json(), json!([stack]));
        let query = format!("/api/stacks?primaryAssetId={}", photos[0]);
        assert_eq!(app.get(&query).user(&alice).send().await.expect(200).json(), json!([]));
    }

    async fn stacks_of_stacked_assets_become_one(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = photos(&app, &alice, 6).await;
        let first = create(&app, &alice, &[&photos[0], &photos[1], &photos[2]]).await.expect(201).json();
        let second = create(&app, &alice, &[&photos[3], &photos[4]]).await.expect(201).json();
        let merged = create(&app, &alice, &[&photos[0], &photos[4], &photos[5]]).await.expect(201).json();
        assert_eq!(merged["primaryAssetId"], photos[0]);
        assert_eq!(ids(&merged), photos.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(list(&app, &alice).await.len(), 1);
        assert_eq!((told(&app, &first).await, told(&app, &second).await, told(&app, &merged).await), (1, 1, 0));
        let rows = app.count(stmt!("select count(*) as n from stack")).await;
        assert_eq!(rows, 1);
    }

    async fn another_asset_may_stand_for_all(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photos = photos(&app, &alice, 3).await;
        let stack = create(&app, &alice, &[&photos[0], &photos[1]]).await.expect(201).json();
        let put = async |user: &NewUser, primary: &str| {
            let body = json!({ "primaryAssetId": primary });
            app.put(&path(&stack)).user(user).json(&body).send().await
        };
        let changed = put(&alice, &photos[1]).await.expect(200).json();
        assert_eq!((&changed["primaryAssetId"], ids(&changed)), (&json!(photos[1]), vec![photos[1].as_str(), &photos[0]]));
        for strange in [photos[2].as_str(), NONE] {
            assert_eq!(put(&alice, strange).await.expect(400).message(), "Primary asset must be in the stack");
        }
        assert_eq!(put(&bob, &photos[0]).await.expect(400).message(), "Not found or no stack.update access");
        let same = app.patch(&path(&stack)).user(&alice).json(&json!({})).send().await.expect(200).json();
        assert_eq!(same["primaryAssetId"], photos[1]);
    }

    async fn a_stack_is_left_one_by_one(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photos = photos(&app, &alice, 4).await;
        let stack = create(&app, &alice, &[&photos[0], &photos[1], &photos[2]]).await.expect(201).json();
        let remove = async |user: &NewUser, id: &str| {
            app.delete(&format!("{}/assets/{id}", path(&stack))).user(user).send().await
        };
        assert_eq!(remove(&alice, &photos[3]).await.expect(400).message(), "Asset not in stack");
        assert_eq!(remove(&alice, &photos[0]).await.expect(400).message(), "Cannot remove stack's primary asset");
        assert_eq!(remove(&bob, &photos[1]).await.expect(400).message(), "Not found or no stack.update access");
        remove(&alice, &photos[1]).await.expect(204);
        assert_eq!(ids(&list(&app, &alice).await[0]), [&photos[0], &photos[2]]);
        remove(&alice, &photos[2]).await.expect(204);
        assert!(list(&app, &alice).await.is_empty());
        assert_eq!(told(&app, &stack).await, 1);
    }

    async fn stacks_are_dissolved_all_or_none(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mine = photos(&app, &alice, 4).await;
        let theirs = photos(&app, &bob, 2).await;
        let one = create(&app, &alice, &[&mine[0], &mine[1]]).await.expect(201).json();
        let two = create(&app, &alice, &[&mine[2], &mine[3]]).await.expect(201).json();
        let foreign = create(&app, &bob, &[&theirs[0], &theirs[1]]).await.expect(201).json();
        let body = json!({ "ids": [one["id"], foreign["id"]] });
        let refused = app.delete("/api/stacks").user(&alice).json(&body).send().await.expect(400);
        assert_eq!(refused.message(), "Not found or no stack.delete access");
        assert_eq!(list(&app, &alice).await.len(), 2);
        app.delete(&path(&foreign)).user(&alice).send().await.expect(400);
        app.delete(&path(&one)).user(&alice).send().await.expect(204);
        let body = json!({ "ids": [two["id"], two["id"]] });
        app.delete("/api/stacks").user(&alice).json(&body).send().await.expect(204);
        assert!(list(&app, &alice).await.is_empty());
        assert_eq!(list(&app, &bob).await.len(), 1);
        let stacked = stmt!("select count(*) as n from asset where owner_id = ?1 and stack_id is not null", &alice.id);
        assert_eq!(app.count(stacked).await, 0);
    }

    async fn a_burst_that_its_owner_took_apart_is_not_stacked_anew(app: TestApp) {
        let alice = app.user("alice").await;
        let one = shot(&app, &alice, "burst").await;
        let two = shot(&app, &alice, "burst").await;
        let stack = list(&app, &alice).await;
        assert_eq!((stack.len(), ids(&stack[0]).len()), (1, 2));
        app.delete(&path(&stack[0])).user(&alice).send().await.expect(204);
        for _ in 0..2 {
            shot(&app, &alice, "burst").await;
            assert!(list(&app, &alice).await.is_empty());
        }
        // What is stacked by hand afterwards takes in what comes.
        create(&app, &alice, &[&one, &two]).await.expect(201);
        shot(&app, &alice, "burst").await;
        let stack = list(&app, &alice).await;
        assert_eq!((stack.len(), ids(&stack[0]).len()), (1, 3));
        // One that is taken out alone leaves the others their stack, and does not come back with another.
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(shot(&app, &alice, "other").await);
        }
        let find = async || {
            let query = format!("/api/stacks?primaryAssetId={}", others[0]);
            app.get(&query).user(&alice).send().await.expect(200).json()
        };
        let stack = find().await;
        app.delete(&format!("{}/assets/{}", path(&stack[0]), others[2])).user(&alice).send().await.expect(204);
        let late = shot(&app, &alice, "other").await;
        assert_eq!(ids(&find().await[0]), [&others[0], &others[1], &late]);
        app.delete(&path(&stack[0])).user(&alice).send().await.expect(204);
        shot(&app, &alice, "other").await;
        assert_eq!(find().await, json!([]));
    }

    async fn the_devices_of_the_owner_hear_of_every_change(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photos = photos(&app, &alice, 4).await;
        let ids: Vec<&String> = photos.iter().collect();
        let told = [(alice.id.clone(), json!(["on_asset_stack_update"]))];
        let stack = create(&app, &alice, &ids).await.expect(201).json();
        assert_eq!(app.take_events(), told, "made");
        let primary = json!({ "primaryAssetId": photos[1] });
        app.put(&path(&stack)).user(&alice).json(&primary).send().await.expect(200);
        assert_eq!(app.take_events(), told, "changed");
        for (photo, what) in [(&photos[0], "smaller"), (&photos[2], "smaller still"), (&photos[3], "dissolved by itself")] {
            app.delete(&format!("{}/assets/{photo}", path(&stack))).user(&alice).send().await.expect(204);
            assert_eq!(app.take_events(), told, "{what}");
        }
        let (one, two) = (create(&app, &alice, &ids[..2]).await.expect(201).json(), create(&app, &alice, &ids[2..]).await.expect(201).json());
        app.take_deliveries();
        app.put(&path(&one)).user(&bob).json(&primary).send().await.expect(400);
        app.delete(&path(&one)).user(&bob).send().await.expect(400);
        assert_eq!(app.take_events(), [], "nothing changed");
        app.delete(&path(&one)).user(&alice).send().await.expect(204);
        assert_eq!(app.take_events(), told, "dissolved");
        app.delete("/api/stacks").user(&alice).json(&json!({ "ids": [two["id"]] })).send().await.expect(204);
        assert_eq!(app.take_events(), told, "dissolved with others");
    }

    async fn what_cannot_be_stacked_is_named(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mine = photos(&app, &alice, 2).await;
        let foreign = app.asset(&bob).insert().await;
        let locked = app.asset(&alice).visibility("locked").insert().await;
        create(&app, &alice, &[&mine[0]]).await.expect(400);
        create(&app, &alice, &[&mine[0], &mine[0]]).await.expect(400);
        for strange in [&foreign, &locked, &NONE.to_owned()] {
            let refused = create(&app, &alice, &[&mine[0], strange]).await.expect(400);
            assert_eq!(refused.message(), "Not found or no asset.update access");
        }
        assert!(list(&app, &alice).await.is_empty());
    }

    async fn what_is_in_the_trash_is_not_shown(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = photos(&app, &alice, 3).await;
        let stack = create(&app, &alice, &[&photos[0], &photos[1], &photos[2]]).await.expect(201).json();
        app.sql(stmt!("update asset set deleted_at = 1, status = 'trashed' where id = ?1", &photos[1])).await;
        let shown = app.get(&path(&stack)).user(&alice).send().await.expect(200).json();
        assert_eq!(ids(&shown), [&photos[0], &photos[2]]);
    }

    async fn many_stacks_are_listed_group_by_group(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = app.assets(&alice, 2_501).await;
        // Each photo in a stack of its own, but for one that is in the trash.
        app.sql(stmt!(
            "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
             select a.id, a.owner_id, a.id, 0, 0, uuid7() from asset a"
        )).await;
        app.sql(stmt!("update asset set stack_id = id, update_id = uuid7()")).await;
        app.sql(stmt!("update asset set deleted_at = 1, status = 'trashed' where id = ?1", &photos[0])).await;
        app.take_round_trips();
        let stacks = list(&app, &alice).await;
        assert_eq!(app.take_round_trips(), 4, "the first, their sizes, two groups");
        let found: Vec<&str> = stacks.iter().map(|stack| stack["id"].as_str().unwrap()).collect();
        let mut wanted: Vec<&str> = photos[1..].iter().map(String::as_str).collect();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        assert!(stacks.iter().all(|stack| ids(stack) == [stack["id"].as_str().unwrap()]));
    }

    async fn ten_thousand_photos_and_stacks_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = app.assets(&alice, 10_000).await;
        let request = app.post("/api/stacks").user(&alice).json(&json!({ "assetIds": photos }));
        let stack = request.send_in_two().await.expect(201).json();
        assert_eq!((stack["assets"].as_array().unwrap().len(), &stack["primaryAssetId"]), (10_000, &json!(photos[0])));
        let member = format!("{}/assets/{}", path(&stack), photos[1]);
        app.delete(&member).user(&alice).send_in_two().await.expect(204);
        let primary = json!({ "primaryAssetId": photos[2] });
        app.put(&path(&stack)).user(&alice).json(&primary).send_in_two().await.expect(200);
        let stacked = async || app.count(stmt!("select count(*) as n from asset where stack_id is not null")).await;
        assert_eq!(stacked().await, 9_999);
        app.delete(&path(&stack)).user(&alice).send_in_two().await.expect(204);
        assert_eq!(stacked().await, 0);
        // Each photo in a stack of its own, with its id.
        app.sql(stmt!(
            "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
             select a.id, a.owner_id, a.id, 0, 0, uuid7() from asset a"
        )).await;
        app.sql(stmt!("update asset set stack_id = id, update_id = uuid7()")).await;
        let ids = json!({ "ids": photos });
        app.delete("/api/stacks").user(&alice).json(&ids).send_in_two().await.expect(204);
        assert_eq!((stacked().await, app.count(stmt!("select count(*) as n from stack")).await), (0, 0));
        assert_eq!(app.count(stmt!("select count(*) as n from stack_audit")).await, 10_001);
    }
}
