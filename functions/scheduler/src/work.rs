//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::{
    jobs::{Job, cleanup},
    login,
};

use crate::files;

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
        JobName::SessionCleanup => Ok(Done::with(vec![cleanup::sessions(now), login::prune(now)])),
        JobName::AuditTableCleanup => Ok(Done::with(cleanup::audit(now))),
        JobName::NotificationsCleanup => Ok(Done::with(vec![cleanup::notifications(now)])),
        JobName::UserSyncUsage => Ok(Done::with(vec![cleanup::usage(job.text("id"), now)])),
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}
