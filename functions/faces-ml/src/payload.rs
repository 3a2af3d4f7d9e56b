//! What jobs are told.

use edge_http::consumer::Failure;
use edge_store::jobs::Job;

/// The field `id` of a job's payload.
pub fn id_of(job: &Job) -> Result<&str, Failure> {
    job.text("id")
        .ok_or_else(|| Failure::Final("payload without id".to_owned()))
}
