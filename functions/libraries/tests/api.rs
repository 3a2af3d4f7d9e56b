//! External libraries over HTTP, in process, and the jobs that look through them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that panics fails"
)]

use std::time::{Duration, SystemTime};

use edge_api::enums::JobName;
use edge_platform::stmt;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

const PATH: &str = "/api/libraries";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_libraries::ROUTES, fn_libraries::routes()),
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
        Area::new(fn_trash::ROUTES, fn_trash::routes()),
        Area::new(fn_jobs::ROUTES, fn_jobs::routes()),
    ]
}

async fn make(app: &TestApp, admin: &NewUser, body: Value) -> Value {
    app.post(PATH)
        .user(admin)
        .json(&body)
        .send()
        .await
        .expect(201)
        .json()
}

/// A library of the admin's below `/photos`; its id.
async fn photos(app: &TestApp, admin: &NewUser) -> String {
    let made = make(
        app,
        admin,
        json!({ "ownerId": admin.id, "importPaths": ["/photos"] }),
    )
    .await;
    made["id"].as_str().unwrap().to_owned()
}

/// Puts files into the bucket, as others do, all last changed at the same time.
/// What lies there: a sidecar is one that can be edited.
fn content(key: &str) -> String {
    if key.rsplit('.').next() == Some("xmp") {
        return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
                <rdf:Description rdf:about=\"\"></rdf:Description></rdf:RDF></x:xmpmeta>"
            .to_owned();
    }
    format!("file {key}")
}

async fn put(app: &TestApp, keys: &[&str]) {
    for key in keys {
        app.app
            .objects
            .put(key, content(key).into(), "x")
            .await
            .unwrap();
        touch(app, key, 1_700_000_000);
    }
}

fn touch(app: &TestApp, key: &str, seconds: u64) {
    let path = app.folder().join(key);
    // The folder writes names with some signs in another way: their times do not matter.
    if let Ok(file) = std::fs::File::options().write(true).open(path) {
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .unwrap();
    }
}

async fn scan(app: &TestApp, admin: &NewUser, id: &str) {
    app.post(&format!("{PATH}/{id}/scan"))
        .user(admin)
        .send()
        .await
        .expect(204);
    app.run_jobs().await;
}

/// Path, offline, in the trash; by path.
async fn assets(app: &TestApp) -> Vec<(String, bool, bool)> {
    let rows = app.sql(stmt!("select original_path, is_offline, case when deleted_at is null then 0 else 1 end as gone from asset")).await;
    let mut all: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.get("original_path").unwrap(),
                row.get("is_offline").unwrap(),
                row.get("gone").unwrap(),
            )
        })
        .collect();
    all.sort();
    all
}

fn there(path: &str) -> (String, bool, bool) {
    (path.to_owned(), false, false)
}

on_each_database! {
    async fn paths_are_folded_for_searches_once(app: TestApp) {
        let admin = app.admin().await;
        put(&app, &["photos/Été/a.jpg", "photos/b.jpg"]).await;
        let id = photos(&app, &admin).await;
        let state = async || {
            let rows = app.sql(stmt!("select coalesce(path_folded, '-') as n, update_id from asset order by original_path")).await;
            rows.iter().map(|row| (row.get::<String>("n").unwrap(), row.get::<String>("update_id").unwrap())).collect::<Vec<_>>()
        };
        let folded = |state: &[(String, String)]| {
            let mut paths: Vec<String> = state.iter().map(|(path, _)| path.clone()).collect();
            paths.sort();
            paths
        };
        scan(&app, &admin, &id).await;
        assert_eq!(folded(&state().await), ["-", "photos/ete/a.jpg"]);
        // As it was before paths were folded.
        app.sql(stmt!("update asset set path_folded = null, update_id = uuid7()")).await;
        scan(&app, &admin, &id).await;
        let again = state().await;
        assert_eq!(folded(&again), ["-", "photos/ete/a.jpg"]);
        scan(&app, &admin, &id).await;
        assert_eq!(state().await, again, "nothing was written");
    }

    async fn libraries_are_made_listed_changed_and_deleted(app: TestApp) {
        let (admin, alice) = (app.admin().await, app.user("alice").await);
        put(&app, &["photos/a.jpg", "file.jpg"]).await;
        let made = make(&app, &admin, json!({ "ownerId": alice.id })).await;
        assert_eq!((&made["name"], &made["ownerId"], &made["assetCount"], &made["refreshedAt"]), (&json!("New External Library"), &json!(alice.id), &json!(0), &Value::Null));
        assert_eq!((&made["importPaths"], made["exclusionPatterns"].as_array().unwrap().len()), (&json!([]), 6));
        let id = made["id"].as_str().unwrap();
        app.clock.advance(1);
        let second = make(&app, &admin, json!({ "ownerId": admin.id, "name": "B", "importPaths": ["relative"], "exclusionPatterns": [] })).await;
        let listed = app.get(PATH).user(&admin).send().await.expect(200).json();
        assert_eq!(listed, json!([made, second]));
        assert_eq!(app.get(&format!("{PATH}/{id}")).user(&admin).send().await.expect(200).json(), made);
        for path in [PATH.to_owned(), format!("{PATH}/{id}"), format!("{PATH}/{id}/statistics")] {
            app.get(&path).user(&alice).send().await.expect(403);
            app.get(&path).send().await.expect(401);
        }
        let update = async |id: &str, body: Value| app.put(&format!("{PATH}/{id}")).user(&admin).json(&body).send().await;
        let changed = update(id, json!({ "name": "A", "importPaths": ["/photos/"], "exclusionPatterns": ["**/x"] })).await.expect(200).json();
        assert_eq!((&changed["name"], &changed["importPaths"], &changed["exclusionPatterns"]), (&json!("A"), &json!(["/photos/"]), &json!(["**/x"])));
        let patched = app.patch(&format!("{PATH}/{id}")).user(&admin).json(&json!({ "name": "B" })).send().await.expect(200).json();
        assert_eq!((&patched["name"], &patched["importPaths"]), (&json!("B"), &json!(["/photos/"])));
        for (path, message) in [
            ("/upload/x", "Cannot use media upload folder for external libraries"),
            ("/", "Cannot use media upload folder for external libraries"),
            ("photos", "Import path must be absolute, try /photos"),
            ("/none", "Path does not exist (ENOENT)"),
            ("/file.jpg", "Not a directory"),
        ] {
            let refused = update(id, json!({ "importPaths": ["/photos", path] })).await.expect(400);
            assert_eq!(refused.message(), format!("Invalid import path: {message}"));
            let body = json!({ "importPaths": ["/photos", path], "exclusionPatterns": ["["] });
            let validated = app.post(&format!("{PATH}/{NOBODY}/validate")).user(&admin).json(&body).send().await.expect(200).json();
            assert_eq!(validated, json!({ "importPaths": [
                { "importPath": "/photos", "isValid": true }, { "importPath": path, "isValid": false, "message": message },
            ] }));
        }
        let empty = app.post(&format!("{PATH}/{id}/validate")).user(&admin).json(&json!({})).send().await.expect(200).json();
        assert_eq!(empty, json!({ "importPaths": [] }));
        assert_eq!(update(NOBODY, json!({ "importPaths": ["x"] })).await.expect(400).message(), "Library not found");
        app.delete(&format!("{PATH}/{id}")).user(&admin).send().await.expect(204);
        assert_eq!(app.get(&format!("{PATH}/{id}")).user(&admin).send().await.expect(400).message(), "Library not found");
        assert_eq!(app.delete(&format!("{PATH}/{id}")).user(&admin).send().await.expect(400).message(), "Library not found");
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from library")).await, 1);
    }

    async fn bad_input_makes_nothing(app: TestApp) {
        let admin = app.admin().await;
        let many: Vec<String> = (0..129).map(|number| format!("/{number}")).collect();
        for (body, issue) in [
            (json!({}), "ownerId: "),
            (json!({ "ownerId": "x" }), "ownerId: "),
            (json!({ "ownerId": admin.id, "name": "" }), "name: Too small: expected string to have >=1 characters"),
            (json!({ "ownerId": admin.id, "importPaths": many }), "importPaths: Too big: expected array to have <=128 items"),
            (json!({ "ownerId": admin.id, "importPaths": ["/a", " "] }), "importPaths: Array items must not be empty"),
            (json!({ "ownerId": admin.id, "exclusionPatterns": [""] }), "exclusionPatterns: Array items must not be empty"),
            (json!({ "ownerId": admin.id, "importPaths": ["/a", "/a"] }), "importPaths: Array must have unique items"),
            (json!({ "ownerId": admin.id, "importPaths": "/a" }), "importPaths: "),
            (json!({ "ownerId": admin.id, "importPaths": [7] }), "importPaths"),
        ] {
            let issues = app.post(PATH).user(&admin).json(&body).send().await.expect(400).issues();
            assert!(issues.contains(issue), "{body}: {issues}");
        }
        app.post(PATH).user(&admin).json(&json!({ "ownerId": admin.id, "name": "a\u{0}" })).send().await.expect(400);
        let failed = app.post(PATH).user(&admin).json(&json!({ "ownerId": NOBODY })).send().await.expect(400);
        assert_eq!(failed.message(), "Failed to create library");
        assert_eq!(app.count(stmt!("select count(*) as n from library")).await, 0);
        for path in ["scan", "statistics"] {
            let path = format!("{PATH}/{NOBODY}/{path}");
            let request = if path.ends_with("scan") { app.post(&path) } else { app.get(&path) };
            request.user(&admin).send().await.expect(400);
        }
        let statistics = app.get(&format!("{PATH}/{NOBODY}/statistics")).user(&admin).send().await.expect(400);
        assert_eq!(statistics.message(), format!("Library {NOBODY} not found"));
    }

    async fn a_scan_finds_what_is_new_and_nothing_twice(app: TestApp) {
        let admin = app.admin().await;
        put(&app, &["photos/a.jpg", "photos/a.jpg.xmp", "photos/a.xmp", "photos/sub/b.MP4", "photos/.hidden/c.jpg", "photos/._d.jpg", "photos/notes.txt",
            "photos/@eaDir/e.jpg", "photos2/f.jpg", "upload/g.jpg"]).await;
        let id = photos(&app, &admin).await;
        scan(&app, &admin, &id).await;
        assert_eq!(assets(&app).await, [there("photos/a.jpg"), there("photos/sub/b.MP4")]);
        let row = app.sql(stmt!("select id, checksum, file_modified_at, local_day, is_external, library_id from asset where original_path = 'photos/a.jpg'")).await;
        let row = row.first().unwrap();
        // echo -n path:/photos/a.jpg | openssl sha1 -binary | base64
        assert_eq!(row.get::<String>("checksum").unwrap(), "qV4KfQuWcEMl6H9kf14h3+Wnw3o=");
        assert_eq!((row.get::<i64>("file_modified_at").unwrap(), row.get::<i64>("local_day").unwrap()), (1_700_000_000_000, 20_231_114));
        let asset = app.get(&format!("/api/assets/{}", row.get::<String>("id").unwrap())).user(&admin).send().await.expect(200).json();
        assert_eq!((&asset["libraryId"], &asset["isOffline"], &asset["originalFileName"]), (&json!(id), &json!(false), &json!("a.jpg")));
        let sidecars = app.sql(stmt!("select path from asset_file where type = 'sidecar'")).await;
        assert_eq!((sidecars.len(), sidecars.first().unwrap().get::<String>("path").unwrap()), (1, "photos/a.jpg.xmp".to_owned()));
        let original = app.get(&format!("/api/assets/{}/original", asset["id"].as_str().unwrap())).user(&admin).send().await.expect(200);
        assert_eq!(original.body.as_ref(), b"file photos/a.jpg");
        let library = app.get(&format!("{PATH}/{id}")).user(&admin).send().await.expect(200).json();
        assert_ne!(library["refreshedAt"], Value::Null);
        let statistics = app.get(&format!("{PATH}/{id}/statistics")).user(&admin).send().await.expect(200).json();
        assert_eq!(statistics, json!({ "photos": 1, "videos": 1, "total": 2, "usage": 38 }));
        assert_eq!(app.count(stmt!("select quota_usage_in_bytes as n from users where id = ?1", &admin.id)).await, 0);
        let written = stmt!("select count(distinct update_id) as n from (select update_id from asset union all select update_id from asset_exif) x");
        let ids = async || {
            let rows = app.sql(stmt!("select update_id from asset union all select update_id from asset_exif")).await;
            let mut ids: Vec<String> = rows.iter().map(|row| row.get("update_id").unwrap()).collect();
            ids.sort();
            ids
        };
        let before = ids().await;
        assert_eq!(app.count(written).await, 4);
        scan(&app, &admin, &id).await;
        assert_eq!(ids().await, before, "nothing was written");
        assert_eq!(app.count(stmt!("select count(*) as n from job where state <> 'failed' and kind like 'Library%'")).await, 0);
    }

    async fn many_files_are_taken_in_pages(app: TestApp) {
        let admin = app.admin().await;
        let keys: Vec<String> = (0..130).map(|number| format!("photos/{}/{number}.png", number % 7)).collect();
        put(&app, &keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let made = make(&app, &admin, json!({ "ownerId": admin.id, "importPaths": ["/none", "/photos", "/photos/3"] })).await;
        let id = made["id"].as_str().unwrap();
        // As the cron expression and the start of the queue do.
        let job = json!({ "command": "start" });
        app.put("/api/jobs/library").user(&admin).json(&job).send().await.expect(200);
        app.run_jobs().await;
        assert_eq!(assets(&app).await.len(), 130);
        assert_eq!(app.get(&format!("{PATH}/{id}/statistics")).user(&admin).send().await.expect(200).json()["total"], 130);
        app.app.objects.delete(&keys[..120]).await.unwrap();
        scan(&app, &admin, id).await;
        assert_eq!(assets(&app).await.iter().filter(|(_, is_offline, _)| *is_offline).count(), 120);
    }

    async fn files_go_and_come_back(app: TestApp) {
        let admin = app.admin().await;
        put(&app, &["photos/a.jpg", "photos/b.jpg", "photos/raw/c.jpg"]).await;
        let id = photos(&app, &admin).await;
        scan(&app, &admin, &id).await;
        let rows = app.sql(stmt!("select id from asset where original_path = 'photos/b.jpg'")).await;
        let b: String = rows.first().unwrap().get("id").unwrap();
        app.delete("/api/assets").user(&admin).json(&json!({ "ids": [b] })).send().await.expect(204);
        app.app.objects.delete(&["photos/a.jpg".to_owned(), "photos/b.jpg".to_owned()]).await.unwrap();
        let update = async |body: Value| app.put(&format!("{PATH}/{id}")).user(&admin).json(&body).send().await.expect(200);
        update(json!({ "exclusionPatterns": ["**/RAW/**"] })).await;
        scan(&app, &admin, &id).await;
        let offline = |path: &str| (path.to_owned(), true, true);
        assert_eq!(assets(&app).await, [offline("photos/a.jpg"), offline("photos/b.jpg"), offline("photos/raw/c.jpg")]);
        assert_eq!(app.count(stmt!("select count(*) as n from asset where status = 'active'")).await, 2, "but for the user's");
        let restored = app.post("/api/trash/restore").user(&admin).send().await.expect(200).json();
        assert_eq!(restored["count"], 0, "what is offline stays in the trash");
        put(&app, &["photos/a.jpg", "photos/b.jpg"]).await;
        update(json!({ "exclusionPatterns": [] })).await;
        scan(&app, &admin, &id).await;
        assert_eq!(assets(&app).await, [there("photos/a.jpg"), ("photos/b.jpg".to_owned(), false, true), there("photos/raw/c.jpg")]);
        // A path that is the beginning of another is another.
        put(&app, &["photos/ra/x.jpg"]).await;
        update(json!({ "importPaths": ["/photos/ra"] })).await;
        scan(&app, &admin, &id).await;
        assert_eq!(assets(&app).await.iter().filter(|(_, is_offline, _)| !is_offline).cloned().collect::<Vec<_>>(), [there("photos/ra/x.jpg")]);
    }

    /// A key names a file here: one that is moved is another (docs/libraries.md).
    async fn a_moved_file_is_another_asset(app: TestApp) {
        let admin = app.admin().await;
        put(&app, &["photos/a.jpg"]).await;
        let id = photos(&app, &admin).await;
        scan(&app, &admin, &id).await;
        app.app.objects.delete(&["photos/a.jpg".to_owned()]).await.unwrap();
        put(&app, &["photos/2024/a.jpg"]).await;
        for _ in 0..2 {
            scan(&app, &admin, &id).await;
            assert_eq!(assets(&app).await, [there("photos/2024/a.jpg"), ("photos/a.jpg".to_owned(), true, true)]);
        }
    }

    /// Otherwise those that are asked for while files come would go through a large library side by side.
    async fn a_scan_waits_for_the_one_that_goes_on(app: TestApp) {
        let admin = app.admin().await;
        put(&app, &["photos/a.jpg"]).await;
        let id = photos(&app, &admin).await;
        for kind in [JobName::LibrarySyncFilesQueueAll, JobName::LibraryScanAssetsQueueAll] {
            let mut goes_on = NewJob::new(app.app.uuid(), kind, json!({ "id": id, "after": "photos/a" }), app.app.now());
            goes_on.run_after += 86_400_000;
            app.sql(jobs::insert(&goes_on, app.app.now())).await;
        }
        let waiting = "select count(*) as n from job where kind like 'Library%' and dedupe_key is not null";
        for _ in 0..3 {
            scan(&app, &admin, &id).await;
            assert_eq!(app.count(stmt!(waiting)).await, 2, "once, however often it is asked for");
        }
        assert!(assets(&app).await.is_empty());
        let other = make(&app, &admin, json!({ "ownerId": admin.id, "importPaths": ["/photos"] })).await;
        scan(&app, &admin, other["id"].as_str().unwrap()).await;
        assert_eq!(assets(&app).await, [there("photos/a.jpg")], "another library does not wait");
        app.sql(stmt!("delete from job where dedupe_key is null")).await;
        app.clock.advance(60_000);
        app.tick().await;
        app.run_jobs().await;
        let library = app.get(&format!("{PATH}/{id}")).user(&admin).send().await.expect(200).json();
        assert_ne!(library["refreshedAt"], Value::Null);
    }

    async fn a_changed_file_is_read_once_again(app: TestApp) {
        let admin = app.admin().await;
        put(&app, &["photos/a.jpg"]).await;
        let id = photos(&app, &admin).await;
        scan(&app, &admin, &id).await;
        app.sql(stmt!("delete from job")).await;
        touch(&app, "photos/a.jpg", 1_700_000_001);
        put(&app, &["photos/a.xmp"]).await;
        let look = async || {
            let job = NewJob::new(app.app.uuid(), JobName::LibraryScanAssetsQueueAll, json!({ "id": id }), app.app.now());
            app.sql(jobs::insert(&job, app.app.now())).await;
            app.deliver(edge_platform::Consumer::Storage).await;
            let waiting = app.count(stmt!("select count(*) as n from job where kind = 'SidecarCheck'")).await;
            app.run_jobs().await;
            app.sql(stmt!("delete from job")).await;
            waiting
        };
        assert_eq!((look().await, look().await), (1, 0));
        assert_eq!(app.count(stmt!("select file_modified_at as n from asset")).await, 1_700_000_001_000);
        // What came to lie beside it meanwhile belongs to it.
        assert_eq!(app.count(stmt!("select count(*) as n from asset_file where type = 'sidecar' and path = 'photos/a.xmp'")).await, 1);
    }

    /// Whatever is done to assets, their files stay as they are.
    async fn originals_are_never_touched(app: TestApp) {
        let admin = app.admin().await;
        let keys = ["photos/a.jpg", "photos/a.jpg.xmp", "photos/b.jpg", "photos/c.jpg", "photos/d.jpg"];
        put(&app, &keys).await;
        let id = photos(&app, &admin).await;
        scan(&app, &admin, &id).await;
        let rows = app.sql(stmt!("select id from asset order by original_path")).await;
        let ids: Vec<String> = rows.iter().map(|row| row.get("id").unwrap()).collect();
        // Something set by hand goes into a sidecar, which is none of the library's.
        app.put(&format!("/api/assets/{}", ids[0])).user(&admin).json(&json!({ "description": "by hand" })).send().await.expect(200);
        app.put(&format!("/api/assets/{}", ids[1])).user(&admin).json(&json!({ "description": "by hand" })).send().await.expect(200);
        app.run_jobs().await;
        let sidecars = app.sql(stmt!("select path from asset_file where type = 'sidecar'")).await;
        assert_eq!(sidecars.len(), 2);
        assert!(sidecars.iter().all(|row| row.get::<String>("path").unwrap().starts_with("upload/")));
        app.delete("/api/assets").user(&admin).json(&json!({ "ids": [ids[0]], "force": true })).send().await.expect(204);
        app.delete("/api/assets").user(&admin).json(&json!({ "ids": [ids[1]] })).send().await.expect(204);
        app.run_jobs().await;
        app.post("/api/trash/empty").user(&admin).send().await.expect(200);
        app.run_jobs().await;
        assert_eq!(assets(&app).await.len(), 2);
        app.delete(&format!("{PATH}/{id}")).user(&admin).send().await.expect(204);
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from library")).await, 0);
        // Even when somebody wants them deleted.
        app.sql(stmt!("insert into object_deletion (object_key, run_after, created_at) values ('photos/d.jpg', 0, 0)")).await;
        app.clock.advance(60 * 86_400_000);
        app.tick().await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 0);
        let left: Vec<String> = app.object_keys().await.into_iter().filter(|key| key.starts_with("photos/")).collect();
        assert_eq!(left, keys);
        for key in keys {
            let bytes = app.app.objects.get(key, None).await.unwrap().unwrap().body.collect(999).await.unwrap();
            assert_eq!(bytes, content(key));
        }
    }
}
