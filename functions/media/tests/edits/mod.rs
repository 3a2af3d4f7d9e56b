//! Edited pictures: their renditions, what is left of faces, and back again.

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

use crate::{areas, pictures, size_of, store, text, upload};

/// Size, whether it is shown as edited, and its edited renditions.
const LOOK: &str = "select a.width || 'x' || a.height || ' ' || a.is_edited || ' ' || (select count(*) from asset_file f \
     where f.asset_id = a.id and f.is_edited = 1) as n from asset a where a.id = ?1";

const THUMBHASH: &str = "select thumbhash as n from asset where id = ?1";

const HIDDEN: &str = "select coalesce((select string_agg(f.id, '|') from asset_face f where f.asset_id = ?1 \
     and f.is_visible = 0), '') as n";

async fn face(app: &TestApp, owner: &NewUser, asset: &str, id: &str, x: i64) {
    app.sql(stmt!(
        "insert into asset_face (id, asset_id, owner_id, image_width, image_height, bounding_box_x1, \
         bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
         values (?1, ?2, ?3, 1600, 1800, ?4, 100, ?5, 200, 0, uuid7())",
        id,
        asset,
        &owner.id,
        x,
        x + 100
    ))
    .await;
}

pub async fn edit(app: &TestApp, owner: &NewUser, asset: &str, steps: &[(&str, Value)]) {
    app.sql(stmt!("delete from asset_edit where asset_id = ?1", asset))
        .await;
    for (sequence, (action, parameters)) in (0_i64..).zip(steps) {
        app.sql(stmt!(
            "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
             values (?1, ?2, ?3, ?4, ?5, ?6, uuid7())",
            app.app.uuid(),
            asset,
            &owner.id,
            sequence,
            *action,
            parameters.to_string()
        ))
        .await;
    }
}

/// Has the edits rendered.
pub async fn render(app: &TestApp, asset: &str) {
    store(app, JobName::AssetEditThumbnailGeneration, asset).await;
    app.run_jobs().await;
    assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    assert_eq!(
        app.count(stmt!("select count(*) as n from pending_object"))
            .await,
        0
    );
}

fn crop(width: i64, height: i64) -> (&'static str, Value) {
    (
        "crop",
        json!({ "x": 0, "y": 0, "width": width, "height": height }),
    )
}

async fn edited(app: &TestApp, asset: &str) -> String {
    let sql = "select path as n from asset_file where asset_id = ?1 and type = 'fullsize' and is_edited = 1";
    text(app, sql, asset).await
}

on_each_database! {
    async fn an_edited_picture_is_rendered_and_goes_back(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(1800, 1600, 6)).await;
        app.run_jobs().await;
        assert_eq!(text(&app, LOOK, &asset).await, "1600x1800 0 0");
        let before = text(&app, THUMBHASH, &asset).await;
        face(&app, &alice, &asset, "left", 100).await;
        face(&app, &alice, &asset, "right", 1400).await;
        let turns = [("rotate", json!({ "angle": 90 })), ("mirror", json!({ "axis": "horizontal" }))];
        edit(&app, &alice, &asset, &[vec![crop(1200, 900)], turns.to_vec()].concat()).await;
        render(&app, &asset).await;
        assert_eq!(text(&app, LOOK, &asset).await, "900x1200 1 3");
        let after = text(&app, THUMBHASH, &asset).await;
        assert_ne!(before, after);
        let first = edited(&app, &asset).await;
        assert_eq!(size_of(&app, &first).await, (900, 1200));
        assert_eq!(text(&app, HIDDEN, &asset).await, "right");

        // Reading the file again, and the renditions of the original, leave the edited look alone and make it again.
        store(&app, JobName::AssetExtractMetadata, &asset).await;
        app.run_jobs().await;
        assert_eq!(text(&app, LOOK, &asset).await, "900x1200 1 3");
        assert_eq!(text(&app, THUMBHASH, &asset).await, after);
        let second = edited(&app, &asset).await;
        assert_ne!(first, second, "nobody sees an old picture under its key");

        edit(&app, &alice, &asset, &[]).await;
        render(&app, &asset).await;
        assert_eq!(text(&app, LOOK, &asset).await, "1600x1800 0 0");
        assert_eq!(text(&app, HIDDEN, &asset).await, "");
        assert_eq!(text(&app, THUMBHASH, &asset).await, before);
        app.tick().await;
        let keys = app.object_keys().await;
        assert_eq!(keys.iter().filter(|key| key.contains("_edited_")).count(), 0, "{keys:?}");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where asset_id = ?1", &asset)).await, 2);
    }

    async fn what_a_late_worker_has_made_of_former_edits_is_not_shown(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        edit(&app, &alice, &asset, &[crop(200, 100)]).await;
        render(&app, &asset).await;
        let late = edge_store::media::edited::find(app.app.db(), &asset).await.unwrap();
        edit(&app, &alice, &asset, &[crop(100, 100)]).await;
        render(&app, &asset).await;
        let job = NewJob::new(app.app.uuid(), JobName::AssetEditThumbnailGeneration, json!({ "id": asset }), app.app.now());
        app.sql(jobs::insert(&job, app.app.now())).await;
        let job = jobs::claim(app.app.db(), &job.id, "lease", app.app.now()).await.unwrap().expect("the job");
        let look = edge_store::media::edited::Look {
            thumbhash: "old".to_owned(), width: 200, height: 100, original: (400, 300), crop: None,
        };
        let results = edge_store::media::edited::store(&asset, &late.version, &[], &look, app.app.now());
        jobs::finish(app.app.db(), &job, results, &[], app.app.now()).await.unwrap();
        assert_eq!(text(&app, LOOK, &asset).await, "100x100 1 3");
        assert_eq!(size_of(&app, &edited(&app, &asset).await).await, (100, 100));
    }

    async fn what_is_deleted_takes_its_edited_pictures_along(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = upload(&app, &alice, "meadow.jpg", pictures::jpeg(400, 300, 1)).await;
        app.run_jobs().await;
        edit(&app, &alice, &asset, &[crop(200, 100)]).await;
        render(&app, &asset).await;
        assert_eq!(app.object_keys().await.len(), 6);
        app.app.db().batch(edge_store::assets::remove::purge(&[&asset], app.app.now())).await.unwrap();
        app.tick().await;
        assert_eq!(app.object_keys().await, Vec::<String>::new());
        assert_eq!(app.count(stmt!("select count(*) as n from asset_edit_audit")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_edit")).await, 0);
    }

    async fn a_picture_without_edits_has_nothing_to_be_rendered(app: TestApp) {
        let alice = app.user("alice").await;
        let film = app.asset(&alice).with("type", "VIDEO").insert().await;
        let lost = app.asset(&alice).insert().await;
        for asset in [film, lost, app.app.uuid()] {
            render(&app, &asset).await;
        }
        let lost = app.asset(&alice).insert().await;
        edit(&app, &alice, &lost, &[crop(1, 1)]).await;
        store(&app, JobName::AssetEditThumbnailGeneration, &lost).await;
        app.run_jobs().await;
        let failure = text(&app, crate::FAILURE, &lost).await;
        assert!(failure.starts_with("failed/edge/") && failure.ends_with("is missing"), "{failure}");
    }
}
