//! What an upload starts (api/workflows.md section 3).

use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use crate::{
    areas,
    form::{Form, id},
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
}
