//! Libraries in another bucket, which is only read: what a scan finds there, and what happens when the bucket is away.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use edge_platform::{
    ByteRange, MultipartUpload, Object, ObjectError, ObjectMeta, ObjectStore, external::Other,
    native::Folder, stmt,
};
use edge_testkit::{Area, NewUser, TestApp, on_each_database};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

const PATH: &str = "/api/libraries";
const XMP: &str = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
                   <rdf:Description rdf:about=\"\"></rdf:Description></rdf:RDF></x:xmpmeta>";

fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_libraries::ROUTES, fn_libraries::routes()),
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
        Area::new(fn_trash::ROUTES, fn_trash::routes()),
        Area::new(fn_jobs::ROUTES, fn_jobs::routes()),
    ]
}

/// A bucket that does not answer.
struct Away;

fn away() -> ObjectError {
    ObjectError::Unavailable("no answer".to_owned())
}

#[async_trait]
impl ObjectStore for Away {
    async fn get(&self, _: &str, _: Option<ByteRange>) -> Result<Option<Object>, ObjectError> {
        Err(away())
    }

    async fn head(&self, _: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        Err(away())
    }

    async fn put(&self, _: &str, _: Bytes, _: &str) -> Result<(), ObjectError> {
        Err(away())
    }

    async fn begin(&self, _: &str, _: &str) -> Result<Box<dyn MultipartUpload>, ObjectError> {
        Err(away())
    }

    async fn delete(&self, _: &[String]) -> Result<(), ObjectError> {
        Err(away())
    }

    async fn list(&self, _: &str, _: Option<&str>) -> Result<Vec<String>, ObjectError> {
        Err(away())
    }
}

/// The bucket `nas`, whose photos lie below `photos/`, in a folder of its own.
struct Nas {
    store: Arc<Folder>,
    folder: tempfile::TempDir,
}

impl Nas {
    fn new(app: &TestApp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Folder::open(folder.path()).unwrap());
        let nas = Self { store, folder };
        nas.answer(app);
        nas
    }

    fn answer(&self, app: &TestApp) {
        let (store, prefix) = (self.store.clone(), "photos/".to_owned());
        app.external.set("nas", Other { store, prefix });
    }

    fn leave(app: &TestApp) {
        let (store, prefix) = (Arc::new(Away), "photos/".to_owned());
        app.external.set("nas", Other { store, prefix });
    }

    async fn put(&self, keys: &[&str]) {
        for key in keys {
            // A sidecar is one that can be edited.
            let bytes = if key.rsplit('.').next() == Some("xmp") {
                XMP.into()
            } else {
                format!("file {key}").into()
            };
            self.store.put(key, bytes, "x").await.unwrap();
        }
    }

    /// Names of all objects and when they were last written.
    async fn state(&self) -> Vec<(String, i64)> {
        let mut state = Vec::new();
        for key in self.store.list("", None).await.unwrap() {
            let meta = self.store.head(&key).await.unwrap().unwrap();
            state.push((key, meta.modified));
        }
        assert!(self.folder.path().is_dir());
        state
    }
}

async fn make(app: &TestApp, admin: &NewUser, path: &str) -> String {
    let body = json!({ "ownerId": admin.id, "importPaths": [path] });
    let made = app.post(PATH).user(admin).json(&body).send().await;
    let made = made.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

async fn scan(app: &TestApp, admin: &NewUser, id: &str) {
    let path = format!("{PATH}/{id}/scan");
    app.post(&path).user(admin).send().await.expect(204);
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

/// Runs the check for missing files by hand, and what follows from it, which waits a second.
async fn look_for_files(app: &TestApp, admin: &NewUser) {
    let body = json!({ "name": "integrity-missing-files" });
    let sent = app.post("/api/jobs").user(admin).json(&body).send().await;
    sent.expect(204);
    for _ in 0..4 {
        app.run_jobs().await;
        app.clock.advance(1_000);
    }
}

/// Paths of files that the check found missing.
async fn missing(app: &TestApp) -> Vec<String> {
    let rows = app
        .sql(stmt!("select path from integrity_report where type = 'missing_file' and path not like 'thumbs/%' order by path"))
        .await;
    rows.iter().map(|row| row.get("path").unwrap()).collect()
}

/// Why checks for missing files failed.
async fn failed_checks(app: &TestApp) -> Vec<String> {
    let failed = "select last_error from job where kind = 'IntegrityMissingFilesQueueAll' and state = 'failed'";
    let rows = app.sql(stmt!(failed)).await;
    rows.iter()
        .map(|row| row.get("last_error").unwrap())
        .collect()
}

fn there(path: &str) -> (String, bool, bool) {
    (path.to_owned(), false, false)
}

fn gone(path: &str) -> (String, bool, bool) {
    (path.to_owned(), true, true)
}

async fn validated(app: &TestApp, admin: &NewUser, path: &str) -> Value {
    let body = json!({ "importPaths": [path] });
    let to = format!("{PATH}/00000000-0000-4000-8000-000000000000/validate");
    let answer = app.post(&to).user(admin).json(&body).send().await;
    answer.expect(200).json()["importPaths"][0].clone()
}

on_each_database! {
    async fn files_of_another_bucket_become_assets(app: TestApp) {
        let admin = app.admin().await;
        let nas = Nas::new(&app);
        nas.put(&["photos/italy/a.jpg", "photos/italy/a.jpg.xmp", "photos/italy/b.MP4", "photos/rome/c.jpg", "italy/d.jpg"]).await;
        let id = make(&app, &admin, "/external/nas/italy").await;
        scan(&app, &admin, &id).await;
        let expected = [there("external/nas/italy/a.jpg"), there("external/nas/italy/b.MP4")];
        assert_eq!(assets(&app).await, expected);
        let row = app.sql(stmt!("select id from asset where original_path = 'external/nas/italy/a.jpg'")).await;
        let asset: String = row.first().unwrap().get("id").unwrap();
        let original = format!("/api/assets/{asset}/original");
        let answer = app.get(&original).user(&admin).send().await.expect(200);
        assert_eq!(answer.body.as_ref(), b"file photos/italy/a.jpg");
        let part = app.get(&original).user(&admin).header("range", "bytes=5-10").send().await.expect(206);
        assert_eq!(part.body.as_ref(), b"photos");
        let sidecars = app.sql(stmt!("select path from asset_file where type = 'sidecar'")).await;
        assert_eq!(sidecars.first().unwrap().get::<String>("path").unwrap(), "external/nas/italy/a.jpg.xmp");
        assert_eq!(app.count(stmt!("select quota_usage_in_bytes as n from users where id = ?1", &admin.id)).await, 0);
        let ids = async || {
            let rows = app.sql(stmt!("select update_id from asset union all select update_id from asset_exif")).await;
            let mut ids: Vec<String> = rows.iter().map(|row| row.get("update_id").unwrap()).collect();
            ids.sort();
            ids
        };
        let before = ids().await;
        scan(&app, &admin, &id).await;
        assert_eq!(ids().await, before, "nothing was written");
    }

    async fn assets_go_offline_for_files_that_are_gone_not_for_buckets(app: TestApp) {
        let admin = app.admin().await;
        let nas = Nas::new(&app);
        nas.put(&["photos/a.jpg", "photos/b.jpg"]).await;
        let id = make(&app, &admin, "/external/nas").await;
        scan(&app, &admin, &id).await;
        let (a, b) = ("external/nas/a.jpg", "external/nas/b.jpg");
        assert_eq!(assets(&app).await, [there(a), there(b)]);
        let row = app.sql(stmt!("select id from asset where original_path = ?1", a)).await;
        let original = format!("/api/assets/{}/original", row.first().unwrap().get::<String>("id").unwrap());
        app.sql(stmt!("delete from job")).await;

        Nas::leave(&app);
        scan(&app, &admin, &id).await;
        assert_eq!(assets(&app).await, [there(a), there(b)]);
        let jobs = app.sql(stmt!("select kind, last_error from job where kind like 'Library%' order by kind")).await;
        let told: Vec<(String, String)> = jobs.iter().map(|row| (row.get("kind").unwrap(), row.get("last_error").unwrap())).collect();
        let reason = "object store unavailable: external bucket nas: no answer".to_owned();
        let expected = ["LibraryScanAssetsQueueAll", "LibrarySyncFilesQueueAll"].map(|kind| (kind.to_owned(), reason.clone()));
        assert_eq!(told, expected);
        app.get(&original).user(&admin).send().await.expect(503);

        nas.answer(&app);
        nas.store.delete(&["photos/b.jpg".to_owned()]).await.unwrap();
        app.sql(stmt!("delete from job")).await;
        scan(&app, &admin, &id).await;
        assert_eq!(assets(&app).await, [there(a), gone(b)]);
        app.get(&original).user(&admin).send().await.expect(200);
        nas.put(&["photos/b.jpg"]).await;
        scan(&app, &admin, &id).await;
        assert_eq!(assets(&app).await, [there(a), there(b)]);
    }

    /// As where a Worker is not told of the bucket: nothing in our own bucket is taken for it.
    async fn a_bucket_without_a_name_makes_nothing_and_loses_nothing(app: TestApp) {
        let admin = app.admin().await;
        app.sql(stmt!("delete from job")).await;
        let id = make(&app, &admin, "/external/other").await;
        scan(&app, &admin, &id).await;
        assert!(assets(&app).await.is_empty());
        let errors = app.count(stmt!("select count(*) as n from job where last_error = 'no external bucket is called \"other\"'")).await;
        assert_eq!(errors, 1, "there are no known files to look for");
    }

    async fn import_paths_are_told_what_is_wrong_with_them(app: TestApp) {
        let admin = app.admin().await;
        let nas = Nas::new(&app);
        nas.put(&["photos/italy/a.jpg", "photos/b.jpg"]).await;
        for path in ["/external/nas", "/external/nas/italy/"] {
            assert_eq!(validated(&app, &admin, path).await, json!({ "importPath": path, "isValid": true }));
        }
        let refused = async |path: &str| {
            let validated = validated(&app, &admin, path).await;
            assert_eq!(validated["isValid"], false, "{path}");
            validated["message"].as_str().unwrap().to_owned()
        };
        assert_eq!(refused("/external").await, "Import path must name a bucket: /external/<name>");
        assert_eq!(refused("/external/other/a").await, "There is no bucket \"other\": EXTERNAL_BUCKETS does not name it");
        assert_eq!(refused("/external/nas/none").await, "Path does not exist (ENOENT)");
        assert_eq!(refused("/external/nas/b.jpg").await, "Not a directory");
        Nas::leave(&app);
        assert_eq!(
            refused("/external/nas").await,
            "The bucket cannot be read: object store unavailable: external bucket nas: no answer"
        );
        let id = make(&app, &admin, "/external/nas").await;
        let update = app.put(&format!("{PATH}/{id}")).user(&admin).json(&json!({ "importPaths": ["/external/x"] })).send().await.expect(400);
        assert_eq!(update.message(), "Invalid import path: There is no bucket \"x\": EXTERNAL_BUCKETS does not name it");
    }

    /// Whatever is done to assets, the bucket stays as it is, and nothing ever tries to write there.
    async fn nothing_is_written_to_another_bucket(app: TestApp) {
        let admin = app.admin().await;
        let nas = Nas::new(&app);
        nas.put(&["photos/a.jpg", "photos/a.jpg.xmp", "photos/b.jpg", "photos/c.jpg"]).await;
        let before = nas.state().await;
        let id = make(&app, &admin, "/external/nas").await;
        scan(&app, &admin, &id).await;
        let rows = app.sql(stmt!("select id from asset order by original_path")).await;
        let ids: Vec<String> = rows.iter().map(|row| row.get("id").unwrap()).collect();
        for id in &ids[..2] {
            app.put(&format!("/api/assets/{id}")).user(&admin).json(&json!({ "description": "by hand" })).send().await.expect(200);
        }
        app.run_jobs().await;
        let sidecars = app.sql(stmt!("select path from asset_file where type = 'sidecar'")).await;
        assert_eq!(sidecars.len(), 2);
        assert!(sidecars.iter().all(|row| row.get::<String>("path").unwrap().starts_with("upload/")));
        app.delete("/api/assets").user(&admin).json(&json!({ "ids": [ids[0]], "force": true })).send().await.expect(204);
        app.run_jobs().await;
        app.delete(&format!("{PATH}/{id}")).user(&admin).send().await.expect(204);
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from asset")).await, 0);
        // Even when somebody wants them deleted.
        app.sql(stmt!("insert into object_deletion (object_key, run_after, created_at) values ('external/nas/b.jpg', 0, 0)")).await;
        app.clock.advance(60 * 86_400_000);
        app.tick().await;
        app.run_jobs().await;
        assert_eq!(app.count(stmt!("select count(*) as n from object_deletion")).await, 0);
        assert_eq!(nas.state().await, before);
        assert_eq!(app.count(stmt!("select count(*) as n from job where last_error like '%only read%'")).await, 0);
        assert!(app.object_keys().await.iter().all(|key| !key.starts_with("external/")));
    }

    async fn the_check_for_missing_files_leaves_out_a_bucket_that_is_away(app: TestApp) {
        let admin = app.admin().await;
        let nas = Nas::new(&app);
        nas.put(&["photos/italy/a.jpg", "photos/italy/b.jpg"]).await;
        let id = make(&app, &admin, "/external/nas/italy").await;
        scan(&app, &admin, &id).await;
        app.asset(&admin).with("original_path", "upload/gone.jpg").insert().await;
        Nas::leave(&app);
        look_for_files(&app, &admin).await;
        assert_eq!(missing(&app).await, ["upload/gone.jpg"]);
        let failed = failed_checks(&app).await;
        assert_eq!(failed, ["files that were not looked for: object store unavailable: external bucket nas: no answer"]);
        app.sql(stmt!("delete from job where state = 'failed'")).await;
        // Back, without one of its files.
        nas.store.delete(&["photos/italy/a.jpg".to_owned()]).await.unwrap();
        nas.answer(&app);
        look_for_files(&app, &admin).await;
        assert_eq!(missing(&app).await, ["external/nas/italy/a.jpg", "upload/gone.jpg"]);
        assert!(failed_checks(&app).await.is_empty());
        // What was found stays found while nobody can look.
        Nas::leave(&app);
        let body = json!({ "name": "integrity-missing-files-refresh" });
        app.post("/api/jobs").user(&admin).json(&body).send().await.expect(204);
        app.run_jobs().await;
        assert_eq!(missing(&app).await, ["external/nas/italy/a.jpg", "upload/gone.jpg"]);
    }
}
