//! People become one as clients of 3.2 ask for it (api/v32.md section 6).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

const NONE: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

fn areas() -> Vec<Area> {
    vec![Area::new(fn_people::ROUTES, fn_people::routes())]
}

async fn person(app: &TestApp, user: &NewUser, name: &str) -> String {
    let reply = app
        .post("/api/people")
        .user(user)
        .json(&json!({ "name": name }))
        .send()
        .await;
    reply.expect(201).json()["id"].as_str().unwrap().to_owned()
}

on_each_database! {
    async fn the_first_takes_over_whoever_is_not_somebody_else(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let (nobody, anna) = (person(&app, &alice, "").await, person(&app, &alice, "Anna").await);
        let (ben, twin) = (person(&app, &alice, "Ben").await, person(&app, &alice, "Anna").await);
        let theirs = person(&app, &bob, "").await;
        let merge = async |ids: Value| {
            app.post("/api/people/merge").user(&alice).json(&json!({ "ids": ids })).send().await
        };
        for bad in [json!([]), json!([theirs, anna]), json!([NONE, anna])] {
            merge(bad).await.expect(400);
        }
        merge(json!("all")).await.expect(400);
        assert_eq!(merge(json!([nobody])).await.expect(200).json(), json!([]));
        app.take_round_trips();
        let done = merge(json!([nobody, anna, ben, twin, theirs, nobody])).await.expect(200).json();
        assert_eq!(app.take_round_trips(), 2);
        let errors: Vec<Value> = done.as_array().unwrap().iter().map(|result| result["error"].clone()).collect();
        let wanted = [Value::Null, "validation".into(), Value::Null, "no_permission".into(), "duplicate".into()];
        assert_eq!(errors, wanted, "{done}");
        let left = app.get(&format!("/api/people/{nobody}")).user(&alice).send().await.expect(200).json();
        assert_eq!(left["name"], "Anna");
        let people = stmt!("select count(*) as n from person where owner_id = ?1", &alice.id);
        assert_eq!(app.count(people).await, 2);
        app.sql(stmt!("delete from job")).await;
    }
}
