//! Ten thousand people or faces in one call, and round trips.

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{areas, face, face_count, faces, person, text};

on_each_database! {
    async fn ten_thousand_people_are_deleted_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let ids: Vec<String> = (0..10_000).map(|_| app.app.uuid()).collect();
        app.sql(stmt!(
            "insert into person (id, owner_id, created_at, updated_at, update_id) \
             select v.value, cast(?2 as text), 0, 0, uuid7() from json_rows(?1) v", json!(ids).to_string(), &alice.id
        )).await;
        let count = async |table: &str| app.count(stmt!(format!("select count(*) as n from {table}"))).await;
        let one_more = [ids.as_slice(), &[app.app.uuid()]].concat();
        let one_more = json!({ "ids": one_more });
        app.delete("/api/people").user(&alice).json(&one_more).send_in_two().await.expect(400);
        assert_eq!(count("person").await, 10_000, "all or none");
        app.delete("/api/people").user(&alice).json(&json!({ "ids": ids })).send_in_two().await.expect(204);
        assert_eq!((count("person").await, count("person_audit").await), (0, 10_000));
        app.sql(stmt!("delete from job")).await;
    }

    async fn ten_thousand_faces_get_another_person_in_one_call(app: TestApp) {
        let alice = app.user("alice").await;
        let photos = app.assets(&alice, 10_000).await;
        let (anna, ben) = (person(&app, &alice, "Anna").await, person(&app, &alice, "Ben").await);
        app.sql(stmt!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
             bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
             select 'f' || v.value, v.value, cast(?2 as text), cast(?3 as text), 9, 9, 0, 0, 9, 9, 0, uuid7() from json_rows(?1) v",
            json!(photos).to_string(), &alice.id, &anna
        )).await;
        assert_eq!(face_count(&app, &anna).await, 10_000);
        let data: Vec<Value> = photos.iter().map(|photo| json!({ "personId": anna, "assetId": photo })).collect();
        let request = app.put(&format!("/api/people/{ben}/reassign")).user(&alice).json(&json!({ "data": data }));
        assert_eq!(request.send_in_two().await.expect(200).json()[0]["id"], json!(ben));
        assert_eq!((face_count(&app, &anna).await, face_count(&app, &ben).await), (0, 10_000));
        app.sql(stmt!("delete from job")).await;
    }

    async fn people_and_faces_change_in_two_round_trips(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let (anna, ben) = (person(&app, &alice, "Anna").await, person(&app, &alice, "Ben").await);
        face(&app, &alice, &photo, &anna).await;
        let body = json!({
            "assetId": photo, "personId": anna, "imageWidth": 400, "imageHeight": 300, "x": 1, "y": 2, "width": 3, "height": 4,
        });
        app.post("/api/faces").user(&alice).json(&body).send_in_two().await.expect(201);
        let all = faces(&app, &alice, &photo).await;
        let (one, two) = (text(&all[0]["id"]), text(&all[1]["id"]));
        app.put(&format!("/api/faces/{ben}")).user(&alice).json(&json!({ "id": one })).send_in_two().await.expect(200);
        for (face, force) in [(one, true), (two, false)] {
            let body = json!({ "force": force });
            app.delete(&format!("/api/faces/{face}")).user(&alice).json(&body).send_in_two().await.expect(204);
        }
        let name = json!({ "name": "x" });
        app.put(&format!("/api/people/{ben}")).user(&alice).json(&name).send_in_two().await.expect(200);
        app.delete(&format!("/api/people/{ben}")).user(&alice).send_in_two().await.expect(204);
        app.sql(stmt!("delete from job")).await;
    }
}
