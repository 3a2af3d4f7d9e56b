//! What these tests begin with: a model, uploads, and jobs that run.
use edge_testkit::{NewUser, TestApp};
use edge_testkit_jobs::RunJobs;
pub use edge_testkit_jobs::{store, upload as upload_bytes};

use crate::{network, photo};

/// Installs the model under its usual name.
pub async fn install(app: &TestApp) {
    install_as(app, network::NAME).await;
}

/// Installs the model under this name.
pub async fn install_as(app: &TestApp, model: &str) {
    edge_testkit_jobs::install(app, model, network::files(model)).await;
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

/// Runs all jobs, those about faces, too.
pub async fn run(app: &TestApp) {
    app.run_jobs_and(async || fn_faces_ml::run(&app.app).await.unwrap().is_some())
        .await;
}
