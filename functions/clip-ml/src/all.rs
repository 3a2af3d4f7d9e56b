//! `SmartSearchQueueAll`: one job for each picture without a vector of the configured model, or, with `force`, for each. What other
//! models made goes; behind the last page vectors are put into blocks.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
    seen,
};
use edge_store::{
    asset_vectors::{self, all},
    jobs::{Job, NewJob, many},
};
use serde_json::{Value, json};

/// One page of assets, or, behind the last, of owners.
pub async fn run(app: &App, job: &Job, model: &str) -> Result<Done, Failure> {
    if let Some(after) = job.text("owners") {
        return owners(app, job, model, after).await;
    }
    let force = job.flag("force");
    let after = job.text("after").unwrap_or_default();
    let page = all::page(app.db(), model, force, after).await?;
    let mut done = Done::with(vec![all::clear_others(model, after, page.after.as_deref())]);
    if after.is_empty() {
        done.results.push(all::clear_other_blocks(model));
    }
    if !page.ids.is_empty() {
        // Storing the same jobs twice is prevented by their keys, so this need not be part of the end.
        let kind = JobName::SmartSearch;
        let insert = many::insert_for_assets(kind, &page.ids, None, None, app.now());
        done.wakes = many::stored(&app.db().run(insert).await?)?;
    }
    let next = match page.after {
        Some(after) => json!({ "force": force, "after": after }),
        None => json!({ "owners": "" }),
    };
    done.next.push(follow(app, job, next));
    Ok(done)
}

/// Puts vectors of the next owner who has enough of them into blocks.
async fn owners(app: &App, job: &Job, model: &str, after: &str) -> Result<Done, Failure> {
    let owners = all::owners(app.db(), model, after).await?;
    let mut done = Done::nothing();
    let Some(owner) = owners.first() else {
        return Ok(done);
    };
    let end = asset_vectors::end(app.db(), owner, model).await?;
    done.results = seen::make_blocks(app, owner, model, end).await?;
    // Those of whom more are left come again; whose vectors make no block are passed over.
    let next = if done.results.is_empty() {
        owner
    } else {
        after
    };
    done.next.push(follow(app, job, json!({ "owners": next })));
    Ok(done)
}

fn follow(app: &App, job: &Job, payload: Value) -> NewJob {
    NewJob::new(app.uuid(), job.kind, payload, app.now())
}
