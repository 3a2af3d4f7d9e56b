//! Activities over HTTP (api/features.md section A, Activities).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_activities::ROUTES, fn_activities::routes()),
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
    ]
}

async fn add(app: &TestApp, user: &NewUser, body: Value) -> Reply {
    app.post("/api/activities")
        .user(user)
        .json(&body)
        .send()
        .await
}

async fn list(app: &TestApp, user: &NewUser, query: &str) -> Vec<Value> {
    let path = format!("/api/activities?{query}");
    let reply = app.get(&path).user(user).send().await.expect(200);
    reply.json().as_array().unwrap().clone()
}

/// Alice's album with one photo, which bob sees.
async fn album(app: &TestApp) -> (NewUser, NewUser, String, String) {
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let photo = app.asset(&alice).insert().await;
    let album = app.album(&alice, &[&photo], &[(&bob, "viewer")]).await;
    (alice, bob, album, photo)
}

on_each_database! {
    async fn likes_are_given_once_and_comments_as_often_as_one_likes(app: TestApp) {
        let (alice, bob, album, photo) = album(&app).await;
        let like = json!({ "albumId": album, "type": "like" });
        app.take_round_trips();
        let first = add(&app, &bob, like.clone()).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((&first["type"], &first["assetId"], &first["comment"]), (&json!("like"), &Value::Null, &Value::Null));
        assert_eq!(first["user"]["id"], bob.id);
        assert_eq!(add(&app, &bob, like).await.expect(200).json(), first);
        let on_photo = json!({ "albumId": album, "assetId": photo, "type": "like" });
        add(&app, &bob, on_photo.clone()).await.expect(201);
        add(&app, &bob, on_photo).await.expect(200);
        app.clock.advance(1);
        for text in ["nice", "nice"] {
            app.clock.advance(1);
            let body = json!({ "albumId": album, "assetId": photo, "type": "comment", "comment": text });
            add(&app, &alice, body).await.expect(201);
        }
        app.take_round_trips();
        let all = list(&app, &alice, &format!("albumId={album}")).await;
        assert_eq!(app.take_round_trips(), 1);
        let kinds: Vec<_> = all.iter().map(|one| one["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["like", "like", "comment", "comment"]);
        for (query, count) in [
            ("&level=album", 1), ("&level=asset", 3), ("&type=comment", 2), (&format!("&assetId={photo}"), 3),
            (&format!("&userId={}", bob.id), 2), (&format!("&userId={}&level=album&type=comment", bob.id), 0),
        ] {
            assert_eq!(list(&app, &bob, &format!("albumId={album}{query}")).await.len(), count, "{query}");
        }
        let counts = app.get(&format!("/api/activities/statistics?albumId={album}")).user(&bob).send().await.expect(200);
        assert_eq!(counts.json(), json!({ "comments": 2, "likes": 2 }));
        let path = format!("/api/activities/statistics?albumId={album}&assetId={photo}");
        let counts = app.get(&path).user(&bob).send().await.expect(200);
        assert_eq!(counts.json(), json!({ "comments": 2, "likes": 1 }));
    }

    async fn strangers_see_and_say_nothing(app: TestApp) {
        let (_, _, album, _) = album(&app).await;
        let carol = app.user("carol").await;
        let path = format!("/api/activities?albumId={album}");
        let refused = app.get(&path).user(&carol).send().await.expect(400);
        assert_eq!(refused.message(), "Not found or no album.read access");
        let path = format!("/api/activities/statistics?albumId={album}");
        app.get(&path).user(&carol).send().await.expect(400);
        let refused = add(&app, &carol, json!({ "albumId": album, "type": "like" })).await.expect(400);
        assert_eq!(refused.message(), "Not found or no activity.create access");
        app.get("/api/activities").user(&carol).send().await.expect(400);
    }

    async fn an_album_may_have_none(app: TestApp) {
        let (alice, bob, album, _) = album(&app).await;
        let body = json!({ "isActivityEnabled": false });
        app.patch(&format!("/api/albums/{album}")).user(&alice).json(&body).send().await.expect(200);
        let refused = add(&app, &bob, json!({ "albumId": album, "type": "like" })).await.expect(400);
        assert_eq!(refused.message(), "Not found or no activity.create access");
    }

    async fn authors_and_owners_of_the_album_remove(app: TestApp) {
        let (alice, bob, album, _) = album(&app).await;
        let carol = app.user("carol").await;
        let comment = json!({ "albumId": album, "type": "comment", "comment": "hm" });
        let hers = add(&app, &alice, comment.clone()).await.expect(201).json();
        let his = add(&app, &bob, comment).await.expect(201).json();
        let delete = async |user: &NewUser, id: &Value| {
            app.delete(&format!("/api/activities/{}", id.as_str().unwrap())).user(user).send().await
        };
        for user in [&bob, &carol] {
            let refused = delete(user, &hers["id"]).await.expect(400);
            assert_eq!(refused.message(), "Not found or no activity.delete access");
        }
        delete(&alice, &his["id"]).await.expect(204);
        delete(&alice, &hers["id"]).await.expect(204);
        delete(&alice, &hers["id"]).await.expect(400);
    }

    async fn what_is_said_about_an_asset_goes_with_it(app: TestApp) {
        let (alice, bob, album, photo) = album(&app).await;
        let body = json!({ "albumId": album, "assetId": photo, "type": "comment", "comment": "so blue" });
        add(&app, &bob, body.clone()).await.expect(201);
        app.sql(stmt!("update asset set deleted_at = 1, status = 'trashed' where id = ?1", &photo)).await;
        assert!(list(&app, &bob, &format!("albumId={album}")).await.is_empty());
        let refused = add(&app, &bob, body.clone()).await.expect(400);
        assert_eq!(refused.message(), "Asset is not in the album");
        app.sql(stmt!("update asset set deleted_at = null, status = 'active' where id = ?1", &photo)).await;
        assert_eq!(list(&app, &bob, &format!("albumId={album}")).await.len(), 1);
        let out = json!({ "ids": [photo] });
        app.delete(&format!("/api/albums/{album}/assets")).user(&alice).json(&out).send().await.expect(200);
        assert!(list(&app, &bob, &format!("albumId={album}")).await.is_empty());
        add(&app, &bob, body).await.expect(400);
        assert_eq!(app.count(stmt!("select count(*) as n from activity")).await, 0);
    }

    async fn comments_have_a_text_and_likes_have_none(app: TestApp) {
        let (alice, _, album, _) = album(&app).await;
        for body in [
            json!({ "albumId": album, "type": "comment" }),
            json!({ "albumId": album, "type": "comment", "comment": "" }),
            json!({ "albumId": album, "type": "like", "comment": "x" }),
        ] {
            let refused = add(&app, &alice, body).await.expect(400);
            assert!(refused.issues().starts_with("comment"), "{}", refused.issues());
        }
        add(&app, &alice, json!({ "albumId": album, "type": "wave" })).await.expect(400);
        add(&app, &alice, json!({ "type": "like" })).await.expect(400);
    }

    async fn what_was_said_goes_in_two_round_trips(app: TestApp) {
        let (alice, _, album, _) = album(&app).await;
        let said = add(&app, &alice, json!({ "albumId": album, "type": "like" })).await.expect(201).json();
        let path = format!("/api/activities/{}", said["id"].as_str().unwrap());
        app.delete(&path).user(&alice).send_in_two().await.expect(204);
    }
}
