//! The nightly tasks (api/jobs-ml.md section 3, configuration `nightlyTasks`).

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::App;
use edge_platform::{DbError, Wake};
use edge_store::{
    jobs::{self, NewJob},
    system,
};
use serde_json::{Value, json};

/// Key of `system_metadata`: `{"day": n}`, the last day (since 1970) whose tasks were stored.
const STATE: &str = "nightly-tasks-state";

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Which tasks run at night: those this build can do, as far as they are switched on.
fn tasks(config: &SystemConfig) -> Vec<(JobName, Value)> {
    let mut tasks = Vec::new();
    if config.flag("/nightlyTasks/databaseCleanup") {
        let kinds = [
            JobName::AssetDeleteCheck,
            JobName::UserDeleteCheck,
            JobName::PersonCleanup,
            JobName::MemoryCleanup,
            JobName::SessionCleanup,
            JobName::AuditTableCleanup,
            JobName::NotificationsCleanup,
        ];
        tasks.extend(kinds.map(|kind| (kind, json!({}))));
    }
    if config.flag("/nightlyTasks/generateMemories") {
        tasks.push((JobName::MemoryGenerate, json!({})));
    }
    if config.flag("/nightlyTasks/syncQuotaUsage") {
        tasks.push((JobName::UserSyncUsage, json!({})));
    }
    if config.flag("/nightlyTasks/missingThumbnails") {
        tasks.push((
            JobName::AssetGenerateThumbnailsQueueAll,
            json!({ "force": false }),
        ));
    }
    tasks
}

/// Minutes after midnight of `HH:MM`; midnight when it is something else.
fn minutes(start: &str) -> i64 {
    let parse = |text: &str| text.parse::<i64>().ok();
    let time = start.split_once(':');
    let time = time.and_then(|(hour, minute)| Some(parse(hour)? * 60 + parse(minute)?));
    time.filter(|minutes| (0..24 * 60).contains(minutes))
        .unwrap_or(0)
}

/// The day whose tasks were due last, days since 1970. Times of the server are UTC.
fn due_day(now: i64, start: &str) -> i64 {
    (now - minutes(start) * MINUTE).div_euclid(DAY)
}

/// Stores tonight's tasks when it is time and they were not stored yet; a missed minute is made up for.
/// A fresh server waits for its first night.
pub async fn start(app: &App) -> Result<Vec<Wake>, DbError> {
    let results = app
        .db()
        .batch(vec![
            system::find_statement(STATE),
            system::find_statement(system::key::SYSTEM_CONFIG),
        ])
        .await?;
    let [state, config] = results.as_slice() else {
        return Err(DbError::Other("two results expected".to_owned()));
    };
    let config = system::value(config)?.unwrap_or_else(|| json!({}));
    let config = SystemConfig::from_stored(&config);
    let today = due_day(app.now(), config.text("/nightlyTasks/startTime"));
    let last = system::value(state)?.and_then(|state| state["day"].as_i64());
    if last == Some(today) {
        return Ok(Vec::new());
    }
    let tasks = if last.is_some() {
        tasks(&config)
    } else {
        Vec::new()
    };
    let jobs: Vec<NewJob> = tasks
        .into_iter()
        .map(|(kind, payload)| {
            NewJob::new(app.uuid(), kind, payload, app.now()).once(kind.as_str())
        })
        .collect();
    // First the jobs: dying in between stores them twice, which their keys prevent.
    let insert = jobs
        .iter()
        .map(|job| jobs::insert(job, app.now()))
        .collect();
    app.db().batch(insert).await?;
    system::put(app.db(), STATE, &json!({ "day": today }), app.now()).await?;
    Ok(jobs.iter().map(NewJob::wake).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_begins_at_the_configured_time() {
        assert_eq!(due_day(DAY * 10, "00:00"), 10);
        assert_eq!(due_day(DAY * 10 + 119 * MINUTE, "02:00"), 9);
        assert_eq!(due_day(DAY * 10 + 120 * MINUTE, "02:00"), 10);
        assert_eq!(minutes("nonsense"), 0);
        assert_eq!(minutes("25:00"), 0);
    }

    #[test]
    fn switched_off_tasks_are_left_out() {
        let off = json!({"nightlyTasks": {"databaseCleanup": false, "syncQuotaUsage": false, "generateMemories": false}});
        let tasks = tasks(&SystemConfig::from_stored(&off));
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].0, JobName::AssetGenerateThumbnailsQueueAll);
    }
}
