//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{self, Done, Failure},
};
use edge_store::{
    jobs::{Job, cleanup},
    login, oauth, workflows as logs,
};

use crate::{deletion, files, mails, memories, releases, unused, usage, workflows};

/// Does a claimed job.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let now = app.now();
    match job.kind {
        JobName::FileDelete => {
            let mut done = Done::nothing();
            if files::delete_due(app).await? {
                done.next.push(consumer::file_delete(app));
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
        JobName::NotificationsCleanup => Ok(Done::with(vec![
            cleanup::notifications(now),
            logs::prune(now),
        ])),
        JobName::MemoryGenerate => memories::generate(app, job).await,
        JobName::MemoryCleanup => memories::clean(app, job).await,
        JobName::PersonCleanup => unused::people(app, job).await,
        JobName::TagCleanup => unused::tags(app, job).await,
        // There is one scheme of keys, so no rendition ever moves.
        JobName::FileMigrationQueueAll => Ok(Done::nothing()),
        JobName::StorageTemplateMigration => originals_stay(app).await,
        JobName::UserSyncUsage => usage::run(app, job).await,
        JobName::NotifyUserSignup => mails::welcome(app, job).await,
        JobName::NotifyAlbumInvite => mails::invite(app, job).await,
        JobName::NotifyAlbumUpdate => mails::update(app, job).await,
        JobName::VersionCheck => releases::check(app).await,
        JobName::WorkflowAssetTrigger => workflows::run(app, job).await,
        // Of other queues, which other functions work off.
        kind => Err(Failure::Final(format!(
            "{kind} is not of the scheduler's queues"
        ))),
    }
}

/// Where the storage template is off, there is nothing to move. Errors: it is on, and would move originals, which keep their keys here
/// (docs/jobs.md).
async fn originals_stay(app: &App) -> Result<Done, Failure> {
    let config = deletion::settings(app).await?;
    if config.flag("/storageTemplate/enabled") {
        let reason = "originals keep their keys here: the storage template is not applied";
        return Err(Failure::Final(reason.to_owned()));
    }
    Ok(Done::nothing())
}
