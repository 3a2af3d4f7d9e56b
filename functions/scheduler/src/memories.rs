//! Memories of the days to come, made at night, and those that are over (api/jobs-ml.md section 3).

use edge_api::time::{Date, LocalMillis};
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::{
    jobs::{Job, NewJob},
    memories::nightly,
    system,
};
use serde_json::json;

/// Key of `system_metadata`: `{"lastOnThisDayDate": "YYYY-MM-DD"}`, the last day whose memories were made.
const STATE: &str = "memories-state";

/// Memories are made for so many days before and after today.
const SPAN: i64 = 3;

/// Statements of one run; what is left is for the next.
const STATEMENTS: usize = 400;

/// Batches of one run of [`clean`].
const BATCHES: usize = 10;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// `MemoryGenerate`: for each user what happened on these days in earlier years. Days that were done are left out, and
/// a run that ends early goes on behind the user it came to.
pub async fn generate(app: &App, job: &Job) -> Result<Done, Failure> {
    let today = app.now().div_euclid(DAY);
    let days = if let (Some(from), Some(to)) = (job.text("from"), job.text("to")) {
        between(day_of(from)?, day_of(to)?)
    } else {
        let first = today - SPAN;
        between(first.max(next(app).await?.unwrap_or(first)), today + SPAN)
    };
    let (Some(from), Some(to)) = (days.first(), days.last()) else {
        return Ok(Done::nothing());
    };
    let mut after = job.text("after").unwrap_or_default().to_owned();
    let (mut written, mut is_over) = (0, false);
    while written < STATEMENTS && !is_over {
        let users = nightly::users(app.db(), &after).await?;
        is_over = i64::try_from(users.len()).is_ok_and(|count| count < nightly::USERS);
        for user in users {
            written += 1 + remember(app, &user, &days).await?;
            after = user;
            if written >= STATEMENTS {
                is_over = false;
                break;
            }
        }
    }
    let mut done = Done::nothing();
    if is_over {
        let state = json!({ "lastOnThisDayDate": to.to_string() });
        system::put(app.db(), STATE, &state, app.now()).await?;
    } else {
        let payload = json!({ "from": from.to_string(), "to": to.to_string(), "after": after });
        done.next
            .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    }
    Ok(done)
}

/// The first day (since 1970) whose memories were not made yet; `None`: none were ever made.
async fn next(app: &App) -> Result<Option<i64>, Failure> {
    let state = system::find(app.db(), STATE).await?;
    let last = state.and_then(|state| Date::parse(state["lastOnThisDayDate"].as_str()?));
    Ok(last.map(|last| last.start().0.div_euclid(DAY) + 1))
}

fn day_of(text: &str) -> Result<i64, Failure> {
    let date = Date::parse(text).ok_or_else(|| Failure::Final(format!("no day: {text}")))?;
    Ok(date.start().0.div_euclid(DAY))
}

/// The days (since 1970) from `first` to `last`.
fn between(first: i64, last: i64) -> Vec<Date> {
    (first..=last)
        .map(|day| Date::of(LocalMillis(day * DAY)))
        .collect()
}

/// Makes the memories of one user; how many statements it took.
async fn remember(app: &App, user_id: &str, days: &[Date]) -> Result<usize, Failure> {
    let found = nightly::find(app.db(), user_id, days).await?;
    let batch: Vec<_> = found
        .iter()
        .flat_map(|new| nightly::insert(&app.uuid(), user_id, new, app.now()))
        .collect();
    let count = batch.len();
    if count > 0 {
        app.db().batch(batch).await?;
    }
    Ok(count)
}

/// `MemoryCleanup`: memories that nobody saved go after a month, and assets that left the timeline leave their memories.
pub async fn clean(app: &App, job: &Job) -> Result<Done, Failure> {
    let mut after = job.text("after").unwrap_or_default().to_owned();
    let mut is_over = false;
    for _ in 0..BATCHES {
        let gone = app.db().batch(nightly::forget(app.now())).await?;
        let ids = nightly::page(app.db(), &after).await?;
        let is_last = i64::try_from(ids.len()).is_ok_and(|count| count < nightly::CLEARED);
        let was_last = gone.last().is_none_or(|rows| {
            i64::try_from(rows.changed()).is_ok_and(|count| count < nightly::CLEARED)
        });
        if let Some(last) = ids.last() {
            after.clone_from(last);
            app.db().batch(nightly::clear(&ids)).await?;
        }
        is_over = is_last && was_last;
        if is_over {
            break;
        }
    }
    let mut done = Done::nothing();
    if !is_over {
        let payload = json!({ "after": after });
        done.next
            .push(NewJob::new(app.uuid(), job.kind, payload, app.now()));
    }
    Ok(done)
}
