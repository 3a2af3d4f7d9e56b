//! Jobs that are not at fault: what they need is held by somebody else, or has changed meanwhile.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::{
    jobs::{self, NewJob},
    media::{
        self,
        facts::{self, Facts},
    },
};
use edge_testkit::{Area, TestApp, on_each_database};

use crate::{
    jobs::{claim, state, stored},
    races::before_the_end,
};

fn areas() -> Vec<Area> {
    Vec::new()
}

on_each_database! {
    async fn a_job_that_waits_for_something_else_is_not_at_fault(app: TestApp) {
        let job = stored(&app).await;
        let mut waited = 0;
        for pause in [10_000, 60_000, 180_000, 240_000, 300_000] {
            let held = claim(&app, &job.id).await.unwrap();
            assert_eq!(held.attempts, 1, "none counts");
            jobs::wait(app.app.db(), &held, "later", app.app.now()).await.unwrap();
            app.clock.advance(pause - 1);
            assert_eq!(claim(&app, &job.id).await, None);
            app.clock.advance(1);
            waited += pause;
        }
        assert!(waited > 10 * 60_000, "longer than a deletion may take");
        for pause in [10_000, 60_000, 0] {
            let held = claim(&app, &job.id).await.unwrap();
            jobs::wait(app.app.db(), &held, "later", app.app.now()).await.unwrap();
            app.clock.advance(pause);
        }
        assert_eq!(state(&app, &job.id).await, "failed/edge", "but not for ever");
    }

    async fn what_was_read_of_a_file_that_was_replaced_meanwhile_is_not_stored(app: TestApp) {
        let alice = app.user("alice").await;
        for (path, is_stored) in [("new", false), ("old", true)] {
            let asset = app.asset(&alice).with("original_path", "old").insert().await;
            let job = stored(&app).await;
            let held = claim(&app, &job.id).await.unwrap();
            let source = media::find(app.app.db(), &asset).await.unwrap().unwrap();
            app.sql(stmt!("update asset set original_path = ?2, update_id = uuid7() where id = ?1", &asset, path)).await;
            let read = Facts { make: Some("Kamera".to_owned()), ..Facts::default() };
            let mut results = media::of_file(&held, &source);
            results.extend(facts::store(&asset, &read, app.app.now()));
            let done = jobs::finish(app.app.db(), &held, results, &[], app.app.now()).await.unwrap();
            assert_eq!(done, is_stored);
            let made = stmt!("select count(*) as n from asset_exif where asset_id = ?1 and make = 'Kamera'", &asset);
            assert_eq!(app.count(made).await, i64::from(is_stored));
            assert_eq!(app.count(stmt!("select count(*) as n from job where id = ?1", &job.id)).await, 0);
        }
    }
}

/// Work that is asked for again is done by the job that waits: who takes that one sees what was stored together with the request.
#[test]
fn a_job_that_stands_for_another_is_taken_when_that_one_would_have_been_stored() {
    edge_testkit::block_on(async {
        let app = TestApp::postgres(Vec::new()).await;
        let alice = app.user("alice").await;
        let asked = || {
            let kind = JobName::SidecarWrite;
            let payload = serde_json::json!({ "id": "a" });
            let job = NewJob::new(app.app.uuid(), kind, payload, app.app.now());
            jobs::insert(&job.once("a"), app.app.now())
        };
        app.sql(asked()).await;
        let again = vec![
            asked(),
            stmt!("update users set name = 'new' where id = ?1", &alice.id),
        ];
        let taking = vec![
            stmt!("update job set state = 'active', dedupe_key = null where dedupe_key = 'a'"),
            stmt!("select name from users where id = ?1", &alice.id),
        ];
        let [stored, taken] = before_the_end(&app, again, taking).await;
        stored.unwrap();
        let rows = taken.unwrap().pop().unwrap();
        assert_eq!(rows.first().unwrap().get::<String>("name").unwrap(), "new");
        let open = app.count(stmt!("select count(*) as n from job")).await;
        assert_eq!(open, 1);
    });
}
