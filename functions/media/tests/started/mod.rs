//! What reading a file starts (api/workflows.md section 3).

use edge_api::enums::JobName;
use edge_platform::{Consumer, stmt};
use edge_store::jobs::{self, NewJob};
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{areas, pictures, upload};

on_each_database! {
    async fn what_was_read_starts_workflows_unless_a_sidecar_was_written(app: TestApp) {
        let alice = app.user("alice").await;
        for (id, trigger) in [("w1", "AssetMetadataExtraction"), ("w2", "AssetCreate")] {
            app.sql(stmt!(
                "insert into workflow (id, owner_id, trigger_name, created_at, updated_at) values (?1, ?2, ?3, 0, 0)",
                id, &alice.id, trigger
            )).await;
        }
        let runs = stmt!("select count(*) as n from job where kind = 'WorkflowAssetTrigger' and payload like '%w1%'");
        let asset = upload(&app, &alice, "a.jpg", pictures::plain_jpeg(64, 48)).await;
        app.deliver(Consumer::Media).await;
        assert_eq!(app.count(runs.clone()).await, 1);
        assert!(app.take_wakes().iter().any(|wake| wake.consumer == Consumer::Tasks));
        assert_eq!(app.count(stmt!("select count(*) as n from job where kind = 'WorkflowAssetTrigger'")).await, 1);
        app.run_jobs().await;
        let payload = json!({"id": asset, "source": "sidecar-write"});
        let job = NewJob::new(app.app.uuid(), JobName::AssetExtractMetadata, payload, app.app.now());
        app.sql(jobs::insert(&job, app.app.now())).await;
        app.deliver(Consumer::Media).await;
        assert_eq!(app.count(runs).await, 0);
    }
}
