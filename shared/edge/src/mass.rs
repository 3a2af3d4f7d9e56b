//! The `…QueueAll` jobs: one job for each asset, looking at a thousand at a time (api/jobs-ml.md section 1).

use edge_api::enums::JobName;
use edge_store::jobs::{
    Job, NewJob,
    many::{self, Wanted},
};
use serde_json::json;

use crate::{
    App,
    consumer::{Done, Failure},
};

/// Looks at the next thousand assets, stores jobs of a kind for those that want it, and a job that goes on behind
/// them. `force: true` takes all assets, `only: "webp"` those with a rendition in WebP, anything else those without a
/// result.
pub async fn run(app: &App, job: &Job, kind: JobName) -> Result<Done, Failure> {
    let force = job.flag("force");
    let wanted = match job.text("only") {
        Some("webp") => Wanted::InWebp,
        _ if force => Wanted::All,
        _ => Wanted::Missing,
    };
    let after = job.text("after").unwrap_or_default();
    let page = many::page(app.db(), kind, wanted, after).await?;
    let page = page.ok_or_else(|| Failure::Final(format!("{kind} cannot be done for all")))?;
    let mut done = Done::nothing();
    if !page.ids.is_empty() {
        // Storing the same jobs twice is prevented by their keys, so this need not be part of the end.
        let insert = many::insert_for_assets(kind, &page.ids, None, None, app.now());
        done.wakes = many::stored(&app.db().run(insert).await?)?;
    }
    if let Some(after) = page.after {
        let mut payload = json!({ "force": force, "after": after });
        if wanted == Wanted::InWebp {
            payload["only"] = json!("webp");
        }
        done.next
            .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    }
    Ok(done)
}
