//! What each kind of job does.

use std::sync::Arc;

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::jobs::Job;

use crate::{extract, mass, sidecar, thumbnails};

/// Does a claimed job.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    match job.kind {
        JobName::AssetExtractMetadata => extract::run(app, job).await,
        JobName::SidecarWrite => sidecar::run(app, job).await,
        JobName::AssetGenerateThumbnails => thumbnails::run(app, job).await,
        JobName::AssetExtractMetadataQueueAll => {
            mass::run(app, job, JobName::AssetExtractMetadata).await
        }
        JobName::AssetGenerateThumbnailsQueueAll => {
            mass::run(app, job, JobName::AssetGenerateThumbnails).await
        }
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}

/// The configuration.
pub async fn settings(app: &App) -> Result<Arc<SystemConfig>, Failure> {
    let settings = app.settings().await;
    settings.map_err(|error| Failure::Passing(format!("settings: {error:?}")))
}
