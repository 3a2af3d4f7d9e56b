//! A segment that a companion stores while its session ends, on PostgreSQL: its object is told to somebody who deletes it, in either order.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_platform::{Statement, stmt};
use edge_store::{
    hls::{self, held},
    objects,
};
use edge_testkit::TestApp;

use crate::races::{before_the_end, meanwhile, paused_at};

const SESSION: &str = "session";
const LEASE: &str = "lease";
const KEY: &str = "seg";

/// A session that a companion holds, and the object of a segment that it has written.
async fn written() -> TestApp {
    let app = TestApp::postgres(Vec::new()).await;
    app.app
        .db()
        .batch(hls::begin(SESSION, "asset", "viewer", 1))
        .await
        .unwrap();
    app.sql(stmt!(
        "update hls_session set companion_id = 'nas', lease_id = ?1, lease_expires_at = 9",
        LEASE
    ))
    .await;
    app.sql(objects::register(KEY, 1)).await;
    app
}

fn storing() -> Vec<Statement> {
    held::store_statements((SESSION, LEASE), (0, 0), KEY, 1)
}

/// The session is over, and exactly one table names the object.
async fn check(app: &TestApp, pending: i64) {
    let named = app
        .count(stmt!("select count(*) as n from pending_object"))
        .await;
    let doomed = app
        .count(stmt!("select count(*) as n from object_deletion"))
        .await;
    let sessions = app
        .count(stmt!("select count(*) as n from hls_session"))
        .await;
    assert_eq!((named, doomed, sessions), (pending, 1 - pending, 0));
}

#[test]
fn a_segment_that_is_stored_before_its_session_ends_is_deleted_with_it() {
    edge_testkit::block_on(async {
        let app = written().await;
        let ending = hls::end(SESSION, "asset", 2);
        let [stored, ended] = before_the_end(&app, storing(), ending).await;
        stored.unwrap();
        ended.unwrap();
        check(&app, 0).await;
    });
}

#[test]
fn a_segment_whose_session_is_ending_stays_pending() {
    edge_testkit::block_on(async {
        let app = written().await;
        let ending = paused_at(hls::end(SESSION, "asset", 2), 1);
        let [ended, stored] = meanwhile(&app, ending, storing()).await;
        ended.unwrap();
        stored.unwrap();
        check(&app, 1).await;
    });
}
