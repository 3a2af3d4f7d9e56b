//! The halves of a live photo find each other whichever comes first.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::stmt;
use edge_store::media::live_photo;
use edge_testkit::{Area, NewUser, TestApp, on_each_database};

fn areas() -> Vec<Area> {
    Vec::new()
}

/// Runs the statements as the results of a job.
async fn link(app: &TestApp, owner: &NewUser) {
    let results = live_photo::link(&owner.id, "cid", app.app.now());
    app.finish_job(results).await;
}

async fn half(app: &TestApp, owner: &NewUser, kind: &str, cid: &str) -> String {
    app.asset(owner)
        .with("type", kind)
        .exif("live_photo_cid", cid)
        .insert()
        .await
}

async fn linked(app: &TestApp, still: &str) -> Option<String> {
    let rows = app
        .sql(stmt!(
            "select live_photo_video_id as n from asset where id = ?1",
            still
        ))
        .await;
    rows.first().unwrap().get("n").unwrap()
}

on_each_database! {
    async fn the_video_is_linked_hidden_and_taken_out_of_albums(app: TestApp) {
        let alice = app.user("alice").await;
        let still = half(&app, &alice, "IMAGE", "cid").await;
        link(&app, &alice).await;
        assert_eq!(linked(&app, &still).await, None);
        let video = half(&app, &alice, "VIDEO", "cid").await;
        app.sql(stmt!("insert into album (id, created_at, updated_at, update_id) values ('al', 0, 0, 'u')")).await;
        app.sql(stmt!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values ('al', ?1, 0, 0, 'u')",
            &video
        )).await;
        link(&app, &alice).await;
        assert_eq!(linked(&app, &still).await, Some(video.clone()));
        let hidden = "select count(*) as n from asset where id = ?1 and visibility = 'hidden'";
        assert_eq!(app.count(stmt!(hidden, &video)).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from album_asset")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from album_asset_audit where asset_id = ?1", &video)).await, 1);
        link(&app, &alice).await;
        assert_eq!(linked(&app, &still).await, Some(video));
    }

    async fn a_locked_video_moves_no_other_still_and_a_locked_still_locks_its_video(app: TestApp) {
        let alice = app.user("alice").await;
        let still = half(&app, &alice, "IMAGE", "cid").await;
        let video = app.asset(&alice).with("type", "VIDEO").visibility("locked").exif("live_photo_cid", "cid").insert().await;
        link(&app, &alice).await;
        assert_eq!(linked(&app, &still).await, None);
        app.sql(stmt!("update asset set visibility = 'locked' where id = ?1", &still)).await;
        app.sql(stmt!("update asset set visibility = 'hidden' where id = ?1", &video)).await;
        link(&app, &alice).await;
        assert_eq!(linked(&app, &still).await, Some(video.clone()));
        let locked = "select count(*) as n from asset where id = ?1 and visibility = 'locked'";
        assert_eq!(app.count(stmt!(locked, &video)).await, 1);
    }

    async fn other_owners_and_other_identifiers_are_left_alone(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let still = half(&app, &alice, "IMAGE", "cid").await;
        half(&app, &bob, "VIDEO", "cid").await;
        half(&app, &alice, "VIDEO", "another").await;
        link(&app, &alice).await;
        assert_eq!(linked(&app, &still).await, None);
        assert_eq!(app.count(stmt!("select count(*) as n from asset where visibility = 'hidden'")).await, 0);
    }
}
