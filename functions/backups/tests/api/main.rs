//! Backups over HTTP, in process, and their restore, from each database on each other.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a test that panics fails"
)]

mod backups;
mod contents;
mod damage;
mod restore;

use edge_testkit::{Area, NewUser, Reply, TestApp};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

/// The path of them all.
pub const PATH: &str = "/api/admin/database-backups";

/// The areas under test, with those that start backups by hand and that restore them.
pub fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_backups::ROUTES, fn_backups::routes()),
        Area::new(fn_maintenance::ROUTES, fn_maintenance::routes()),
        Area::new(fn_jobs::ROUTES, fn_jobs::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
    ]
}

/// Names of all backups.
pub async fn names(app: &TestApp, admin: &NewUser) -> Vec<String> {
    let listed = app.get(PATH).user(admin).send().await.expect(200).json();
    let backups = listed["backups"].as_array().unwrap();
    backups
        .iter()
        .map(|one| one["filename"].as_str().unwrap().to_owned())
        .collect()
}

/// Makes a backup by hand: its name and its bytes.
pub async fn back_up(app: &TestApp, admin: &NewUser) -> (String, Vec<u8>) {
    let job = json!({ "name": "backup-database" });
    app.post("/api/jobs")
        .user(admin)
        .json(&job)
        .send()
        .await
        .expect(204);
    app.run_jobs().await;
    let name = names(app, admin).await.remove(0);
    let bytes = app
        .get(&format!("{PATH}/{name}"))
        .user(admin)
        .send()
        .await
        .expect(200);
    (name, bytes.body.to_vec())
}

/// A form with a file.
pub fn form(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat()
}

/// Uploads a backup.
pub async fn upload(app: &TestApp, admin: &NewUser, name: &str, bytes: &[u8]) -> Reply {
    let request = app.post(&format!("{PATH}/upload")).user(admin);
    request
        .body("multipart/form-data; boundary=b", form(name, bytes))
        .send()
        .await
}

/// Puts bytes into the bucket as a backup and restores it. The status at the end, as whoever began it sees it, and the cookie.
pub async fn restore(app: &TestApp, admin: &NewUser, bytes: &[u8]) -> (Value, String) {
    let key = edge_http::backup::key("dump.sql.gz");
    app.app
        .objects
        .put(&key, bytes.to_vec().into(), "application/gzip")
        .await
        .unwrap();
    let body = json!({ "action": "restore_database", "restoreBackupFilename": "dump.sql.gz" });
    let begun = app
        .post("/api/admin/maintenance")
        .user(admin)
        .json(&body)
        .send()
        .await
        .expect(201);
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    app.run_jobs().await;
    (status(app, &cookie).await, cookie)
}

/// What the mode says to whoever holds its cookie.
pub async fn status(app: &TestApp, cookie: &str) -> Value {
    // Progress is a fraction, which the document does not know.
    app.stop_recording();
    let status = app
        .get("/api/admin/maintenance/status")
        .header("cookie", cookie);
    status.send().await.expect(200).json()
}
