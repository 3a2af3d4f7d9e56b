//! `FacialRecognitionQueueAll`: faces of everybody wait again, then there is a job for each owner. With `force` all faces that
//! networks have found are sorted anew, those of one `group` of accounts where one is named; at night only what waits is taken up.

use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::{
    face_vectors::{
        recognize,
        sort::{self, OWNERS},
    },
    jobs::{Job, NewJob},
};
use serde_json::{Value, json};

/// One page of faces, or, behind the last, of owners.
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    if let Some(after) = job.text("owners") {
        return owners(app, job, after).await;
    }
    if job.flag("nightly") {
        return owners(app, job, "").await;
    }
    let force = job.flag("force");
    let after = job.text("after").unwrap_or_default();
    let Some((last, is_full)) = sort::page(app.db(), after).await? else {
        return owners(app, job, "").await;
    };
    let results = if force {
        sort::reset(after, &last, job.text("group"), app.now()).to_vec()
    } else {
        vec![sort::retry(after, &last)]
    };
    let mut done = Done::with(results);
    let next = if is_full {
        json!({ "force": force, "group": job.text("group"), "after": last })
    } else {
        json!({ "owners": "", "group": job.text("group") })
    };
    done.next.push(follow(app, job, next));
    Ok(done)
}

async fn owners(app: &App, job: &Job, after: &str) -> Result<Done, Failure> {
    let owners = sort::owners(app.db(), after, job.text("group")).await?;
    let jobs = owners
        .iter()
        .map(|owner| recognize::job(app.uuid(), owner, app.now()));
    let mut done = Done::nothing();
    done.next = jobs.collect();
    let is_full = i64::try_from(owners.len()).is_ok_and(|count| count == OWNERS);
    if let Some(last) = owners.last().filter(|_| is_full) {
        done.next.push(follow(
            app,
            job,
            json!({ "owners": last, "group": job.text("group") }),
        ));
    }
    Ok(done)
}

/// Of a group there is one row of pages, however often its members ask: whoever asks in the middle begins it anew.
fn follow(app: &App, job: &Job, payload: Value) -> NewJob {
    let next = NewJob::new(app.uuid(), job.kind, payload, app.now());
    match job.text("group") {
        Some(group) => next.once(format!("{}:{group}", job.kind)),
        None => next,
    }
}
