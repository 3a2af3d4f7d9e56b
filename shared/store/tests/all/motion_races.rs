//! Two requests that together would put a motion part below a motion part, where nobody sees it: one of them loses.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::enums::{AssetType, AssetVisibility};
use edge_platform::{DbError, Statement, stmt};
use edge_store::{
    assets::{
        insert::{self, NewAsset},
        lock, motion,
        remove::hold,
        update::{Change, Changeable},
    },
    objects,
};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};

use crate::{plans::walked, races::before_the_end};

fn areas() -> Vec<Area> {
    Vec::new()
}

/// What `updateAsset` stores that makes one the motion part of the other.
fn linking(owner: &NewUser, still: &str, video: &str) -> Vec<Statement> {
    let changeable = Changeable {
        id: still.to_owned(),
        visibility: "timeline".to_owned(),
        file_created_at: 0,
        local_date_time: 0,
        motion: None,
    };
    let change = Change {
        live_photo_video_id: Some(Some(video)),
        ..Change::default()
    };
    let mut batch = vec![hold(&[still, video]), motion::unless_nested(video, still)];
    let shown = AssetVisibility::Timeline;
    batch.extend(lock::become_motion(video, &owner.id, shown, 1));
    batch.extend(change.statements(&[changeable], &owner.id, 1));
    batch
}

/// What an upload stores whose motion part is `video`.
async fn uploading(app: &TestApp, owner: &NewUser, video: &str) -> Vec<Statement> {
    app.sql(objects::register("upload/still", 1)).await;
    let asset = NewAsset {
        id: "00000000-0000-4000-8000-00000000a11e",
        owner_id: &owner.id,
        kind: AssetType::Image,
        visibility: AssetVisibility::Timeline,
        checksum: "still",
        checksum_sha256: None,
        original_path: "upload/still",
        file_name: "a.jpg",
        size: 10,
        duration_ms: None,
        is_favorite: false,
        live_photo_video_id: Some(video),
        file_created_at: 1,
        file_modified_at: 1,
        now: 1,
    };
    insert::statements(&asset, None, &[])
}

async fn video(app: &TestApp, owner: &NewUser) -> String {
    app.asset(owner).with("type", "VIDEO").insert().await
}

/// The motion part of an asset.
async fn part_of(app: &TestApp, id: &str) -> Option<String> {
    let part = "select live_photo_video_id as part from asset where id = ?1";
    let rows = app.sql(stmt!(part, id)).await;
    rows.first().unwrap().get("part").unwrap()
}

on_each_database! {
    async fn the_second_of_two_links_finds_what_the_first_has_done(app: TestApp) {
        let alice = app.user("alice").await;
        let (one, two, three) = (video(&app, &alice).await, video(&app, &alice).await, video(&app, &alice).await);
        let link = async |still: &str, video: &str| app.app.db().batch(linking(&alice, still, video)).await;
        link(&one, &two).await.unwrap();
        for (still, video) in [(&two, &one), (&two, &three), (&three, &one)] {
            let refused = link(still, video).await;
            assert!(matches!(refused, Err(DbError::Conflict(_))), "{refused:?}");
            assert_eq!(part_of(&app, still).await, None);
        }
        let shown = "select count(*) as n from asset where visibility = 'timeline'";
        assert_eq!(app.count(stmt!(shown)).await, 2, "nothing was hidden by what was refused");
        link(&one, &two).await.unwrap();
        assert_eq!(part_of(&app, &one).await, Some(two));
    }
}

#[test]
fn what_refuses_a_link_is_looked_up() {
    let walked = walked(motion::unless_nested("video", "still"), &[]);
    assert!(walked.is_empty(), "{walked:#?}");
}

#[test]
fn two_videos_do_not_become_each_other_s_motion_part() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let (one, two) = (video(&app, &alice).await, video(&app, &alice).await);
        let there = linking(&alice, &one, &two);
        let back = linking(&alice, &two, &one);
        let [first, second] = before_the_end(&app, there, back).await;
        first.unwrap();
        assert!(matches!(second, Err(DbError::Conflict(_))), "{second:?}");
        assert_eq!(part_of(&app, &one).await, Some(two.clone()));
        assert_eq!(part_of(&app, &two).await, None);
    });
}

#[test]
fn an_upload_leaves_a_video_alone_that_gets_a_motion_part_meanwhile() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let (outer, inner) = (video(&app, &alice).await, video(&app, &alice).await);
        let upload = uploading(&app, &alice, &outer).await;
        let [linked, uploaded] =
            before_the_end(&app, linking(&alice, &outer, &inner), upload).await;
        linked.unwrap();
        uploaded.unwrap();
        assert_eq!(part_of(&app, &outer).await, Some(inner));
        let still = "00000000-0000-4000-8000-00000000a11e";
        assert_eq!(part_of(&app, still).await, None);
    });
}
