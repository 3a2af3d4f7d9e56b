//! Tags over HTTP (api/features.md section A, Tags).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_tags::ROUTES, fn_tags::routes())]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn create(app: &TestApp, user: &NewUser, body: Value) -> Reply {
    app.post("/api/tags").user(user).json(&body).send().await
}

async fn upsert(app: &TestApp, user: &NewUser, paths: &[&str]) -> Vec<Value> {
    let body = json!({ "tags": paths });
    let reply = app.put("/api/tags").user(user).json(&body).send().await;
    reply.expect(200).json().as_array().unwrap().clone()
}

async fn values(app: &TestApp, user: &NewUser) -> Vec<String> {
    let reply = app.get("/api/tags").user(user).send().await.expect(200);
    let tags = reply.json();
    let values = tags
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["value"].as_str().unwrap().to_owned());
    values.collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// How many pairs of ancestor and descendant there are.
async fn closure(app: &TestApp) -> i64 {
    app.count(stmt!("select count(*) as n from tag_closure"))
        .await
}

on_each_database! {
    async fn a_tag_is_made_below_another(app: TestApp) {
        let alice = app.user("alice").await;
        app.take_round_trips();
        let travel = create(&app, &alice, json!({ "name": "travel", "color": "ff8800" })).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((&travel["value"], &travel["color"]), (&json!("travel"), &json!("#ff8800")));
        assert!(travel.get("parentId").is_none());
        let body = json!({ "name": "Italy", "parentId": travel["id"] });
        app.take_round_trips();
        let italy = create(&app, &alice, body.clone()).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((&italy["value"], &italy["name"]), (&json!("travel/Italy"), &json!("Italy")));
        assert_eq!(italy["parentId"], travel["id"]);
        let again = create(&app, &alice, body).await.expect(400);
        assert_eq!(again.message(), "A tag with that name already exists");
        create(&app, &alice, json!({ "name": "travel", "color": "000000" })).await.expect(400);
        let kept = app.get(&format!("/api/tags/{}", text(&travel["id"]))).user(&alice).send().await.expect(200).json();
        assert_eq!(kept["color"], "#ff8800");
        app.take_round_trips();
        assert_eq!(values(&app, &alice).await, ["travel", "travel/Italy"]);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(closure(&app).await, 3);
        let one = app.get(&format!("/api/tags/{}", text(&italy["id"]))).user(&alice).send().await.expect(200);
        assert_eq!(one.json(), italy);
    }

    async fn paths_bring_what_is_above_them_along_once(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let leaves = upsert(&app, &alice, &["a/b/c", "a/d", " a / b ", "a/d"]).await;
        let found: Vec<&str> = leaves.iter().map(|tag| text(&tag["value"])).collect();
        assert_eq!(found, ["a/b/c", "a/d", "a/b"]);
        assert_eq!(leaves[0]["parentId"], leaves[2]["id"]);
        assert_eq!(values(&app, &alice).await, ["a", "a/b", "a/b/c", "a/d"]);
        // Each with itself, and what is above it: 1 + 2 + 3 + 2.
        assert_eq!(closure(&app).await, 8);
        let same = upsert(&app, &alice, &["a/b/c"]).await;
        assert_eq!(same[0]["id"], leaves[0]["id"]);
        let others = upsert(&app, &bob, &["a/b/c"]).await;
        assert_ne!(others[0]["id"], leaves[0]["id"]);
        assert_eq!(closure(&app).await, 14);
        assert_eq!(upsert(&app, &alice, &[]).await, Vec::<Value>::new());
    }

    async fn ten_thousand_tags_two_hundred_deep(app: TestApp) {
        let alice = app.user("alice").await;
        let deep: Vec<String> = (0..200).map(|level| vec!["x"; level + 1].join("/")).collect();
        let wide: Vec<String> = (0..9_800).map(|number| format!("wide {number}")).collect();
        let paths: Vec<&str> = deep.iter().chain(&wide).map(String::as_str).collect();
        assert_eq!(upsert(&app, &alice, &paths).await.len(), 10_000);
        assert_eq!(closure(&app).await, 200 * 201 / 2 + 9_800);
        let deeper = format!("{}/x", deep[199]);
        let body = json!({ "tags": ["fine", deeper] });
        let refused = app.put("/api/tags").user(&alice).json(&body).send().await.expect(400);
        assert_eq!(refused.message(), "Tag must have a name, at most 2000 characters and at most 200 levels");
        let rows = app.count(stmt!("select count(*) as n from tag where value = 'fine'")).await;
        assert_eq!(rows, 0);
    }

    async fn ten_thousand_tags_in_fifty_chains_take_several_requests(app: TestApp) {
        let alice = app.user("alice").await;
        let chains: Vec<String> = (0..50).map(|number| format!("{number}{}", "/x".repeat(199))).collect();
        let body = json!({ "tags": chains });
        let refused = app.put("/api/tags").user(&alice).json(&body).send().await.expect(400);
        assert_eq!(refused.message(), "Too many deep tags in one request: those that it makes may have 100000 levels in all");
        assert_eq!(closure(&app).await, 0);
        let few: Vec<&str> = chains[..4].iter().map(String::as_str).collect();
        assert_eq!(upsert(&app, &alice, &few).await.len(), 4);
        assert_eq!(closure(&app).await, 4 * 200 * 201 / 2);
    }

    async fn no_tag_comes_to_be_below_itself(app: TestApp) {
        let alice = app.user("alice").await;
        let tags = upsert(&app, &alice, &["a", "a/b", "a/b/c"]).await;
        let ids: Vec<&str> = tags.iter().map(|tag| text(&tag["id"])).collect();
        let tree = async || {
            let all = app.get("/api/tags").user(&alice).send().await.expect(200).json();
            let all = all.as_array().unwrap().iter();
            let mut all: Vec<(String, Value)> = all.map(|tag| (text(&tag["value"]).to_owned(), tag["parentId"].clone())).collect();
            all.sort_by(|one, other| one.0.cmp(&other.0));
            all
        };
        let before = tree().await;
        // No operation moves a tag: a parent is what a new tag is given.
        for (tag, parent) in [(0, 2), (0, 0), (1, 2)] {
            let path = format!("/api/tags/{}", ids[tag]);
            app.put(&path).user(&alice).json(&json!({ "parentId": ids[parent] })).send().await.expect(200);
            app.patch(&path).user(&alice).json(&json!({ "parentId": ids[parent], "color": "#abc" })).send().await.expect(200);
        }
        assert_eq!((tree().await, closure(&app).await), (before, 6));
        // Neither does a name: what is called as the tag above is another one.
        let round = upsert(&app, &alice, &["a/b/c/a", "a/b/c/a/b"]).await;
        assert!(round.iter().all(|tag| !ids.contains(&text(&tag["id"]))));
        let below = create(&app, &alice, json!({ "name": "a", "parentId": ids[0] })).await.expect(201).json();
        assert_eq!(below["value"], "a/a");
        create(&app, &alice, json!({ "name": "a", "parentId": "3fe388e4-2078-44d7-b36c-39d9dee3a657" })).await.expect(400);
        app.delete(&format!("/api/tags/{}", ids[0])).user(&alice).send().await.expect(204);
        assert_eq!((tree().await, closure(&app).await), (Vec::new(), 0));
    }

    async fn a_colour_is_set_and_cleared(app: TestApp) {
        let alice = app.user("alice").await;
        let tag = upsert(&app, &alice, &["a"]).await.remove(0);
        let path = format!("/api/tags/{}", text(&tag["id"]));
        let put = async |body: Value| app.put(&path).user(&alice).json(&body).send().await;
        assert_eq!(put(json!({ "color": "#ABC" })).await.expect(200).json()["color"], "#ABC");
        assert_eq!(put(json!({})).await.expect(200).json()["color"], "#ABC");
        put(json!({ "color": "red" })).await.expect(400);
        assert!(put(json!({ "color": null })).await.expect(200).json().get("color").is_none());
        let patched = app.patch(&path).user(&alice).json(&json!({ "color": "11223344" })).send().await.expect(200);
        assert_eq!(patched.json()["color"], "#11223344");
    }

    async fn a_tag_is_renamed_with_all_below_it_and_files_are_told(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let tags = upsert(&app, &alice, &["a", "a/b", "ab", "c"]).await;
        let body = json!({ "ids": [photo] });
        app.put(&format!("/api/tags/{}/assets", text(&tags[1]["id"]))).user(&alice).json(&body).send().await.expect(200);
        app.sql(stmt!("delete from job")).await;
        app.take_wakes();
        app.clock.advance(1000);
        let path = format!("/api/tags/{}", text(&tags[0]["id"]));
        let put = async |user: &NewUser, name: &str| app.put(&path).user(user).json(&json!({ "name": name })).send().await;
        put(&bob, "x").await.expect(400);
        assert_eq!(put(&alice, "c").await.expect(400).message(), "A tag with that name already exists");
        let both = json!({ "name": "c", "color": "#abcdef" });
        app.put(&path).user(&alice).json(&both).send_in_two().await.expect(400);
        let colored = app.count(stmt!("select count(*) as n from tag where color is not null")).await;
        assert_eq!(colored, 0, "nothing is half done");
        for bad in ["x/y", "", "  "] {
            put(&alice, bad).await.expect(400);
        }
        assert_eq!(put(&alice, "a").await.expect(200).json()["value"], "a");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        let renamed = put(&alice, "Ünter").await.expect(200).json();
        assert_eq!((&renamed["name"], &renamed["value"], &renamed["id"]), (&json!("Ünter"), &json!("Ünter"), &tags[0]["id"]));
        assert_eq!(values(&app, &alice).await, ["ab", "c", "Ünter", "Ünter/b"]);
        let facts = app.sql(stmt!("select tags from asset_exif where asset_id = ?1", &photo)).await;
        assert_eq!(facts.first().unwrap().get::<String>("tags").unwrap(), r#"["Ünter/b"]"#);
        let jobs = app.count(stmt!("select count(*) as n from job where kind = 'SidecarWrite'")).await;
        assert_eq!((jobs, app.take_wakes().len()), (1, 1));
        let below = format!("/api/tags/{}", text(&tags[1]["id"]));
        let leaf = app.put(&below).user(&alice).json(&json!({ "name": "d" })).send().await.expect(200).json();
        assert_eq!(leaf["value"], "Ünter/d");
        app.sql(stmt!("delete from job")).await;
    }

    async fn a_renamed_tag_is_as_long_as_tags_may_be(app: TestApp) {
        let alice = app.user("alice").await;
        let long = format!("a/{}", "x".repeat(1_990));
        let tags = upsert(&app, &alice, &["a", &long]).await;
        let path = format!("/api/tags/{}", text(&tags[0]["id"]));
        app.put(&path).user(&alice).json(&json!({ "name": "a".repeat(9) })).send().await.expect(200);
        app.put(&path).user(&alice).json(&json!({ "name": "a".repeat(10) })).send().await.expect(400);
    }

    async fn a_tag_goes_with_all_below_it(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let tags = upsert(&app, &alice, &["a/b", "a", "c"]).await;
        let body = json!({ "ids": [photo] });
        for tag in [&tags[0], &tags[2]] {
            let path = format!("/api/tags/{}/assets", text(&tag["id"]));
            app.put(&path).user(&alice).json(&body).send().await.expect(200);
        }
        // As after `SidecarWrite`: the file names both.
        app.sql(stmt!("update asset_exif set locked_properties = '[\"rating\"]'")).await;
        app.sql(stmt!("delete from job")).await;
        app.take_wakes();
        let path = format!("/api/tags/{}", text(&tags[1]["id"]));
        let foreign = app.delete(&path).user(&bob).send().await.expect(400);
        assert_eq!(foreign.message(), "Not found or no tag.delete access");
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        app.delete(&path).user(&alice).send().await.expect(204);
        assert_eq!(values(&app, &alice).await, ["c"]);
        assert_eq!(app.count(stmt!("select count(*) as n from tag_asset")).await, 1);
        assert_eq!(closure(&app).await, 1);
        let facts = app.sql(stmt!("select tags, locked_properties from asset_exif where asset_id = ?1", &photo)).await;
        let row = facts.first().unwrap();
        assert_eq!(row.get::<String>("tags").unwrap(), r#"["c"]"#);
        assert_eq!(row.get::<String>("locked_properties").unwrap(), r#"["rating","tags"]"#);
        let jobs = app.count(stmt!("select count(*) as n from job where kind = 'SidecarWrite'")).await;
        assert_eq!((jobs, app.take_wakes().len()), (1, 1));
        app.sql(stmt!("delete from job")).await;
    }

    async fn assets_are_tagged_and_their_sidecars_follow(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (photo, other) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let foreign = app.asset(&bob).insert().await;
        let tag = upsert(&app, &alice, &["x/y"]).await.remove(0);
        let path = format!("/api/tags/{}/assets", text(&tag["id"]));
        let body = json!({ "ids": [photo, photo, foreign, NONE, other] });
        app.take_round_trips();
        let done = app.put(&path).user(&alice).json(&body).send().await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        let errors: Vec<_> = done.as_array().unwrap().iter().map(|one| one["error"].clone()).collect();
        assert_eq!(errors, [Value::Null, "duplicate".into(), "no_permission".into(), "no_permission".into(), Value::Null]);
        assert_eq!(app.take_wakes().len(), 2);
        let facts = app.sql(stmt!("select tags, locked_properties from asset_exif where asset_id = ?1", &photo)).await;
        let row = facts.first().unwrap();
        assert_eq!(row.get::<String>("tags").unwrap(), r#"["x/y"]"#);
        assert_eq!(row.get::<String>("locked_properties").unwrap(), r#"["tags"]"#);

        let again = app.put(&path).user(&alice).json(&json!({ "ids": [photo] })).send().await.expect(200).json();
        assert_eq!(again[0]["error"], "duplicate");
        let off = app.delete(&path).user(&alice).json(&json!({ "ids": [photo, photo, NONE] })).send().await;
        let off = off.expect(200).json();
        let errors: Vec<_> = off.as_array().unwrap().iter().map(|one| one["error"].clone()).collect();
        assert_eq!(errors, [Value::Null, "not_found".into(), "not_found".into()]);
        let strange = app.delete(&path).user(&bob).json(&json!({ "ids": [other] })).send().await.expect(400);
        assert_eq!(strange.message(), "Not found or no tag.asset access");
        assert_eq!(app.count(stmt!("select count(*) as n from tag_asset")).await, 1);
        app.sql(stmt!("delete from job")).await;
    }

    async fn many_tags_on_many_assets_count_what_is_new(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut photos = Vec::new();
        for _ in 0..3 {
            photos.push(app.asset(&alice).insert().await);
        }
        let locked = app.asset(&alice).visibility("locked").insert().await;
        let tags = upsert(&app, &alice, &["a", "b"]).await;
        let theirs = upsert(&app, &bob, &["a"]).await;
        let body = json!({
            "tagIds": [tags[0]["id"], tags[1]["id"], theirs[0]["id"]],
            "assetIds": [photos[0], photos[1], photos[2], locked, NONE],
        });
        let put = async |body: &Value| app.put("/api/tags/assets").user(&alice).json(body).send().await;
        assert_eq!(put(&body).await.expect(200).json(), json!({ "count": 6 }));
        assert_eq!(put(&body).await.expect(200).json(), json!({ "count": 0 }));
        assert_eq!(put(&json!({ "tagIds": [], "assetIds": [] })).await.expect(200).json(), json!({ "count": 0 }));
        put(&json!({ "tagIds": [] })).await.expect(400);
        app.sql(stmt!("delete from job")).await;
    }

    async fn bad_names_are_refused(app: TestApp) {
        let alice = app.user("alice").await;
        for body in [
            json!({}), json!({ "name": 1 }), json!({ "name": " " }), json!({ "name": "/" }),
            json!({ "name": "a", "parentId": "x" }), json!({ "name": "a", "color": "blue" }),
        ] {
            create(&app, &alice, body).await.expect(400);
        }
        let foreign = create(&app, &alice, json!({ "name": "a", "parentId": NONE })).await.expect(400);
        assert_eq!(foreign.message(), "Not found or no tag.read access");
        assert!(values(&app, &alice).await.is_empty());
    }

    async fn tags_that_are_put_on_photos_start_workflows(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        for (owner, trigger, is_enabled) in [(&alice, "AssetTagged", 1), (&alice, "AssetTagged", 0), (&alice, "AssetCreate", 1), (&bob, "AssetTagged", 1)] {
            app.sql(stmt!(
                "insert into workflow (id, owner_id, trigger_name, is_enabled, created_at, updated_at) values (?1, ?2, ?3, ?4, 0, 0)",
                app.app.uuid(), &owner.id, trigger, is_enabled
            )).await;
        }
        let (first, second) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let foreign = app.asset(&bob).insert().await;
        let tags = upsert(&app, &alice, &["a", "b"]).await;
        let started = async || app.count(stmt!("select count(*) as n from job where kind = 'WorkflowAssetTrigger'")).await;
        let path = format!("/api/tags/{}/assets", text(&tags[0]["id"]));
        app.take_round_trips();
        app.put(&path).user(&alice).json(&json!({ "ids": [first, foreign] })).send().await.expect(200);
        assert_eq!((app.take_round_trips(), started().await), (2, 1));
        app.sql(stmt!("delete from job")).await;
        app.clock.advance(1_000);
        app.put(&path).user(&alice).json(&json!({ "ids": [first] })).send().await.expect(200);
        assert_eq!(started().await, 0, "it had the tag");
        let pairs = json!({ "tagIds": [tags[0]["id"], tags[1]["id"]], "assetIds": [first, second] });
        app.put("/api/tags/assets").user(&alice).json(&pairs).send().await.expect(200);
        assert_eq!(started().await, 2);
        app.sql(stmt!("delete from job")).await;
        app.clock.advance(1_000);
        app.delete(&path).user(&alice).json(&json!({ "ids": [first] })).send().await.expect(200);
        assert_eq!(started().await, 0, "taking off starts nothing");
    }

    async fn ten_thousand_photos_are_tagged_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        let tags = upsert(&app, &alice, &["a", "a/b"]).await;
        let (path, body) = (format!("/api/tags/{}/assets", text(&tags[0]["id"])), json!({ "ids": ids }));
        let tagged = async || app.count(stmt!("select count(*) as n from tag_asset")).await;
        let on = app.put(&path).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((on.successes(), tagged().await), (10_000, 10_000));
        let off = app.delete(&path).user(&alice).json(&body).send_in_two().await.expect(200);
        assert_eq!((off.successes(), tagged().await), (10_000, 0));
        let both = json!({ "tagIds": [tags[0]["id"], tags[1]["id"]], "assetIds": ids });
        let on = app.put("/api/tags/assets").user(&alice).json(&both).send_in_two().await.expect(200);
        assert_eq!((on.json(), tagged().await), (json!({ "count": 20_000 }), 20_000));
        let one = format!("/api/tags/{}", text(&tags[0]["id"]));
        app.put(&one).user(&alice).json(&json!({ "name": "c" })).send_in_two().await.expect(200);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_exif where tags like '%c/b%'")).await, 10_000);
        app.delete(&one).user(&alice).send_in_two().await.expect(204);
        assert_eq!(tagged().await, 0);
        app.sql(stmt!("delete from job")).await;
    }
}
