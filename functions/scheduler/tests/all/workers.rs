//! Several workers at once, as with Redis: who takes which job, and who goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::cell::RefCell;

use edge_api::enums::JobName;
use edge_http::{App, consumer::work_off};
use edge_platform::{Consumer, stmt};
use edge_store::jobs::{self, NewJob};
use edge_testkit::{Area, TestApp, on_each_database};
use serde_json::json;

fn areas() -> Vec<Area> {
    Vec::new()
}

/// Stores so many quick jobs; gives their ids.
async fn store(app: &TestApp, count: usize, priority: i64) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let (id, now) = (app.app.uuid(), app.app.now());
        let mut job = NewJob::new(id.clone(), JobName::SessionCleanup, json!({}), now);
        job.priority = priority;
        app.sql(jobs::insert(&job, now)).await;
        ids.push(id);
    }
    ids
}

/// A worker that takes so many turns at most and notes the jobs it got.
async fn work(app: &App, turns: usize, done: &RefCell<Vec<String>>) {
    let run = async |app: &App| {
        let id = fn_scheduler::run(app).await?;
        done.borrow_mut().extend(id.clone());
        Ok(id)
    };
    let worked = work_off(app, Consumer::Tasks, turns, run).await;
    worked.expect("the database answers");
}

on_each_database! {
    async fn workers_that_are_woken_together_do_each_job_once(app: TestApp) {
        let mut ids = store(&app, 30, 0).await;
        let done = RefCell::default();
        let works = (0..3).map(|_| work(&app.app, 100, &done));
        futures::future::join_all(works).await;
        let mut done = done.into_inner();
        done.sort();
        ids.sort();
        assert_eq!(done, ids);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
        assert!(app.take_wakes().is_empty());
    }

    async fn who_finds_nothing_leaves_after_one_round_trip(app: TestApp) {
        app.take_round_trips();
        let done = RefCell::default();
        work(&app.app, 100, &done).await;
        assert_eq!(app.take_round_trips(), 1);
        assert!(done.into_inner().is_empty());
    }

    async fn a_worker_ends_after_its_turns_and_wakes_the_next(app: TestApp) {
        store(&app, 5, 0).await;
        let done = RefCell::default();
        work(&app.app, 3, &done).await;
        assert_eq!(done.borrow().len(), 3);
        let woken = app.take_wakes();
        assert_eq!(woken.len(), 1);
        assert_eq!(woken[0].consumer, Consumer::Tasks);
        work(&app.app, 3, &done).await;
        assert_eq!(done.into_inner().len(), 5);
        assert!(app.take_wakes().is_empty(), "there is nothing left");
    }

    async fn urgent_jobs_come_next(app: TestApp) {
        store(&app, 60, 0).await;
        let done = RefCell::default();
        work(&app.app, 1, &done).await;
        let urgent = store(&app, 1, -1).await.remove(0);
        work(&app.app, 100, &done).await;
        assert_eq!(done.borrow()[1], urgent);
        assert_eq!(done.into_inner().len(), 61);
    }
}
