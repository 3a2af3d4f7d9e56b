//! Partners over HTTP (api/features.md section A, Partners).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_partners::ROUTES, fn_partners::routes())]
}

const NOBODY: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn share(app: &TestApp, by: &NewUser, with: &str) -> Reply {
    app.post("/api/partners")
        .user(by)
        .json(&json!({ "sharedWithId": with }))
        .send()
        .await
}

async fn list(app: &TestApp, user: &NewUser, direction: &str) -> Value {
    app.get(&format!("/api/partners?direction={direction}"))
        .user(user)
        .send()
        .await
        .expect(200)
        .json()
}

on_each_database! {
    async fn both_sides_see_a_partnership_each_from_their_side(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        app.take_round_trips();
        let made = share(&app, &alice, &bob.id).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((&made["id"], &made["name"], &made["inTimeline"]), (&json!(bob.id), &json!("bob"), &json!(false)));
        assert_eq!(list(&app, &alice, "shared-by").await, json!([made]));
        app.take_round_trips();
        assert_eq!(list(&app, &alice, "shared-with").await, json!([]));
        assert_eq!(app.take_round_trips(), 1);
        let theirs = list(&app, &bob, "shared-with").await;
        assert_eq!((&theirs[0]["id"], theirs.as_array().unwrap().len()), (&json!(alice.id), 1));
        assert_eq!(list(&app, &bob, "shared-by").await, json!([]));
    }

    async fn the_receiver_decides_about_the_timeline(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        share(&app, &alice, &bob.id).await.expect(201);
        let path = format!("/api/partners/{}", alice.id);
        let body = json!({ "inTimeline": true });
        let changed = app.put(&path).user(&bob).json(&body).send_in_two().await.expect(200).json();
        assert_eq!((&changed["id"], &changed["inTimeline"]), (&json!(alice.id), &json!(true)));
        assert_eq!(list(&app, &alice, "shared-by").await[0]["inTimeline"], json!(true));
        let path = format!("/api/partners/{}", bob.id);
        let refused = app.put(&path).user(&alice).json(&body).send().await.expect(400);
        assert_eq!(refused.message(), "Not found or no partner.update access");
    }

    async fn the_end_is_told_to_sync(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let path = format!("/api/partners/{}", bob.id);
        app.post(&path).user(&alice).send().await.expect(201);
        let foreign = app.delete(&format!("/api/partners/{}", alice.id)).user(&bob).send().await.expect(400);
        assert_eq!(foreign.message(), "Partner not found");
        app.take_round_trips();
        app.delete(&path).user(&alice).send().await.expect(204);
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(list(&app, &bob, "shared-with").await, json!([]));
        let told = stmt!(
            "select count(*) as n from partner_audit where shared_by_id = ?1 and shared_with_id = ?2",
            &alice.id, &bob.id
        );
        assert_eq!(app.count(told).await, 1);
        app.delete(&path).user(&alice).send().await.expect(400);
        share(&app, &alice, &bob.id).await.expect(201);
    }

    async fn what_cannot_be_shared_is_named(app: TestApp) {
        let (alice, bob, gone) = (app.user("alice").await, app.user("bob").await, app.user("gone").await);
        app.sql(stmt!("update users set deleted_at = 1 where id = ?1", &gone.id)).await;
        share(&app, &alice, &bob.id).await.expect(201);
        for (with, message) in [
            (bob.id.as_str(), "Partner already exists"),
            (alice.id.as_str(), "Cannot share with yourself"),
            (NOBODY, "User not found"),
            (gone.id.as_str(), "User not found"),
        ] {
            assert_eq!(share(&app, &alice, with).await.expect(400).message(), message);
        }
        share(&app, &alice, "bob").await.expect(400);
        app.get("/api/partners").user(&alice).send().await.expect(400);
        app.get("/api/partners?direction=both").user(&alice).send().await.expect(400);
        let rows = app.count(stmt!("select count(*) as n from partner")).await;
        assert_eq!(rows, 1);
    }
}
