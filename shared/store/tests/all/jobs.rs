//! The life of jobs on SQLite and PostgreSQL: a lost or repeated message changes nothing.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::enums::{JobName, QueueJobStatus, QueueName, WorkflowTrigger};
use edge_platform::{Consumer, DbError, stmt};
use edge_store::jobs::{self, ATTEMPTS, DEATHS, Job, LEASE, NewJob, QUARANTINE, queues};
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

pub async fn claim(app: &TestApp, id: &str) -> Option<Job> {
    jobs::claim(app.app.db(), id, &app.app.uuid(), app.app.now())
        .await
        .unwrap()
}

async fn claim_next(app: &TestApp) -> Option<Job> {
    jobs::claim_next(
        app.app.db(),
        Consumer::Media,
        &app.app.uuid(),
        app.app.now(),
    )
    .await
    .unwrap()
}

/// So many jobs of an owner.
async fn of(app: &TestApp, owner: &str, count: usize) {
    for _ in 0..count {
        store(app, &thumbnails(app).of(owner)).await;
    }
}

/// Whose jobs the next claims give; each is finished at once.
async fn turns(app: &TestApp, count: usize) -> String {
    let mut owners = String::new();
    for _ in 0..count {
        let job = claim_next(app).await.unwrap();
        owners += job.owner_id.as_deref().unwrap_or("-");
        assert!(
            jobs::finish(app.app.db(), &job, Vec::new(), &[], app.app.now())
                .await
                .unwrap()
        );
    }
    owners
}

pub async fn stored(app: &TestApp) -> NewJob {
    let job = thumbnails(app);
    store(app, &job).await;
    job
}

pub async fn state(app: &TestApp, id: &str) -> String {
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
        app.clock.advance(QUARANTINE);
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

    async fn a_worker_that_lost_its_lease_starts_no_workflow(app: TestApp) {
        let alice = app.user("alice").await;
        app.sql(stmt!(
            "insert into workflow (id, owner_id, trigger_name, is_enabled, created_at, updated_at) \
             values ('w', ?1, 'AssetMetadataExtraction', 1, 0, 0)",
            &alice.id
        )).await;
        let asset = app.asset(&alice).insert().await;
        let job = stored(&app).await;
        let slow = claim(&app, &job.id).await.unwrap();
        app.clock.advance(LEASE);
        jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        app.clock.advance(QUARANTINE);
        let quick = claim(&app, &job.id).await.unwrap();
        let trigger = WorkflowTrigger::AssetMetadataExtraction;
        let finish = async |held: &Job| {
            let started = vec![jobs::triggers::insert_held(&asset, trigger, app.app.now())];
            let stored = jobs::finish_with(app.app.db(), held, Vec::new(), &[], started, app.app.now());
            stored.await.unwrap().map(|wakes| wakes.len())
        };
        assert_eq!(finish(&slow).await, None);
        assert_eq!(app.count(stmt!("select count(*) as n from job where queue = 'workflow'")).await, 0);
        assert_eq!(finish(&quick).await, Some(1));
        assert_eq!(app.count(stmt!("select count(*) as n from job where queue = 'workflow'")).await, 1);
    }

    async fn a_password_is_not_kept_when_workers_die_at_its_mail(app: TestApp) {
        let job = edge_store::mails::welcome(app.app.uuid(), "user", "first-secret", app.app.now());
        store(&app, &job).await;
        for _ in 0..ATTEMPTS {
            assert!(claim(&app, &job.id).await.is_some());
            app.clock.advance(LEASE);
            jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
        }
        assert_eq!(state(&app, &job.id).await, "failed/edge");
        let kept = "select count(*) as n from job where payload like '%first-secret%'";
        assert_eq!(app.count(stmt!(kept)).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from job where payload like '%user%'")).await, 1);
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

    async fn a_dead_worker_s_job_runs_again_at_once_and_three_times(app: TestApp) {
        let task = NewJob::new(app.app.uuid(), JobName::SessionCleanup, json!({}), app.app.now());
        store(&app, &task).await;
        for attempt in 1..=ATTEMPTS {
            assert_eq!(claim(&app, &task.id).await.unwrap().attempts, attempt);
            app.clock.advance(LEASE);
            let woken = jobs::sweep(app.app.db(), app.app.now()).await.unwrap();
            assert_eq!(woken.len(), usize::from(attempt < ATTEMPTS));
        }
        assert_eq!(state(&app, &task.id).await, "failed/edge");
    }

    async fn a_picture_that_a_worker_died_at_waits_and_goes_to_the_companion_when_a_second_one_dies(app: TestApp) {
        for (kind, end) in [
            (JobName::AssetGenerateThumbnails, "waiting/companion"),
            (JobName::AssetEditThumbnailGeneration, "waiting/companion"),
            // No companion reads metadata.
            (JobName::AssetExtractMetadata, "failed/edge"),
        ] {
            let mut picture = thumbnails(&app);
            (picture.kind, picture.queue) = (kind, jobs::queue_of(kind));
            store(&app, &picture).await;
            for death in 1..=DEATHS {
                assert_eq!(claim(&app, &picture.id).await.unwrap().attempts, death);
                app.clock.advance(LEASE);
                assert_eq!(jobs::sweep(app.app.db(), app.app.now()).await.unwrap(), Vec::new());
                assert_eq!(claim(&app, &picture.id).await, None, "not at once");
                app.clock.advance(QUARANTINE);
            }
            assert_eq!(state(&app, &picture.id).await, end, "{kind}");
        }
        let reason = "select count(*) as n from job where state = 'failed' and last_error like 'edge workers died at it%'";
        assert_eq!(app.count(stmt!(reason)).await, 1);
    }

    async fn owners_take_turns_whoever_came_first(app: TestApp) {
        of(&app, "a", 20).await;
        assert_eq!(turns(&app, 5).await, "aaaaa");
        of(&app, "b", 3).await;
        of(&app, "c", 1).await;
        let first: Vec<char> = turns(&app, 2).await.chars().collect();
        assert!(first.contains(&'b') && first.contains(&'c'), "{first:?}");
        let next: String = turns(&app, 5).await;
        assert_eq!(next.matches('b').count(), 2, "{next}");
        // Who comes later starts where the others are, not with what they had before.
        of(&app, "d", 4).await;
        let next: String = turns(&app, 6).await;
        assert_eq!((&next[..1], next.matches('d').count()), ("d", 3), "{next}");
        assert_eq!(turns(&app, 10).await.matches('a').count(), 9);
        assert!(claim_next(&app).await.is_none());
    }

    async fn what_waits_for_a_companion_costs_its_owner_no_turns(app: TestApp) {
        for _ in 0..5 {
            let mut raw = thumbnails(&app).of("a");
            raw.companion_reason = Some("develops raw files".to_owned());
            store(&app, &raw).await;
        }
        of(&app, "b", 3).await;
        of(&app, "a", 3).await;
        let first = turns(&app, 4).await;
        assert_eq!(first.matches('a').count(), 2, "{first}");
        let queue = queues::get(app.app.db(), QueueName::ThumbnailGeneration, app.app.now()).await.unwrap();
        assert_eq!(queue.statistics.waiting, 7);
    }

    async fn a_bulk_of_jobs_stands_behind_each_other_for_each_owner(app: TestApp) {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let mut ids = Vec::new();
        for owner in [&alice, &alice, &alice, &bob, &alice] {
            ids.push(app.asset(owner).insert().await);
        }
        let kind = JobName::AssetGenerateThumbnails;
        let rows = app.sql(jobs::many::insert_for_assets(kind, &ids, None, None, app.app.now())).await;
        assert_eq!(jobs::many::stored(&rows).unwrap().len(), 5);
        let first = turns(&app, 2).await;
        assert!(first.contains(&alice.id) && first.contains(&bob.id), "{first}");
        assert_eq!(turns(&app, 3).await, alice.id.repeat(3));
    }

    async fn concurrent_claims_get_different_jobs(app: TestApp) {
        of(&app, "a", 4).await;
        let claims = (0..4).map(|_| claim_next(&app));
        let claimed = futures::future::join_all(claims).await;
        let ids: std::collections::HashSet<String> = claimed.into_iter().map(|job| job.unwrap().id).collect();
        assert_eq!(ids.len(), 4);
        assert!(claim_next(&app).await.is_none());
    }

    async fn no_owner_fills_all_workers(app: TestApp) {
        of(&app, "a", 5).await;
        for _ in 0..3 {
            assert!(jobs::has_room(app.app.db(), Consumer::Media, 3, app.app.now()).await.unwrap());
            claim_next(&app).await.unwrap();
        }
        let has_room = async || jobs::has_room(app.app.db(), Consumer::Media, 3, app.app.now()).await.unwrap();
        assert!(!has_room().await);
        of(&app, "b", 2).await;
        assert!(has_room().await, "for somebody for whom nobody works yet");
        assert_eq!(claim_next(&app).await.unwrap().owner_id.as_deref(), Some("b"));
        assert!(!has_room().await);
        app.clock.advance(LEASE);
        assert!(has_room().await, "dead workers do not count");
    }

    async fn delayed_jobs_get_a_turn_when_their_time_has_come(app: TestApp) {
        of(&app, "a", 3).await;
        let mut later = thumbnails(&app).of("b");
        later.run_after = app.app.now() + 1000;
        store(&app, &later).await;
        assert_eq!(turns(&app, 1).await, "a");
        app.clock.advance(1000);
        assert!(turns(&app, 2).await.contains('b'));
        // Nothing else waits: it is still found.
        assert_eq!(turns(&app, 1).await, "a");
        store(&app, &NewJob { id: app.app.uuid(), run_after: app.app.now() + 1, ..later }).await;
        assert!(claim_next(&app).await.is_none());
        app.clock.advance(1);
        assert_eq!(turns(&app, 1).await, "b");
    }

    async fn what_waits_for_the_companion_waits_there_once(app: TestApp) {
        let job = thumbnails(&app);
        for _ in 0..3 {
            let again = NewJob { id: app.app.uuid(), ..job.clone() };
            store(&app, &again).await;
            let held = claim(&app, &again.id).await.unwrap();
            jobs::hand_over(app.app.db(), &held, "no decoder", app.app.now()).await.unwrap();
        }
        assert_eq!(app.count(stmt!("select count(*) as n from job where runner = 'companion'")).await, 1);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 1);
    }

    async fn counts_are_kept_whatever_happens_to_jobs(app: TestApp) {
        let now = app.app.now();
        of(&app, "a", 6).await;
        store(&app, &thumbnails(&app)).await;
        let mut later = thumbnails(&app).of("b");
        later.run_after = now + 1;
        store(&app, &later).await;
        let failed = claim_next(&app).await.unwrap();
        jobs::fail(app.app.db(), &failed, "damaged", now).await.unwrap();
        let retried = claim_next(&app).await.unwrap();
        jobs::retry(app.app.db(), &retried, "again", now).await.unwrap();
        let handed = claim_next(&app).await.unwrap();
        jobs::hand_over(app.app.db(), &handed, "no decoder", now).await.unwrap();
        claim_next(&app).await.unwrap();
        app.sql(stmt!("update job set state = 'waiting' where state = 'failed'")).await;
        app.sql(stmt!("delete from job where id in (select min(id) from job where state = 'waiting')")).await;
        let wrong = "select count(*) as n from (select owner_id, state, queue, total from job_count where total <> 0 \
             except select coalesce(owner_id, ''), case when state <> 'waiting' then state when turn is null then 'delayed' \
             when runner = 'companion' then 'companion' else 'waiting' end, \
             queue, count(*) from job where state <> 'active' group by 1, 2, 3) x";
        assert_eq!(app.count(stmt!(wrong)).await, 0);
        assert_eq!(app.count(stmt!("select cast(sum(total) as bigint) as n from job_count")).await, 6);
        app.clock.advance(1);
        let queue = queues::get(app.app.db(), QueueName::ThumbnailGeneration, app.app.now()).await.unwrap();
        let counts = queue.statistics;
        assert_eq!(counts.active + counts.waiting + counts.delayed, 7);
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
        assert_eq!(page.after, None);
        let page = page.ids;
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
        let none = jobs::many::page(app.app.db(), JobName::SidecarWrite, jobs::many::Wanted::All, "").await;
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
