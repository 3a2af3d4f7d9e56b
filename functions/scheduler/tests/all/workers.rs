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

/// A worker that notes the jobs it got.
async fn work(app: &App, ids: Vec<String>, done: &RefCell<Vec<String>>) {
    let run = async |app: &App, id: &str| {
        let was_ours = fn_scheduler::run(app, id).await?;
        if was_ours {
            done.borrow_mut().push(id.to_owned());
        }
        Ok(was_ours)
    };
    let worked = work_off(app, Consumer::Tasks, ids, run).await;
    worked.expect("the database answers");
}

on_each_database! {
    async fn workers_with_the_same_message_do_each_job_once(app: TestApp) {
        let ids = store(&app, 30, 0).await;
        let done = RefCell::default();
        let works = (0..3).map(|_| work(&app.app, ids.clone(), &done));
        futures::future::join_all(works).await;
        let mut done = done.into_inner();
        done.sort();
        let mut ids = ids;
        ids.sort();
        assert_eq!(done, ids);
        assert_eq!(app.count(stmt!("select count(*) as n from job")).await, 0);
    }

    async fn who_comes_too_late_leaves_after_one_statement(app: TestApp) {
        let ids = store(&app, 1, 0).await;
        fn_scheduler::run(&app.app, &ids[0]).await.unwrap();
        store(&app, 1, 0).await;
        app.take_round_trips();
        let done = RefCell::default();
        work(&app.app, ids, &done).await;
        assert_eq!(app.take_round_trips(), 1);
        assert!(done.into_inner().is_empty(), "the other job has a message and a worker of its own");
    }

    async fn a_stale_list_is_not_tried_to_its_end(app: TestApp) {
        let gone = (0..500).map(|_| app.app.uuid()).collect();
        let ids = store(&app, 1, 0).await;
        app.take_round_trips();
        let done = RefCell::default();
        work(&app.app, gone, &done).await;
        assert_eq!(done.into_inner(), ids);
        assert!(app.take_round_trips() < 20);
    }

    async fn urgent_jobs_do_not_wait_for_the_end_of_a_long_list(app: TestApp) {
        let ids = store(&app, 60, 0).await;
        let order = RefCell::new(Vec::new());
        let urgent = RefCell::new(None);
        let run = async |own: &App, id: &str| {
            let was_ours = fn_scheduler::run(own, id).await?;
            order.borrow_mut().push(id.to_owned());
            if urgent.borrow().is_none() {
                let late = store(&app, 1, -1).await.remove(0);
                urgent.replace(Some(late));
            }
            Ok(was_ours)
        };
        work_off(&app.app, Consumer::Tasks, ids, run).await.unwrap();
        let order = order.into_inner();
        assert_eq!(order.len(), 61);
        let urgent = urgent.into_inner().unwrap();
        assert!(order.iter().position(|id| *id == urgent).unwrap() <= 20);
    }
}
