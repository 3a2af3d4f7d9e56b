//! What jobs decide about faces while another one has them, too: none is left that nobody looks at.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::{
    face_vectors::{
        detect::{self, Seen},
        recognize::{self, Outcome},
    },
    faces::Place,
    jobs::NewJob,
};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::json;

use crate::races::before_the_end;

fn areas() -> Vec<Area> {
    Vec::new()
}

/// A face that waits.
async fn face(app: &TestApp, user: &NewUser, id: &str) {
    let asset = app.asset(user).insert().await;
    app.sql(stmt!(
        "insert into asset_face (id, asset_id, owner_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
         bounding_box_x2, bounding_box_y2, updated_at, update_id) \
         values (?1, ?2, ?3, 1, 1, 0, 0, 1, 1, 0, ?1)",
        id,
        &asset,
        &user.id
    ))
    .await;
    app.sql(stmt!(
        "insert into face_vector (face_id, owner_id, model, seq, code, turn) values (?1, ?2, 'm', 1, 'AIA/', 0)",
        id,
        &user.id
    ))
    .await;
}

/// Stores what a job has decided, as one that holds its lease, and the job that goes on.
async fn store(app: &TestApp, user: &NewUser, outcome: &Outcome) {
    let job = NewJob::new(
        app.app.uuid(),
        JobName::FacialRecognition,
        json!({ "id": user.id }),
        1,
    );
    let mut batch = recognize::store(&user.id, outcome, 1);
    batch.push(recognize::go_on(&job, &user.id, outcome, 1));
    for statement in &mut batch {
        statement.sql = statement.sql.replace("{held}", "1 = 1").into();
    }
    app.app.db().batch(batch).await.unwrap();
}

/// These faces are given to a person.
fn given(person: &str, faces: &[&str]) -> Vec<(String, String)> {
    let pair = |face: &&str| ((*face).to_owned(), person.to_owned());
    faces.iter().map(pair).collect()
}

async fn jobs(app: &TestApp) -> i64 {
    app.count(stmt!(
        "select count(*) as n from job where kind = 'FacialRecognition'"
    ))
    .await
}

on_each_database! {
    async fn faces_whose_person_was_not_made_are_looked_at_again(app: TestApp) {
        let alice = app.user("alice").await;
        for id in ["one", "two"] {
            face(&app, &alice, id).await;
        }
        app.sql(stmt!("delete from job")).await;
        let outcome = Outcome {
            people: vec![("p".to_owned(), "one".to_owned())],
            assigned: vec![("one".to_owned(), "p".to_owned()), ("two".to_owned(), "p".to_owned())],
            ..Outcome::default()
        };
        // Another job has settled the first one.
        let settle = "update face_vector set turn = ?1 where face_id = 'one'";
        for (turn, waiting, people) in [(2, 1, 0), (0, 0, 1)] {
            app.sql(stmt!(settle, turn)).await;
            app.sql(stmt!("delete from job")).await;
            store(&app, &alice, &outcome).await;
            let made = app.count(stmt!("select count(*) as n from person")).await;
            assert_eq!((jobs(&app).await, made), (waiting, people), "turn {turn}");
        }
    }

    async fn faces_that_were_given_up_meanwhile_are_looked_at_again(app: TestApp) {
        let alice = app.user("alice").await;
        for id in ["one", "two"] {
            face(&app, &alice, id).await;
        }
        app.sql(stmt!("delete from job")).await;
        let outcome = Outcome {
            people: vec![("p".to_owned(), "one".to_owned())],
            assigned: vec![("one".to_owned(), "p".to_owned()), ("two".to_owned(), "p".to_owned())],
            ..Outcome::default()
        };
        // Another job had nobody for the second one.
        app.sql(stmt!("update face_vector set turn = 2 where face_id = 'two'")).await;
        store(&app, &alice, &outcome).await;
        let waiting = recognize::waiting(app.app.db(), &alice.id, "m", 10).await.unwrap();
        assert_eq!(waiting.iter().map(|face| face.id.as_str()).collect::<Vec<_>>(), ["two"]);
        assert_eq!(jobs(&app).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_face where person_id = 'p'")).await, 1);
    }

    async fn a_group_that_another_job_has_begun_is_not_begun_again(app: TestApp) {
        let alice = app.user("alice").await;
        let all = ["one", "two", "three", "four"];
        for id in all {
            face(&app, &alice, id).await;
        }
        app.sql(stmt!("delete from job")).await;
        let begun = |person: &str, faces: &[&str], settled: &[&str]| Outcome {
            people: vec![(person.to_owned(), faces[0].to_owned())],
            assigned: given(person, faces),
            settled: settled.iter().map(|&id| id.to_owned()).collect(),
            nobodys: all.map(str::to_owned).into(),
            ..Outcome::default()
        };
        store(&app, &alice, &begun("p", &["one"], &[])).await;
        assert_eq!(jobs(&app).await, 0);
        // Another job read the same faces before that was stored.
        store(&app, &alice, &begun("q", &["two", "three"], &["four"])).await;
        assert_eq!(app.count(stmt!("select count(*) as n from person")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_face where person_id = 'p'")).await, 1);
        let waiting = recognize::waiting(app.app.db(), &alice.id, "m", 10).await.unwrap();
        assert_eq!((waiting.len(), jobs(&app).await), (3, 1), "the others are looked at again");
    }

    async fn a_face_is_not_given_up_whose_neighbour_is_somebody_meanwhile(app: TestApp) {
        let alice = app.user("alice").await;
        for id in ["one", "two"] {
            face(&app, &alice, id).await;
        }
        app.sql(stmt!("delete from job")).await;
        let person = Outcome { people: vec![("p".to_owned(), "one".to_owned())], assigned: given("p", &["one"]), ..Outcome::default() };
        let nobody = Outcome { settled: vec!["two".to_owned()], nobodys: vec!["one".to_owned(), "two".to_owned()], ..Outcome::default() };
        store(&app, &alice, &person).await;
        store(&app, &alice, &nobody).await;
        let waiting = recognize::waiting(app.app.db(), &alice.id, "m", 10).await.unwrap();
        assert_eq!((waiting.len(), jobs(&app).await), (1, 1));
        store(&app, &alice, &Outcome { nobodys: Vec::new(), ..nobody }).await;
        assert_eq!(recognize::waiting(app.app.db(), &alice.id, "m", 10).await.unwrap(), []);
    }
}

/// A photo's faces are stored while the job that waits for its owner begins: they store no other job, so that one must see them.
#[test]
fn faces_that_are_stored_meanwhile_are_seen_by_the_job_that_was_there() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let found = detect::find(app.app.db(), &asset).await.unwrap();
        let side = 1;
        let seen = Seen {
            id: "face".to_owned(),
            place: Place {
                x1: 0,
                y1: 0,
                x2: side,
                y2: side,
                width: side,
                height: side,
            },
            code: "AIA/".to_owned(),
            is_new: true,
        };
        let mut storing = detect::store(&found.unwrap(), "m", &[seen], &[], 1);
        for statement in &mut storing {
            statement.sql = statement.sql.replace("{held}", "1 = 1").into();
        }
        let reading = recognize::waiting_statements(&alice.id, "m", 10);
        let [stored, read] = before_the_end(&app, storing, reading.into()).await;
        stored.unwrap();
        let rows = read.unwrap().pop().unwrap();
        let face = rows.first().unwrap().get::<String>("face_id").unwrap();
        assert_eq!(face, "face");
    });
}
