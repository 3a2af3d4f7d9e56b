//! What each kind of job does.

use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::jobs::Job;

/// Does a claimed job.
pub async fn work(_app: &App, job: &Job) -> Result<Done, Failure> {
    Err(Failure::Final(format!("{} is not built yet", job.kind)))
}
