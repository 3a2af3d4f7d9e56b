//! The `…QueueAll` jobs: one job for each asset, a thousand at a time (api/jobs-ml.md section 1).

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::jobs::{
    Job, NewJob,
    many::{self, Wanted},
};
use serde_json::json;

/// Stores jobs of a kind for the next thousand assets and a job that goes on behind them. `force: true`
/// takes all assets, `only: "webp"` those with a rendition in WebP, anything else those without a result.
pub async fn run(app: &App, job: &Job, kind: JobName) -> Result<Done, Failure> {
    let force = job.flag("force");
    let wanted = match job.text("only") {
        Some("webp") => Wanted::InWebp,
        _ if force => Wanted::All,
        _ => Wanted::Missing,
    };
    let after = job.text("after").unwrap_or_default();
    let ids = many::page(app.db(), kind, wanted, after).await?;
    let ids = ids.ok_or_else(|| Failure::Final(format!("{kind} cannot be done for all")))?;
    let Some(last) = ids.last() else {
        return Ok(Done::nothing());
    };
    // Storing the same jobs twice is prevented by their keys, so this need not be part of the end.
    let rows = app
        .db()
        .run(many::insert_for_assets(kind, &ids, None, None, app.now()))
        .await?;
    let mut done = Done::nothing();
    done.wakes = many::stored(&rows)?;
    if i64::try_from(ids.len()).is_ok_and(|count| count == many::PAGE) {
        let mut payload = json!({ "force": force, "after": last });
        if wanted == Wanted::InWebp {
            payload["only"] = json!("webp");
        }
        done.next
            .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    }
    Ok(done)
}
