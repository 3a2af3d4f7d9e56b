//! Search over HTTP (api/features.md section B).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod filters;

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

fn ids(list: &Value) -> Vec<&str> {
    let assets = list.as_array().unwrap().iter();
    assets.map(|asset| asset["id"].as_str().unwrap()).collect()
}

/// Ids of what is found, in order.
async fn found(app: &TestApp, user: &NewUser, body: Value) -> Vec<String> {
    let answer = search(app, user, &body).await.expect(200).json();
    let ids = ids(&answer["assets"]["items"]);
    ids.into_iter().map(str::to_owned).collect()
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
    face_of(app, owner, asset, &person, &face).await;
    person
}

async fn face_of(app: &TestApp, owner: &NewUser, asset: &str, person: &str, face: &str) {
    let sql = "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
               bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
               values (?1, ?2, ?3, ?4, 10, 10, 1, 1, 5, 5, 0, uuid7())";
    app.sql(stmt!(sql, face, asset, &owner.id, person)).await;
}

on_each_database! {
    async fn whom_both_members_of_a_cluster_group_know_is_on_the_photos_of_either(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = photo(&app, &alice, 0).insert().await;
        let (ann, _) = (person(&app, &alice, &asset).await, person(&app, &alice, &asset).await);
        share(&app, &alice, &bob).await;
        let shown = async || {
            let answer = search(&app, &bob, &json!({ "withPeople": true })).await.expect(200).json();
            answer["assets"]["items"][0]["people"].clone()
        };
        assert_eq!(shown().await, json!([]));
        let aunt = "insert into person (id, owner_id, name, cluster_id, created_at, updated_at, update_id) values (?1, ?2, 'Aunt', 'k', 0, 0, uuid7())";
        app.sql(stmt!(aunt, app.app.uuid(), &bob.id)).await;
        app.sql(stmt!("update person set cluster_id = 'k', update_id = uuid7() where id = ?1", &ann)).await;
        assert_eq!(shown().await, json!([]), "they are not in one group");
        app.sql(stmt!("update users set cluster_group_id = 'g', update_id = uuid7()")).await;
        let known = shown().await;
        assert_eq!((known.as_array().unwrap().len(), &known[0]["name"]), (1, &json!("Aunt")));
    }

    async fn a_page_takes_one_round_trip(app: TestApp) {
        let alice = app.user("alice").await;
        let mut all = Vec::new();
        for number in 0..3 {
            all.push(photo(&app, &alice, number).insert().await);
        }
        let body = json!({ "size": 2, "withExif": true, "withPeople": true });
        app.take_round_trips();
        let answer = search(&app, &alice, &body).await.expect(200).json();
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(answer["albums"], json!({ "total": 0, "count": 0, "items": [], "facets": [] }));
        let assets = &answer["assets"];
        assert_eq!((&assets["total"], &assets["count"], &assets["facets"]), (&json!(2), &json!(2), &json!([])));
        assert_eq!(ids(&assets["items"]), [&all[2], &all[1]]);
        assert!(assets["items"][0]["exifInfo"].is_object());
        assert_eq!(assets["items"][0]["people"], json!([]));
        assert_eq!(assets["nextPage"], "2");
        let answer = search(&app, &alice, &json!({ "size": 2, "page": 2 })).await.expect(200).json();
        assert_eq!(ids(&answer["assets"]["items"]), [&all[0]]);
        assert_eq!(answer["assets"]["nextPage"], Value::Null);
        assert_eq!(answer["assets"].get("nextCursor"), Some(&Value::Null));
        assert!(answer["assets"]["items"][0].get("exifInfo").is_none());
        let asc = found(&app, &alice, json!({ "order": "asc" })).await;
        assert_eq!(asc, all);
    }

    async fn pages_go_on_where_the_last_one_ended(app: TestApp) {
        let alice = app.user("alice").await;
        let mut all = Vec::new();
        for number in 0..1_103 {
            // Seven to a second.
            all.push((number / 7 * 1000, photo(&app, &alice, number / 7).insert().await));
        }
        for order in ["desc", "asc"] {
            let mut wanted = all.clone();
            wanted.sort();
            if order == "desc" {
                wanted.reverse();
            }
            let (mut seen, mut page) = (Vec::new(), json!(1));
            let mut pages = 0;
            while !page.is_null() {
                let number: i64 = page.as_str().map_or(1, |page| page.parse().unwrap());
                let body = json!({ "size": 100, "page": number, "order": order });
                let answer = search(&app, &alice, &body).await.expect(200).json();
                seen.extend(ids(&answer["assets"]["items"]).into_iter().map(str::to_owned));
                page = answer["assets"]["nextPage"].clone();
                pages += 1;
                // The first thousand assets are counted through, the rest not.
                assert_eq!(number < 1 << 40, pages <= 10, "{number}");
            }
            let wanted: Vec<&String> = wanted.iter().map(|(_, id)| id).collect();
            assert_eq!(seen.iter().collect::<Vec<_>>(), wanted);
        }
        // Who counts himself comes to the same end.
        assert_eq!(found(&app, &alice, json!({ "size": 100, "page": 12 })).await.len(), 3);
        assert!(found(&app, &alice, json!({ "size": 100, "page": 13 })).await.is_empty());
        for page in [1_000_000_000_i64, 9_007_199_254_740_991] {
            assert!(found(&app, &alice, json!({ "page": page, "order": "asc" })).await.is_empty(), "{page}");
        }
    }

    async fn all_people_tags_and_albums_must_match(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (both, one) = (photo(&app, &alice, 1).insert().await, photo(&app, &alice, 0).insert().await);
        let (ann, ben) = (person(&app, &alice, &both).await, person(&app, &alice, &both).await);
        face_of(&app, &alice, &one, &ann, &app.app.uuid()).await;
        assert_eq!(found(&app, &alice, json!({ "personIds": [ann] })).await, [both.as_str(), &one]);
        assert_eq!(found(&app, &alice, json!({ "personIds": [ben, ann, ben] })).await, [both.as_str()]);
        let shown = search(&app, &alice, &json!({ "withPeople": true })).await.expect(200).json();
        let people = |at: usize| shown["assets"]["items"][at]["people"].as_array().unwrap().len();
        assert_eq!((people(0), people(1)), (2, 1));

        let tags = json!({ "tags": ["a/b", "c"] });
        app.put("/api/tags").user(&alice).json(&tags).send().await.expect(200);
        let all = app.get("/api/tags").user(&alice).send().await.expect(200).json();
        let tag = |value: &str| all.as_array().unwrap().iter().find(|tag| tag["value"] == value).unwrap()["id"].clone();
        let pairs = json!({ "tagIds": [tag("a/b"), tag("c")], "assetIds": [both] });
        app.put("/api/tags/assets").user(&alice).json(&pairs).send().await.expect(200);
        let pairs = json!({ "tagIds": [tag("c")], "assetIds": [one] });
        app.put("/api/tags/assets").user(&alice).json(&pairs).send().await.expect(200);
        assert_eq!(found(&app, &alice, json!({ "tagIds": [tag("a")] })).await, [both.as_str()]);
        assert_eq!(found(&app, &alice, json!({ "tagIds": [tag("c"), tag("a")] })).await, [both.as_str()]);
        assert!(found(&app, &alice, json!({ "tagIds": null })).await.is_empty());

        let first = app.album(&alice, &[&both, &one], &[]).await;
        let second = app.album(&alice, &[&both], &[]).await;
        assert_eq!(found(&app, &alice, json!({ "albumIds": [first] })).await, [both.as_str(), &one]);
        assert_eq!(found(&app, &alice, json!({ "albumIds": [second, first] })).await, [both.as_str()]);
        assert!(found(&app, &alice, json!({ "isNotInAlbum": true })).await.is_empty());
        for body in [json!({ "albumIds": [first] }), json!({ "albumIds": [NONE] })] {
            assert_eq!(search(&app, &bob, &body).await.expect(400).message(), "Not found or no album.read access");
        }
        for body in [json!({ "personIds": [ann] }), json!({ "tagIds": [tag("c")] })] {
            assert!(found(&app, &bob, body).await.is_empty());
        }
        share(&app, &alice, &bob).await;
        assert_eq!(found(&app, &bob, json!({})).await, [both.as_str(), &one]);
        for body in [json!({ "personIds": [ann] }), json!({ "tagIds": [tag("c")] })] {
            assert!(found(&app, &bob, body).await.is_empty(), "people and tags are their owner's alone");
        }
        // Ten thousand ids.
        let mut many: Vec<String> = (0..10_000).map(|number| format!("{number:08x}-2078-44d7-b36c-39d9dee3a657")).collect();
        many.push(ann.clone());
        for name in ["personIds", "tagIds"] {
            assert!(found(&app, &alice, json!({ name: many })).await.is_empty());
        }
        search(&app, &alice, &json!({ "albumIds": many })).await.expect(400);
    }

    async fn others_show_what_they_share(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let shown = photo(&app, &bob, 9).with("is_favorite", 1).insert().await;
        let hidden = photo(&app, &bob, 8).visibility("hidden").insert().await;
        let archived = photo(&app, &bob, 7).visibility("archive").insert().await;
        photo(&app, &bob, 6).visibility("locked").insert().await;
        photo(&app, &bob, 5).trashed().insert().await;
        assert!(found(&app, &alice, json!({})).await.is_empty());
        share(&app, &bob, &alice).await;
        assert_eq!(found(&app, &alice, json!({ "withDeleted": true })).await, [shown.as_str(), &hidden]);
        assert_eq!(found(&app, &alice, json!({ "visibility": "timeline" })).await, [shown.as_str()]);
        for body in [json!({ "visibility": "archive" }), json!({ "isFavorite": true }), json!({ "trashedBefore": "2099-01-01T00:00:00.000Z" })] {
            assert!(found(&app, &alice, body).await.is_empty());
        }
        let answer = search(&app, &alice, &json!({})).await.expect(200).json();
        assert_eq!(answer["assets"]["items"][0]["isFavorite"], false);
        app.sql(stmt!("update partner set in_timeline = 0")).await;
        assert!(found(&app, &alice, json!({})).await.is_empty());
        // Albums show what anybody added, also archived, and links to them the same.
        let album = app.album(&bob, &[&shown, &archived], &[(&alice, "viewer")]).await;
        assert_eq!(found(&app, &alice, json!({ "albumIds": [album] })).await, [shown.as_str(), &archived]);
        let sql = "insert into shared_link (id, key, user_id, type, album_id, show_metadata, created_at) values (?1, ?1, ?2, 'ALBUM', ?3, ?4, 0)";
        for (key, metadata) in [("open", 1), ("shut", 0)] {
            app.sql(stmt!(sql, key, &bob.id, &album, metadata)).await;
            let guest = async |body: Value| app.post(&format!("/api/search/metadata?key={key}")).json(&body).send().await;
            let answer = guest(json!({ "albumIds": [album] })).await.expect(200).json();
            assert_eq!(ids(&answer["assets"]["items"]), [shown.as_str(), &archived]);
            let first = answer["assets"]["items"][0].as_object().unwrap();
            assert_eq!((first["hasMetadata"] == true, first.contains_key("originalFileName")), (metadata == 1, metadata == 1));
            // Whoever sees no metadata does not find out what they say either.
            for filter in [json!({ "originalFileName": "img" }), json!({ "isFavorite": false }), json!({ "takenAfter": "1970-01-01T00:00:00.000Z" })] {
                let mut body = filter.clone();
                body["albumIds"] = json!([album]);
                let answer = guest(body).await.expect(200).json();
                let is_found = !answer["assets"]["items"].as_array().unwrap().is_empty();
                assert!(metadata == 1 || !is_found, "{filter}");
            }
            let answer = guest(json!({ "albumIds": [album], "type": "IMAGE", "withExif": true })).await.expect(200).json();
            assert_eq!(answer["assets"]["items"][0].get("exifInfo").is_some(), metadata == 1);
            let refused = guest(json!({})).await.expect(400);
            assert_eq!(refused.message(), "Shared link access is only allowed in combination with an albumIds filter");
            guest(json!({ "albumIds": [NONE] })).await.expect(400);
            guest(json!({ "albumIds": [album], "visibility": "locked" })).await.expect(401);
        }
    }

    async fn the_locked_folder_shows_while_it_is_open(app: TestApp) {
        let alice = app.user("alice").await;
        let locked = photo(&app, &alice, 0).visibility("locked").insert().await;
        assert!(found(&app, &alice, json!({})).await.is_empty());
        let refused = search(&app, &alice, &json!({ "visibility": "locked" })).await.expect(401);
        assert_eq!(refused.message(), "Elevated permission is required");
        app.elevate(&alice).await;
        assert_eq!(found(&app, &alice, json!({})).await, [locked.as_str()]);
        assert_eq!(found(&app, &alice, json!({ "visibility": "locked" })).await, [locked.as_str()]);
    }

    async fn stacks_and_motion_parts(app: TestApp) {
        let alice = app.user("alice").await;
        let motion = photo(&app, &alice, 0).with("type", "VIDEO").visibility("hidden").insert().await;
        let still = photo(&app, &alice, 1).with("live_photo_video_id", motion.as_str()).insert().await;
        assert_eq!(found(&app, &alice, json!({ "isMotion": true })).await, [still.as_str()]);
        app.sql(stmt!("insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) values ('s', ?1, ?2, 0, 0, uuid7())", &alice.id, &still)).await;
        app.sql(stmt!("update asset set stack_id = 's' where id = ?1", &still)).await;
        assert_eq!(found(&app, &alice, json!({ "withStacked": true })).await, [still.as_str(), &motion]);
        assert_eq!(found(&app, &alice, json!({ "withStacked": false })).await, [motion.as_str()]);
        app.sql(stmt!("insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) values (?1, 'encoded_video', 'f', 'p', 'video/mp4', 1, 0, 0)", &motion)).await;
        for filter in [json!({ "isEncoded": true }), json!({ "encodedVideoPath": "p" })] {
            assert_eq!(found(&app, &alice, filter).await, [motion.as_str()]);
        }
    }

    async fn random_large_and_counted(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut all = Vec::new();
        for number in 0..20 {
            let asset = photo(&app, &alice, number).exif("file_size_in_byte", 1000 + number);
            all.push(asset.insert().await);
        }
        photo(&app, &bob, 0).insert().await;
        app.take_round_trips();
        let post = async |path: &str, body: Value| app.post(path).user(&alice).json(&body).send().await;
        let some = post("/api/search/random", json!({ "size": 5, "withPeople": true })).await.expect(200).json();
        assert_eq!((app.take_round_trips(), some.as_array().unwrap().len()), (1, 5));
        let every = post("/api/search/random", json!({})).await.expect(200).json();
        let mut every = ids(&every);
        every.sort_unstable();
        let mut sorted: Vec<&str> = all.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        assert_eq!(every, sorted);
        let total = post("/api/search/statistics", json!({})).await.expect(200).json();
        assert_eq!((app.take_round_trips(), total), (2, json!({ "total": 20 })));
        let total = post("/api/search/statistics", json!({ "city": "Nowhere", "description": "x" })).await.expect(200).json();
        assert_eq!(total, json!({ "total": 0 }));
        let large = post("/api/search/large-assets?size=2&withExif=true", json!({})).await.expect(200).json();
        assert_eq!((app.take_round_trips(), ids(&large)), (2, vec![all[19].as_str(), &all[18]]), "one each");
        assert_eq!(large[0]["exifInfo"]["fileSizeInByte"], 1019);
        let large = post("/api/search/large-assets?minFileSize=1018&type=IMAGE", json!({})).await.expect(200).json();
        assert_eq!(ids(&large), [&all[19], &all[18]]);
        let refused = post("/api/search/smart", json!({ "query": "a dog" })).await.expect(400);
        assert_eq!(refused.message(), "Smart search is not enabled");
    }

    async fn what_cannot_be_meant_is_refused(app: TestApp) {
        let alice = app.user("alice").await;
        photo(&app, &alice, 0).insert().await;
        for body in [
            json!({ "page": 0 }), json!({ "page": -1 }), json!({ "page": 1.5 }), json!({ "page": 9_007_199_254_740_992_i64 }), json!({ "size": 0 }),
            json!({ "size": 1001 }), json!({ "rating": -1 }), json!({ "rating": 6 }), json!({ "type": "PHOTO" }), json!({ "albumIds": "x" }),
            json!({ "personIds": [1] }), json!({ "city": 1 }), json!({ "city": "a\u{0}b" }), json!({ "originalFileName": "x".repeat(100_000) }),
            json!({ "takenAfter": "yesterday" }), json!({ "order": "up" }), json!({ "visibility": "none" }), json!([]),
        ] {
            search(&app, &alice, &body).await.expect(400);
        }
        for path in ["size=1001", "minFileSize=-1", "rating=x", "page=0"] {
            let path = format!("/api/search/large-assets?{path}");
            app.post(&path).user(&alice).send().await.expect(400);
        }
        let found = search(&app, &alice, &json!({ "originalFileName": "x".repeat(1000) })).await.expect(200).json();
        assert_eq!(found["assets"]["total"], 0);
    }

    async fn parts_of_names_and_descriptions_are_found(app: TestApp) {
        let alice = app.user("alice").await;
        let named = async |name: &str, text: &str| {
            let folded = edge_store::fold::fold(name);
            let asset = photo(&app, &alice, 0).with("original_file_name", name).with("file_name_folded", folded);
            asset.exif("description", text).exif("description_folded", edge_store::fold::fold(text)).insert().await
        };
        let pixel = named("PXL_20240101_123456789.jpg", "Am Strand in Łódź").await;
        let tower = named("東京タワー.heic", &"x".repeat(50)).await;
        for (body, id) in [
            (json!({ "originalFileName": "pxl_2024" }), &pixel), (json!({ "originalFileName": "40101" }), &pixel),
            (json!({ "originalFileName": "345678" }), &pixel), (json!({ "originalFileName": "6789.J" }), &pixel),
            (json!({ "originalFileName": "京タ" }), &tower), (json!({ "originalFileName": "ワ" }), &tower),
            (json!({ "description": "strand IN lodz" }), &pixel), (json!({ "description": "tran" }), &pixel),
            (json!({ "description": "x".repeat(45) }), &tower),
        ] {
            assert_eq!(found(&app, &alice, body.clone()).await, [id.as_str()], "{body}");
        }
        for body in [json!({ "originalFileName": "20240102" }), json!({ "originalFileName": "strand" }), json!({ "description": "pxl" })] {
            assert!(found(&app, &alice, body).await.is_empty());
        }
        // An asset whose words nobody has written is found all the same.
        app.sql(stmt!("delete from asset_word")).await;
        app.sql(stmt!("insert into asset_word (owner_id, word, source, asset_id) values (?1, '*', 'name', ?2)", &alice.id, &pixel)).await;
        assert_eq!(found(&app, &alice, json!({ "originalFileName": "pxl" })).await, [pixel.as_str()]);
        // What goes takes its words along.
        let other = named("abc.jpg", "def").await;
        let words = async || app.count(stmt!("select count(*) as n from asset_word where asset_id = ?1", &other)).await;
        assert_eq!(words().await, 3);
        app.sql(stmt!("update asset_exif set description_folded = '', words = null, update_id = uuid7() where asset_id = ?1", &other)).await;
        assert_eq!(words().await, 2);
        app.sql(stmt!("delete from asset where id = ?1", &other)).await;
        assert_eq!(words().await, 0);
    }

    async fn suggestions_are_what_the_timeline_has(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        for (country, state, city, make, model, lens) in [
            ("France", Some("Alsace"), "Colmar", "Canon", Some("R5"), "50mm"),
            ("France", None, "Lyon", "Canon", None, "85mm"),
            ("Chile", Some("Maule"), "Talca", "Sony", Some("A7"), "50mm"),
            ("Chile", Some("Maule"), "Curico", "Sony", Some("A9"), "20mm"),
        ] {
            let asset = photo(&app, &alice, 0).exif("country", country).exif("state", state).exif("city", city);
            asset.exif("make", make).exif("model", model).exif("lens_model", lens).insert().await;
        }
        photo(&app, &alice, 0).visibility("archive").exif("country", "Peru").exif("make", "Leica").insert().await;
        photo(&app, &alice, 0).trashed().exif("country", "Fiji").insert().await;
        photo(&app, &bob, 0).exif("country", "Oman").insert().await;
        let ask = async |query: &str| app.get(&format!("/api/search/suggestions?{query}")).user(&alice).send().await.expect(200).json();
        for (query, wanted) in [
            ("type=country", json!(["Chile", "France"])), ("type=state", json!(["Alsace", "Maule"])), ("type=state&country=Chile", json!(["Maule"])),
            ("type=city", json!(["Colmar", "Curico", "Lyon", "Talca"])), ("type=city&country=France", json!(["Colmar", "Lyon"])),
            ("type=city&country=Chile&state=Maule", json!(["Curico", "Talca"])), ("type=city&state=Alsace", json!(["Colmar"])),
            ("type=camera-make", json!(["Canon", "Sony"])), ("type=camera-make&model=A7", json!(["Sony"])), ("type=camera-model", json!(["A7", "A9", "R5"])),
            ("type=camera-model&make=Sony&lensModel=20mm", json!(["A9"])), ("type=camera-lens-model", json!(["20mm", "50mm", "85mm"])),
            ("type=camera-lens-model&make=Canon", json!(["50mm", "85mm"])), ("type=camera-lens-model&model=A7&includeNull=true", json!(["50mm", null])),
            ("type=country&country=", json!(["Chile", "France"])),
        ] {
            app.take_round_trips();
            assert_eq!(ask(query).await, wanted, "{query}");
            assert_eq!(app.take_round_trips(), 1);
        }
        share(&app, &bob, &alice).await;
        assert_eq!(ask("type=country").await, json!(["Chile", "France", "Oman"]));
        for query in ["", "type=x", "type=state&country=%00"] {
            app.get(&format!("/api/search/suggestions?{query}")).user(&alice).send().await.expect(400);
        }
    }

    async fn each_city_shows_its_newest_asset(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut rome = Vec::new();
        for number in 0..6 {
            rome.push(photo(&app, &alice, number).exif("city", "Rome").insert().await);
        }
        let oslo = photo(&app, &alice, 9).exif("city", "Oslo").insert().await;
        photo(&app, &alice, 10).visibility("archive").exif("city", "Oslo").insert().await;
        photo(&app, &alice, 11).visibility("hidden").exif("city", "Kiel").insert().await;
        let newer = photo(&app, &bob, 20).exif("city", "Rome").insert().await;
        app.take_round_trips();
        let get = async |path: &str| app.get(path).user(&alice).send().await.expect(200).json();
        let cities = get("/api/search/cities").await;
        assert_eq!((app.take_round_trips(), ids(&cities)), (1, vec![oslo.as_str(), &rome[5]]));
        assert_eq!(cities[0]["exifInfo"]["city"], "Oslo");
        let explored = get("/api/search/explore").await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(explored[0]["fieldName"], "exifInfo.city");
        assert_eq!(explored[0]["items"].as_array().unwrap().len(), 1);
        assert_eq!((&explored[0]["items"][0]["value"], &explored[0]["items"][0]["data"]["id"]), (&json!("Rome"), &json!(rome[5])));
        assert_eq!((&explored[1]["fieldName"], explored[1]["items"].as_array().unwrap().len()), (&json!("createdAt"), 7));
        share(&app, &bob, &alice).await;
        assert_eq!(ids(&get("/api/search/cities").await), [&oslo, &newer]);
        assert_eq!(get("/api/search/explore").await, explored);
    }

    async fn people_are_found_by_name(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = photo(&app, &alice, 0).insert().await;
        for name in ["Élise Martin", "Elis", "Bob", ""] {
            let id = person(&app, &alice, &asset).await;
            app.sql(stmt!("update person set name = ?2, is_hidden = ?3, update_id = uuid7() where id = ?1", id, name, i64::from(name == "Bob"))).await;
        }
        let ask = async |user: &NewUser, query: &str| {
            let answer = app.get(&format!("/api/search/person?{query}")).user(user).send().await.expect(200).json();
            let names = answer.as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        app.take_round_trips();
        assert_eq!(ask(&alice, "name=ELIS").await, ["Elis", "Élise Martin"]);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(ask(&alice, "name=marti").await, ["Élise Martin"]);
        assert!(ask(&alice, "name=bob").await.is_empty());
        assert_eq!(ask(&alice, "name=bob&withHidden=true").await, ["Bob"]);
        for name in ["name=", "name=%25", "name=%5C_"] {
            assert!(ask(&alice, name).await.is_empty());
        }
        assert!(ask(&bob, "name=Elis").await.is_empty());
        app.get("/api/search/person").user(&alice).send().await.expect(400);
        app.get(&format!("/api/search/person?name={}", "x".repeat(1001))).user(&alice).send().await.expect(400);
    }
}
