//! Duplicates over HTTP (api/assets.md section 16).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_duplicates::ROUTES, fn_duplicates::routes()),
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_search::ROUTES, fn_search::routes()),
        Area::new(fn_tags::ROUTES, fn_tags::routes()),
    ]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

/// A photo in a group.
async fn copy(app: &TestApp, owner: &NewUser, group: &str) -> String {
    app.asset(owner).with("duplicate_id", group).insert().await
}

async fn list(app: &TestApp, user: &NewUser) -> Vec<Value> {
    let reply = app.get("/api/duplicates").user(user).send().await;
    reply.expect(200).json().as_array().unwrap().clone()
}

async fn resolve(app: &TestApp, user: &NewUser, groups: Value) -> Reply {
    let body = json!({ "groups": groups });
    app.post("/api/duplicates/resolve")
        .user(user)
        .json(&body)
        .send()
        .await
}

fn group(id: &str, keep: &[&str], trash: &[&str]) -> Value {
    json!({ "duplicateId": id, "keepAssetIds": keep, "trashAssetIds": trash })
}

fn errors(results: &Value) -> Vec<Value> {
    results
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["error"].clone())
        .collect()
}

/// What an asset has now: where, marked, stars, text, place, group.
async fn facts(app: &TestApp, asset: &str) -> String {
    let rows = app.sql(stmt!(
        "select a.visibility || '|' || a.is_favorite || '|' || a.status || '|' || coalesce(a.duplicate_id, '-') || '|' \
         || coalesce(e.rating, 0) || '|' || e.description || '|' || coalesce(cast(e.latitude as integer), 0) || '|' \
         || e.locked_properties as n from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1", asset
    )).await;
    rows.first().unwrap().get("n").unwrap()
}

on_each_database! {
    async fn groups_are_listed_and_the_best_is_suggested(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (one, two) = (app.app.uuid(), app.app.uuid());
        let small = copy(&app, &alice, &one).await;
        let large = app.asset(&alice).with("duplicate_id", &one).exif("file_size_in_byte", 2000).insert().await;
        let plain = copy(&app, &alice, &two).await;
        let known = app.asset(&alice).with("duplicate_id", &two).exif("make", "Kamera").insert().await;
        copy(&app, &bob, &one).await;
        app.take_round_trips();
        let groups = list(&app, &alice).await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(groups.len(), 2);
        for (id, best, other) in [(&one, &large, &small), (&two, &known, &plain)] {
            let group = groups.iter().find(|group| group["duplicateId"] == id.as_str()).unwrap();
            assert_eq!(group["suggestedKeepAssetIds"], json!([best]));
            let ids: Vec<&str> = group["assets"].as_array().unwrap().iter().map(|asset| asset["id"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), 2);
            assert!(ids.contains(&other.as_str()));
            assert!(group["assets"][0]["exifInfo"].is_object());
        }
        assert!(list(&app, &bob).await.is_empty(), "alone in the group");
        let left = "select count(*) as n from asset where owner_id = ?1 and duplicate_id is not null";
        assert_eq!(app.count(stmt!(left, &bob.id)).await, 0);
    }

    async fn locked_and_thrown_away_ones_are_not_seen(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.app.uuid();
        copy(&app, &alice, &id).await;
        let locked = app.asset(&alice).with("duplicate_id", &id).visibility("locked").insert().await;
        app.asset(&alice).with("duplicate_id", &id).trashed().insert().await;
        assert!(list(&app, &alice).await.is_empty());
        let refused = resolve(&app, &alice, json!([group(&id, &[], &[&locked])])).await.expect(200).json();
        assert_eq!(errors(&refused), [json!("validation")]);
        app.elevate(&alice).await;
        assert_eq!(list(&app, &alice).await[0]["assets"].as_array().unwrap().len(), 2);
    }

    async fn groups_are_dismissed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let ids: Vec<String> = (0..3).map(|_| app.app.uuid()).collect();
        for id in &ids {
            copy(&app, &alice, id).await;
            copy(&app, &alice, id).await;
        }
        let one = async |user: &NewUser, id: &str| app.delete(&format!("/api/duplicates/{id}")).user(user).send().await;
        let many = async |ids: Value| app.delete("/api/duplicates").user(&alice).json(&json!({ "ids": ids })).send().await;
        let refused = one(&bob, &ids[0]).await.expect(400);
        assert_eq!(refused.message(), "Not found or no duplicate.delete access");
        one(&alice, NONE).await.expect(400);
        one(&alice, &ids[0]).await.expect(204);
        one(&alice, &ids[0]).await.expect(400);
        many(json!([ids[1], NONE])).await.expect(400);
        many(json!("all")).await.expect(400);
        assert_eq!(list(&app, &alice).await.len(), 2);
        many(json!([ids[1], ids[2], ids[1]])).await.expect(204);
        assert!(list(&app, &alice).await.is_empty());
        assert_eq!(app.count(stmt!("select count(*) as n from asset where deleted_at is null")).await, 6);
    }

    async fn the_kept_one_takes_over_what_the_others_have(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let id = app.app.uuid();
        let keep = app.asset(&alice).with("duplicate_id", &id).exif("description", "sea").exif("description_folded", "sea")
            .exif("locked_properties", r#"["description"]"#).insert().await;
        let first = app.asset(&alice).with("duplicate_id", &id).with("is_favorite", 1).exif("rating", 2)
            .exif("description", "sand").exif("latitude", 5.0).exif("longitude", 6.0).insert().await;
        let second = app.asset(&alice).with("duplicate_id", &id).visibility("archive").exif("rating", 4).insert().await;
        let album = app.album(&alice, &[&first], &[(&bob, "viewer")]).await;
        let others = app.album(&bob, &[], &[(&alice, "viewer")]).await;
        app.sql(stmt!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values (?1, ?2, 0, 0, uuid7())",
            &others, &first
        )).await;
        let tag = app.put("/api/tags").user(&alice).json(&json!({ "tags": ["a/b"] })).send().await.expect(200).json();
        let tag = tag[0]["id"].as_str().unwrap();
        app.put(&format!("/api/tags/{tag}/assets")).user(&alice).json(&json!({ "ids": [second] })).send().await.expect(200);
        app.sql(stmt!("delete from job")).await;
        app.take_wakes();
        app.take_deliveries();
        app.take_round_trips();
        let done = resolve(&app, &alice, json!([group(&id, &[&keep], &[&first, &second])])).await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(app.take_events(), [(alice.id.clone(), json!(["on_asset_trash", [first, second]]))]);
        assert_eq!((&done[0]["id"], &done[0]["success"]), (&json!(id), &json!(true)));
        assert_eq!(
            facts(&app, &keep).await,
            "archive|1|active|-|4|sea\nsand|5|[\"description\",\"rating\",\"latitude\",\"longitude\",\"tags\"]"
        );
        // It is found by the words that it took over, and by its own still.
        for description in ["sand", "sea"] {
            let query = json!({ "description": description, "visibility": "archive" });
            let found = app.post("/api/search/metadata").user(&alice).json(&query).send().await.expect(200).json();
            assert_eq!(found["assets"]["items"][0]["id"], json!(keep), "{description}");
        }
        assert!(facts(&app, &first).await.starts_with("timeline|1|trashed|-|2|"));
        let in_albums = "select count(*) as n from album_asset where asset_id = ?1 and album_id = ?2";
        assert_eq!(app.count(stmt!(in_albums, &keep, &album)).await, 1);
        assert_eq!(app.count(stmt!(in_albums, &keep, &others)).await, 0, "a viewer fills no album");
        assert_eq!(app.count(stmt!("select count(*) as n from tag_asset where asset_id = ?1", &keep)).await, 1);
        let jobs = "select count(*) as n from job where kind = 'SidecarWrite'";
        assert_eq!((app.count(stmt!(jobs)).await, app.take_wakes().len()), (1, 1));
        assert!(list(&app, &alice).await.is_empty());
        app.sql(stmt!("delete from job")).await;
    }

    async fn what_becomes_locked_is_in_no_album(app: TestApp) {
        let alice = app.user("alice").await;
        app.elevate(&alice).await;
        let id = app.app.uuid();
        let keep = copy(&app, &alice, &id).await;
        let locked = app.asset(&alice).with("duplicate_id", &id).visibility("locked").insert().await;
        app.album(&alice, &[&keep], &[]).await;
        let done = resolve(&app, &alice, json!([group(&id, &[&keep], &[&locked])])).await.expect(200).json();
        assert_eq!(errors(&done), [Value::Null]);
        assert!(facts(&app, &keep).await.starts_with("locked|0|active|-|"));
        assert_eq!(app.count(stmt!("select count(*) as n from album_asset")).await, 0);
        app.sql(stmt!("delete from job")).await;
    }

    async fn each_group_gets_its_answer(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let ids: Vec<String> = (0..5).map(|_| app.app.uuid()).collect();
        let mut assets = Vec::new();
        for id in &ids {
            let owner = if id == &ids[4] { &bob } else { &alice };
            assets.push((copy(&app, owner, id).await, copy(&app, owner, id).await));
        }
        let pair = |at: usize| (assets[at].0.as_str(), assets[at].1.as_str());
        app.take_deliveries();
        let groups = json!([
            group(&ids[0], &[pair(0).0], &[pair(0).1]),
            group(&ids[0], &[pair(0).0], &[pair(0).1]),
            group(NONE, &[], &[pair(0).0]),
            group(&ids[4], &[pair(4).0], &[pair(4).1]),
            group(&ids[1], &[pair(1).0], &[pair(4).1]),
            group(&ids[2], &[pair(2).0, pair(2).1], &[]),
            group(&ids[3], &[], &[pair(3).0, pair(3).1]),
        ]);
        let done = resolve(&app, &alice, groups).await.expect(200).json();
        let (missing, wrong) = (|| json!("not_found"), json!("validation"));
        assert_eq!(errors(&done), [Value::Null, missing(), missing(), missing(), wrong, Value::Null, Value::Null]);
        assert_eq!(done[4]["errorMessage"], "Asset is not in the duplicate group");
        let trashed = "select count(*) as n from asset where status = 'trashed'";
        assert_eq!(app.count(stmt!(trashed)).await, 3);
        let gone = json!(["on_asset_trash", [pair(0).1, pair(3).0, pair(3).1]]);
        assert_eq!(app.take_events(), [(alice.id.clone(), gone)], "of what was thrown away only");
        assert_eq!(list(&app, &alice).await.len(), 1, "the refused one is as it was");
        for groups in [json!([]), json!([{ "duplicateId": "x", "keepAssetIds": [], "trashAssetIds": [] }]), json!([{}])] {
            resolve(&app, &alice, groups).await.expect(400);
        }
    }

    async fn without_a_trash_they_are_gone(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!(
            "insert into system_metadata (key, value, updated_at) values ('system-config', '{\"trash\":{\"enabled\":false}}', 0)"
        )).await;
        let id = app.app.uuid();
        let (keep, go) = (copy(&app, &alice, &id).await, copy(&app, &alice, &id).await);
        app.take_deliveries();
        resolve(&app, &alice, json!([group(&id, &[&keep], &[&go])])).await.expect(200);
        assert_eq!(app.take_events(), [], "the job that deletes it tells of it");
        assert!(facts(&app, &go).await.contains("|deleted|"));
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'AssetEmptyTrash'")).await, 1);
        app.sql(stmt!("delete from job")).await;
    }

    async fn ten_thousand_assets_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let ids: Vec<String> = (0..10_000).map(|_| app.app.uuid()).collect();
        // Each with the id of the first of its pair.
        let rows: Vec<String> = ids.chunks(2).flat_map(|pair| pair.iter().map(|id| format!("{id}{}", pair[0]))).collect();
        let rows = json!(rows).to_string();
        app.sql(stmt!(
            "insert into asset (id, owner_id, duplicate_id, type, checksum, original_path, original_file_name, file_name_folded, \
             file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, \
             update_id) select substr(v.value, 1, 36), cast(?2 as text), substr(v.value, 37), 'IMAGE', v.value, v.value, 'a', 'a', \
             0, 0, 0, 19700101, 197001, 0, 197001, 0, uuid7() from json_rows(?1) v", &rows, &alice.id
        )).await;
        app.sql(stmt!(
            "insert into asset_exif (asset_id, owner_id, updated_at, update_id) \
             select substr(v.value, 1, 36), cast(?2 as text), 0, uuid7() from json_rows(?1) v", &rows, &alice.id
        )).await;
        let groups: Vec<Value> = ids.chunks(2).map(|pair| group(&pair[0], &[&pair[0]], &[&pair[1]])).collect();
        let done = resolve(&app, &alice, json!(groups)).await.expect(200).json();
        assert!(done.as_array().unwrap().iter().all(|one| one["success"] == true));
        assert_eq!(app.count(stmt!("select count(*) as n from asset where status = 'trashed'")).await, 5_000);
        assert!(list(&app, &alice).await.is_empty());
        app.sql(stmt!("delete from job")).await;
    }

    async fn ten_thousand_groups_are_dismissed_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let ids = app.assets(&alice, 10_000).await;
        app.sql(stmt!("update asset set duplicate_id = id, update_id = uuid7()")).await;
        let grouped = async || app.count(stmt!("select count(*) as n from asset where duplicate_id is not null")).await;
        app.delete(&format!("/api/duplicates/{}", ids[0])).user(&alice).send_in_two().await.expect(204);
        assert_eq!(grouped().await, 9_999);
        let body = json!({ "ids": ids });
        app.delete("/api/duplicates").user(&alice).json(&body).send_in_two().await.expect(400);
        assert_eq!(grouped().await, 9_999, "one that is gone, and nothing is done");
        app.sql(stmt!("update asset set duplicate_id = id, update_id = uuid7()")).await;
        app.delete("/api/duplicates").user(&alice).json(&body).send_in_two().await.expect(204);
        assert_eq!(grouped().await, 0);
    }
}
