//! People and their faces over HTTP (api/features.md section A, People and Faces).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod closest;
mod group;
mod many;

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_people::ROUTES, fn_people::routes()),
        Area::new(fn_faces::ROUTES, fn_faces::routes()),
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_timeline::ROUTES, fn_timeline::routes()),
    ]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn person(app: &TestApp, user: &NewUser, name: &str) -> String {
    let body = json!({ "name": name });
    let made = app.post("/api/people").user(user).json(&body).send().await;
    text(&made.expect(201).json()["id"]).to_owned()
}

/// A face of a person on an asset, drawn by hand; its id.
async fn face(app: &TestApp, user: &NewUser, asset: &str, person: &str) -> String {
    let body = json!({
        "assetId": asset, "personId": person, "imageWidth": 400, "imageHeight": 300, "x": 10, "y": 20, "width": 30, "height": 40,
    });
    app.post("/api/faces")
        .user(user)
        .json(&body)
        .send()
        .await
        .expect(201);
    let faces = faces(app, user, asset).await;
    let mut mine = faces.iter().filter(|face| face["person"]["id"] == person);
    text(&mine.next_back().unwrap()["id"]).to_owned()
}

async fn faces(app: &TestApp, user: &NewUser, asset: &str) -> Vec<Value> {
    let reply = app
        .get(&format!("/api/faces?id={asset}"))
        .user(user)
        .send()
        .await;
    reply.expect(200).json().as_array().unwrap().clone()
}

async fn page(app: &TestApp, user: &NewUser, query: &str) -> Value {
    let reply = app
        .get(&format!("/api/people?{query}"))
        .user(user)
        .send()
        .await;
    reply.expect(200).json()
}

async fn put(app: &TestApp, user: &NewUser, path: &str, body: Value) -> Reply {
    app.put(path).user(user).json(&body).send().await
}

fn names(page: &Value) -> Vec<&str> {
    page["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| text(&person["name"]))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn errors(results: &Value) -> Vec<Value> {
    results
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["error"].clone())
        .collect()
}

async fn portrait(app: &TestApp, person: &str) -> Option<String> {
    let rows = app
        .sql(stmt!(
            "select face_asset_id as n from person where id = ?1",
            person
        ))
        .await;
    rows.first().unwrap().get("n").unwrap()
}

async fn face_count(app: &TestApp, person: &str) -> i64 {
    app.count(stmt!(
        "select cast(face_count as bigint) as n from person where id = ?1",
        person
    ))
    .await
}

/// Lets a person have a picture without a job.
async fn picture(app: &TestApp, person: &str, key: &str) {
    app.app
        .objects
        .put(key, "portrait".into(), "image/jpeg")
        .await
        .unwrap();
    app.sql(stmt!(
        "update person set thumbnail_path = ?2 where id = ?1",
        person,
        key
    ))
    .await;
    app.sql(stmt!("delete from job")).await;
}

on_each_database! {
    async fn a_person_is_made_changed_and_removed(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let body = json!({ "name": "Zoë", "birthDate": "1990-02-28", "color": "ff8800", "isFavorite": true });
        let made = app.post("/api/people").user(&alice).json(&body).send().await.expect(201).json();
        let seen = (&made["name"], &made["birthDate"], &made["color"], &made["isFavorite"], &made["thumbnailPath"]);
        assert_eq!(seen, (&json!("Zoë"), &json!("1990-02-28"), &json!("#ff8800"), &json!(true), &json!("")));
        let path = format!("/api/people/{}", text(&made["id"]));
        app.take_round_trips();
        assert_eq!(app.get(&path).user(&alice).send().await.expect(200).json(), made);
        assert_eq!(app.take_round_trips(), 1);
        for method in ["GET", "PUT", "DELETE"] {
            let request = app.request(method.parse().unwrap(), &path).user(&bob).json(&json!({}));
            assert!(request.send().await.expect(400).message().starts_with("Not found or no person."));
        }
        let changed = put(&app, &alice, &path, json!({ "birthDate": null, "color": null, "isHidden": true })).await.expect(200).json();
        assert_eq!((&changed["birthDate"], &changed["isHidden"], &changed["name"]), (&Value::Null, &json!(true), &json!("Zoë")));
        assert!(changed.get("color").is_none());
        assert_eq!(app.patch(&path).user(&alice).json(&json!({ "name": "Zoe" })).send().await.expect(200).json()["name"], "Zoe");
        app.delete(&path).user(&alice).send().await.expect(204);
        app.get(&path).user(&alice).send().await.expect(400);
        assert_eq!(app.count(stmt!("select count(*) as n from person_audit")).await, 1);
        app.sql(stmt!("delete from job")).await;
    }

    async fn what_nobody_can_be_is_refused(app: TestApp) {
        let alice = app.user("alice").await;
        for body in [
            json!({ "birthDate": "2999-01-01" }), json!({ "birthDate": "" }), json!({ "birthDate": "2001-02-30" }),
            json!({ "color": "red" }), json!({ "color": "" }), json!({ "name": 1 }), json!({ "name": "x".repeat(1001) }),
            json!({ "name": "a\u{0}b" }), json!({ "isHidden": "true" }),
        ] {
            app.post("/api/people").user(&alice).json(&body).send().await.expect(400);
        }
        for query in ["page=0", "size=1001", "size=0", "closestPersonId=x", "withHidden=1"] {
            app.get(&format!("/api/people?{query}")).user(&alice).send().await.expect(400);
        }
        assert_eq!(page(&app, &alice, "").await["total"], 0);
        put(&app, &alice, &format!("/api/people/{NONE}"), json!({})).await.expect(400);
    }

    async fn people_come_in_their_order_and_need_a_name_or_enough_faces(app: TestApp) {
        let alice = app.user("alice").await;
        let mut photos = Vec::new();
        for _ in 0..3 {
            photos.push(app.asset(&alice).insert().await);
        }
        let (few, many) = (person(&app, &alice, "").await, person(&app, &alice, "").await);
        for photo in &photos {
            face(&app, &alice, photo, &many).await;
        }
        face(&app, &alice, &photos[0], &few).await;
        let (bea, ann) = (person(&app, &alice, "Bea").await, person(&app, &alice, "Ann").await);
        let (star, secret) = (person(&app, &alice, "Star").await, person(&app, &alice, "Secret").await);
        face(&app, &alice, &photos[0], &bea).await;
        put(&app, &alice, &format!("/api/people/{star}"), json!({ "isFavorite": true })).await.expect(200);
        put(&app, &alice, &format!("/api/people/{secret}"), json!({ "isHidden": true })).await.expect(200);
        app.take_round_trips();
        let all = page(&app, &alice, "").await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(names(&all), ["Star", "Bea", "Ann", ""]);
        assert_eq!((&all["total"], &all["hidden"], &all["hasNextPage"]), (&json!(5), &json!(1), &json!(false)));
        assert_eq!(names(&page(&app, &alice, "withHidden=true").await).last(), Some(&"Secret"));
        let second = page(&app, &alice, "size=3&page=2").await;
        assert_eq!((names(&second), &second["hasNextPage"]), (vec![""], &json!(false)));
        assert_eq!(page(&app, &alice, "size=3").await["hasNextPage"], true);
        // What the caller prefers counts.
        app.sql(stmt!(
            "insert into user_metadata (user_id, key, value, updated_at, update_id) \
             values (?1, 'preferences', '{\"people\":{\"minimumFaces\":1}}', 0, uuid7())", &alice.id
        )).await;
        assert_eq!(page(&app, &alice, "").await["total"], 6);
        let _ = (few, ann);
    }

    async fn counts_follow_the_faces_and_their_photos(app: TestApp) {
        let alice = app.user("alice").await;
        let (one, two) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let anna = person(&app, &alice, "Anna").await;
        let first = face(&app, &alice, &one, &anna).await;
        face(&app, &alice, &one, &anna).await;
        face(&app, &alice, &two, &anna).await;
        let assets = async || {
            let reply = app.get(&format!("/api/people/{anna}/statistics")).user(&alice).send().await;
            (reply.expect(200).json()["assets"].clone(), face_count(&app, &anna).await)
        };
        assert_eq!(assets().await, (json!(2), 3));
        let show = async |id: &str, visibility: &str| {
            let body = json!({ "ids": [id], "visibility": visibility });
            put(&app, &alice, "/api/assets", body).await.expect(204);
        };
        show(&one, "archive").await;
        assert_eq!(assets().await, (json!(1), 1));
        show(&one, "timeline").await;
        assert_eq!(assets().await, (json!(2), 3));
        app.delete("/api/assets").user(&alice).json(&json!({ "ids": [two] })).send().await.expect(204);
        assert_eq!(assets().await, (json!(1), 2));
        let remove = async |id: &str, force: bool| {
            app.delete(&format!("/api/faces/{id}")).user(&alice).json(&json!({ "force": force })).send().await
        };
        remove(&first, false).await.expect(204);
        assert_eq!(assets().await, (json!(1), 1));
        assert_eq!(faces(&app, &alice, &one).await.len(), 1);
        remove(&first, true).await.expect(204);
        remove(&first, true).await.expect(400);
        assert_eq!(assets().await, (json!(1), 1));
        assert_eq!(app.count(stmt!("select count(*) as n from asset_face_audit")).await, 1);
        app.sql(stmt!("delete from job")).await;
    }

    async fn a_face_is_drawn_seen_and_given_to_another(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let (anna, ben) = (person(&app, &alice, "Anna").await, person(&app, &alice, "Ben").await);
        let id = face(&app, &alice, &photo, &anna).await;
        app.take_round_trips();
        let seen = faces(&app, &alice, &photo).await;
        assert_eq!(app.take_round_trips(), 1);
        let place = ["boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2"].map(|side| seen[0][side].clone());
        assert_eq!(place, [10, 20, 40, 60].map(|side| json!(side)));
        assert_eq!((&seen[0]["sourceType"], &seen[0]["person"]["name"]), (&json!("manual"), &json!("Anna")));
        let info = app.get(&format!("/api/assets/{photo}")).user(&alice).send().await.expect(200).json();
        assert_eq!(info["people"][0]["name"], "Anna");
        assert_eq!(portrait(&app, &anna).await.as_deref(), Some(id.as_str()));
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'PersonGenerateThumbnail'")).await, 1);
        assert_eq!(app.take_wakes().len(), 1);

        let theirs = person(&app, &bob, "Theirs").await;
        for (person, face) in [(&ben, NONE), (&theirs, id.as_str())] {
            put(&app, &alice, &format!("/api/faces/{person}"), json!({ "id": face })).await.expect(400);
        }
        put(&app, &bob, &format!("/api/faces/{theirs}"), json!({ "id": id })).await.expect(400);
        let now = put(&app, &alice, &format!("/api/faces/{ben}"), json!({ "id": id })).await.expect(200).json();
        assert_eq!(now["name"], "Ben");
        assert_eq!((portrait(&app, &anna).await, portrait(&app, &ben).await), (None, Some(id.clone())));
        assert_eq!((face_count(&app, &anna).await, face_count(&app, &ben).await), (0, 1));
        app.get(&format!("/api/faces?id={photo}")).user(&bob).send().await.expect(400);
        app.delete(&format!("/api/faces/{id}")).user(&bob).json(&json!({ "force": true })).send().await.expect(400);
        app.sql(stmt!("delete from job")).await;
    }

    async fn faces_are_shown_and_drawn_on_the_edited_photo(app: TestApp) {
        let alice = app.user("alice").await;
        let (photo, anna) = (app.asset(&alice).insert().await, person(&app, &alice, "Anna").await);
        // 4000 x 3000; the box is drawn on a tenth of it.
        let draw = async |place: [i64; 6]| {
            let [image_width, image_height, x, y, width, height] = place;
            let body = json!({
                "assetId": photo, "personId": anna, "imageWidth": image_width, "imageHeight": image_height,
                "x": x, "y": y, "width": width, "height": height,
            });
            app.post("/api/faces").user(&alice).json(&body).send().await.expect(201);
        };
        draw([400, 300, 100, 50, 20, 10]).await;
        let edit = async |action: &str, sequence: i64, parameters: Value| {
            app.sql(stmt!(
                "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, uuid7())",
                app.app.uuid(), &photo, &alice.id, sequence, action, parameters.to_string()
            )).await;
        };
        edit("crop", 0, json!({ "x": 500, "y": 0, "width": 1000, "height": 2000 })).await;
        edit("rotate", 1, json!({ "angle": 90 })).await;
        let shown = async || {
            let faces = faces(&app, &alice, &photo).await;
            let names = ["imageWidth", "imageHeight", "boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2"];
            faces.iter().map(|face| names.map(|name| face[name].as_i64().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(shown().await, [[2000, 1000, 1400, 500, 1500, 700]]);
        app.sql(stmt!("delete from asset_face_audit")).await;
        let id = faces(&app, &alice, &photo).await[0]["id"].as_str().unwrap().to_owned();
        app.delete(&format!("/api/faces/{id}")).user(&alice).json(&json!({ "force": true })).send().await.expect(204);
        draw([200, 100, 140, 50, 10, 20]).await;
        assert_eq!(shown().await, [[2000, 1000, 1400, 500, 1500, 700]]);
        app.sql(stmt!("delete from asset_edit")).await;
        assert_eq!(shown().await, [[4000, 3000, 1000, 500, 1200, 600]]);
        app.sql(stmt!("delete from job")).await;
    }

    async fn bad_faces_are_refused(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (photo, foreign) = (app.asset(&alice).insert().await, app.asset(&bob).insert().await);
        let locked = app.asset(&alice).visibility("locked").insert().await;
        let (anna, theirs) = (person(&app, &alice, "Anna").await, person(&app, &bob, "Theirs").await);
        let body = |change: &[(&str, Value)]| {
            let mut body = json!({
                "assetId": photo, "personId": anna, "imageWidth": 10, "imageHeight": 10, "x": 0, "y": 0, "width": 5, "height": 5,
            });
            for (key, value) in change {
                body[key] = value.clone();
            }
            body
        };
        for change in [
            vec![("assetId", json!(foreign))], vec![("assetId", json!(locked))], vec![("assetId", json!(NONE))],
            vec![("personId", json!(theirs))], vec![("personId", json!(NONE))], vec![("personId", Value::Null)],
            vec![("width", json!(0))], vec![("x", json!(10))], vec![("y", json!(0.5))], vec![("imageWidth", json!(1_i64 << 40))],
            vec![("imageHeight", json!(-1))], vec![("height", json!("5"))],
        ] {
            app.post("/api/faces").user(&alice).json(&body(&change)).send().await.expect(400);
        }
        assert_eq!(app.count(stmt!("select count(*) as n from asset_face")).await, 0);
        app.elevate(&alice).await;
        app.post("/api/faces").user(&alice).json(&body(&[("assetId", json!(locked))])).send().await.expect(201);
        assert_eq!(face_count(&app, &anna).await, 0);
        assert_eq!(portrait(&app, &anna).await, None, "a locked photo makes no portrait");
        app.get("/api/faces").user(&alice).send().await.expect(400);
        app.sql(stmt!("delete from job")).await;
    }

    async fn people_become_one(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (one, two) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let (nobody, anna) = (person(&app, &alice, "").await, person(&app, &alice, "Anna").await);
        let twin = person(&app, &alice, "Twin").await;
        let theirs = person(&app, &bob, "Theirs").await;
        put(&app, &alice, &format!("/api/people/{twin}"), json!({ "birthDate": "1990-01-01" })).await.expect(200);
        face(&app, &alice, &one, &anna).await;
        face(&app, &alice, &two, &twin).await;
        picture(&app, &anna, "thumbs/anna.jpeg").await;
        let merge = async |into: &str, ids: Value| {
            let path = format!("/api/people/{into}/merge");
            app.post(&path).user(&alice).json(&json!({ "ids": ids })).send().await
        };
        let refused = merge(&nobody, json!([anna, nobody])).await.expect(400);
        assert_eq!(refused.message(), "Cannot merge a person into themselves");
        merge(&theirs, json!([anna])).await.expect(400);
        app.take_round_trips();
        let done = merge(&nobody, json!([anna, twin, anna, theirs, NONE])).await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(errors(&done), [Value::Null, Value::Null, "duplicate".into(), "no_permission".into(), "no_permission".into()]);
        let left = app.get(&format!("/api/people/{nobody}")).user(&alice).send().await.expect(200).json();
        assert_eq!((&left["name"], &left["birthDate"]), (&json!("Anna"), &json!("1990-01-01")));
        assert_eq!(face_count(&app, &nobody).await, 2);
        assert!(portrait(&app, &nobody).await.is_some());
        assert_eq!(app.count(stmt!("select count(*) as n from person_audit")).await, 2);
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion where object_key = 'thumbs/anna.jpeg'")).await, 1);
        // A ring has no end: who was merged is gone.
        merge(&anna, json!([nobody])).await.expect(400);
        assert_eq!(app.count(stmt!("select count(*) as n from person where owner_id = ?1", &alice.id)).await, 1);
        app.sql(stmt!("delete from job")).await;
    }

    async fn faces_go_from_people_to_another(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (one, two) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let (anna, ben) = (person(&app, &alice, "Anna").await, person(&app, &alice, "Ben").await);
        let theirs = person(&app, &bob, "Theirs").await;
        face(&app, &alice, &one, &anna).await;
        let other = face(&app, &alice, &two, &anna).await;
        picture(&app, &anna, "thumbs/anna.jpeg").await;
        let path = format!("/api/people/{ben}/reassign");
        let pair = |person: &str, asset: &str| json!({ "personId": person, "assetId": asset });
        put(&app, &alice, &path, json!({ "data": [pair(&theirs, &one)] })).await.expect(400);
        put(&app, &bob, &path, json!({ "data": [pair(&anna, &one)] })).await.expect(400);
        put(&app, &alice, &path, json!({ "data": {} })).await.expect(400);
        let body = json!({ "data": [pair(&anna, &one), pair(&anna, NONE)] });
        let people = put(&app, &alice, &path, body).await.expect(200).json();
        let seen: Vec<&str> = people.as_array().unwrap().iter().map(|person| text(&person["name"])).collect();
        assert_eq!(seen, ["Ben", "Anna"]);
        assert_eq!((face_count(&app, &anna).await, face_count(&app, &ben).await), (1, 1));
        assert_eq!(portrait(&app, &anna).await, Some(other));
        assert_eq!(people[1]["thumbnailPath"], "", "it shows a face that is another's now");
        app.sql(stmt!("delete from job")).await;
    }

    async fn a_portrait_shows_the_person_and_is_only_the_owners(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (one, two) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let (anna, ben) = (person(&app, &alice, "Anna").await, person(&app, &alice, "Ben").await);
        face(&app, &alice, &one, &anna).await;
        let second = face(&app, &alice, &two, &anna).await;
        let path = format!("/api/people/{anna}");
        let thumbnail = format!("{path}/thumbnail");
        app.get(&thumbnail).user(&alice).send().await.expect(404);
        picture(&app, &anna, "thumbs/anna.jpeg").await;
        app.take_round_trips();
        let shown = app.get(&thumbnail).user(&alice).send().await.expect(200);
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(shown.header("cache-control"), "private, no-cache, no-transform");
        assert_eq!((shown.header("content-type"), &shown.body[..]), ("image/jpeg", &b"portrait"[..]));
        app.get(&thumbnail).user(&bob).send().await.expect(400);
        let feature = async |path: &str, asset: &str| put(&app, &alice, path, json!({ "featureFaceAssetId": asset })).await;
        let refused = feature(&format!("/api/people/{ben}"), &one).await.expect(400);
        assert_eq!(refused.message(), "Invalid assetId for feature face or asset is offline");
        feature(&path, &two).await.expect(200);
        assert_eq!(portrait(&app, &anna).await, Some(second));
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'PersonGenerateThumbnail'")).await, 1);
        app.sql(stmt!("delete from job")).await;
        // What is locked is seen nowhere else.
        put(&app, &alice, "/api/assets", json!({ "ids": [two], "visibility": "locked" })).await.expect(204);
        app.get(&thumbnail).user(&alice).send().await.expect(404);
        assert_ne!(portrait(&app, &anna).await, None, "the other photo");
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion where object_key = 'thumbs/anna.jpeg'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'PersonGenerateThumbnail'")).await, 1);
        feature(&path, &two).await.expect(400);
        app.get(&format!("/api/faces?id={two}")).user(&alice).send().await.expect(400);
        app.sql(stmt!("delete from job")).await;
    }

    async fn people_are_changed_together(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let (anna, ben) = (person(&app, &alice, "Anna").await, person(&app, &alice, "Ben").await);
        let theirs = person(&app, &bob, "Theirs").await;
        face(&app, &alice, &photo, &anna).await;
        app.sql(stmt!("delete from job")).await;
        let body = json!({ "people": [
            { "id": anna, "isHidden": true, "featureFaceAssetId": photo }, { "id": ben, "featureFaceAssetId": photo },
            { "id": theirs, "name": "Mine" }, { "id": NONE, "name": "Nobody" }, { "id": anna, "name": "Anne", "color": "#123456" },
        ] });
        app.take_round_trips();
        let done = put(&app, &alice, "/api/people", body).await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        let unknown = || json!("unknown");
        assert_eq!(errors(&done), [Value::Null, unknown(), unknown(), unknown(), Value::Null]);
        let now = app.get(&format!("/api/people/{anna}")).user(&alice).send().await.expect(200).json();
        assert_eq!((&now["name"], &now["color"], &now["isHidden"]), (&json!("Anne"), &json!("#123456"), &json!(false)));
        put(&app, &alice, "/api/people", json!({ "people": [{ "name": "x" }] })).await.expect(400);
        assert_eq!(put(&app, &alice, "/api/people", json!({ "people": [] })).await.expect(200).json(), json!([]));
        let delete = async |ids: Value| app.delete("/api/people").user(&alice).json(&json!({ "ids": ids })).send().await;
        delete(json!([anna, theirs])).await.expect(400);
        delete(json!([anna, ben, anna])).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from person")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_face where person_id is null")).await, 1);
        app.sql(stmt!("delete from job")).await;
    }

    async fn ten_thousand_people_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let ids: Vec<String> = (0..10_000).map(|_| app.app.uuid()).collect();
        app.sql(stmt!(
            "insert into person (id, owner_id, created_at, updated_at, update_id) \
             select v.value, cast(?2 as text), 0, 0, uuid7() from json_rows(?1) v", json!(ids).to_string(), &alice.id
        )).await;
        app.sql(stmt!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
             bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
             select 'f' || v.value, cast(?2 as text), cast(?3 as text), v.value, 9, 9, 0, 0, 9, 9, 0, uuid7() from json_rows(?1) v",
            json!(ids).to_string(), &photo, &alice.id
        )).await;
        let people: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "name": "n", "isHidden": true })).collect();
        let done = put(&app, &alice, "/api/people", json!({ "people": people })).await.expect(200).json();
        assert!(done.as_array().unwrap().iter().all(|one| one["success"] == true));
        let counts = page(&app, &alice, "").await;
        assert_eq!((&counts["total"], &counts["hidden"]), (&json!(10_000), &json!(10_000)));
        let into = person(&app, &alice, "All").await;
        let path = format!("/api/people/{into}/merge");
        let merged = app.post(&path).user(&alice).json(&json!({ "ids": ids })).send().await.expect(200).json();
        assert!(merged.as_array().unwrap().iter().all(|one| one["success"] == true));
        assert_eq!(face_count(&app, &into).await, 10_000);
        app.sql(stmt!("delete from job")).await;
    }

    async fn the_timeline_shows_a_person(app: TestApp) {
        let alice = app.user("alice").await;
        let (photo, _other) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let anna = person(&app, &alice, "Anna").await;
        face(&app, &alice, &photo, &anna).await;
        let months = app.get(&format!("/api/timeline/buckets?personId={anna}")).user(&alice).send().await.expect(200).json();
        assert_eq!(months[0]["count"], 1);
        app.sql(stmt!("delete from job")).await;
    }
}
