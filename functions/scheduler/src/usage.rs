//! `UserSyncUsage`: what users store is counted afresh (api/jobs-ml.md section 3), a few thousand assets a job.

use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::jobs::{
    Job, NewJob,
    cleanup::{self, Usage},
};
use serde_json::json;

/// Counts the next assets and leaves the rest to a job that goes on behind them, with the sums so far in its payload; the
/// last one corrects what is wrong.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let (mut usage, after) = match (job.payload.get("usage"), job.text("after")) {
        (Some(usage), Some(after)) => (read(usage)?, after),
        _ => (cleanup::usage_begin(app.db()).await?, ""),
    };
    let Some(after) = cleanup::usage_step(app.db(), &mut usage, after).await? else {
        return Ok(Done::with(cleanup::usage_end(&usage, app.now())));
    };
    let payload = json!({ "after": after, "usage": usage });
    let mut done = Done::nothing();
    done.next
        .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    Ok(done)
}

fn read(usage: &serde_json::Value) -> Result<Usage, Failure> {
    serde_json::from_value(usage.clone())
        .map_err(|error| Failure::Final(format!("payload: {error}")))
}
