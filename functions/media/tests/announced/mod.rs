//! What the owner's devices are told of a job's results (api/realtime.md section 3).

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{areas, pictures, store, upload};

on_each_database! {
    async fn an_upload_is_announced_to_its_owner_once_it_has_renditions(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        assert!(app.take_deliveries().is_empty());
        app.run_jobs().await;
        let told: Vec<serde_json::Value> = app
            .take_deliveries()
            .iter()
            .map(|told| {
                assert_eq!((told.user.as_str(), &told.room, told.ends), (alice.id.as_str(), &None, false));
                serde_json::from_str(told.frame.as_deref().unwrap().strip_prefix("42").unwrap()).unwrap()
            })
            .collect();
        let [success, ready] = told.try_into().unwrap();
        assert_eq!(success[0], "on_upload_success");
        assert_eq!(success[1]["id"], json!(asset));
        assert_eq!(success[1]["exifInfo"]["make"], "Kamera");
        assert_eq!(success[1]["owner"]["id"], json!(alice.id));
        assert!(success[1]["thumbhash"].is_string() && success[1].get("stack").is_none_or(serde_json::Value::is_null));
        assert_eq!(ready[0], "AssetUploadReadyV2");
        assert_eq!(ready[1]["asset"]["thumbhash"], success[1]["thumbhash"]);
        assert_eq!(ready[1]["asset"]["ownerId"], json!(alice.id));
        assert_eq!(ready[1]["exif"]["assetId"], json!(asset));

        store(&app, JobName::AssetGenerateThumbnails, &asset).await;
        app.run_jobs().await;
        assert!(app.take_deliveries().is_empty(), "renditions made anew are no upload");
    }

    async fn metadata_read_again_after_a_sidecar_was_written_are_announced(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        app.take_deliveries();
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert!(app.take_deliveries().is_empty(), "nothing was written by hand");
        app.sql(stmt!(
            "update asset_exif set description = 'by hand', locked_properties = '[\"description\"]', update_id = uuid7() \
             where asset_id = ?1",
            &asset
        ))
        .await;
        store(&app, JobName::SidecarWrite, &asset).await;
        app.run_jobs().await;
        let [told] = app.take_deliveries().try_into().unwrap();
        assert_eq!((told.user.as_str(), &told.room, told.ends), (alice.id.as_str(), &None, false));
        let told = told.frame.unwrap();
        let told: serde_json::Value = serde_json::from_str(told.strip_prefix("42").unwrap()).unwrap();
        assert_eq!((&told[0], &told[1]["id"]), (&json!("on_asset_update"), &json!(asset)));
        assert_eq!(told[1]["exifInfo"]["description"], "by hand");
    }
}
