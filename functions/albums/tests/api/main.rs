//! Albums over HTTP (api/features.md sections A and F).
#![allow(clippy::unwrap_used, reason = "tests")]

mod limits;
mod mails;
mod owners;

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_albums::ROUTES, fn_albums::routes())]
}

const DAY: i64 = 86_400_000;
/// 2024-01-15T10:00:00.120Z
const JANUARY: i64 = 1_705_312_800_120;

async fn create(app: &TestApp, user: &NewUser, body: Value) -> Value {
    app.post("/api/albums")
        .user(user)
        .json(&body)
        .send()
        .await
        .expect(201)
        .json()
}

async fn info(app: &TestApp, user: &NewUser, id: &str) -> Value {
    app.get(&format!("/api/albums/{id}"))
        .user(user)
        .send()
        .await
        .expect(200)
        .json()
}

async fn list(app: &TestApp, user: &NewUser, query: &str) -> Vec<String> {
    let body = app
        .get(&format!("/api/albums?{query}"))
        .user(user)
        .send()
        .await
        .expect(200)
        .json();
    body.as_array()
        .unwrap()
        .iter()
        .map(|album| text(&album["id"]))
        .collect()
}

async fn assets(
    app: &TestApp,
    user: &NewUser,
    method: http::Method,
    id: &str,
    ids: &[&str],
) -> Value {
    let path = format!("/api/albums/{id}/assets");
    app.request(method, &path)
        .user(user)
        .json(&json!({"ids": ids}))
        .send()
        .await
        .expect(200)
        .json()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn done(id: &str) -> Value {
    json!({"id": id, "success": true})
}

fn failed(id: &str, error: &str) -> Value {
    json!({"id": id, "success": false, "error": error})
}

async fn partner(app: &TestApp, by: &NewUser, with: &NewUser) {
    app.sql(stmt!(
        "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
         values (?1, ?2, 0, 0, uuid7(), uuid7())",
        &by.id, &with.id
    ))
    .await;
}

async fn link(app: &TestApp, owner: &NewUser, album: &str, metadata: bool) -> String {
    let key = format!("key-{metadata}");
    app.sql(stmt!(
        "insert into shared_link (id, key, user_id, type, album_id, show_metadata, created_at) \
         values (?1, ?2, ?3, 'ALBUM', ?4, ?5, 0)",
        app.app.uuid(),
        &key,
        &owner.id,
        album,
        metadata
    ))
    .await;
    key
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.count(stmt!(sql)).await
}

on_each_database! {
    async fn an_album_is_made_with_members_and_content(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let first = app.asset(&alice).taken(JANUARY).insert().await;
        let second = app.asset(&alice).taken(JANUARY + DAY).insert().await;
        let foreign = app.asset(&bob).insert().await;
        let body = create(&app, &alice, json!({
            "albumName": "Trip", "description": "Alps", "assetIds": [foreign, second, first],
            "albumUsers": [{"userId": alice.id, "role": "editor"}, {"userId": carol.id, "role": "viewer"}, {"userId": bob.id, "role": "editor"}],
        })).await;
        assert_eq!(body["albumName"], "Trip");
        assert_eq!(body["description"], "Alps");
        assert_eq!((&body["shared"], &body["hasSharedLink"], &body["isActivityEnabled"]), (&json!(true), &json!(false), &json!(true)));
        assert_eq!((&body["assetCount"], &body["order"]), (&json!(2), &json!("desc")));
        assert_eq!(body["albumThumbnailAssetId"], json!(second));
        assert_eq!((&body["startDate"], &body["endDate"]), (&json!("2024-01-15T10:00:00.120Z"), &json!("2024-01-16T10:00:00.120Z")));
        assert_eq!(body["lastModifiedAssetTimestamp"], "2024-06-15T12:00:00.000Z");
        let members: Vec<_> = body["albumUsers"].as_array().unwrap().iter().map(|m| (text(&m["user"]["name"]), text(&m["role"]))).collect();
        assert_eq!(members, [("alice".into(), "owner".into()), ("bob".into(), "editor".into()), ("carol".into(), "viewer".into())]);
        assert_eq!(body["albumUsers"][0]["user"]["email"], "alice@immich.test");
        assert!(body.get("contributorCounts").is_none());

        let seen_by_carol = info(&app, &carol, body["id"].as_str().unwrap()).await;
        assert_eq!(seen_by_carol["albumUsers"][0]["user"]["name"], "alice");
        assert_eq!(seen_by_carol["albumUsers"][1]["user"]["name"], "carol");
        assert_eq!(seen_by_carol["contributorCounts"], json!([{"userId": alice.id, "assetCount": 2}]));
        assert_eq!(count(&app, "select count(*) as n from notification where type = 'AlbumInvite'").await, 2);
    }

    async fn a_bare_album_is_private_and_follows_the_preferred_order(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!(
            "insert into user_metadata (user_id, key, value, updated_at, update_id) values (?1, 'preferences', ?2, 0, uuid7())",
            &alice.id, r#"{"albums":{"defaultAssetOrder":"asc"}}"#
        )).await;
        let body = create(&app, &alice, json!({"albumName": "Empty"})).await;
        assert_eq!((&body["order"], &body["shared"], &body["assetCount"]), (&json!("asc"), &json!(false), &json!(0)));
        assert_eq!(body["albumThumbnailAssetId"], Value::Null);
        assert!(body.get("startDate").is_none() && body.get("lastModifiedAssetTimestamp").is_none());
        assert!(info(&app, &alice, body["id"].as_str().unwrap()).await.get("contributorCounts").is_none());
        let ghost = app.app.uuid();
        for (role, user, message) in [("viewer", &ghost, "Invalid user"), ("owner", &app.user("bob").await.id, "Cannot add another owner")] {
            let body = json!({"albumName": "No", "albumUsers": [{"userId": user, "role": role}]});
            assert_eq!(app.post("/api/albums").user(&alice).json(&body).send().await.expect(400).message(), message);
        }
        assert_eq!(count(&app, "select count(*) as n from album").await, 1);
    }

    async fn reads_take_one_round_trip_and_writes_two(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        app.take_round_trips();
        let id = app.album(&alice, &[&asset], &[]).await;
        assert_eq!(app.take_round_trips(), 2);
        for path in ["/api/albums", "/api/albums/statistics", &format!("/api/albums/{id}"), &format!("/api/albums/{id}/map-markers")] {
            app.get(path).user(&alice).send().await.expect(200);
            assert_eq!(app.take_round_trips(), 1, "{path}");
        }
        let other = app.asset(&alice).insert().await;
        app.take_round_trips();
        assets(&app, &alice, http::Method::PUT, &id, &[&other]).await;
        assert_eq!(app.take_round_trips(), 2);
        assets(&app, &alice, http::Method::PUT, &id, &[&other]).await;
        assert_eq!(app.take_round_trips(), 1, "nothing to write");
        assets(&app, &alice, http::Method::DELETE, &id, &[&other]).await;
        assert_eq!(app.take_round_trips(), 2);
    }

    async fn who_may_not_call_does_not_learn_that_the_request_is_invalid(app: TestApp) {
        let alice = app.user("alice").await;
        let key = app.api_key(&alice, &["asset.read"]).await;
        let id = app.album(&alice, &[], &[]).await;
        let (path, member) = (format!("/api/albums/{id}"), format!("/api/albums/{id}/user/x"));
        let token = format!("Bearer {}", alice.token);
        for (name, value, status, trips) in
            [("authorization", "Bearer wrong", 401, 1), ("x-api-key", &key, 403, 1), ("x-none", "", 401, 0), ("authorization", &token, 400, 1)]
        {
            let id = app.get("/api/albums/1");
            let query = app.get("/api/albums?isShared=perhaps");
            let body = app.patch(&path).json(&json!({"albumName": 1}));
            let no_json = app.post("/api/albums").body("application/json", "{");
            let user = app.put(&member).json(&json!({"role": "editor"}));
            for request in [id, query, body, no_json, user] {
                app.take_round_trips();
                request.header(name, value).send().await.expect(status);
                assert_eq!(app.take_round_trips(), trips, "{status}");
            }
        }
    }

    async fn albums_are_listed_by_owner_sharing_name_and_asset(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).insert().await;
        let private = app.album(&alice, &[], &[]).await;
        app.clock.advance(1000);
        let shared = app.album(&alice, &[&asset], &[(&bob, "viewer")]).await;
        app.clock.advance(1000);
        let linked = text(&create(&app, &alice, json!({"albumName": "Linked"})).await["id"]);
        link(&app, &alice, &linked, true).await;
        app.clock.advance(1000);
        let theirs = app.album(&bob, &[], &[(&alice, "editor")]).await;
        app.album(&bob, &[], &[]).await;

        assert_eq!(list(&app, &alice, "").await, [theirs.clone(), linked.clone(), shared.clone(), private.clone()]);
        assert_eq!(list(&app, &alice, "isOwned=true").await, [linked.clone(), shared.clone(), private.clone()]);
        assert_eq!(list(&app, &alice, "isOwned=false").await, std::slice::from_ref(&theirs));
        assert_eq!(list(&app, &alice, "isShared=true").await, [theirs.clone(), linked.clone(), shared.clone()]);
        assert_eq!(list(&app, &alice, "isShared=false").await, std::slice::from_ref(&private));
        assert_eq!(list(&app, &alice, "isOwned=true&isShared=true").await, [linked.clone(), shared.clone()]);
        assert_eq!(list(&app, &alice, &format!("assetId={asset}&isShared=false")).await, std::slice::from_ref(&shared));
        assert_eq!(list(&app, &alice, &format!("id={private}")).await, std::slice::from_ref(&private));
        assert_eq!(list(&app, &alice, "name=Linked").await, [linked]);
        assert!(list(&app, &alice, "name=linked").await.is_empty());
        let numbers = app.get("/api/albums/statistics").user(&alice).send().await.expect(200).json();
        assert_eq!(numbers, json!({"owned": 3, "shared": 3, "notShared": 1}));

        app.sql(stmt!("update album set deleted_at = 1 where id = ?1", &theirs)).await;
        assert_eq!(list(&app, &alice, "isOwned=false").await, [""; 0]);
        let gone = app.get(&format!("/api/albums/{theirs}")).user(&alice).send().await.expect(400);
        assert_eq!(gone.message(), "Not found or no album.read access");
        app.get("/api/albums?isOwned=maybe").user(&alice).send().await.expect(400);
    }

    async fn counts_and_dates_leave_out_trashed_hidden_and_locked(app: TestApp) {
        let alice = app.user("alice").await;
        let kept = app.asset(&alice).taken(JANUARY).visibility("archive").insert().await;
        let trashed = app.asset(&alice).taken(JANUARY + DAY).trashed().insert().await;
        let hidden = app.asset(&alice).taken(JANUARY - DAY).visibility("hidden").insert().await;
        let locked = app.asset(&alice).taken(JANUARY - DAY).visibility("locked").insert().await;
        let id = app.album(&alice, &[&kept, &trashed, &hidden, &locked], &[]).await;
        let body = info(&app, &alice, &id).await;
        assert_eq!((&body["assetCount"], &body["startDate"], &body["endDate"]),
            (&json!(1), &json!("2024-01-15T10:00:00.120Z"), &json!("2024-01-15T10:00:00.120Z")));
        assert_eq!(count(&app, "select count(*) as n from album_asset").await, 3, "locked assets are never shared");
    }

    async fn strangers_and_missing_albums_get_the_same_answer(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let id = app.album(&alice, &[], &[]).await;
        let asset = app.asset(&bob).insert().await;
        let ids = json!({"ids": [asset]});
        let users = json!({"albumUsers": [{"userId": bob.id}]});
        for id in [&id, &app.app.uuid()] {
            let path = format!("/api/albums/{id}");
            let reply = app.get(&path).user(&bob).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.read access");
            let reply = app.get(&format!("{path}/map-markers")).user(&bob).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.read access");
            let reply = app.patch(&path).user(&bob).json(&json!({"albumName": "x"})).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.update access");
            let reply = app.delete(&path).user(&bob).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.delete access");
            let reply = app.put(&format!("{path}/assets")).user(&bob).json(&ids).send().await.expect(400);
            assert_eq!(reply.message(), "Album not found");
            let reply = app.delete(&format!("{path}/assets")).user(&bob).json(&ids).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no albumAsset.delete access");
            let reply = app.put(&format!("{path}/users")).user(&bob).json(&users).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.share access");
            let reply = app.put(&format!("{path}/user/{}", alice.id)).user(&bob).json(&json!({"role": "viewer"})).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.share access");
            let reply = app.delete(&format!("{path}/user/{}", alice.id)).user(&bob).send().await.expect(400);
            assert_eq!(reply.message(), "Not found or no album.share access");
            let reply = app.delete(&format!("{path}/user/me")).user(&bob).send().await.expect(400);
            assert_eq!(reply.message(), "Album not shared with user");
        }
        app.get("/api/albums/1").user(&alice).send().await.expect(400);
        app.get(&format!("/api/albums/{id}")).send().await.expect(401);
        let key = app.api_key(&alice, &["album.create"]).await;
        let reply = app.get("/api/albums").key(&key).send().await.expect(403);
        assert_eq!(reply.message(), "Missing required permission: album.read");
    }

    async fn adding_answers_per_id_in_order(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let mine = app.asset(&alice).insert().await;
        let foreign = app.asset(&carol).insert().await;
        let partners = app.asset(&bob).insert().await;
        let locked = app.asset(&alice).visibility("locked").insert().await;
        let missing = app.app.uuid();
        partner(&app, &bob, &alice).await;
        let id = app.album(&alice, &[], &[(&bob, "viewer"), (&carol, "editor")]).await;
        app.take_deliveries();
        app.clock.advance(1000);
        let answer = assets(&app, &alice, http::Method::PUT, &id, &[&foreign, &mine, &mine, &missing, &partners, &locked, &foreign]).await;
        assert_eq!(answer, json!([
            failed(&foreign, "no_permission"), done(&mine), failed(&mine, "duplicate"), failed(&missing, "no_permission"),
            done(&partners), failed(&locked, "no_permission"), failed(&foreign, "no_permission"),
        ]));
        let body = info(&app, &alice, &id).await;
        assert_eq!((&body["assetCount"], &body["albumThumbnailAssetId"]), (&json!(2), &json!(mine)));
        assert_eq!(body["updatedAt"], "2024-06-15T12:00:01.000Z");
        assert_eq!(assets(&app, &carol, http::Method::PUT, &id, &[&mine, &foreign]).await, json!([failed(&mine, "duplicate"), done(&foreign)]));
        let viewer = app.put(&format!("/api/albums/{id}/assets")).user(&bob).json(&json!({"ids": [partners]})).send().await.expect(400);
        assert_eq!(viewer.message(), "Not found or no albumAsset.create access");
        let told = app.take_events().into_iter();
        let (mut told, notified): (Vec<_>, Vec<_>) = told.partition(|(_, event)| event[0] == "on_album_update");
        let mut notified: Vec<_> = notified.into_iter().map(|(user, event)| (user, json!([event[0], event[1]["type"]]))).collect();
        let mut expected = [&alice, &bob, &carol].map(|user| (user.id.clone(), json!(["on_notification", "AlbumUpdate"])));
        notified.sort_by(|a, b| a.0.cmp(&b.0));
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(notified, expected, "of what others brought, once");
        let who = |user: &edge_testkit::NewUser| (user.id.clone(), json!(["on_album_update", id]));
        let mut all = [who(&alice), who(&bob), who(&carol), who(&carol), who(&alice), who(&bob)];
        // Members come in no order.
        told.sort_by(|a, b| a.0.cmp(&b.0));
        all.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(told, all);
        let told = app.count(stmt!("select count(*) as n from notification where type = 'AlbumUpdate' and user_id = ?1", &bob.id)).await;
        assert_eq!(told, 1, "two updates within five minutes are one message");
        let bad = app.put(&format!("/api/albums/{id}/assets")).user(&alice).json(&json!({"ids": ["x"]})).send().await.expect(400);
        assert_eq!(bad.issues(), "ids.0: Invalid UUID");
        let none = assets(&app, &alice, http::Method::PUT, &id, &[]).await;
        assert_eq!(none, json!([]));
    }

    async fn lists_larger_than_a_parameter_are_not_cut(app: TestApp) {
        let alice = app.user("alice").await;
        let id = app.album(&alice, &[], &[]).await;
        let (first, last) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let mut ids = vec![first.clone()];
        ids.extend((0..45_000).map(|_| app.app.uuid()));
        ids.push(last.clone());
        let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
        let answer = assets(&app, &alice, http::Method::PUT, &id, &asked).await;
        assert_eq!(answer.as_array().unwrap().len(), ids.len());
        assert_eq!((&answer[0], &answer[45_001]), (&done(&first), &done(&last)));
        assert_eq!(answer[30_000]["error"], "no_permission");
        let answer = assets(&app, &alice, http::Method::DELETE, &id, &asked).await;
        assert_eq!((&answer[0], &answer[1], &answer[45_001]), (&done(&first), &failed(&ids[1], "not_found"), &done(&last)));
    }

    async fn one_request_fills_several_albums(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).insert().await;
        let foreign = app.asset(&bob).insert().await;
        let (one, two) = (app.album(&alice, &[&asset], &[]).await, app.album(&alice, &[], &[]).await);
        let other = app.album(&bob, &[], &[]).await;
        let add = async |albums: Value, assets: Value| {
            let body = json!({"albumIds": albums, "assetIds": assets});
            app.put("/api/albums/assets").user(&alice).json(&body).send().await.expect(200).json()
        };
        assert_eq!(add(json!([one, two, other]), json!([asset, foreign])).await, json!({"success": true}));
        assert_eq!(add(json!([one, two]), json!([asset])).await, json!({"success": false, "error": "duplicate"}));
        assert_eq!(add(json!([one]), json!([foreign])).await, json!({"success": false, "error": "no_permission"}));
        assert_eq!(add(json!([other]), json!([asset])).await, json!({"success": false, "error": "no_permission"}));
        assert_eq!(info(&app, &alice, &two).await["albumThumbnailAssetId"], json!(asset));
        assert_eq!(count(&app, "select count(*) as n from album_asset").await, 2);
    }

    async fn removing_follows_roles_and_tells_the_members(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let mine = app.asset(&alice).insert().await;
        let other = app.asset(&alice).insert().await;
        let id = app.album(&alice, &[&mine, &other], &[(&bob, "editor"), (&carol, "viewer")]).await;
        let theirs = app.asset(&bob).insert().await;
        assets(&app, &bob, http::Method::PUT, &id, &[&theirs]).await;
        app.sql(stmt!(
            "insert into activity (id, album_id, asset_id, user_id, type, created_at, updated_at) values (?1, ?2, ?3, ?4, 'like', 0, 0)",
            app.app.uuid(), &id, &mine, &bob.id
        )).await;
        let viewer = app.delete(&format!("/api/albums/{id}/assets")).user(&carol).json(&json!({"ids": [theirs]})).send().await.expect(400);
        assert_eq!(viewer.message(), "Not found or no albumAsset.delete access");
        let missing = app.app.uuid();
        let answer = assets(&app, &bob, http::Method::DELETE, &id, &[&mine, &theirs, &theirs, &missing]).await;
        assert_eq!(answer, json!([failed(&mine, "no_permission"), done(&theirs), failed(&theirs, "not_found"), failed(&missing, "not_found")]));
        assets(&app, &bob, http::Method::PUT, &id, &[&theirs]).await;
        assert_eq!(assets(&app, &alice, http::Method::DELETE, &id, &[&theirs, &mine]).await, json!([done(&theirs), done(&mine)]));
        assert_eq!(info(&app, &alice, &id).await["albumThumbnailAssetId"], json!(other), "the cover was removed");
        assert_eq!(count(&app, "select count(*) as n from album_asset_audit").await, 3);
        assert_eq!(count(&app, "select count(*) as n from activity").await, 0);
        assets(&app, &alice, http::Method::DELETE, &id, &[&other]).await;
        assert_eq!(info(&app, &alice, &id).await["albumThumbnailAssetId"], Value::Null);
    }

    async fn owners_and_editors_change_an_album(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let (inside, outside) = (app.asset(&alice).insert().await, app.asset(&alice).insert().await);
        let id = app.album(&alice, &[&inside], &[(&bob, "editor"), (&carol, "viewer")]).await;
        let path = format!("/api/albums/{id}");
        let before = app.sql(stmt!("select update_id from album")).await.first().unwrap().get::<String>("update_id").unwrap();
        let change = json!({"albumName": "Alps", "description": "", "albumThumbnailAssetId": inside, "isActivityEnabled": false, "order": "asc"});
        let body = app.patch(&path).user(&bob).json(&change).send().await.expect(200).json();
        for key in ["albumName", "description", "albumThumbnailAssetId", "isActivityEnabled", "order"] {
            assert_eq!(body[key], change[key], "{key}");
        }
        assert_eq!(body["assetCount"], 1);
        let after = app.sql(stmt!("select update_id from album")).await.first().unwrap().get::<String>("update_id").unwrap();
        assert_ne!(before, after);
        let untouched = app.patch(&path).user(&alice).json(&json!({})).send().await.expect(200).json();
        assert_eq!(untouched["albumName"], "Alps");
        let cover = app.patch(&path).user(&alice).json(&json!({"albumThumbnailAssetId": outside})).send().await.expect(400);
        assert_eq!(cover.message(), "Invalid album thumbnail");
        let viewer = app.patch(&path).user(&carol).json(&json!({"albumName": "x"})).send().await.expect(400);
        assert_eq!(viewer.message(), "Not found or no album.update access");
        let order = app.patch(&path).user(&alice).json(&json!({"order": "random"})).send().await.expect(400);
        assert!(order.issues().starts_with("order: Invalid option"));
    }

    async fn only_the_owner_deletes_an_album_and_all_members_are_told(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).insert().await;
        let id = app.album(&alice, &[&asset], &[(&bob, "editor")]).await;
        let path = format!("/api/albums/{id}");
        let editor = app.delete(&path).user(&bob).send().await.expect(400);
        assert_eq!(editor.message(), "Not found or no album.delete access");
        let reply = app.delete(&path).user(&alice).send().await.expect(204);
        assert!(reply.body.is_empty());
        assert_eq!(count(&app, "select count(*) as n from album").await, 0);
        assert_eq!(count(&app, "select count(*) as n from album_audit").await, 2);
        assert_eq!(count(&app, "select count(*) as n from album_user_audit").await + count(&app, "select count(*) as n from album_asset_audit").await, 0);
        assert_eq!(count(&app, "select count(*) as n from asset").await, 1);
        app.get(&path).user(&alice).send().await.expect(400);
    }

    async fn members_are_invited_by_owner_and_editors(app: TestApp) {
        let (alice, bob, carol, dave) = (app.user("alice").await, app.user("bob").await, app.user("carol").await, app.user("dave").await);
        let id = app.album(&alice, &[], &[(&bob, "editor")]).await;
        let path = format!("/api/albums/{id}/users");
        let before = app.sql(stmt!("select update_id from album")).await.first().unwrap().get::<String>("update_id").unwrap();
        let invite = json!({"albumUsers": [{"userId": carol.id}, {"userId": alice.id, "role": "viewer"}, {"userId": bob.id, "role": "viewer"}]});
        let body = app.put(&path).user(&bob).json(&invite).send().await.expect(200).json();
        let roles: Vec<_> = body["albumUsers"].as_array().unwrap().iter().map(|m| (text(&m["user"]["name"]), text(&m["role"]))).collect();
        assert_eq!(roles, [("alice".into(), "owner".into()), ("bob".into(), "editor".into()), ("carol".into(), "editor".into())]);
        let after = app.sql(stmt!("select update_id from album")).await.first().unwrap().get::<String>("update_id").unwrap();
        assert_ne!(before, after, "the new member receives the album by sync");
        let told = app.sql(stmt!("select title, data, level from notification where user_id = ?1", &carol.id)).await;
        let told = told.first().unwrap();
        assert_eq!(told.get::<String>("title").unwrap(), "Shared Album Invitation");
        let data: Value = serde_json::from_str(&told.get::<String>("data").unwrap()).unwrap();
        assert_eq!(data, json!({"albumId": id}).to_string(), "a text: the web app opens the album only then");
        let owner = app.put(&path).user(&alice).json(&json!({"albumUsers": [{"userId": dave.id, "role": "owner"}]})).send().await.expect(400);
        assert_eq!(owner.message(), "Cannot add another owner");
        let ghost = app.put(&path).user(&alice).json(&json!({"albumUsers": [{"userId": app.app.uuid()}]})).send().await.expect(400);
        assert_eq!(ghost.message(), "User not found");
        let none = app.put(&path).user(&alice).json(&json!({"albumUsers": []})).send().await.expect(400);
        assert_eq!(none.message(), "Validation failed");
    }

    async fn roles_change_and_memberships_end_by_the_rules(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let id = app.album(&alice, &[], &[(&bob, "editor"), (&carol, "viewer")]).await;
        let path = |user: &str| format!("/api/albums/{id}/user/{user}");
        let role = json!({"role": "viewer"});
        let owner = app.put(&path(&alice.id)).user(&bob).json(&role).send().await.expect(400);
        assert_eq!(owner.message(), "User is owner");
        let viewer = app.put(&path(&bob.id)).user(&carol).json(&role).send().await.expect(400);
        assert_eq!(viewer.message(), "Not found or no album.share access");
        app.put(&path(&carol.id)).user(&bob).json(&json!({"role": "editor"})).send().await.expect(204);
        app.put(&path("me")).user(&carol).json(&role).send().await.expect(204);
        let stranger = app.put(&path(&app.app.uuid())).user(&alice).json(&role).send().await.expect(400);
        assert_eq!(stranger.message(), "Album not shared with user");

        let viewer = app.delete(&path(&bob.id)).user(&carol).send().await.expect(400);
        assert_eq!(viewer.message(), "Not found or no album.share access");
        let last = app.delete(&path(&alice.id)).user(&alice).send().await.expect(400);
        assert_eq!(last.message(), "Cannot remove the last album owner");
        let stranger = app.delete(&path(&app.app.uuid())).user(&alice).send().await.expect(400);
        assert_eq!(stranger.message(), "Album not shared with user");
        app.delete(&path("me")).user(&carol).send().await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from album_audit where user_id = ?1", &carol.id)).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from album_user_audit where user_id = ?1", &carol.id)).await, 1);
        app.put(&path(&bob.id)).user(&alice).json(&json!({"role": "owner"})).send().await.expect(204);
        app.delete(&path(&alice.id)).user(&bob).send().await.expect(204);
        let body = info(&app, &bob, &id).await;
        assert_eq!((body["albumUsers"].as_array().unwrap().len(), &body["albumUsers"][0]["role"]), (1, &json!("owner")));
        app.delete(&path("nobody")).user(&bob).send().await.expect(400);
    }

    async fn a_link_opens_its_album_and_nothing_else(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let asset = app.asset(&alice).exif("latitude", 41.9).exif("longitude", 12.5).exif("city", "Rome").exif("country", "Italy").insert().await;
        let id = app.album(&alice, &[&asset], &[(&bob, "viewer")]).await;
        let other = app.album(&alice, &[], &[]).await;
        let (open, shy) = (link(&app, &alice, &id, true).await, link(&app, &alice, &id, false).await);
        let body = app.get(&format!("/api/albums/{id}?key={open}")).send().await.expect(200).json();
        assert_eq!((&body["assetCount"], &body["shared"], &body["hasSharedLink"]), (&json!(1), &json!(true), &json!(true)));
        assert_eq!(body["albumUsers"].as_array().unwrap().len(), 1, "guests see the owner only");
        assert!(body.get("contributorCounts").is_none());
        let markers = app.get(&format!("/api/albums/{id}/map-markers?key={open}")).send().await.expect(200).json();
        assert_eq!(markers, json!([{"id": asset, "lat": 41.9, "lon": 12.5, "city": "Rome", "state": null, "country": "Italy"}]));
        assert_eq!(app.get(&format!("/api/albums/{id}/map-markers")).user(&bob).send().await.expect(200).json(), markers);
        let hidden = app.get(&format!("/api/albums/{id}/map-markers?key={shy}")).send().await.expect(200).json();
        assert_eq!(hidden, json!([]));
        let wrong = app.get(&format!("/api/albums/{other}?key={open}")).send().await.expect(400);
        assert_eq!(wrong.message(), "Not found or no album.read access");
        let add = app.put(&format!("/api/albums/{id}/assets?key={open}")).json(&json!({"ids": [asset]})).send().await.expect(403);
        assert_eq!(add.message(), "Forbidden");
        app.get(&format!("/api/albums?key={open}")).send().await.expect(403);
    }
}
