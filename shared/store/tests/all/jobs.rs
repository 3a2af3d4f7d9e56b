//! The life of jobs on SQLite and PostgreSQL: a lost or repeated message changes nothing.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::enums::{JobName, QueueJobStatus, QueueName};
use edge_platform::{DbError, stmt};
use edge_store::jobs::{self, ATTEMPTS, Job, LEASE, NewJob, queues};
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    Vec::new()
}

fn thumbnails(app: &TestApp) -> NewJob {
    let payload = json!({ "id": app.app.uuid() });
    NewJob::new(
        app.app.uuid(),
        JobName::AssetGenerateThumbnails,
        payload,
        app.app.now(),
    )
}

async fn store(app: &TestApp, job: &NewJob) {
    app.sql(jobs::insert(job, app.app.now())).await;
}

async fn claim(app: &TestApp, id: &str) -> Option<Job> {
    jobs::claim(app.app.db(), id, &app.app.uuid(), app.app.now())
        .await
        .unwrap()
}

async fn stored(app: &TestApp) -> NewJob {
    let job = thumbnails(app);
    store(app, &job).await;
    job
}

async fn state(app: &TestApp, id: &str) -> String {
    let rows = app
        .sql(stmt!(
            "select state || '/' || runner as n from job where id = ?1",
            id
        ))
        .await;
    rows.first()
        .map_or_else(|| "gone".to_owned(), |row| row.get("n").unwrap())
}

on_each_database! {
    async fn exactly_one_of_many_concurrent_claims_wins(app: TestApp) {
        let job = stored(&app).await;
        let claims = (0..8).map(|_| claim(&app, &job.id));
        let won: Vec<Job> = futures::future::join_all(claims).await.into_iter().flatten().collect();
        assert_eq!(won.len(), 1);
        assert_eq!((won[0].attempts, won[0].kind), (1, JobName::AssetGenerateThumbnails));
        assert_eq!(won[0].text("id"), job.payload["id"].as_str());
    }

    async fn a_repeated_message_finds_nothing_while_the_job_runs_and_after_it(app: TestApp) {
        let job = stored(&app).await;
        let held = claim(&app, &job.id).await.unwrap();
        assert_eq!(claim(&app, &job.id).await, None);
        assert!(jobs::finish(app.app.db(), &held, Vec::new(), &[], app.app.now()).await.unwrap());
        assert_eq!(claim(&app, &job.id).await, None);
        assert_eq!(state(&app, &job.id).await, "gone");
    }

    async fn results_and_following_jobs_are_stored_with_the_end_of_the_job(app: TestApp) {
        let job = stored(&app).await;
        let held = claim(&app, &job.id).await.unwrap();
        let next = thumbnails(&app);
        let result = stmt!(
            "insert into system_metadata (key, value, updated_at) select cast(?1 as text), '1', 0 where {held}",
            "done"
        );
        assert!(jobs::finish(app.app.db(), &held, vec![result], std::slice::from_ref(&next), app.app.now()).await.unwrap());
        assert_eq!(app.count(stmt!("select count(*) as n from system_metadata")).await, 1);
        assert_eq!(state(&app, &next.id).await, "waiting/edge");
    }

    async fn a_worker_that_lost_its_lease_changes_nothing(app: TestApp) {
        let job = stored(&app).await;
        let slow = claim(&app, &job.id).await.unwrap();
        app.clock.advance(LEASE);
        jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        let quick = claim(&app, &job.id).await.unwrap();
        let result = stmt!(
            "insert into system_metadata (key, value, updated_at) select cast(?1 as text), '1', 0 where {held}",
            "late"
        );
        let next = thumbnails(&app);
        let finished = jobs::finish(app.app.db(), &slow, vec![result], std::slice::from_ref(&next), app.app.now());
        assert!(!finished.await.unwrap());
        jobs::retry(app.app.db(), &slow, "late", app.app.now()).await.unwrap();
        jobs::fail(app.app.db(), &slow, "late", app.app.now()).await.unwrap();
        jobs::hand_over(app.app.db(), &slow, "late", app.app.now()).await.unwrap();
        assert_eq!(app.count(stmt!("select count(*) as n from system_metadata")).await, 0);
        assert_eq!(state(&app, &next.id).await, "gone");
        assert_eq!(state(&app, &job.id).await, "active/edge");
        assert!(jobs::finish(app.app.db(), &quick, Vec::new(), &[], app.app.now()).await.unwrap());
    }

    async fn paused_queues_and_jobs_of_the_future_are_not_claimed(app: TestApp) {
        let job = stored(&app).await;
        app.sql(queues::set_paused(QueueName::ThumbnailGeneration, true, app.app.now())).await;
        assert_eq!(claim(&app, &job.id).await, None);
        assert_eq!(jobs::due(app.app.db(), app.app.now()).await.unwrap(), Vec::new());
        let (queue, woken) = queues::resume(app.app.db(), QueueName::ThumbnailGeneration, app.app.now()).await.unwrap();
        assert!(!queue.is_paused);
        assert_eq!(woken, vec![job.wake()]);
        assert!(claim(&app, &job.id).await.is_some());

        let mut later = thumbnails(&app);
        later.run_after = app.app.now() + 1000;
        store(&app, &later).await;
        assert_eq!(claim(&app, &later.id).await, None);
        app.clock.advance(1000);
        assert!(claim(&app, &later.id).await.is_some());
    }

    async fn a_failing_job_waits_longer_each_time_and_ends_as_failed(app: TestApp) {
        let job = stored(&app).await;
        for pause in [10_000, 60_000] {
            let held = claim(&app, &job.id).await.unwrap();
            jobs::retry(app.app.db(), &held, "no answer", app.app.now()).await.unwrap();
            app.clock.advance(pause - 1);
            assert_eq!(claim(&app, &job.id).await, None);
            app.clock.advance(1);
        }
        let held = claim(&app, &job.id).await.unwrap();
        assert_eq!(held.attempts, ATTEMPTS);
        jobs::retry(app.app.db(), &held, "no answer", app.app.now()).await.unwrap();
        assert_eq!(state(&app, &job.id).await, "failed/edge");
        let failed = queues::jobs(app.app.db(), job.queue, &[QueueJobStatus::Failed], app.app.now()).await.unwrap();
        assert_eq!(failed[0].id.as_deref(), Some(job.id.as_str()));
    }

    async fn the_companions_jobs_are_not_claimed_here(app: TestApp) {
        let job = stored(&app).await;
        let held = claim(&app, &job.id).await.unwrap();
        jobs::hand_over(app.app.db(), &held, "no decoder", app.app.now()).await.unwrap();
        assert_eq!(state(&app, &job.id).await, "waiting/companion");
        assert_eq!(claim(&app, &job.id).await, None);
        app.clock.advance(1_000_000);
        assert_eq!(jobs::sweep(app.app.db(), app.app.now()).await.unwrap(), Vec::new());
    }

    async fn the_sweeper_wakes_forgotten_jobs_once_a_minute(app: TestApp) {
        let job = stored(&app).await;
        assert_eq!(jobs::sweep(app.app.db(), app.app.now()).await.unwrap(), Vec::new());
        app.clock.advance(60_000);
        assert_eq!(jobs::sweep(app.app.db(), app.app.now()).await.unwrap(), vec![job.wake()]);
        assert_eq!(jobs::sweep(app.app.db(), app.app.now()).await.unwrap(), Vec::new());
    }

    async fn a_dead_worker_s_job_runs_again_and_a_deadly_picture_goes_to_the_companion(app: TestApp) {
        let picture = stored(&app).await;
        let mut facts = thumbnails(&app);
        (facts.kind, facts.queue) = (JobName::AssetExtractMetadata, QueueName::MetadataExtraction);
        store(&app, &facts).await;
        for attempt in 1..=ATTEMPTS {
            assert_eq!(claim(&app, &picture.id).await.unwrap().attempts, attempt);
            assert!(claim(&app, &facts.id).await.is_some());
            app.clock.advance(LEASE);
            let woken = jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
            assert_eq!(woken.len(), if attempt < ATTEMPTS { 2 } else { 0 });
        }
        assert_eq!(state(&app, &picture.id).await, "waiting/companion");
        assert_eq!(state(&app, &facts.id).await, "failed/edge");
    }

    async fn one_job_waits_per_dedupe_key(app: TestApp) {
        let (first, second) = (thumbnails(&app).once("a"), thumbnails(&app).once("a"));
        store(&app, &first).await;
        store(&app, &second).await;
        assert_eq!(state(&app, &second.id).await, "gone");
        // Once the first one runs, what it reads may already be old: the next request is stored.
        let held = claim(&app, &first.id).await.unwrap();
        store(&app, &second).await;
        assert_eq!(state(&app, &second.id).await, "waiting/edge");
        jobs::retry(app.app.db(), &held, "again", app.app.now()).await.unwrap();
        assert_eq!(state(&app, &first.id).await, "waiting/edge");
    }

    async fn a_job_for_an_asset_that_was_not_inserted_is_not_stored(app: TestApp) {
        let alice = app.user("alice").await;
        let asset = app.asset(&alice).insert().await;
        let (kept, dropped) = (thumbnails(&app), thumbnails(&app));
        app.sql(jobs::insert_for_asset(&kept, &asset, app.app.now())).await;
        app.sql(jobs::insert_for_asset(&dropped, &app.app.uuid(), app.app.now())).await;
        assert_eq!(state(&app, &kept.id).await, "waiting/edge");
        assert_eq!(state(&app, &dropped.id).await, "gone");
    }

    async fn queues_are_counted_by_state(app: TestApp) {
        let now = app.app.now();
        for _ in 0..2 {
            stored(&app).await;
        }
        let active = stored(&app).await;
        claim(&app, &active.id).await.unwrap();
        let failed = stored(&app).await;
        let held = claim(&app, &failed.id).await.unwrap();
        jobs::fail(app.app.db(), &held, "damaged", now).await.unwrap();
        let mut later = thumbnails(&app);
        later.run_after = now + 1;
        store(&app, &later).await;

        let queue = queues::get(app.app.db(), QueueName::ThumbnailGeneration, now).await.unwrap();
        let counts = queue.statistics;
        assert_eq!((counts.active, counts.failed, counts.delayed, counts.waiting, counts.paused), (1, 1, 1, 2, 0));
        app.sql(queues::set_paused(QueueName::ThumbnailGeneration, true, now)).await;
        let queue = queues::get(app.app.db(), QueueName::ThumbnailGeneration, now).await.unwrap();
        assert!(queue.is_paused);
        assert_eq!((queue.statistics.waiting, queue.statistics.paused), (0, 2));
        let paused = queues::jobs(app.app.db(), queue.name, &[QueueJobStatus::Paused], now).await.unwrap();
        assert_eq!(paused.len(), 2);
        assert_eq!(queues::jobs(app.app.db(), queue.name, &[], now).await.unwrap().len(), 5);

        app.sql(queues::clear_failed(QueueName::ThumbnailGeneration)).await;
        app.sql(queues::empty(QueueName::ThumbnailGeneration)).await;
        let rest = queues::jobs(app.app.db(), queue.name, &[], now).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(queues::list(app.app.db(), now).await.unwrap().len(), 19);
    }

    async fn mass_jobs_take_each_asset_once(app: TestApp) {
        let alice = app.user("alice").await;
        let first = app.asset(&alice).insert().await;
        let second = app.asset(&alice).insert().await;
        app.asset(&alice).trashed().insert().await;
        app.asset(&alice).visibility("hidden").insert().await;
        let kind = JobName::AssetGenerateThumbnails;
        let page = jobs::many::page(app.app.db(), kind, jobs::many::Wanted::Missing, "").await.unwrap().unwrap();
        let mut expected = vec![first, second];
        expected.sort();
        assert_eq!(page, expected);
        let insert = jobs::many::insert_for_assets(kind, &page, Some("notify"), None, app.app.now());
        let woken = jobs::many::stored(&app.sql(insert.clone()).await).unwrap();
        assert_eq!(woken.len(), 2);
        assert_eq!(jobs::many::stored(&app.sql(insert).await).unwrap(), Vec::new());
        let job = claim(&app, &woken[0].job_id).await.unwrap();
        assert_eq!(job.text("source"), Some("notify"));
        assert!(page.iter().any(|id| job.text("id") == Some(id)));
        let none = jobs::many::page(app.app.db(), JobName::Ocr, jobs::many::Wanted::All, "").await;
        assert!(matches!(none, Ok(None)));
    }

    async fn a_wrong_result_is_an_error_and_leaves_the_job(app: TestApp) {
        let job = stored(&app).await;
        let held = claim(&app, &job.id).await.unwrap();
        let result = stmt!("insert into asset_file (asset_id) select cast(?1 as text) where {held}", "x");
        let finished = jobs::finish(app.app.db(), &held, vec![result], &[], app.app.now()).await;
        assert!(matches!(finished, Err(DbError::Other(_))));
        assert_eq!(state(&app, &job.id).await, "active/edge");
    }
}
