//! Pictures at which networks look, and what a companion says meanwhile.

use std::process::{Command, Stdio};

use edge_api::enums::JobName;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, TestApp};

use super::ffmpeg;

/// As [`super::ran`]; gives its log.
pub async fn log_of(command: &mut Command) -> String {
    command.stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await;
    let ended = ended.unwrap();
    let log = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{log}");
    log
}

/// Whether there is ffmpeg, without which no companion works; as [`ffmpeg`] says.
pub fn has_ffmpeg() -> bool {
    let words = ["-f", "lavfi", "-i", "color=size=16x16", "-frames:v", "1"];
    ffmpeg(&words, "jpg").is_some()
}

/// A picture with this preview that a network is to look at, for jobs of this kind.
pub async fn looked_at(app: &TestApp, owner: &NewUser, kind: JobName, preview: Vec<u8>) -> String {
    let asset = edge_testkit_jobs::previewed(app, owner, preview).await;
    let payload = serde_json::json!({ "id": asset });
    let job = NewJob::new(app.app.uuid(), kind, payload, app.app.now()).of(&owner.id);
    app.sql(jobs::insert(&job, app.app.now())).await;
    asset
}
