//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::jobs::Job;

use crate::{backup, integrity, libraries};

/// Does a claimed job.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    match job.kind {
        JobName::IntegrityUntrackedFilesQueueAll => integrity::untracked(app, job).await,
        JobName::IntegrityMissingFilesQueueAll => integrity::missing(app, job).await,
        JobName::IntegrityChecksumFiles => integrity::checksums(app, job).await,
        JobName::IntegrityUntrackedRefresh
        | JobName::IntegrityMissingFilesRefresh
        | JobName::IntegrityChecksumFilesRefresh => integrity::refresh(app, job).await,
        JobName::IntegrityDeleteReportType => integrity::delete(app, job).await,
        JobName::LibraryScanQueueAll => libraries::all(app).await,
        JobName::LibrarySyncFilesQueueAll => libraries::files(app, job).await,
        JobName::LibraryScanAssetsQueueAll => libraries::known(app, job).await,
        JobName::LibraryDelete => libraries::delete(app, job).await,
        JobName::DatabaseBackup => backup::backup(app, job).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}
