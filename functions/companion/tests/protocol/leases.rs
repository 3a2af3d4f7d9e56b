//! Leases: whoever was killed loses nothing and repeats nothing, and whoever goes on keeps its job.

use edge_api::enums::QueueName;
use edge_platform::stmt;
use edge_store::jobs::{self, ATTEMPTS, LEASE, companion::FIRST_LEASE, queues};
use edge_testkit::{TestApp, on_each_database};
use serde_json::json;

use super::{Held, areas, lease, outcome, state, token, video};

on_each_database! {
    async fn a_companion_that_was_killed_loses_nothing_and_repeats_nothing(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (asset, job) = video(&app, &alice).await;
        let dead = Held::take(&app, &token).await;
        dead.write(&app, "preview.jpeg", b"half of it").await.expect(204);
        app.clock.advance(FIRST_LEASE - 1);
        dead.post(&app, "renew", &json!({})).await.expect(200);
        app.clock.advance(LEASE - 1);
        jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        lease(&app, &token).await.expect(204);
        app.clock.advance(1);
        jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        let second = Held::take(&app, &token).await;
        assert_eq!(second.job, job);
        second.write_both(&app).await;
        // the first one was only slow
        dead.post(&app, "renew", &json!({"progress": 50})).await.expect(412);
        dead.write(&app, "thumbnail.webp", b"late").await.expect(412);
        dead.post(&app, "finish", &outcome()).await.expect(412);
        dead.post(&app, "fail", &json!({"reason": "late"})).await.expect(412);
        dead.post(&app, "release", &json!(null)).await.expect(412);
        assert_eq!(state(&app, &job).await, "active/companion/2");
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file")).await, 0);
        second.post(&app, "finish", &outcome()).await.expect(204);
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where asset_id = ?1", &asset)).await, 2);
        lease(&app, &token).await.expect(204);
    }

    async fn a_video_that_kills_companions_fails_in_the_end(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (_, job) = video(&app, &alice).await;
        for _ in 0..ATTEMPTS {
            let dead = Held::take(&app, &token).await;
            dead.post(&app, "renew", &json!({})).await.expect(200);
            app.clock.advance(LEASE - 1);
            jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
            lease(&app, &token).await.expect(204);
            app.clock.advance(1);
            jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        }
        lease(&app, &token).await.expect(204);
        assert_eq!(state(&app, &job).await, "failed/companion/3");
    }

    async fn a_job_of_which_nobody_read_waits_again_untried(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (_, job) = video(&app, &alice).await;
        for _ in 0..=ATTEMPTS {
            // Nobody has renewed it: the companion may never have heard of it.
            Held::take(&app, &token).await;
            app.clock.advance(FIRST_LEASE - 1);
            jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
            assert_eq!(state(&app, &job).await, "active/companion/1");
            app.clock.advance(1);
            jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
            assert_eq!(state(&app, &job).await, "waiting/companion/0");
        }
        let held = Held::take(&app, &token).await;
        held.post(&app, "renew", &json!({})).await.expect(200);
        app.clock.advance(LEASE);
        jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        assert_eq!(state(&app, &job).await, "waiting/companion/1");
    }

    async fn renewing_keeps_a_job_and_tells_how_far_it_is(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (_, job) = video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        for (pause, progress) in [(FIRST_LEASE / 2, 10), (LEASE / 2, 90)] {
            app.clock.advance(pause);
            let renewed = held.post(&app, "renew", &json!({"progress": progress})).await.expect(200);
            assert_eq!(renewed.json(), json!({"expiresIn": LEASE}));
        }
        app.clock.advance(LEASE / 2);
        held.post(&app, "renew", &json!({})).await.expect(200);
        jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        assert_eq!(state(&app, &job).await, "active/companion/1");
        let listed = queues::jobs(app.app.db(), QueueName::ThumbnailGeneration, &[], app.app.now()).await.unwrap();
        assert_eq!(listed[0].data["progress"], 90);
    }

    async fn a_companion_that_stops_gives_its_job_back_untried(app: TestApp) {
        let (alice, token) = (app.user("alice").await, token(&app));
        let (_, job) = video(&app, &alice).await;
        let held = Held::take(&app, &token).await;
        held.post(&app, "release", &json!(null)).await.expect(204);
        assert_eq!(state(&app, &job).await, "waiting/companion/0");
        assert_eq!(Held::take(&app, &token).await.job, job);
    }
}
