//! A library of 10,000 files, or of as many thousands as `EDGE_LIBRARY_FILES` says: what a scan of it asks for at a time, and what it
//! writes.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use edge_api::enums::AssetType;
use edge_platform::{
    ByteRange, Consumer, MultipartUpload, Object, ObjectError, ObjectMeta, ObjectStore, stmt,
};
use edge_store::libraries::{self, Found};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::json;

/// Files unless somebody says otherwise, in whole thousands.
const FILES: usize = 10_000;
const NEW: usize = 50;
const CHANGED: i64 = 1_700_000_000_000;

/// Most round trips to the database of one turn: four jobs, each claimed, read, done and ended.
const ROUND_TRIPS: usize = 40;

/// How many files there are: `EDGE_LIBRARY_FILES`, or [`FILES`].
#[expect(clippy::disallowed_methods, reason = "a test on this machine")]
fn files() -> usize {
    let asked = std::env::var("EDGE_LIBRARY_FILES").ok();
    let files = asked.map_or(FILES, |count| count.parse().unwrap());
    assert_eq!(files % 1_000, 0, "whole thousands");
    files
}

fn areas() -> Vec<Area> {
    vec![Area::new(fn_libraries::ROUTES, fn_libraries::routes())]
}

fn key(number: usize) -> String {
    format!("photos/{number:06}.jpg")
}

fn number(key: &str) -> Option<usize> {
    let name = key.strip_prefix("photos/")?.strip_suffix(".jpg")?;
    name.parse().ok()
}

/// A bucket that has so many photos, and nothing but their names.
struct Shelf(AtomicUsize);

fn nothing() -> ObjectError {
    ObjectError::Other("there are only names here".to_owned())
}

#[async_trait::async_trait]
impl ObjectStore for Shelf {
    async fn get(&self, _: &str, _: Option<ByteRange>) -> Result<Option<Object>, ObjectError> {
        Err(nothing())
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        let count = self.0.load(Ordering::Relaxed);
        let found = number(key).filter(|number| *number < count);
        Ok(found.map(|number| ObjectMeta {
            size: 1_000,
            etag: number.to_string(),
            modified: CHANGED,
        }))
    }

    async fn put(&self, _: &str, _: Bytes, _: &str) -> Result<(), ObjectError> {
        Err(nothing())
    }

    async fn begin(&self, _: &str, _: &str) -> Result<Box<dyn MultipartUpload>, ObjectError> {
        Err(nothing())
    }

    async fn delete(&self, _: &[String]) -> Result<(), ObjectError> {
        Err(nothing())
    }

    async fn list(&self, _: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError> {
        let first = after.and_then(number).map_or(0, |last| last + 1);
        let end = self.0.load(Ordering::Relaxed).min(first + 1_000);
        Ok((first..end).map(key).collect())
    }
}

/// The assets of a first scan.
async fn fill(app: &TestApp, library: &str, files: usize) {
    for page in 0..files / 1_000 {
        let found: Vec<Found> = (page * 1_000..(page + 1) * 1_000)
            .map(|number| Found {
                id: app.app.uuid(),
                path: key(number),
                checksum: format!("sum{number:06}"),
                kind: AssetType::Image,
                size: 1_000,
                modified: CHANGED,
                sidecar: None,
            })
            .collect();
        let batch = libraries::add(library, &found, app.app.now());
        app.app.db().batch(batch).await.unwrap();
    }
}

/// Scans; gives how many turns that took. None takes more than [`ROUND_TRIPS`].
async fn scan(app: &TestApp, admin: &NewUser, library: &str) -> usize {
    app.post(&format!("/api/libraries/{library}/scan"))
        .user(admin)
        .send()
        .await
        .expect(204);
    app.take_round_trips();
    let mut turns = 0;
    while app.deliver(Consumer::Storage).await.is_some() {
        turns += 1;
        let asked = app.take_round_trips();
        assert!(asked <= ROUND_TRIPS, "turn {turns}: {asked} round trips");
    }
    app.take_wakes();
    turns
}

/// The newest change of any row, and how many there are.
async fn state(app: &TestApp) -> (String, i64) {
    let rows = app
        .sql(stmt!(
            "select max(x.update_id) as newest, cast(count(*) as bigint) as n from (select update_id from asset \
             union all select update_id from asset_exif) x"
        ))
        .await;
    let row = rows.first().unwrap();
    (row.get("newest").unwrap(), row.get("n").unwrap())
}

on_each_database! {
    async fn a_scan_of_many_files_asks_for_some_at_a_time(app: TestApp) {
        let (mut app, files) = (app, files());
        let rows = i64::try_from(2 * files).unwrap();
        let shelf = Arc::new(Shelf(AtomicUsize::new(files)));
        app.app.objects = shelf.clone();
        let admin = app.admin().await;
        let body = json!({ "ownerId": admin.id, "importPaths": ["/photos"] });
        let library = app.post("/api/libraries").user(&admin).json(&body).send().await.expect(201).json();
        let library = library["id"].as_str().unwrap();
        fill(&app, library, files).await;
        let before = state(&app).await;
        assert_eq!(before.1, rows);
        app.take_round_trips();
        let statistics = app.get(&format!("/api/libraries/{library}/statistics")).user(&admin).send().await.expect(200).json();
        assert_eq!((&statistics["total"], &statistics["usage"], app.take_round_trips()), (&json!(files), &json!(files * 1_000), 1));
        // Of 10,000 a hundred jobs look at a hundred known files each, two list five thousand keys each; four are a turn.
        let turns = scan(&app, &admin, library).await;
        let expected = files / 500..=files * 7 / 2_000;
        assert!(expected.contains(&turns), "{turns} turns, {expected:?} expected");
        assert_eq!(state(&app).await, before, "nothing was written");
        shelf.0.store(files + NEW, Ordering::Relaxed);
        app.clock.advance(1_000);
        scan(&app, &admin, library).await;
        assert_eq!(state(&app).await.1, rows + 2 * 50);
        let waiting = "select count(*) as n from job where kind = 'AssetExtractMetadata'";
        assert_eq!(app.count(stmt!(waiting)).await, 50, "only what is new is read");
    }
}
