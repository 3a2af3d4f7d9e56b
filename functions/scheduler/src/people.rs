//! `PersonCleanup`: people without faces (api/jobs-ml.md section 3).

use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::{
    jobs::{Job, NewJob},
    people::cleanup,
};
use serde_json::json;

/// Looks at the next thousand people and removes those without faces; a job that follows goes on behind them.
pub async fn clean(app: &App, job: &Job) -> Result<Done, Failure> {
    let page = cleanup::page(app.db(), job.text("after").unwrap_or_default()).await?;
    let ids: Vec<&str> = page.ids.iter().map(String::as_str).collect();
    let mut done = Done::nothing();
    if !ids.is_empty() {
        done.results = cleanup::batch_remove(&ids, app.now());
    }
    if let Some(after) = page.after {
        let payload = json!({ "after": after });
        done.next
            .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    }
    Ok(done)
}
