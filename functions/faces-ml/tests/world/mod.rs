//! What these tests begin with: a model, uploads, and jobs that run.
use edge_api::enums::JobName;
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, TestApp};
use edge_testkit_jobs::RunJobs;
use serde_json::{Value, json};

use crate::{network, photo};

/// Installs the model under its usual name.
pub async fn install(app: &TestApp) {
    install_as(app, network::NAME).await;
}

/// Installs the model under this name.
pub async fn install_as(app: &TestApp, model: &str) {
    for (name, bytes) in network::files(model) {
        let key = format!("models/{model}/{name}");
        let put = app
            .app
            .objects
            .put(&key, bytes.into(), "application/octet-stream");
        put.await.unwrap();
    }
}

/// An upload as the assets area leaves it.
pub async fn upload(
    app: &TestApp,
    owner: &NewUser,
    name: &str,
    faces: &[(u32, usize, usize)],
) -> String {
    upload_bytes(app, owner, name, photo::of(faces)).await
}

/// As [`upload`], of these bytes.
pub async fn upload_bytes(app: &TestApp, owner: &NewUser, name: &str, bytes: Vec<u8>) -> String {
    let key = format!("upload/{}/{name}", owner.id);
    let put = app.app.objects.put(&key, bytes.into(), "image/jpeg");
    put.await.unwrap();
    let asset = app
        .asset(owner)
        .with("original_path", key)
        .with("original_file_name", name);
    let asset = asset.with("type", "IMAGE").insert().await;
    store(
        app,
        JobName::AssetExtractMetadata,
        json!({ "id": asset, "source": "upload" }),
    )
    .await;
    asset
}

/// Stores a job.
pub async fn store(app: &TestApp, kind: JobName, payload: Value) {
    let job = NewJob::new(app.app.uuid(), kind, payload, app.app.now());
    app.sql(jobs::insert(&job, app.app.now())).await;
}

/// Runs all jobs, those about faces, too.
pub async fn run(app: &TestApp) {
    app.run_jobs_and(async || fn_faces_ml::run(&app.app).await.unwrap().is_some())
        .await;
}
