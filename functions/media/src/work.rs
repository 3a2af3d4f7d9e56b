//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
    mass,
};
use edge_store::jobs::Job;

use crate::{beside, duplicates, edits, extract, portraits, rules, sidecar, thumbnails};

/// Does a claimed job.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    match job.kind {
        JobName::AssetExtractMetadata => extract::run(app, job).await,
        JobName::SidecarWrite => sidecar::run(app, job).await,
        JobName::SidecarCheck => beside::run(app, job).await,
        JobName::AssetGenerateThumbnails => thumbnails::run(app, job).await,
        JobName::AssetDetectDuplicates => duplicates::run(app, job).await,
        JobName::AssetEditThumbnailGeneration => edits::run(app, job).await,
        JobName::PersonGenerateThumbnail => portraits::run(app, job).await,
        JobName::AssetExtractMetadataQueueAll => {
            mass::run(app, job, JobName::AssetExtractMetadata).await
        }
        JobName::AssetGenerateThumbnailsQueueAll => {
            mass::run(app, job, JobName::AssetGenerateThumbnails).await
        }
        JobName::AssetDetectDuplicatesQueueAll => {
            mass::run(app, job, JobName::AssetDetectDuplicates).await
        }
        JobName::SidecarQueueAll => mass::run(app, job, JobName::SidecarCheck).await,
        JobName::AssetEncodeVideoQueueAll => mass::run(app, job, JobName::AssetEncodeVideo).await,
        JobName::AssetEncodeVideo => Err(Failure::Companion(rules::VIDEO.to_owned())),
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}
