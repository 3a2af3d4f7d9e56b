//! The nightly tasks (api/jobs-ml.md section 3, configuration `nightlyTasks`).

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::App;
use edge_platform::{DbError, Wake};
use edge_store::{
    jobs::{self, NewJob},
    system,
};
use serde_json::{Value, json};

use crate::cron::Cron;

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
    let has_faces =
        ["", "/facialRecognition"].map(|of| config.flag(&format!("/machineLearning{of}/enabled")));
    if config.flag("/nightlyTasks/clusterNewFaces") && has_faces == [true; 2] {
        tasks.push((
            JobName::FacialRecognitionQueueAll,
            json!({ "nightly": true }),
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

/// Key of `system_metadata`: minutes since 1970 of the last time of each cron expression whose job was stored, by the job's kind.
const CRON_STATE: &str = "cron-state";

/// Assets whose objects the night's check for missing files looks for: each object is a call of the bucket. The next night goes on behind
/// them.
const LOOKED_FOR: i64 = 5_000;

/// Jobs with a cron expression of their own: where it is configured, and what the job is told.
fn crons() -> [(&'static str, JobName, Value); 5] {
    [
        ("/backup/database", JobName::DatabaseBackup, json!({})),
        ("/library/scan", JobName::LibraryScanQueueAll, json!({})),
        (
            "/integrityChecks/missingFiles",
            JobName::IntegrityMissingFilesQueueAll,
            json!({ "most": LOOKED_FOR }),
        ),
        (
            "/integrityChecks/untrackedFiles",
            JobName::IntegrityUntrackedFilesQueueAll,
            json!({}),
        ),
        (
            "/integrityChecks/checksumFiles",
            JobName::IntegrityChecksumFiles,
            json!({}),
        ),
    ]
}

/// Jobs whose time has come since it came last, and the state that says so; `None`: nothing has changed. A time that was never seen before is
/// waited for, as a fresh server waits for its first night.
fn due(config: &SystemConfig, state: &Value, now: i64) -> (Vec<(JobName, Value)>, Option<Value>) {
    let (mut jobs, mut changed) = (Vec::new(), state.clone());
    for (at, kind, payload) in crons() {
        let expression = config.text(&format!("{at}/cronExpression"));
        let last = Cron::parse(expression).and_then(|cron| cron.last(now.div_euclid(MINUTE)));
        let is_on = config.flag(&format!("{at}/enabled"));
        let (Some(last), true) = (last, is_on) else {
            continue;
        };
        let seen = state.get(kind.as_str()).and_then(Value::as_i64);
        if seen.is_some_and(|seen| seen >= last) {
            continue;
        }
        changed[kind.as_str()] = json!(last);
        if seen.is_some() {
            jobs.push((kind, payload));
        }
    }
    let is_changed = changed != *state;
    (jobs, is_changed.then_some(changed))
}

/// Stores tonight's tasks when it is time and they were not stored yet, and the jobs whose cron expression says so; a missed minute
/// is made up for. A fresh server waits for its first night. In the maintenance mode nothing is stored.
pub async fn start(app: &App) -> Result<Vec<Wake>, DbError> {
    let keys = [
        STATE,
        system::key::SYSTEM_CONFIG,
        CRON_STATE,
        system::key::MAINTENANCE_MODE,
    ];
    let results = app
        .db()
        .batch(keys.map(system::find_statement).to_vec())
        .await?;
    let [state, config, crons, maintenance] = results.as_slice() else {
        return Err(DbError::Other("four results expected".to_owned()));
    };
    if !maintenance.is_empty() {
        return Ok(Vec::new());
    }
    let config = system::value(config)?.unwrap_or_else(|| json!({}));
    let config = SystemConfig::from_stored(&config);
    let today = due_day(app.now(), config.text("/nightlyTasks/startTime"));
    let last = system::value(state)?.and_then(|state| state["day"].as_i64());
    let mut tasks = match last {
        Some(last) if last != today => tasks(&config),
        _ => Vec::new(),
    };
    // Nothing waits for a person where no faces are found.
    let is_of_faces = |(kind, _): &(JobName, Value)| *kind == JobName::FacialRecognitionQueueAll;
    if tasks.iter().any(is_of_faces) && app.face_model(&config).await.is_none() {
        tasks.retain(|task| !is_of_faces(task));
    }
    let crons = system::value(crons)?.unwrap_or_else(|| json!({}));
    let (of_crons, crons) = due(&config, &crons, app.now());
    tasks.extend(of_crons);
    let jobs: Vec<NewJob> = tasks
        .into_iter()
        .map(|(kind, payload)| {
            NewJob::new(app.uuid(), kind, payload, app.now()).once(kind.as_str())
        })
        .collect();
    // First the jobs: dying in between stores them twice, which their keys prevent.
    if !jobs.is_empty() {
        let insert = jobs.iter().map(|job| jobs::insert(job, app.now()));
        app.db().batch(insert.collect()).await?;
    }
    if last != Some(today) {
        system::put(app.db(), STATE, &json!({ "day": today }), app.now()).await?;
    }
    if let Some(crons) = crons {
        system::put(app.db(), CRON_STATE, &crons, app.now()).await?;
    }
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
    fn a_cron_expression_is_due_once_and_when_it_was_seen_before() {
        let config = SystemConfig::from_stored(
            &json!({ "integrityChecks": { "checksumFiles": { "enabled": false } }, "backup": { "database": { "enabled": false } }, "library": { "scan": { "enabled": false } } }),
        );
        let at = |hour: i64| DAY * 100 + hour * 60 * MINUTE;
        let (jobs, state) = due(&config, &json!({}), at(4));
        assert!(jobs.is_empty(), "the first time is waited for");
        let state = state.unwrap();
        assert_eq!(due(&config, &state, at(26)), (Vec::new(), None));
        let (jobs, state) = due(&config, &state, at(28));
        let kinds: Vec<JobName> = jobs.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            kinds,
            [
                JobName::IntegrityMissingFilesQueueAll,
                JobName::IntegrityUntrackedFilesQueueAll
            ]
        );
        assert_eq!(due(&config, &state.unwrap(), at(29)), (Vec::new(), None));
    }

    #[test]
    fn switched_off_tasks_are_left_out() {
        let mut off = json!({"nightlyTasks": {"databaseCleanup": false, "syncQuotaUsage": false, "generateMemories": false}});
        let kinds = |config: &Value| {
            let tasks = tasks(&SystemConfig::from_stored(config));
            tasks.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
        };
        let renditions = JobName::AssetGenerateThumbnailsQueueAll;
        assert_eq!(
            kinds(&off),
            [renditions, JobName::FacialRecognitionQueueAll]
        );
        off["machineLearning"] = json!({ "enabled": false });
        assert_eq!(kinds(&off), [renditions]);
        off["machineLearning"] = json!({});
        off["nightlyTasks"]["clusterNewFaces"] = json!(false);
        assert_eq!(kinds(&off), [renditions]);
    }
}
