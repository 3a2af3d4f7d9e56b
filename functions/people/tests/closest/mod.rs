//! People by likeness.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_platform::stmt;
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::json;

use crate::{NONE, areas, face, names, page, person, put};

/// Gives a face a vector, as the networks do.
async fn looks(app: &TestApp, owner: &NewUser, face: &str, model: &str, numbers: [i8; 3]) {
    let code = STANDARD.encode(numbers.map(i8::cast_unsigned));
    app.sql(stmt!(
        "insert into face_vector (face_id, owner_id, model, seq, code, turn) values (?1, ?2, ?3, \
         (select coalesce(max(seq), 0) + 1 from face_vector), ?4, 2)",
        face,
        &owner.id,
        model,
        code
    ))
    .await;
}

/// A person whose only face, on this photo, looks so.
async fn looking(
    app: &TestApp,
    owner: &NewUser,
    photo: &str,
    name: &str,
    numbers: [i8; 3],
) -> String {
    let id = person(app, owner, name).await;
    let face = face(app, owner, photo, &id).await;
    looks(app, owner, &face, "m", numbers).await;
    id
}

on_each_database! {
    async fn people_are_ordered_by_likeness(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (photo, other, empty) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let anna = looking(&app, &alice, &photo, "Anna", [100, 0, 0]).await;
        let ben = looking(&app, &alice, &other, "Ben", [0, 100, 0]).await;
        looking(&app, &alice, &photo, "Cleo", [90, 40, 0]).await;
        looking(&app, &alice, &photo, "Dora", [40, 90, 0]).await;
        let hidden = looking(&app, &alice, &photo, "Hidden", [100, 1, 0]).await;
        put(&app, &alice, &format!("/api/people/{hidden}"), json!({ "isHidden": true })).await.expect(200);
        // One whose portrait has no vector, one of another model, one without faces.
        let emil = person(&app, &alice, "Emil").await;
        let drawn = face(&app, &alice, &photo, &emil).await;
        let found = face(&app, &alice, &other, &emil).await;
        app.sql(stmt!("update person set face_asset_id = ?2, update_id = uuid7() where id = ?1", &emil, &drawn)).await;
        looks(&app, &alice, &found, "m", [-100, 0, 0]).await;
        let fay = person(&app, &alice, "Fay").await;
        let foreign = face(&app, &alice, &photo, &fay).await;
        looks(&app, &alice, &foreign, "another", [100, 0, 0]).await;
        person(&app, &alice, "Gus").await;

        let usual = page(&app, &alice, "").await;
        app.take_round_trips();
        let closest = page(&app, &alice, &format!("closestPersonId={anna}")).await;
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(names(&closest), ["Anna", "Cleo", "Dora", "Ben", "Emil", "Fay", "Gus"]);
        assert_eq!((&closest["total"], &closest["hidden"]), (&usual["total"], &usual["hidden"]));
        assert_eq!(closest["hasNextPage"], false);
        let closest = page(&app, &alice, &format!("closestPersonId={ben}")).await;
        // Of two as far away the one comes first who does so usually: with two faces.
        assert_eq!(names(&closest), ["Ben", "Dora", "Cleo", "Emil", "Anna", "Fay", "Gus"]);
        let all = page(&app, &alice, &format!("closestPersonId={anna}&withHidden=true")).await;
        assert_eq!(names(&all)[..3], ["Anna", "Hidden", "Cleo"]);
        let second = page(&app, &alice, &format!("closestPersonId={anna}&size=3&page=2")).await;
        assert_eq!((names(&second), &second["hasNextPage"]), (vec!["Ben", "Emil", "Fay"], &json!(true)));
        let last = page(&app, &alice, &format!("closestPersonId={anna}&size=3&page=3")).await;
        assert_eq!((names(&last), &last["hasNextPage"]), (vec!["Gus"], &json!(false)));

        // By a photo: of the faces on it the nearest counts.
        let there = page(&app, &alice, &format!("closestAssetId={other}")).await;
        assert_eq!(names(&there), ["Emil", "Ben", "Dora", "Cleo", "Anna", "Fay", "Gus"]);
        for query in [format!("closestAssetId={empty}"), format!("closestPersonId={}", usual["people"].as_array().unwrap().iter()
            .find(|person| person["name"] == "Gus").unwrap()["id"].as_str().unwrap())] {
            assert_eq!(names(&page(&app, &alice, &query).await), names(&usual), "{query}: nobody to compare with");
        }
        app.sql(stmt!("update asset set visibility = 'locked', update_id = uuid7() where id = ?1", &other)).await;
        for (user, query, message) in [
            (&alice, format!("closestAssetId={other}"), "Not found or no asset.read access"),
            (&alice, format!("closestPersonId={NONE}"), "Not found or no person.read access"),
            (&bob, format!("closestPersonId={anna}"), "Not found or no person.read access"),
            (&bob, format!("closestAssetId={photo}"), "Not found or no asset.read access"),
        ] {
            let reply = app.get(&format!("/api/people?{query}")).user(user).send().await.expect(400);
            assert_eq!(reply.message(), message, "{query}");
        }
        app.sql(stmt!("delete from job")).await;
    }

    async fn behind_those_who_are_compared_the_usual_order_goes_on(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        // Five thousand in the order of their names; only 1100 and 5500 have a vector.
        app.sql(stmt!(
            "insert into person (id, owner_id, name, name_folded, created_at, updated_at, update_id) \
             with recursive n(i) as (select 1001 union all select i + 1 from n where i < 6000) \
             select '00000000-0000-4000-8000-00000000' || cast(i as text), ?1, cast(i as text), cast(i as text), 0, 0, uuid7() from n", &alice.id
        )).await;
        for name in ["1100", "5500"] {
            let face = app.app.uuid();
            app.sql(stmt!(
                "insert into asset_face (id, asset_id, owner_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
                 bounding_box_x2, bounding_box_y2, updated_at, update_id) values (?1, ?2, ?3, 9, 9, 0, 0, 9, 9, 0, uuid7())",
                &face, &photo, &alice.id
            )).await;
            app.sql(stmt!("update person set face_asset_id = ?2, update_id = uuid7() where id = '00000000-0000-4000-8000-00000000' || ?1", name, &face)).await;
            looks(&app, &alice, &face, "m", [1, 2, 3]).await;
        }
        let of = async |number: usize| {
            let page = page(&app, &alice, &format!("closestAssetId={photo}&size=1000&page={number}")).await;
            let names: Vec<String> = names(&page).iter().map(|name| (*name).to_owned()).collect();
            (names, page["hasNextPage"].clone())
        };
        let (mut seen, mut number) = (Vec::new(), 1);
        loop {
            let (names, has_next) = of(number).await;
            assert_eq!(names.len(), 1_000);
            seen.extend(names);
            number += 1;
            if has_next == json!(false) {
                break;
            }
        }
        assert_eq!((seen[0].as_str(), seen[1].as_str(), seen[101].as_str()), ("1100", "1001", "1102"));
        assert_eq!(seen[4_000..].first().map(String::as_str), Some("5001"));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5_000);
    }
}
