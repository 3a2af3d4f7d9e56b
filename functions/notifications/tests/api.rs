//! Notifications over HTTP (api/admin.md section 7).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_notifications::ROUTES, fn_notifications::routes()),
        Area::new(
            fn_notifications_admin::ROUTES,
            fn_notifications_admin::routes(),
        ),
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
    ]
}

/// What the administrator writes to a user; gives the id.
async fn write(app: &TestApp, admin: &NewUser, body: Value) -> String {
    let request = app.post("/api/admin/notifications").user(admin).json(&body);
    let made = request.send().await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

async fn list(app: &TestApp, user: &NewUser, query: &str) -> Vec<Value> {
    let path = format!("/api/notifications{query}");
    let reply = app.get(&path).user(user).send().await.expect(200);
    reply.json().as_array().unwrap().clone()
}

fn titles(list: &[Value]) -> Vec<&str> {
    list.iter()
        .map(|one| one["title"].as_str().unwrap())
        .collect()
}

/// Alice has `first` (error, read) and then `second`.
async fn two(app: &TestApp) -> (NewUser, NewUser, [String; 2]) {
    let (admin, alice) = (app.admin().await, app.user("alice").await);
    let first =
        json!({ "userId": alice.id, "title": "first", "level": "error", "type": "SystemMessage" });
    let first = write(app, &admin, first).await;
    let read = json!({ "readAt": "2024-06-15T12:00:00.000Z" });
    let path = format!("/api/notifications/{first}");
    let request = app.put(&path).user(&alice).json(&read);
    request.send().await.expect(200);
    app.clock.advance(1);
    let second = json!({ "userId": alice.id, "title": "second" });
    let second = write(app, &admin, second).await;
    (admin, alice, [first, second])
}

on_each_database! {
    async fn the_newest_come_first_and_are_filtered(app: TestApp) {
        let (admin, alice, [first, second]) = two(&app).await;
        app.take_round_trips();
        let all = list(&app, &alice, "").await;
        assert_eq!(app.take_round_trips(), 1);
        assert_eq!(titles(&all), ["second", "first"]);
        assert_eq!(all[0], json!({
            "id": second, "createdAt": "2024-06-15T12:00:00.001Z", "level": "info", "type": "Custom", "title": "second",
        }));
        assert_eq!(all[1]["readAt"], "2024-06-15T12:00:00.000Z");
        for (query, expected) in [
            ("?unread=true", vec!["second"]), ("?unread=false", vec!["second", "first"]), ("?level=error", vec!["first"]),
            ("?type=Custom", vec!["second"]), (&format!("?id={first}"), vec!["first"]), (&format!("?id={NOBODY}"), vec![]),
            (&format!("?id={first}&unread=true&level=error&type=SystemMessage"), vec![]),
        ] {
            assert_eq!(titles(&list(&app, &alice, query).await), expected, "{query}");
        }
        assert!(list(&app, &admin, "").await.is_empty());
        for bad in ["?level=loud", "?type=x", "?unread=1", "?id=1"] {
            app.get(&format!("/api/notifications{bad}")).user(&alice).send().await.expect(400);
        }
    }

    async fn an_answer_holds_a_hundred(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!(
            "insert into notification (id, user_id, title, created_at, updated_at) \
             select v.value, cast(?2 as text), v.value, 7, 7 from json_rows(?1) v",
            json!((0..101).map(|n| format!("{n:08}-0000-4000-8000-000000000000")).collect::<Vec<_>>()).to_string(), &alice.id
        )).await;
        let page = list(&app, &alice, "").await;
        assert_eq!((page.len(), &page[99]["title"]), (100, &json!("00000001-0000-4000-8000-000000000000")));
    }

    async fn one_is_read_and_unread_and_deleted(app: TestApp) {
        let (admin, alice, [first, second]) = two(&app).await;
        let path = format!("/api/notifications/{second}");
        app.take_round_trips();
        assert_eq!(app.get(&path).user(&alice).send().await.expect(200).json()["title"], "second");
        assert_eq!(app.take_round_trips(), 1);
        let put = async |body: Value| app.put(&path).user(&alice).json(&body).send().await.expect(200).json();
        let read = put(json!({ "readAt": "2024-01-01T01:00:00+01:00" })).await;
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!(read["readAt"], "2024-01-01T00:00:00.000Z");
        assert_eq!(put(json!({})).await, read, "nothing was said");
        assert_eq!(put(json!({ "readAt": null })).await.get("readAt"), None);
        app.put(&path).user(&alice).json(&json!({ "readAt": "today" })).send().await.expect(400);
        for path in [path.clone(), format!("/api/notifications/{NOBODY}")] {
            let refused = app.get(&path).user(&admin).send().await.expect(400);
            assert_eq!(refused.message(), "Not found or no notification.read access");
            let refused = app.put(&path).user(&admin).json(&json!({ "readAt": null })).send().await.expect(400);
            assert_eq!(refused.message(), "Not found or no notification.update access");
            let refused = app.delete(&path).user(&admin).send().await.expect(400);
            assert_eq!(refused.message(), "Not found or no notification.delete access");
        }
        app.delete(&path).user(&alice).send().await.expect(204);
        app.delete(&path).user(&alice).send().await.expect(400);
        app.get(&path).user(&alice).send().await.expect(400);
        app.put(&path).user(&alice).json(&json!({ "readAt": null })).send().await.expect(400);
        assert_eq!(list(&app, &alice, "").await[0]["id"], first);
    }

    async fn many_are_read_and_deleted_or_none(app: TestApp) {
        let (admin, alice, [first, second]) = two(&app).await;
        let others = write(&app, &admin, json!({ "userId": admin.id, "title": "x" })).await;
        let put = async |body: Value| app.put("/api/notifications").user(&alice).json(&body).send().await;
        let delete = async |body: Value| app.delete("/api/notifications").user(&alice).json(&body).send().await;
        for foreign in [&others, NOBODY] {
            let ids = json!([first, foreign]);
            let refused = put(json!({ "ids": ids, "readAt": null })).await.expect(400);
            assert_eq!(refused.message(), "Not found or no notification.update access");
            let refused = delete(json!({ "ids": ids })).await.expect(400);
            assert_eq!(refused.message(), "Not found or no notification.delete access");
        }
        assert_eq!(list(&app, &alice, "?unread=true").await.len(), 1, "nothing was changed");
        app.take_round_trips();
        put(json!({ "ids": [second, first, second], "readAt": "2024-06-15T12:00:00.000Z" })).await.expect(204);
        assert_eq!(app.take_round_trips(), 2);
        assert!(list(&app, &alice, "?unread=true").await.is_empty());
        put(json!({ "ids": [first] })).await.expect(204);
        assert!(list(&app, &alice, "?unread=true").await.is_empty(), "nothing was said");
        put(json!({ "ids": [first], "readAt": null })).await.expect(204);
        assert_eq!(titles(&list(&app, &alice, "?unread=true").await), ["first"]);
        for ids in [json!([]), json!(["1"]), json!("all"), Value::Null] {
            put(json!({ "ids": ids, "readAt": null })).await.expect(400);
            delete(json!({ "ids": ids })).await.expect(400);
        }
        app.take_round_trips();
        delete(json!({ "ids": [second, first] })).await.expect(204);
        assert_eq!(app.take_round_trips(), 2);
        delete(json!({ "ids": [first] })).await.expect(400);
        assert!(list(&app, &alice, "").await.is_empty());
        assert_eq!(list(&app, &admin, "").await.len(), 1);
    }

    async fn members_hear_of_albums(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let photo = app.asset(&alice).insert().await;
        let body = json!({ "albumName": "Sea", "albumUsers": [{ "userId": bob.id, "role": "viewer" }] });
        let album = app.post("/api/albums").user(&alice).json(&body).send().await.expect(201).json()["id"].clone();
        app.clock.advance(1);
        let path = format!("/api/albums/{}/assets", album.as_str().unwrap());
        app.put(&path).user(&alice).json(&json!({ "ids": [photo] })).send().await.expect(200);
        let told = list(&app, &bob, "").await;
        // A text: the web app opens the album only then.
        let data = json!(json!({ "albumId": album }).to_string());
        let fact = |one: &Value| ["level", "type", "title", "description", "data"].map(|key| one[key].clone());
        assert_eq!(told.iter().map(fact).collect::<Vec<_>>(), [
            [json!("info"), json!("AlbumUpdate"), json!("Shared Album Update"),
             json!("New media has been added to the album (Sea)"), data.clone()],
            [json!("success"), json!("AlbumInvite"), json!("Shared Album Invitation"),
             json!("alice shared an album (Sea) with you"), data],
        ]);
        assert!(list(&app, &alice, "").await.is_empty());
    }

    async fn what_is_made_is_told_to_its_user(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let album = app.album(&alice, &[], &[(&bob, "viewer")]).await;
        let id = app.app.uuid();
        let message = edge_store::notifications::AlbumMessage {
            id: &id, user_id: &bob.id, album_id: &album, title: "t", description: "d",
        };
        let batch = vec![
            stmt!("select 1 as n"),
            edge_store::notifications::album_invite(&message, 0),
            edge_store::notifications::album_invite(&edge_store::notifications::AlbumMessage { user_id: NOBODY, ..message }, 0),
        ];
        let results = app.app.db().batch(batch).await.unwrap();
        let made = edge_store::notifications::made(&results).unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].user_id.as_str(), made[0].notification.id.as_str()), (bob.id.as_str(), id.as_str()));
    }
}
