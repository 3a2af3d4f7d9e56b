//! Photos of a burst.

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

use crate::{areas, pictures, store, text, upload};

/// XMP of a photo that was taken at this second; `link` is an attribute.
fn xmp(second: usize, link: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" xmlns:GCamera=\"http://ns.google.com/photos/1.0/camera/\" \
         exif:DateTimeOriginal=\"2024-05-06T07:08:{second:02}Z\" GCamera:{link}/></rdf:RDF></x:xmpmeta>"
    )
}

/// The photo of this second; its jobs wait.
async fn shot(app: &TestApp, owner: &NewUser, second: usize, link: &str) -> String {
    let seed = u16::try_from(second).unwrap();
    let xmp = xmp(second, link);
    let picture = pictures::hills(80, 60, seed, Some(&xmp));
    upload(app, owner, &format!("{second}.jpg"), picture).await
}

const BURST: &str = "BurstID=\"burst-1\"";

async fn stack_of(app: &TestApp, asset: &str) -> String {
    text(app, "select stack_id as n from asset where id = ?1", asset).await
}

async fn stacks(app: &TestApp) -> i64 {
    app.count(stmt!("select count(*) as n from stack")).await
}

on_each_database! {
    async fn the_photos_of_a_burst_become_one_stack(app: TestApp) {
        let alice = app.user("alice").await;
        let second = shot(&app, &alice, 2, BURST).await;
        app.run_jobs().await;
        assert_eq!((stacks(&app).await, stack_of(&app, &second).await), (0, "null".to_owned()), "one alone is none");
        app.take_deliveries();
        let first = shot(&app, &alice, 1, BURST).await;
        app.run_jobs().await;
        let told = app.take_events();
        assert!(told.iter().any(|(user, event)| *user == alice.id && event[0] == "on_asset_stack_update"), "{told:?}");
        let third = shot(&app, &alice, 3, BURST).await;
        app.run_jobs().await;
        let stack = stack_of(&app, &first).await;
        assert_eq!((stack_of(&app, &second).await, stack_of(&app, &third).await), (stack.clone(), stack.clone()));
        let primary = "select primary_asset_id as n from stack where owner_id = ?1";
        assert_eq!((text(&app, primary, &alice.id).await, stacks(&app).await), (first, 1));

        // A job that is delivered again changes nothing, and what the owner takes out stays out.
        let before = text(&app, "select update_id as n from stack where id = ?1", &stack).await;
        store(&app, JobName::AssetExtractMetadata, &third).await;
        app.run_jobs().await;
        app.sql(stmt!("update asset set stack_id = null, update_id = uuid7() where id = ?1", &third)).await;
        let again = NewJob::new(app.app.uuid(), JobName::AssetExtractMetadata, json!({ "id": &third }), app.app.now());
        app.sql(jobs::insert(&again, app.app.now())).await;
        shot(&app, &alice, 4, BURST).await;
        app.run_jobs().await;
        assert_eq!(stack_of(&app, &third).await, "null");
        assert_eq!(text(&app, "select update_id as n from stack where id = ?1", &stack).await, before);
        let members = "select count(*) as n from asset where stack_id = ?1";
        assert_eq!((app.count(stmt!(members, &stack)).await, stacks(&app).await), (3, 1));
    }

    async fn what_the_owner_took_out_stays_out_when_its_file_is_read_again(app: TestApp) {
        let alice = app.user("alice").await;
        let (first, second) = (shot(&app, &alice, 1, BURST).await, shot(&app, &alice, 2, BURST).await);
        let third = shot(&app, &alice, 3, BURST).await;
        app.run_jobs().await;
        assert_ne!(stack_of(&app, &first).await, "null");
        app.sql(stmt!("update asset set stack_id = null, update_id = uuid7() where id = ?1", &third)).await;
        // As a scan of its library does when the file was touched, and `copyAsset` with a sidecar.
        for source in ["upload", "copy"] {
            let payload = json!({ "id": &third, "source": source });
            let again = NewJob::new(app.app.uuid(), JobName::AssetExtractMetadata, payload, app.app.now());
            app.sql(jobs::insert(&again, app.app.now())).await;
            app.run_jobs().await;
            assert_eq!(stack_of(&app, &third).await, "null", "{source}");
        }
        assert_eq!(stack_of(&app, &second).await, stack_of(&app, &first).await);
    }

    async fn what_is_of_no_burst_is_not_stacked(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        for second in [0, 1] {
            shot(&app, &alice, second, "MediaUniqueID=\"media-1\"").await;
            shot(&app, &alice, second + 2, "ImageUniqueID=\"image-1\"").await;
            shot(&app, &alice, second + 4, "BurstUUID=\"00000000-0000\"").await;
        }
        shot(&app, &alice, 6, BURST).await;
        shot(&app, &bob, 7, BURST).await;
        app.run_jobs().await;
        let known = "select count(*) as n from asset_exif where auto_stack_id is not null";
        assert_eq!((app.count(stmt!(known)).await, stacks(&app).await), (6, 0));
    }

    async fn locked_and_trashed_photos_stay_out_of_the_stack_of_their_burst(app: TestApp) {
        let alice = app.user("alice").await;
        let hide = async |asset: &str, what: &str| {
            let sql = format!("update asset set {what}, update_id = uuid7() where id = ?1");
            app.sql(stmt!(sql, asset)).await;
        };
        let mut out = Vec::new();
        for (second, what) in [(1, "visibility = 'locked'"), (2, "status = 'trashed', deleted_at = 1"), (3, "visibility = 'archive'")] {
            let asset = shot(&app, &alice, second, BURST).await;
            hide(&asset, what).await;
            out.push(asset);
        }
        app.run_jobs().await;
        assert_eq!(stacks(&app).await, 0);
        let shown = [shot(&app, &alice, 4, BURST).await, shot(&app, &alice, 5, BURST).await];
        app.run_jobs().await;
        let stack = stack_of(&app, &shown[0]).await;
        assert_eq!((stack_of(&app, &shown[1]).await, stacks(&app).await), (stack.clone(), 1));
        assert_ne!(stack, "null");
        for asset in &out {
            assert_eq!(stack_of(&app, asset).await, "null");
        }
        // Photos of the archive have a stack of their own.
        let archived = shot(&app, &alice, 6, BURST).await;
        hide(&archived, "visibility = 'archive'").await;
        app.run_jobs().await;
        let other = stack_of(&app, &archived).await;
        assert_eq!((stack_of(&app, &out[2]).await, stacks(&app).await), (other.clone(), 2));
        assert_ne!(other, stack);
    }
}
