//! The structured search of 3.2 over HTTP (api/v32.md section 7).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, AssetBuilder, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_search::ROUTES, fn_search::routes()),
        Area::new(fn_tags::ROUTES, fn_tags::routes()),
    ]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
/// 2021-02-03T04:05:06Z
const TAKEN: i64 = 1_612_325_106_000;

async fn search(app: &TestApp, user: &NewUser, body: &Value) -> Reply {
    let request = app.post("/api/search/metadata").user(user);
    request.json(body).send().await
}

fn ids(list: &Value) -> Vec<String> {
    let assets = list.as_array().unwrap().iter();
    assets
        .map(|asset| asset["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Ids of what a filter finds, in order.
async fn found(app: &TestApp, user: &NewUser, filter: Value) -> Vec<String> {
    let answer = search(app, user, &json!({ "filter": filter }))
        .await
        .expect(200)
        .json();
    assert_eq!(answer["assets"]["nextPage"], Value::Null);
    ids(&answer["assets"]["items"])
}

/// A photo taken some seconds after [`TAKEN`].
fn photo<'a>(app: &'a TestApp, owner: &NewUser, seconds: i64) -> AssetBuilder<'a> {
    app.asset(owner).taken(TAKEN + seconds * 1000)
}

async fn share(app: &TestApp, by: &NewUser, with: &NewUser) {
    let sql = "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
               values (?1, ?2, 1, 0, 0, uuid7(), uuid7())";
    app.sql(stmt!(sql, &by.id, &with.id)).await;
}

/// A person with a face on the asset.
async fn person(app: &TestApp, owner: &NewUser, asset: &str) -> String {
    let (person, face) = (app.app.uuid(), app.app.uuid());
    let sql = "insert into person (id, owner_id, name, created_at, updated_at, update_id) values (?1, ?2, 'P', 0, 0, uuid7())";
    app.sql(stmt!(sql, &person, &owner.id)).await;
    let sql = "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
               bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
               values (?1, ?2, ?3, ?4, 10, 10, 1, 1, 5, 5, 0, uuid7())";
    app.sql(stmt!(sql, &face, asset, &owner.id, &person)).await;
    person
}

on_each_database! {
    async fn each_operator_finds_its_assets(app: TestApp) {
        let alice = app.user("alice").await;
        let name = |file: &'static str, folded: &'static str| ("original_file_name", file, "file_name_folded", folded);
        let (key, file, folded_key, folded) = name("IMG_Été.jpg", "img_ete.jpg");
        let a = photo(&app, &alice, 3).with(key, file).with(folded_key, folded).exif("city", "Rome").exif("rating", 4).exif("state", "Lazio")
            .exif("make", "Canon").exif("description", "Café").exif("description_folded", "cafe").exif("file_size_in_byte", 300).insert().await;
        let b = photo(&app, &alice, 2).with("original_file_name", "b.png").with("file_name_folded", "b.png").with("type", "VIDEO")
            .exif("city", "Oslo").exif("country", "Norway").exif("rating", 2).exif("file_size_in_byte", 200).with("is_favorite", 1).insert().await;
        let c = photo(&app, &alice, 1).with("original_file_name", "c.png").with("file_name_folded", "c.png").visibility("archive")
            .exif("file_size_in_byte", 100).insert().await;
        let d = photo(&app, &alice, 0).with("original_file_name", "d.png").with("file_name_folded", "d.png").exif("file_size_in_byte", 50).trashed().insert().await;
        let (a, b, c, d) = (a.as_str(), b.as_str(), c.as_str(), d.as_str());
        for (filter, wanted) in [
            (json!({}), vec![a, b, c, d]),
            (json!({ "trashedAt": { "eq": null } }), vec![a, b, c]),
            (json!({ "trashedAt": { "ne": null } }), vec![d]),
            (json!({ "trashedAt": { "gt": "1970-01-01T00:00:00.000Z" } }), vec![d]),
            (json!({ "id": { "eq": b } }), vec![b]), (json!({ "id": { "ne": b } }), vec![a, c, d]),
            (json!({ "city": { "eq": "Rome" } }), vec![a]), (json!({ "city": { "ne": "Rome" } }), vec![b, c, d]),
            (json!({ "city": { "eq": null } }), vec![c, d]), (json!({ "city": { "ne": null } }), vec![a, b]),
            (json!({ "city": { "in": ["Rome", "Oslo"] } }), vec![a, b]), (json!({ "city": { "notIn": ["Rome"] } }), vec![b, c, d]),
            (json!({ "city": { "in": ["Rome", "Oslo"], "ne": "Oslo" } }), vec![a]),
            (json!({ "country": { "eq": "Norway" } }), vec![b]), (json!({ "state": { "in": ["Lazio"] } }), vec![a]),
            (json!({ "make": { "in": ["Canon", "Sony"] } }), vec![a]), (json!({ "model": { "eq": null } }), vec![a, b, c, d]),
            (json!({ "lensModel": { "ne": null } }), vec![]), (json!({ "libraryId": { "eq": null } }), vec![a, b, c, d]),
            (json!({ "libraryId": { "ne": null } }), vec![]), (json!({ "libraryId": { "ne": NONE } }), vec![a, b, c, d]),
            (json!({ "type": { "eq": "VIDEO" } }), vec![b]), (json!({ "type": { "notIn": ["VIDEO", "AUDIO"] } }), vec![a, c, d]),
            (json!({ "isFavorite": { "eq": true } }), vec![b]), (json!({ "isFavorite": { "eq": false } }), vec![a, c, d]),
            (json!({ "isOffline": { "eq": false } }), vec![a, b, c, d]), (json!({ "isMotion": { "eq": true } }), vec![]),
            (json!({ "isEncoded": { "eq": false } }), vec![a, b, c, d]), (json!({ "encodedVideoPath": { "in": ["x"] } }), vec![]),
            (json!({ "hasAlbums": { "eq": false }, "hasTags": { "eq": false }, "hasPeople": { "eq": false } }), vec![a, b, c, d]),
            (json!({ "rating": { "gt": 2 } }), vec![a]), (json!({ "rating": { "gte": 2 } }), vec![a, b]), (json!({ "rating": { "lt": 2.5 } }), vec![b]),
            (json!({ "rating": { "eq": null } }), vec![c, d]), (json!({ "rating": { "ne": 4 } }), vec![b, c, d]), (json!({ "rating": { "in": [4, 2.5, 1e300] } }), vec![a]),
            (json!({ "rating": { "lte": 1e300 } }), vec![a, b]), (json!({ "rating": { "gt": 1e300 } }), vec![]), (json!({ "rating": { "eq": 3_000_000_000_i64 } }), vec![]),
            (json!({ "fileSizeInBytes": { "gt": 100, "lte": 300 } }), vec![a, b]), (json!({ "fileSizeInBytes": { "notIn": [50, 100] } }), vec![a, b]),
            (json!({ "takenAt": { "gt": "2021-02-03T04:05:07.000Z" } }), vec![a, b]), (json!({ "takenAt": { "eq": "2021-02-03T04:05:07.000Z" } }), vec![c]),
            (json!({ "takenAt": { "gte": "2021-02-03T04:05:07.000Z", "lt": "2021-02-03T04:05:09.000Z" } }), vec![b, c]),
            (json!({ "originalFileName": { "like": "ETE" } }), vec![a]), (json!({ "originalFileName": { "notLike": "png" } }), vec![a]),
            (json!({ "originalFileName": { "startsWith": "img" } }), vec![a]), (json!({ "originalFileName": { "startsWith": "mg_" } }), vec![]),
            (json!({ "originalFileName": { "endsWith": ".PNG" } }), vec![b, c, d]), (json!({ "originalFileName": { "endsWith": "xxxxxxxxxxxxx.png" } }), vec![]),
            (json!({ "originalFileName": { "eq": "b.png" } }), vec![b]), (json!({ "originalFileName": { "in": ["b.png", "c.png"] } }), vec![b, c]),
            (json!({ "description": { "eq": null } }), vec![b, c, d]), (json!({ "description": { "ne": null } }), vec![a]), (json!({ "description": { "startsWith": "CAF" } }), vec![a]),
            (json!({ "description": { "like": "" } }), vec![a, b, c, d]), (json!({ "originalPath": { "notLike": "nowhere" } }), vec![a, b, c, d]),
            (json!({ "visibility": { "eq": "archive" } }), vec![c]), (json!({ "visibility": { "in": ["archive", "timeline"] } }), vec![a, b, c, d]),
            (json!({ "visibility": { "notIn": ["locked", "archive"] } }), vec![a, b, d]),
            (json!({ "checksum": { "eq": "x" } }), vec![]), (json!({ "checksum": { "notIn": ["x"] } }), vec![a, b, c, d]), (json!({ "ocr": { "matches": "word" } }), vec![]),
            (json!({ "or": [{ "city": { "eq": "Rome" } }, { "country": { "eq": "Norway" } }] }), vec![a, b]),
            (json!({ "or": [{ "city": { "eq": "Rome" } }, { "visibility": { "eq": "archive" } }], "rating": { "eq": null } }), vec![c]),
            (json!({ "or": [{ "isFavorite": { "eq": true }, "rating": { "lt": 2 } }, { "fileSizeInBytes": { "lt": 60 } }] }), vec![d]),
        ] {
            assert_eq!(found(&app, &alice, filter.clone()).await, wanted, "{filter}");
            for path in ["statistics", "random"] {
                let request = app.post(&format!("/api/search/{path}")).user(&alice).json(&json!({ "filter": filter }));
                let answer = request.send().await.expect(200).json();
                let count = answer["total"].as_u64().unwrap_or_else(|| answer.as_array().unwrap().len() as u64);
                assert_eq!(count, wanted.len() as u64, "{path} {filter}");
            }
        }
    }

    async fn paths_are_found_whatever_their_accents(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = photo(&app, &alice, 0).with("original_path", "Fotos/Été à Łódź/a.jpg").with("path_folded", "fotos/ete a lodz/a.jpg").insert().await;
        for filter in [json!({ "like": "ÉTÉ" }), json!({ "like": "ete a" }), json!({ "startsWith": "fotos/été" }), json!({ "endsWith": "LÓDZ/A.JPG" })] {
            assert_eq!(found(&app, &alice, json!({ "originalPath": filter })).await, [photo.as_str()], "{filter}");
        }
        assert_eq!(found(&app, &alice, json!({ "originalPath": { "eq": "Fotos/Été à Łódź/a.jpg" } })).await, [photo.as_str()]);
        assert!(found(&app, &alice, json!({ "originalPath": { "notLike": "ete" } })).await.is_empty());
    }

    async fn albums_people_and_tags_are_any_all_or_none(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (both, one, none) = (photo(&app, &alice, 2).insert().await, photo(&app, &alice, 1).insert().await, photo(&app, &alice, 0).insert().await);
        let (ann, ben) = (person(&app, &alice, &both).await, person(&app, &alice, &both).await);
        let cid = person(&app, &alice, &one).await;
        let first = app.album(&alice, &[&both, &one], &[]).await;
        let second = app.album(&alice, &[&both], &[]).await;
        let tags = app.put("/api/tags").user(&alice).json(&json!({ "tags": ["a/b"] })).send().await.expect(200).json();
        let all = app.get("/api/tags").user(&alice).send().await.expect(200).json();
        let above = &all.as_array().unwrap().iter().find(|tag| tag["value"] == "a").unwrap()["id"];
        let pairs = json!({ "tagIds": [tags[0]["id"]], "assetIds": [both] });
        app.put("/api/tags/assets").user(&alice).json(&pairs).send().await.expect(200);
        let (b, o, n) = (both.as_str(), one.as_str(), none.as_str());
        for (filter, wanted) in [
            (json!({ "personIds": { "any": [ann, cid] } }), vec![b, o]), (json!({ "personIds": { "all": [ann, ben] } }), vec![b]),
            (json!({ "personIds": { "none": [ann] } }), vec![o, n]), (json!({ "hasPeople": { "eq": true } }), vec![b, o]),
            (json!({ "albumIds": { "any": [first, second] } }), vec![b, o]), (json!({ "albumIds": { "all": [first, second] } }), vec![b]),
            (json!({ "albumIds": { "none": [second] } }), vec![o, n]), (json!({ "hasAlbums": { "eq": false } }), vec![n]),
            (json!({ "tagIds": { "any": [above] } }), vec![b]), (json!({ "tagIds": { "none": [above] } }), vec![o, n]), (json!({ "hasTags": { "eq": true } }), vec![b]),
            (json!({ "or": [{ "tagIds": { "all": [above] } }, { "personIds": { "any": [cid] } }] }), vec![b, o]),
            (json!({ "personIds": { "any": [NONE] } }), vec![]),
        ] {
            assert_eq!(found(&app, &alice, filter.clone()).await, wanted, "{filter}");
        }
        share(&app, &alice, &bob).await;
        assert!(found(&app, &bob, json!({ "personIds": { "any": [ann] } })).await.is_empty(), "people are their owner's alone");
        assert!(found(&app, &bob, json!({ "tagIds": { "any": [above] } })).await.is_empty());
        for (field, shown) in [("hasPeople", vec![b, o]), ("hasTags", vec![b])] {
            assert_eq!(found(&app, &alice, json!({ field: { "eq": true } })).await, shown, "{field}");
            assert!(found(&app, &bob, json!({ field: { "eq": true } })).await.is_empty(), "{field}");
            assert_eq!(found(&app, &bob, json!({ field: { "eq": false } })).await, [b, o, n], "{field}");
        }
        for filter in [
            json!({ "albumIds": { "any": [first] } }), json!({ "albumIds": { "none": [first] } }), json!({ "or": [{ "albumIds": { "all": [NONE] } }] }),
        ] {
            let refused = search(&app, &bob, &json!({ "filter": filter })).await.expect(400);
            assert_eq!(refused.message(), "Not found or no album.read access");
        }
    }

    async fn albums_show_what_everybody_put_there_where_they_confine(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (his, hers) = (photo(&app, &bob, 1).insert().await, photo(&app, &alice, 0).insert().await);
        let album = app.album(&alice, &[&hers], &[(&bob, "editor")]).await;
        app.put(&format!("/api/albums/{album}/assets")).user(&bob).json(&json!({ "ids": [his] })).send().await.expect(200);
        let in_album = json!({ "any": [album] });
        assert_eq!(found(&app, &alice, json!({ "albumIds": in_album })).await, [his.as_str(), &hers]);
        let branches = json!({ "or": [{ "albumIds": in_album, "rating": { "eq": null } }, { "albumIds": { "all": [album] } }] });
        assert_eq!(found(&app, &alice, branches).await, [his.as_str(), &hers]);
        // Not all of it is in the album.
        let open = json!({ "or": [{ "albumIds": in_album }, { "rating": { "eq": null } }] });
        assert_eq!(found(&app, &alice, open).await, [hers.as_str()]);
    }

    async fn partners_show_their_timeline_and_nothing_else(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let shown = photo(&app, &bob, 9).with("is_favorite", 1).insert().await;
        photo(&app, &bob, 7).visibility("archive").insert().await;
        photo(&app, &bob, 6).visibility("locked").insert().await;
        photo(&app, &bob, 5).trashed().insert().await;
        share(&app, &bob, &alice).await;
        assert_eq!(found(&app, &alice, json!({})).await, [shown.as_str()]);
        for filter in [
            json!({ "visibility": { "eq": "archive" } }), json!({ "isFavorite": { "eq": true } }), json!({ "trashedAt": { "ne": null } }),
            json!({ "or": [{ "isFavorite": { "eq": true } }, { "trashedAt": { "ne": null } }] }),
        ] {
            assert!(found(&app, &alice, filter.clone()).await.is_empty(), "{filter}");
        }
    }

    async fn the_locked_folder_needs_its_pin(app: TestApp) {
        let alice = app.user("alice").await;
        let locked = photo(&app, &alice, 1).visibility("locked").insert().await;
        let other = photo(&app, &alice, 0).insert().await;
        assert_eq!(found(&app, &alice, json!({})).await, [other.as_str()]);
        assert_eq!(found(&app, &alice, json!({ "id": { "eq": locked } })).await, [""; 0]);
        for filter in [
            json!({ "visibility": { "eq": "locked" } }), json!({ "visibility": { "ne": "archive" } }), json!({ "or": [{ "visibility": { "in": ["locked"] } }] }),
        ] {
            let refused = search(&app, &alice, &json!({ "filter": filter })).await.expect(401);
            assert_eq!(refused.message(), "Elevated permission is required", "{filter}");
        }
    }

    async fn cursors_go_on_in_every_order(app: TestApp) {
        let alice = app.user("alice").await;
        let mut all = Vec::new();
        for number in 0..11_i64 {
            let rating = (number % 4 != 3).then_some(number % 4);
            let asset = photo(&app, &alice, number / 3).exif("file_size_in_byte", 100 - number).exif("rating", rating);
            all.push((number, asset.insert().await));
        }
        for field in ["fileCreatedAt", "localDateTime", "fileSizeInBytes", "rating"] {
            for direction in ["asc", "desc"] {
                let (mut seen, mut cursor) = (Vec::new(), None::<String>);
                let whole = json!({ "size": 1000, "orderBy": { "field": field, "direction": direction } });
                let whole = ids(&search(&app, &alice, &whole).await.expect(200).json()["assets"]["items"]);
                assert_eq!(whole.len(), all.len());
                loop {
                    let mut body = json!({ "size": 3, "filter": {}, "orderBy": { "field": field, "direction": direction } });
                    if let Some(cursor) = &cursor {
                        body["cursor"] = json!(cursor);
                    }
                    app.take_round_trips();
                    let answer = search(&app, &alice, &body).await.expect(200).json();
                    assert_eq!(app.take_round_trips(), 1);
                    seen.extend(ids(&answer["assets"]["items"]));
                    cursor = answer["assets"]["nextCursor"].as_str().map(str::to_owned);
                    if cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, whole, "{field} {direction}");
                let position = |number: i64| whole.iter().position(|id| *id == all[usize::try_from(number).unwrap()].1).unwrap();
                match (field, direction) {
                    // What is not rated comes last.
                    ("rating", _) => assert!(position(3) >= 9 && position(7) >= 9),
                    // The largest was taken first.
                    (field, direction) => {
                        let is_upwards = (direction == "asc") != (field == "fileSizeInBytes");
                        assert_eq!(position(0) < position(10), is_upwards);
                    }
                }
            }
        }
        for cursor in ["", "x", "eyJvZmZzZXQiOi0xfQ", "e30", "eyJvZmZzZXQiOjEsInNlY29uZCI6ImEifQ"] {
            let refused = search(&app, &alice, &json!({ "cursor": cursor })).await.expect(400);
            assert_eq!(refused.message(), "Invalid cursor", "{cursor}");
        }
        // `{"offset":3}`
        let third = search(&app, &alice, &json!({ "cursor": "eyJvZmZzZXQiOjN9", "size": 1 })).await.expect(200).json();
        assert_eq!(third["assets"]["count"], 1);
    }

    async fn deep_pages_begin_where_the_last_one_ended(app: TestApp) {
        let alice = app.user("alice").await;
        for number in 0..1_203 {
            // Seven to a second.
            photo(&app, &alice, number / 7).insert().await;
        }
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut body = json!({ "size": 200, "filter": { "visibility": { "eq": "timeline" } } });
            if let Some(cursor) = &cursor {
                body["cursor"] = json!(cursor);
            }
            let answer = search(&app, &alice, &body).await.expect(200).json();
            seen.extend(ids(&answer["assets"]["items"]));
            cursor = answer["assets"]["nextCursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 1_203);
        let mut different = seen.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), seen.len());
    }

    async fn as_many_comparisons_as_are_allowed_are_no_deeper_than_a_statement_may_be(app: TestApp) {
        let alice = app.user("alice").await;
        let own = json!({ "city": { "in": ["a", "b"] }, "rating": { "gt": 1, "lt": 3 }, "description": { "like": "b" }, "make": { "in": ["c"] } });
        let elsewhere = ["tagIds", "personIds"].map(|name| json!({ name: { "all": [NONE] } }));
        for (count, further) in [(2, 0), (3, 0), (4, 0), (6, 0), (0, 2), (0, 4), (1, 1), (2, 2), (2, 4), (5, 4)] {
            let branches: Vec<&Value> = (0..count).map(|_| &own).chain(elsewhere.iter().cycle().take(further)).collect();
            for path in ["metadata", "random", "statistics"] {
                let request = app.post(&format!("/api/search/{path}")).user(&alice);
                request.json(&json!({ "filter": { "or": branches } })).send().await.expect(200);
            }
        }
        let one = json!({ "tagIds": { "all": [NONE], "none": [NONE] }, "personIds": { "all": [NONE], "none": [NONE] }, "description": { "like": "b" }, "originalFileName": { "like": "c" } });
        for path in ["metadata", "random", "statistics"] {
            app.post(&format!("/api/search/{path}")).user(&alice).json(&json!({ "filter": one })).send().await.expect(200);
        }
    }

    async fn stacks_are_left_out_and_old_fields_refused(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = photo(&app, &alice, 0).insert().await;
        let body = json!({ "filter": {}, "withStacked": false, "withExif": true, "withPeople": true });
        let answer = search(&app, &alice, &body).await.expect(200).json();
        assert_eq!(ids(&answer["assets"]["items"]), [asset]);
        assert!(answer["assets"]["items"][0]["exifInfo"].is_object());
        let refused = search(&app, &alice, &json!({ "filter": {}, "city": "x" })).await.expect(400);
        assert_eq!(refused.issues(), "city: Deprecated field city cannot be combined with filter");
        let refused = app.post("/api/search/smart").user(&alice).json(&json!({ "query": "x", "filter": { "city": {} } })).send().await.expect(400);
        assert_eq!(refused.issues(), "filter.city: At least one operator is required");
    }

    async fn who_is_known_to_others_is_found_on_what_they_share(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (a, b) = (photo(&app, &alice, 2).insert().await, photo(&app, &bob, 1).insert().await);
        let (archived, nobody) = (photo(&app, &alice, 3).visibility("archive").insert().await, photo(&app, &alice, 0).insert().await);
        let (ann, aunt, ben) = (person(&app, &alice, &a).await, person(&app, &bob, &b).await, person(&app, &bob, &b).await);
        let also = person(&app, &alice, &archived).await;
        app.sql(stmt!("update asset_face set person_id = ?2, update_id = uuid7() where person_id = ?1", &also, &ann)).await;
        share(&app, &alice, &bob).await;
        app.sql(stmt!("update person set cluster_id = 'k', update_id = uuid7() where id = ?1 or id = ?2", &ann, &aunt)).await;
        let any = |id: &str| json!({ "personIds": { "any": [id] } });

        app.take_round_trips();
        assert_eq!(found(&app, &bob, any(&aunt)).await, std::slice::from_ref(&b), "they are not in one group");
        assert_eq!(app.take_round_trips(), 1);
        app.sql(stmt!("update users set cluster_group_id = 'g', update_id = uuid7()")).await;
        app.take_round_trips();
        assert_eq!(found(&app, &bob, any(&aunt)).await, [a.clone(), b.clone()]);
        assert_eq!(app.take_round_trips(), 2);
        for (filter, expected) in [
            (json!({ "personIds": { "all": [aunt] } }), vec![&a, &b]),
            (json!({ "personIds": { "all": [aunt, ben] } }), vec![&b]),
            (json!({ "personIds": { "any": [ben, NONE] } }), vec![&b]),
            (json!({ "personIds": { "none": [aunt] } }), vec![&nobody]),
            (json!({ "or": [any(&aunt), { "personIds": { "any": [ben] } }] }), vec![&a, &b]),
            (json!({ "personIds": { "any": [aunt] }, "isFavorite": { "eq": true } }), vec![]),
            (any(&ann), vec![]),
        ] {
            let ids = found(&app, &bob, filter.clone()).await;
            assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{filter}");
        }
        // The flat filters, and what else is asked by them.
        let flat = json!({ "personIds": [aunt] });
        assert_eq!(ids(&search(&app, &bob, &flat).await.expect(200).json()["assets"]["items"]), [a.clone(), b.clone()]);
        let beyond = json!({ "personIds": [aunt], "page": 1_000_000, "size": 1_000 });
        assert_eq!(search(&app, &bob, &beyond).await.expect(200).json()["assets"]["count"], 0);
        let post = |path: &str| app.post(&format!("/api/search/{path}")).user(&bob).json(&flat);
        assert_eq!(post("statistics").send().await.expect(200).json(), json!({ "total": 2 }));
        assert_eq!(post("random").send().await.expect(200).json().as_array().unwrap().len(), 2);
        assert_eq!(found(&app, &alice, any(&ann)).await, [archived.clone(), a.clone()], "Bob shares nothing");

        let body = json!({ "albumName": "a", "assetIds": [archived], "albumUsers": [{ "userId": bob.id, "role": "viewer" }] });
        let album = app.post("/api/albums").user(&alice).json(&body).send().await.expect(201).json()["id"].clone();
        let filter = json!({ "albumIds": { "any": [album] }, "personIds": { "any": [aunt] } });
        assert_eq!(found(&app, &bob, filter).await, [archived]);
        app.sql(stmt!("update users set cluster_group_id = id, update_id = uuid7() where id = ?1", &bob.id)).await;
        assert_eq!(found(&app, &bob, any(&aunt)).await, [b], "he has left the group");
    }
}
