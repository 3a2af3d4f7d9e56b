//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::{
    jobs::{Job, cleanup},
    login, oauth,
};

use crate::{
    backup, deletion, files, integrity, libraries, mails, memories, people, releases, usage,
    workflows,
};

/// Does a claimed job.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let now = app.now();
    match job.kind {
        JobName::FileDelete => {
            let mut done = Done::nothing();
            if files::delete_due(app).await? {
                done.next.push(files::job(app));
            }
            Ok(done)
        }
        JobName::AssetDelete => deletion::asset(app, job).await,
        JobName::AssetEmptyTrash => deletion::trash(app, job).await,
        JobName::AssetDeleteCheck => deletion::expired(app, job).await,
        JobName::UserDelete => deletion::user(app, job).await,
        JobName::UserDeleteCheck => deletion::expired_users(app).await,
        JobName::SessionCleanup => Ok(Done::with(vec![
            cleanup::sessions(now),
            login::prune(now),
            oauth::prune(now),
            cleanup::counts(),
        ])),
        JobName::AuditTableCleanup => Ok(Done::with(cleanup::audit(now))),
        JobName::NotificationsCleanup => Ok(Done::with(vec![cleanup::notifications(now)])),
        JobName::MemoryGenerate => memories::generate(app, job).await,
        JobName::MemoryCleanup => memories::clean(app, job).await,
        JobName::PersonCleanup => people::clean(app, job).await,
        JobName::UserSyncUsage => usage::run(app, job).await,
        JobName::NotifyUserSignup => mails::welcome(app, job).await,
        JobName::NotifyAlbumInvite => mails::invite(app, job).await,
        JobName::NotifyAlbumUpdate => mails::update(app, job).await,
        JobName::SendMail => mails::update_one(app, job).await,
        JobName::VersionCheck => releases::check(app).await,
        JobName::WorkflowAssetTrigger => workflows::run(app, job).await,
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
        kind => Err(elsewhere(kind)),
    }
}

/// Kinds that no function at the edge does: the companion's, or not built at all yet.
fn elsewhere(kind: JobName) -> Failure {
    match kind {
        JobName::SmartSearch | JobName::Ocr => {
            Failure::Companion("machine learning does not run at the edge yet".to_owned())
        }
        JobName::SidecarWrite => {
            Failure::Companion("sidecars are not written at the edge yet".to_owned())
        }
        kind => Failure::Final(format!("{kind} is not built yet")),
    }
}
