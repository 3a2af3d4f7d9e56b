//! `PersonCleanup` and `TagCleanup`: people without faces and tags without assets (api/jobs-ml.md section 3).

use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_platform::Statement;
use edge_store::{
    jobs::{Job, NewJob},
    people, tags,
    window::Page,
};
use serde_json::json;

/// Looks at the next thousand people and removes those without faces; a job that follows goes on behind them.
pub async fn people(app: &App, job: &Job) -> Result<Done, Failure> {
    let after = job.text("after").unwrap_or_default();
    let page = people::cleanup::page(app.db(), after).await?;
    let now = app.now();
    Ok(removal(app, job, page, |ids| {
        people::cleanup::batch_remove(ids, now)
    }))
}

/// The same for tags.
pub async fn tags(app: &App, job: &Job) -> Result<Done, Failure> {
    let after = job.text("after").unwrap_or_default();
    let page = tags::cleanup::page(app.db(), after).await?;
    Ok(removal(app, job, page, tags::cleanup::batch_remove))
}

fn removal(
    app: &App,
    job: &Job,
    page: Page,
    batch_remove: impl FnOnce(&[&str]) -> Vec<Statement>,
) -> Done {
    let ids: Vec<&str> = page.ids.iter().map(String::as_str).collect();
    let mut done = Done::nothing();
    if !ids.is_empty() {
        done.results = batch_remove(&ids);
    }
    if let Some(after) = page.after {
        let payload = json!({ "after": after });
        done.next
            .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    }
    done
}
