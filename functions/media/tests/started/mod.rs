//! What reading a file starts (api/workflows.md section 3), and what its jobs wait for.

use edge_api::enums::JobName;
use edge_platform::{Consumer, stmt};
use edge_store::jobs::{self, NewJob};
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{FAILURE, areas, pictures, store, text, upload};

/// How long somebody who deletes objects may take, ms (docs/data-model.md).
const TAKEN: i64 = 10 * 60_000;

on_each_database! {
    async fn a_rendition_waits_for_a_deletion_whose_worker_has_died(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "a.jpg", pictures::plain_jpeg(64, 48)).await;
        app.run_jobs().await;
        app.sql(stmt!(
            "insert into object_deletion (object_key, run_after, created_at, taken_until) \
             select f.path, 1, 1, cast(?2 as bigint) from asset_file f where f.asset_id = ?1 and f.type = 'preview'",
            &asset, app.app.now() + TAKEN
        )).await;
        let before = text(&app, "select id as n from asset_file where asset_id = ?1 and type = 'preview'", &asset).await;
        store(&app, JobName::AssetGenerateThumbnails, &asset).await;
        for minute in 0..=14 {
            app.run_jobs().await;
            let fate = text(&app, FAILURE, &asset).await;
            let waits = "waiting/edge/renditions of before are being deleted at this moment";
            assert_eq!(fate, if minute < 10 { waits } else { fate.as_str() }, "minute {minute}");
            app.clock.advance(60_000);
        }
        assert_eq!(text(&app, FAILURE, &asset).await, "no row", "it was done at last");
        assert_ne!(text(&app, "select id as n from asset_file where asset_id = ?1 and type = 'preview'", &asset).await, before);
    }

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
