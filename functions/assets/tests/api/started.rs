//! What an upload starts (api/workflows.md section 3).

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::{
    areas,
    form::{Form, id},
    upload::link,
};

on_each_database! {
    async fn an_upload_starts_the_workflows_of_its_owner_in_no_more_round_trips(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        for (id, owner, trigger, is_on) in [
            ("w1", &alice, "AssetCreate", 1), ("w2", &alice, "AssetCreate", 0), ("w3", &alice, "AssetMetadataExtraction", 1),
            ("w4", &bob, "AssetCreate", 1), ("w5", &alice, "AssetCreate", 1),
        ] {
            app.sql(stmt!(
                "insert into workflow (id, owner_id, trigger_name, is_enabled, created_at, updated_at) values (?1, ?2, ?3, ?4, 0, 0)",
                id, &owner.id, trigger, is_on
            )).await;
        }
        let runs = stmt!("select cast(count(*) as bigint) as n from job where kind = 'WorkflowAssetTrigger'");
        app.take_round_trips();
        let reply = Form::photo("a.jpg", b"a").request(&app).user(&alice).send().await.expect(201);
        assert_eq!(app.take_round_trips(), 3);
        assert_eq!(app.count(runs.clone()).await, 2);
        let job = app.sql(stmt!("select payload from job where kind = 'WorkflowAssetTrigger' and payload like '%w1%'")).await;
        let payload: String = job.first().unwrap().get("payload").unwrap();
        let payload: serde_json::Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(payload, json!({ "workflowId": "w1", "assetId": id(&reply) }));
        assert_eq!(app.take_wakes().len(), 3);
        Form::photo("b.jpg", b"a").request(&app).user(&alice).send().await.expect(200);
        assert_eq!(app.count(runs).await, 2, "what is there already does not come");
    }

    async fn members_of_a_link_s_album_are_told_in_no_more_round_trips(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let album = app.app.uuid();
        app.sql(stmt!("insert into album (id, created_at, updated_at, update_id) values (?1, 0, 0, 'u')", &album)).await;
        for (user, role) in [(&alice, "owner"), (&bob, "viewer")] {
            app.sql(stmt!(
                "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
                 values (?1, ?2, ?3, 0, 0, 'u', 'u')",
                &album, &user.id, role
            )).await;
        }
        link(&app, &alice.id, "single", true).await;
        link(&app, &alice.id, "open", true).await;
        app.sql(stmt!("update shared_link set type = 'ALBUM', album_id = ?1 where key = 'open'", &album)).await;
        let guest = async |key: &str, content: &[u8]| {
            let bytes = Form::photo("a.jpg", content).bytes();
            app.take_round_trips();
            app.post(&format!("/api/assets?key={key}")).body(&Form::content_type(), bytes).send().await.expect(201);
            (app.take_round_trips(), app.take_events())
        };
        let (round_trips, told) = guest("single", b"a").await;
        assert_eq!((round_trips, told), (3, Vec::new()), "authenticate, ask, insert");
        let (round_trips, mut told) = guest("open", b"b").await;
        assert_eq!(round_trips, 3, "who is told is read where it is stored");
        told.sort_by(|one, other| one.0.cmp(&other.0));
        let changed = json!(["on_album_update", album]);
        let mut members = [&alice.id, &bob.id].map(|user| (user.clone(), changed.clone()));
        members.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(told, members);
    }
}
