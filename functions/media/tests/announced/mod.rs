//! What the owner's devices are told of a job's results (api/realtime.md section 3).

use edge_api::enums::JobName;
use edge_http::realtime::Change;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{areas, edits, pictures, store, upload};

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

    async fn editors_hear_when_the_renditions_of_their_edits_are_there(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        app.take_deliveries();
        let crop = json!({ "x": 0, "y": 0, "width": 200, "height": 100 });
        edits::edit(&app, &alice, &asset, &[("crop", crop.clone()), ("rotate", json!({ "angle": 90 }))]).await;
        edits::render(&app, &asset).await;
        let [(user, told)] = app.take_events().try_into().unwrap();
        assert_eq!((user.as_str(), &told[0]), (alice.id.as_str(), &json!("AssetEditReadyV2")));
        let shown = &told[1]["asset"];
        assert_eq!((&shown["id"], &shown["width"], &shown["height"], &shown["isEdited"]), (&json!(asset), &json!(100), &json!(200), &json!(true)));
        let steps: Vec<_> = told[1]["edit"].as_array().unwrap().iter().map(|step| (&step["sequence"], &step["action"])).collect();
        assert_eq!(steps, [(&json!(0), &json!("crop")), (&json!(1), &json!("rotate"))]);
        assert_eq!((&told[1]["edit"][0]["parameters"], &told[1]["edit"][0]["assetId"]), (&crop, &json!(asset)));

        edits::edit(&app, &alice, &asset, &[]).await;
        edits::render(&app, &asset).await;
        let [(_, told)] = app.take_events().try_into().unwrap();
        assert_eq!((&told[0], &told[1]["edit"]), (&json!("AssetEditReadyV2"), &json!([])));
        assert_eq!(told[1]["asset"]["isEdited"], json!(false));
    }

    async fn renditions_of_former_edits_are_not_what_editors_wait_for(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        app.take_deliveries();
        edits::edit(&app, &alice, &asset, &[("rotate", json!({ "angle": 90 }))]).await;
        app.app.announce_change(Change::Edited(asset, "another version".to_owned())).await;
        assert!(app.take_deliveries().is_empty());
    }

    async fn a_former_motion_part_is_announced_as_it_is_shown_again(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        app.take_deliveries();
        let payload = json!({ "id": asset, "source": "notify" });
        let job = NewJob::new(app.app.uuid(), JobName::AssetGenerateThumbnails, payload, app.app.now());
        app.sql(jobs::insert(&job, app.app.now())).await;
        app.run_jobs().await;
        let names: Vec<_> = app.take_events().into_iter().map(|(_, told)| told[0].clone()).collect();
        assert_eq!(names, [json!("on_upload_success"), json!("AssetUploadReadyV2")]);
    }

    async fn the_video_of_a_live_photo_is_told_as_hidden_by_either_half(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let video = app.asset(&alice).visibility("hidden").insert().await;
        let still = app.asset(&alice).with("live_photo_video_id", video.clone()).insert().await;
        let alone = app.asset(&bob).visibility("hidden").insert().await;
        for half in [&still, &video] {
            app.app.announce_change(Change::Paired(half.clone())).await;
            let told = app.take_events();
            assert_eq!(told, [(alice.id.clone(), json!(["on_asset_hidden", video]))]);
        }
        app.app.announce_change(Change::Paired(alone)).await;
        assert!(app.take_deliveries().is_empty());
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
