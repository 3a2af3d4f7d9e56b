//! The function on its jobs: a small model that these tests make finds faces in photos that they paint (docs/faces.md).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod network;
mod photo;
mod service;
mod world;

use edge_api::enums::JobName;
use edge_platform::{Rows, stmt};
use edge_store::face_vectors::recognize;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs as _;
use serde_json::{Value, json};
use world::{install, install_as, run, store, upload, upload_bytes};

/// Two people and somebody else: bits of what they look like.
const ANNA: u32 = 0x1F2E_3D4C;
const BEN: u32 = 0xA5D1_96E3;
const OTHER: u32 = 0x6B07_F81A;

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_people::ROUTES, fn_people::routes()),
        Area::new(fn_faces::ROUTES, fn_faces::routes()),
        Area::new(fn_cluster_groups::ROUTES, fn_cluster_groups::routes()),
        Area::new(fn_edits::ROUTES, fn_edits::routes()),
        Area::new(fn_jobs::ROUTES, fn_jobs::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
        Area::new(fn_system_config::ROUTES, fn_system_config::routes()),
    ]
}

/// The faces of an asset, as the API tells them: id and person, in order of their left edges.
async fn faces(app: &TestApp, user: &NewUser, asset: &str) -> Vec<(String, Option<String>)> {
    let reply = app
        .get(&format!("/api/faces?id={asset}"))
        .user(user)
        .send()
        .await;
    let faces = reply.expect(200).json();
    let mut faces = faces.as_array().unwrap().clone();
    faces.sort_by_key(|face| face["boundingBoxX1"].as_i64());
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let pair = |face: &Value| (text(&face["id"]).unwrap(), text(&face["person"]["id"]));
    faces.iter().map(pair).collect()
}

async fn persons(app: &TestApp, user: &NewUser, asset: &str) -> Vec<Option<String>> {
    let faces = faces(app, user, asset).await;
    faces.into_iter().map(|(_, person)| person).collect()
}

async fn rows(app: &TestApp, sql: &'static str) -> Rows {
    app.sql(stmt!(sql)).await
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.count(stmt!(sql)).await
}

/// Why jobs failed.
async fn failures(app: &TestApp) -> Vec<String> {
    let rows = rows(
        app,
        "select kind || ': ' || last_error as n from job where state = 'failed' order by id",
    )
    .await;
    rows.iter().map(|row| row.get("n").unwrap()).collect()
}

async fn share(app: &TestApp, by: &NewUser, with: &NewUser) {
    let sql = "insert into partner (shared_by_id, shared_with_id, in_timeline, created_at, updated_at, create_id, update_id) \
               values (?1, ?2, 1, 0, 0, uuid7(), uuid7())";
    app.sql(stmt!(sql, &by.id, &with.id)).await;
}

/// The cluster group of an account.
async fn group(app: &TestApp, user: &NewUser) -> String {
    let sql = "select cluster_group_id as n from users where id = ?1";
    let rows = app.sql(stmt!(sql, &user.id)).await;
    rows.first().unwrap().get("n").unwrap()
}

const ML_FACES: &str =
    "select count(*) as n from asset_face where source_type = 'machine-learning'";

on_each_database! {
    async fn faces_are_found_and_become_people(app: TestApp) {
        install(&app).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let one = upload(&app, &alice, "1.jpg", &[(ANNA, 3, 4)]).await;
        let two = upload(&app, &alice, "2.jpg", &[(ANNA, 6, 12), (OTHER, 14, 2)]).await;
        let foreign = upload(&app, &bob, "b.jpg", &[(ANNA, 3, 4)]).await;
        run(&app).await;
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        assert_eq!(persons(&app, &alice, &two).await, [None, None], "two faces are no person yet");
        let three = upload(&app, &alice, "3.jpg", &[(BEN, 4, 4), (ANNA, 12, 9)]).await;
        run(&app).await;
        let anna = persons(&app, &alice, &one).await[0].clone();
        assert!(anna.is_some());
        assert_eq!(persons(&app, &alice, &two).await, [anna.clone(), None], "looked at again, for the third is next to it");
        assert_eq!(persons(&app, &alice, &three).await, [None, anna.clone()]);
        assert_eq!(persons(&app, &bob, &foreign).await, [None]);
        // What the API says of them.
        let reply = app.get(&format!("/api/faces?id={one}")).user(&alice).send().await.expect(200).json();
        let place = ["boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2", "imageWidth", "imageHeight"];
        assert_eq!(place.map(|side| reply[0][side].as_i64().unwrap()), [64, 96, 160, 192, 640, 640]);
        assert_eq!(reply[0]["sourceType"], "machine-learning");
        let people = app.get("/api/people").user(&alice).send().await.expect(200).json();
        assert_eq!((people["total"].as_i64(), people["people"][0]["id"].as_str()), (Some(1), anna.as_deref()));
        assert_ne!(people["people"][0]["thumbnailPath"], "", "with a portrait");
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
        assert_eq!(count(&app, "select count(*) as n from asset_job_status where faces_recognized_at is not null").await, 4);
    }

    async fn faces_that_are_looked_for_again_stay_who_they_are(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        let mut photos = Vec::new();
        for name in ["1.jpg", "2.jpg", "3.jpg"] {
            photos.push(upload(&app, &alice, name, &[(ANNA, 3, 4), (BEN, 12, 12)]).await);
        }
        run(&app).await;
        let before = faces(&app, &alice, &photos[0]).await;
        let people: Vec<_> = before.iter().map(|(_, person)| person.clone().unwrap()).collect();
        assert_ne!(people[0], people[1]);
        let body = json!({ "name": "Anna" });
        app.put(&format!("/api/people/{}", people[0])).user(&alice).json(&body).send().await.expect(200);
        // One face was put away, one is in the picture no more.
        let away = faces(&app, &alice, &photos[1]).await[1].0.clone();
        app.delete(&format!("/api/faces/{away}")).user(&alice).json(&json!({ "force": false })).send().await.expect(204);
        let preview = "select path as n from asset_file where asset_id = ?1 and type = 'preview'";
        let key: String = app.sql(stmt!(preview, &photos[2])).await.first().unwrap().get("n").unwrap();
        app.app.objects.put(&key, photo::of(&[(ANNA, 3, 4)]).into(), "image/jpeg").await.unwrap();
        store(&app, JobName::AssetDetectFacesQueueAll, json!({ "force": true })).await;
        run(&app).await;
        assert_eq!(faces(&app, &alice, &photos[0]).await, before);
        assert_eq!(faces(&app, &alice, &photos[1]).await.len(), 1);
        assert_eq!(faces(&app, &alice, &photos[2]).await.len(), 1);
        assert_eq!(count(&app, ML_FACES).await, 5);
        assert_eq!(count(&app, "select count(*) as n from asset_face_audit").await, 1);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn faces_that_are_found_after_an_edit_are_hidden_where_it_cut_them_away(app: TestApp) {
        let alice = app.user("alice").await;
        let one = upload(&app, &alice, "1.jpg", &[(ANNA, 3, 4), (BEN, 12, 12)]).await;
        run(&app).await;
        let crop = json!({ "edits": [{ "action": "crop", "parameters": { "x": 0, "y": 320, "width": 640, "height": 320 } }] });
        let path = format!("/api/assets/{one}/edits");
        app.put(&path).user(&alice).json(&crop).send().await.expect(200);
        run(&app).await;
        // Only now there is a model: it sees the picture without its edits.
        install(&app).await;
        app.clock.advance(60_000);
        store(&app, JobName::AssetDetectFaces, json!({ "id": one })).await;
        run(&app).await;
        assert_eq!(count(&app, ML_FACES).await, 2);
        let shown = faces(&app, &alice, &one).await;
        assert_eq!(shown.len(), 1, "{shown:?}");
        let bottom = "select bounding_box_y1 as n from asset_face where is_visible = 1";
        assert_eq!(count(&app, bottom).await, 352, "the one below the cut");
        app.delete(&path).user(&alice).send().await.expect(204);
        run(&app).await;
        assert_eq!(faces(&app, &alice, &one).await.len(), 2);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn another_model_looks_at_everything_anew(app: TestApp) {
        install(&app).await;
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        let mut photos = Vec::new();
        for name in ["1.jpg", "2.jpg", "3.jpg"] {
            photos.push(upload(&app, &alice, name, &[(ANNA, 3, 4)]).await);
        }
        run(&app).await;
        let before = faces(&app, &alice, &photos[0]).await;
        app.sql(stmt!(
            "insert into face_vector_block (owner_id, model, block, last_seq, ids, codes) values (?1, ?2, 0, 0, '[]', '')", &alice.id, network::NAME
        )).await;
        let mut config = app.get("/api/system-config").user(&admin).send().await.expect(200).json();
        config["machineLearning"]["facialRecognition"]["modelName"] = json!("missing");
        app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200);
        assert_eq!(count(&app, "select count(*) as n from job").await, 0, "it is not installed");
        install_as(&app, "other").await;
        config["machineLearning"]["facialRecognition"]["modelName"] = json!("other");
        app.put("/api/system-config").user(&admin).json(&config).send().await.expect(200);
        run(&app).await;
        assert_eq!(faces(&app, &alice, &photos[0]).await, before, "who they are stays");
        assert_eq!(count(&app, "select count(*) as n from face_vector where model = 'other'").await, 3);
        assert_eq!(count(&app, "select count(*) as n from face_vector where model <> 'other'").await, 0);
        assert_eq!(count(&app, "select count(*) as n from face_vector_block").await, 0, "nobody reads what the former model made");
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn sorted_anew_people_keep_their_names(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        let mut photos = Vec::new();
        for name in ["1.jpg", "2.jpg", "3.jpg", "4.jpg"] {
            photos.push(upload(&app, &alice, name, &[(ANNA, 3, 4), (BEN, 12, 12)]).await);
        }
        run(&app).await;
        let people = persons(&app, &alice, &photos[0]).await;
        // One of Anna's faces was given to Ben, one was drawn by hand.
        let (wrong, _) = faces(&app, &alice, &photos[3]).await[0].clone();
        app.sql(stmt!("update asset_face set person_id = ?2, update_id = uuid7() where id = ?1", &wrong, people[1].as_deref())).await;
        let drawn = json!({
            "assetId": photos[0], "personId": people[1], "imageWidth": 640, "imageHeight": 640, "x": 600, "y": 10, "width": 30, "height": 30,
        });
        app.post("/api/faces").user(&alice).json(&drawn).send().await.expect(201);
        let admin = app.admin().await;
        let body = json!({ "command": "start", "force": true });
        app.put("/api/jobs/facialRecognition").user(&admin).json(&body).send().await.expect(200);
        run(&app).await;
        for photo in &photos[1..] {
            assert_eq!(persons(&app, &alice, photo).await, people);
        }
        assert_eq!(persons(&app, &alice, &photos[0]).await, [people[0].clone(), people[1].clone(), people[1].clone()]);
        assert_eq!(count(&app, "select count(*) as n from person").await, 2);
        assert_eq!(count(&app, "select count(*) as n from face_vector where turn < 2 or former_person_id is not null").await, 0);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn members_of_a_cluster_group_know_the_same_people_by_names_of_their_own(app: TestApp) {
        install(&app).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut hers = Vec::new();
        for name in ["1.jpg", "2.jpg", "3.jpg"] {
            hers.push(upload(&app, &alice, name, &[(ANNA, 3, 4)]).await);
        }
        let his = upload(&app, &bob, "b.jpg", &[(ANNA, 6, 12), (BEN, 14, 2)]).await;
        share(&app, &alice, &bob).await;
        share(&app, &bob, &alice).await;
        run(&app).await;
        let anna = persons(&app, &alice, &hers[0]).await[0].clone();
        assert!(anna.is_some());
        app.put(&format!("/api/people/{}", anna.as_deref().unwrap())).user(&alice).json(&json!({ "name": "Anna" })).send().await.expect(200);
        assert_eq!(persons(&app, &bob, &his).await, [None, None]);
        assert_eq!(persons(&app, &bob, &hers[0]).await, [None], "a partner's people are theirs alone");
        let together = group(&app, &alice).await;
        let body = json!({ "userId": bob.id });
        let asked = app.put(&format!("/api/cluster-groups/{together}/requests")).user(&alice).json(&body).send().await.expect(201).json();
        let accept = format!("/api/cluster-groups/requests/{}/accept", asked["id"].as_str().unwrap());
        app.post(&accept).user(&bob).send().await.expect(204);
        app.post(&format!("/api/cluster-groups/{together}/regenerate-people")).user(&bob).send().await.expect(204);
        run(&app).await;
        // His one photo of her is enough, for there are hers.
        let known = persons(&app, &bob, &his).await;
        assert!(known[0].is_some() && known[0] != anna && known[1].is_none(), "{known:?}");
        for photo in &hers {
            assert_eq!(persons(&app, &alice, photo).await, std::slice::from_ref(&anna));
            assert_eq!(persons(&app, &bob, photo).await, [known[0].clone()]);
        }
        assert_eq!(persons(&app, &alice, &his).await, [anna.clone(), None]);
        let name = |person: &Option<String>| format!("/api/people/{}", person.as_deref().unwrap());
        assert_eq!(app.get(&name(&anna)).user(&alice).send().await.expect(200).json()["name"], "Anna");
        assert_eq!(app.get(&name(&known[0])).user(&bob).send().await.expect(200).json()["name"], "");
        // Another photo of his comes without anything being sorted anew.
        let next = upload(&app, &bob, "c.jpg", &[(ANNA, 3, 4)]).await;
        run(&app).await;
        assert_eq!(persons(&app, &bob, &next).await, [known[0].clone()]);
        assert_eq!(persons(&app, &alice, &next).await, std::slice::from_ref(&anna));
        app.post(&format!("/api/cluster-groups/{together}/leave")).user(&bob).send().await.expect(204);
        assert_eq!(persons(&app, &bob, &next).await, [known[0].clone()]);
        assert_eq!(persons(&app, &alice, &next).await, [None]);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn only_the_group_that_asks_waits_while_its_faces_are_sorted_anew(app: TestApp) {
        install(&app).await;
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let together = group(&app, &alice).await;
        app.sql(stmt!("update users set cluster_group_id = ?2, update_id = uuid7() where id = ?1", &bob.id, &together)).await;
        for user in [&alice, &bob, &carol] {
            upload(&app, user, &format!("{}.jpg", user.id), &[(ANNA, 3, 4)]).await;
        }
        run(&app).await;
        // Each of them has a face that waits while a job of each kind waits, too.
        let waiting = async |payload: Value| {
            app.sql(stmt!("delete from job")).await;
            app.sql(stmt!("update face_vector set turn = 0")).await;
            store(&app, JobName::FacialRecognitionQueueAll, payload).await;
            let mut found = Vec::new();
            for user in [&alice, &bob, &carol] {
                let faces = recognize::waiting(app.app.db(), &user.id, network::NAME, 10).await.unwrap();
                found.push(faces.len());
            }
            found
        };
        assert_eq!(waiting(json!({ "force": true, "group": together })).await, [0, 0, 1]);
        assert_eq!(waiting(json!({ "force": true, "group": together, "after": "f" })).await, [0, 0, 1]);
        assert_eq!(waiting(json!({ "force": true })).await, [0, 0, 0]);
        assert_eq!(waiting(json!({ "force": true, "group": null, "after": "f" })).await, [0, 0, 0]);
        // Jobs that only store others take nobody's faces back.
        assert_eq!(waiting(json!({ "owners": "", "group": together })).await, [1, 1, 1]);
        assert_eq!(waiting(json!({ "nightly": true })).await, [1, 1, 1]);
        // And one of a group stores jobs for its members alone.
        store(&app, JobName::FacialRecognitionQueueAll, json!({ "owners": "", "group": together })).await;
        app.sql(stmt!("delete from job where payload like '%nightly%'")).await;
        while fn_faces_ml::run(&app.app).await.unwrap().is_some() {}
        let untouched = rows(&app, "select owner_id as n from face_vector where turn = 0").await;
        let untouched: Vec<String> = untouched.iter().map(|row| row.get("n").unwrap()).collect();
        assert_eq!(untouched, std::slice::from_ref(&carol.id));
    }

    async fn a_locked_folder_has_no_say_in_the_libraries_of_others(app: TestApp) {
        install(&app).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        for name in ["1.jpg", "2.jpg", "3.jpg"] {
            upload(&app, &alice, name, &[(ANNA, 3, 4)]).await;
        }
        run(&app).await;
        app.sql(stmt!("update asset set visibility = 'locked', update_id = uuid7() where owner_id = ?1", &alice.id)).await;
        let together = group(&app, &alice).await;
        app.sql(stmt!("update users set cluster_group_id = ?2, update_id = uuid7() where id = ?1", &bob.id, &together)).await;
        let his = upload(&app, &bob, "b.jpg", &[(ANNA, 6, 12)]).await;
        run(&app).await;
        assert_eq!(persons(&app, &bob, &his).await, [None]);
    }

    async fn without_a_model_nothing_is_looked_for_and_whoever_asks_hears_why(app: TestApp) {
        let (alice, admin) = (app.user("alice").await, app.admin().await);
        upload(&app, &alice, "1.jpg", &[(ANNA, 3, 4)]).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
        let features = app.get("/api/server/features").send().await.expect(200).json();
        assert_eq!(features["facialRecognition"], false);
        let body = json!({ "command": "start", "force": false });
        app.put("/api/jobs/faceDetection").user(&admin).json(&body).send().await.expect(200);
        run(&app).await;
        let reason = "AssetDetectFacesQueueAll: no model for faces is installed: buffalo_l is configured (cargo xtask models add)";
        assert_eq!(failures(&app).await, [reason]);
        // Installed meanwhile: an isolate sees it within a minute, and what was missing is made up for.
        install(&app).await;
        app.clock.advance(60_000);
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["facialRecognition"], true);
        app.put("/api/jobs/faceDetection").user(&admin).json(&body).send().await.expect(200);
        run(&app).await;
        assert_eq!(count(&app, ML_FACES).await, 1);
        let off = json!({ "machineLearning": { "facialRecognition": { "enabled": false } } });
        app.sql(stmt!("insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 0)", off.to_string())).await;
        assert_eq!(app.get("/api/server/features").send().await.expect(200).json()["facialRecognition"], false);
    }

    async fn the_night_takes_up_what_waits(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        for name in ["1.jpg", "2.jpg", "3.jpg"] {
            upload(&app, &alice, name, &[(ANNA, 3, 4)]).await;
        }
        // The first look at the day waits for the first night.
        app.tick().await;
        run(&app).await;
        app.sql(stmt!("update asset_face set person_id = null, update_id = uuid7()")).await;
        app.sql(stmt!("update face_vector set turn = 0")).await;
        assert_eq!(count(&app, "select count(*) as n from asset_face where person_id is not null").await, 0);
        app.clock.advance(86_400_000);
        app.tick().await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from asset_face where person_id is not null").await, 3);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
    }

    async fn a_damaged_model_or_picture_is_a_reason_and_stores_nothing(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        let stage = format!("models/{}/recognition/0.stage", network::NAME);
        let mut bytes = network::files(network::NAME)[1].1.clone();
        *bytes.last_mut().unwrap() ^= 1;
        app.app.objects.put(&stage, bytes.into(), "application/octet-stream").await.unwrap();
        let one = upload(&app, &alice, "1.jpg", &[(ANNA, 3, 4)]).await;
        run(&app).await;
        assert_eq!(failures(&app).await, ["AssetDetectFaces: model yunet-sface: recognition/0.stage: wrong checksum"]);
        assert_eq!((count(&app, ML_FACES).await, count(&app, "select count(*) as n from face_vector").await), (0, 0));
        install(&app).await;
        app.sql(stmt!("delete from job")).await;
        let key: String = rows(&app, "select path as n from asset_file where type = 'preview'").await.first().unwrap().get("n").unwrap();
        app.app.objects.put(&key, b"no picture".to_vec().into(), "image/jpeg").await.unwrap();
        store(&app, JobName::AssetDetectFaces, json!({ "id": one })).await;
        run(&app).await;
        assert_eq!(failures(&app).await.len(), 1);
        assert_eq!(count(&app, ML_FACES).await, 0);
        // What is gone is no failure.
        app.sql(stmt!("delete from job")).await;
        store(&app, JobName::AssetDetectFaces, json!({ "id": app.app.uuid() })).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from job").await, 0);
    }

    async fn odd_pictures_have_no_faces(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        for (nth, bytes) in [
            photo::plain(1, 1, 255), photo::plain(640, 640, 0), photo::plain(30_000, 40, 200), photo::plain(40, 4_000, 0),
        ].into_iter().enumerate() {
            upload_bytes(&app, &alice, &format!("{nth}.jpg"), bytes).await;
        }
        run(&app).await;
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        assert_eq!(count(&app, ML_FACES).await, 0);
        assert_eq!(count(&app, "select count(*) as n from asset_job_status where faces_recognized_at is not null").await, 4);
    }

    async fn many_faces_come_into_blocks_and_are_found_there(app: TestApp) {
        install(&app).await;
        let alice = app.user("alice").await;
        let one = upload(&app, &alice, "1.jpg", &[(ANNA, 3, 4), (ANNA, 12, 12)]).await;
        run(&app).await;
        // 2,100 faces that are next to nobody: one number each is not zero, of which 48 there are; and none of them waits.
        app.sql(stmt!(
            "insert into asset_face (id, asset_id, owner_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
             bounding_box_x2, bounding_box_y2, updated_at, update_id) select 'f' || cast(v.value as text), ?2, ?3, 1, 1, 0, 0, 1, 1, 0, uuid7() \
             from json_rows(?1) v", numbers(), &one, &alice.id
        )).await;
        app.sql(stmt!(
            "insert into face_vector (face_id, owner_id, model, seq, code, turn) select 'f' || cast(v.value as text), ?2, 'yunet-sface', \
             10 + cast(v.value as integer), ?3, 2 from json_rows(?1) v", numbers(), &alice.id, nobody()
        )).await;
        let two = upload(&app, &alice, "2.jpg", &[(ANNA, 6, 6)]).await;
        run(&app).await;
        assert_eq!(count(&app, "select count(*) as n from face_vector_block").await, 1);
        let anna = persons(&app, &alice, &two).await;
        assert!(anna[0].is_some(), "the two faces in the tail were found");
        app.sql(stmt!("delete from asset_face where id like 'f%' and id <> 'f3'")).await;
        let three = upload(&app, &alice, "3.jpg", &[(ANNA, 8, 9)]).await;
        run(&app).await;
        assert_eq!(persons(&app, &alice, &three).await, anna);
        assert_eq!(failures(&app).await, [] as [&str; 0]);
        let seen = count(&app, "select count(*) as n from face_vector v where v.seq > (select max(b.last_seq) from face_vector_block b)").await;
        assert!(seen >= 2, "a new vector is behind the block, though all before it are gone: {seen}");
    }
}

fn numbers() -> String {
    json!((0..2_100).map(|n| n.to_string()).collect::<Vec<_>>()).to_string()
}

/// A vector that is next to no face.
fn nobody() -> String {
    use base64::Engine as _;
    let mut numbers = [0_u8; 48];
    numbers[0] = 127;
    base64::engine::general_purpose::STANDARD.encode(numbers)
}

/// End-to-end tests in workerd install the same model from here.
#[test]
fn the_model_is_left_for_other_tests() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("faces");
    for (name, bytes) in network::files(network::NAME) {
        let file = folder.join("model").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    for (nth, faces) in [
        [(ANNA, 3, 4), (OTHER, 12, 12)],
        [(ANNA, 9, 4), (BEN, 4, 12)],
        [(BEN, 3, 4), (ANNA, 12, 12)],
    ]
    .iter()
    .enumerate()
    {
        std::fs::write(folder.join(format!("{nth}.jpg")), photo::of(faces)).unwrap();
    }
}
