//! Cluster groups over HTTP (api/v32.md section 5).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_platform::stmt;
use edge_testkit::{Area, NewUser, Reply, TestApp, on_each_database};
use serde_json::{Value, json};

fn areas() -> Vec<Area> {
    vec![Area::new(
        fn_cluster_groups::ROUTES,
        fn_cluster_groups::routes(),
    )]
}

const NONE: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

async fn group(app: &TestApp, user: &NewUser) -> String {
    let rows = app
        .sql(stmt!(
            "select cluster_group_id as n from users where id = ?1",
            &user.id
        ))
        .await;
    rows.first().unwrap().get("n").unwrap()
}

async fn ask(app: &TestApp, by: &NewUser, group: &str, user: &str) -> Reply {
    let request = app
        .put(&format!("/api/cluster-groups/{group}/requests"))
        .user(by);
    request.json(&json!({ "userId": user })).send().await
}

async fn get(app: &TestApp, user: &NewUser, path: &str) -> Value {
    let request = app.get(&format!("/api/cluster-groups/{path}")).user(user);
    request.send().await.expect(200).json()
}

async fn post(app: &TestApp, user: &NewUser, path: &str) -> Reply {
    app.post(&format!("/api/cluster-groups/{path}"))
        .user(user)
        .send()
        .await
}

on_each_database! {
    async fn somebody_is_asked_joins_and_leaves(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let ours = group(&app, &alice).await;
        assert_ne!(ours, group(&app, &bob).await, "everybody begins alone");
        app.take_round_trips();
        let request = ask(&app, &alice, &ours, &bob.id).await.expect(201).json();
        assert_eq!(app.take_round_trips(), 2);
        assert_eq!((&request["clusterGroupId"], &request["userId"]), (&json!(ours), &json!(bob.id)));
        assert_eq!(ask(&app, &alice, &ours, &bob.id).await.expect(200).json(), request);
        assert_eq!(get(&app, &bob, "requests").await, json!([request]));
        assert_eq!(get(&app, &alice, &format!("{ours}/requests")).await, json!([request]));
        assert_eq!(get(&app, &alice, "requests").await, json!([]));
        let told = app.sql(stmt!("select user_id, type, level, title, description, data from notification")).await;
        let told = told.first().unwrap();
        let text = |name: &str| told.get::<String>(name).unwrap();
        assert_eq!([text("user_id"), text("type"), text("level")], [bob.id.clone(), "ClusterGroupRequest".to_owned(), "info".to_owned()]);
        assert_eq!([text("title"), text("description")], ["Cluster Group Request", "alice asked you to join their cluster group"]);
        assert_eq!(text("data"), json!(json!({ "clusterGroupId": ours }).to_string()).to_string());
        assert_eq!(app.count(stmt!("select count(*) as n from notification")).await, 1);

        let path = format!("requests/{}/accept", request["id"].as_str().unwrap());
        let strange = post(&app, &alice, &path).await.expect(400);
        assert_eq!(strange.message(), "Not found or no clusterGroupRequest.create access");
        post(&app, &bob, &path).await.expect(204);
        assert_eq!(group(&app, &bob).await, ours);
        assert_eq!(get(&app, &bob, "requests").await, json!([]));
        let members = get(&app, &bob, &format!("{ours}/users")).await;
        assert_eq!((members.as_array().unwrap().len(), &members[0]["id"]), (1, &json!(alice.id)));
        post(&app, &bob, &path).await.expect(400);
        assert_eq!(ask(&app, &alice, &ours, &bob.id).await.expect(400).message(), "User is already a member of the cluster group");

        post(&app, &alice, &format!("{ours}/leave")).await.expect(204);
        assert_ne!(group(&app, &alice).await, ours);
        let alone = post(&app, &bob, &format!("{ours}/leave")).await.expect(400);
        assert_eq!(alone.message(), "Cannot leave a cluster group without any other members");
        assert_eq!(get(&app, &bob, &format!("{ours}/users")).await, json!([]));
    }

    async fn requests_are_declined_and_taken_back(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let ours = group(&app, &alice).await;
        for by in [&bob, &alice] {
            let request = ask(&app, &alice, &ours, &bob.id).await.expect(201).json();
            let path = format!("/api/cluster-groups/requests/{}", request["id"].as_str().unwrap());
            let strange = app.delete(&path).user(&carol).send().await.expect(400);
            assert_eq!(strange.message(), "Not found or no clusterGroupRequest.delete access");
            app.delete(&path).user(by).send().await.expect(204);
            app.delete(&path).user(by).send().await.expect(400);
        }
        assert_eq!(app.count(stmt!("select count(*) as n from cluster_group_request")).await, 0);
    }

    async fn groups_are_for_their_members(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let ours = group(&app, &alice).await;
        for id in [ours.as_str(), NONE] {
            assert_eq!(ask(&app, &bob, id, &alice.id).await.expect(400).message(), "Not found or no clusterGroupRequest.create access");
            let refused = app.get(&format!("/api/cluster-groups/{id}/requests")).user(&bob).send().await.expect(400);
            assert_eq!(refused.message(), "Not found or no clusterGroupRequest.read access");
            let refused = app.get(&format!("/api/cluster-groups/{id}/users")).user(&bob).send().await.expect(400);
            assert_eq!(refused.message(), "Not found or no clusterGroup.read access");
            let refused = post(&app, &bob, &format!("{id}/leave")).await.expect(400);
            assert_eq!(refused.message(), "Not found or no clusterGroup.leave access");
            let refused = post(&app, &bob, &format!("{id}/regenerate-people")).await.expect(400);
            assert_eq!(refused.message(), "Not found or no clusterGroup.read access");
        }
        assert_eq!(ask(&app, &alice, &ours, &alice.id).await.expect(400).message(), "Cannot request to join your own cluster group");
        assert_eq!(ask(&app, &alice, &ours, NONE).await.expect(400).message(), "User not found");
        ask(&app, &alice, &ours, "x").await.expect(400);
        ask(&app, &alice, "x", &bob.id).await.expect(400);
    }

    async fn nobody_is_told_again_and_again(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let ours = group(&app, &alice).await;
        let told = async || app.count(stmt!("select count(*) as n from notification where user_id = ?1", &bob.id)).await;
        for _ in 0..3 {
            let request = ask(&app, &alice, &ours, &bob.id).await.expect(201).json();
            assert_eq!(told().await, 1);
            let path = format!("/api/cluster-groups/requests/{}", request["id"].as_str().unwrap());
            app.delete(&path).user(&alice).send().await.expect(204);
        }
        // Nor does it help to be another group.
        for n in 0..12_i64 {
            let other = app.user(&format!("other{n}")).await;
            let theirs = group(&app, &other).await;
            ask(&app, &other, &theirs, &bob.id).await.expect(201);
            assert_eq!(told().await, (n + 2).min(10));
        }
        app.clock.advance(86_400_001);
        ask(&app, &alice, &ours, &bob.id).await.expect(201);
        assert_eq!(told().await, 11, "a day later");
    }

    async fn only_so_many_requests_wait(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let ours = group(&app, &alice).await;
        let numbers = json!((0..100).map(|n| n.to_string()).collect::<Vec<_>>()).to_string();
        let of_groups = "insert into cluster_group_request (id, cluster_group_id, user_id, created_at) \
                         select 'r' || v.value, 'g' || v.value, ?2, 0 from json_rows(?1) v";
        app.sql(stmt!(of_groups, &numbers, &bob.id)).await;
        let refused = ask(&app, &alice, &ours, &bob.id).await.expect(400);
        assert_eq!(refused.message(), "Too many cluster group requests wait for an answer");
        ask(&app, &alice, &ours, &carol.id).await.expect(201);
        // A group asks no more than a hundred at a time, either.
        app.sql(stmt!("update cluster_group_request set user_id = ?1 where id like 'r%'", &alice.id)).await;
        let users = "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) \
                     select 'u' || v.value, 'u' || v.value, 'u', 0, 0, 0, uuid7() from json_rows(?1) v";
        app.sql(stmt!(users, &numbers)).await;
        let asked = "insert into cluster_group_request (id, cluster_group_id, user_id, created_at) \
                     select 'q' || v.value, ?2, 'u' || v.value, 0 from json_rows(?1) v where v.value <> '0'";
        app.sql(stmt!(asked, &numbers, &ours)).await;
        ask(&app, &alice, &ours, &bob.id).await.expect(400);
        assert_eq!(ask(&app, &alice, &ours, &carol.id).await.expect(200).json()["userId"], carol.id, "it waits already");
        app.sql(stmt!("delete from cluster_group_request where id = 'q1'")).await;
        ask(&app, &alice, &ours, &bob.id).await.expect(201);
    }

    async fn whoever_goes_alone_takes_the_requests_of_his_group_back(app: TestApp) {
        let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
        let theirs = group(&app, &bob).await;
        ask(&app, &bob, &theirs, &carol.id).await.expect(201);
        let ours = group(&app, &alice).await;
        let request = ask(&app, &alice, &ours, &bob.id).await.expect(201).json();
        post(&app, &bob, &format!("requests/{}/accept", request["id"].as_str().unwrap())).await.expect(204);
        assert_eq!(get(&app, &carol, "requests").await, json!([]));
    }

    async fn faces_of_the_group_are_sorted_anew(app: TestApp) {
        let alice = app.user("alice").await;
        let ours = group(&app, &alice).await;
        for _ in 0..2 {
            post(&app, &alice, &format!("{ours}/regenerate-people")).await.expect(204);
        }
        let rows = app.sql(stmt!("select kind, payload from job")).await;
        assert_eq!(rows.len(), 1, "it waits already");
        let payload: String = rows.first().unwrap().get("payload").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&payload).unwrap(), json!({ "force": true, "group": ours }));
        // While it runs, and what it has stored, nobody begins it anew.
        let run = "update job set state = 'active', dedupe_key = null, lease_id = 'l', lease_expires_at = 9000000000000";
        app.sql(stmt!(run)).await;
        post(&app, &alice, &format!("{ours}/regenerate-people")).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 1);
        let one = "update job set kind = 'FacialRecognition', payload = ?1";
        app.sql(stmt!(one, json!({ "id": alice.id }).to_string())).await;
        let wait = "update job set state = 'waiting', dedupe_key = 'FacialRecognition:' || ?1, lease_id = null, lease_expires_at = null";
        for state in ["active", "waiting"] {
            if state == "waiting" {
                app.sql(stmt!(wait, &alice.id)).await;
            }
            let refused = post(&app, &alice, &format!("{ours}/regenerate-people")).await.expect(400).json();
            assert!(refused["message"].as_str().unwrap().starts_with("People of this cluster group are being recognized"), "{state}");
        }
        // Jobs of others do not matter.
        app.sql(stmt!("update job set payload = '{\"id\":\"x\"}', dedupe_key = 'FacialRecognition:x'")).await;
        post(&app, &alice, &format!("{ours}/regenerate-people")).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 2);
    }
}
