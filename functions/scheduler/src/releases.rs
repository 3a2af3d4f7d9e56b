//! The look for a new release (api/admin.md section 6, "check job"): hourly, and only where whoever runs the installation named an
//! address to ask (`version_check_url`). Nothing calls home by itself.

use std::time::Duration;

use edge_api::{
    config::SystemConfig,
    enums::JobName,
    realtime::{Announcement, Event},
    server::Release,
    time::Millis,
};
use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_platform::{DbError, Limits, Wake};
use edge_store::{
    jobs::{self, NewJob},
    system::{self, key},
};
use serde_json::{Value, json};

use crate::deletion::settings;

/// Variable with the address that tells the newest release: it gets the query `channel` and answers `{"version": "3.2.0"}`.
const ADDRESS: &str = "version_check_url";

/// Between two looks, ms.
const EVERY: i64 = 60 * 60 * 1000;

const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(10),
    bytes: 16 * 1024,
};

/// Stores the job when it is time. No round trip where no address is configured, otherwise one, and two more once an hour.
pub async fn start(app: &App) -> Result<Option<Wake>, DbError> {
    if address(app).await.is_none() {
        return Ok(None);
    }
    let keys = [
        key::VERSION_CHECK_STATE,
        key::SYSTEM_CONFIG,
        key::MAINTENANCE_MODE,
    ];
    let statements = keys.map(system::find_statement).to_vec();
    let results = app.db().batch(statements).await?;
    let [state, config, maintenance] = results.as_slice() else {
        return Err(DbError::Other("three results expected".to_owned()));
    };
    let config = system::value(config)?.unwrap_or_else(|| json!({}));
    let config = SystemConfig::from_stored(&config);
    let mut state = system::value(state)?.unwrap_or_else(|| json!({}));
    let asked = state["askedMs"].as_i64();
    let is_early = asked.is_some_and(|at| (0..EVERY).contains(&(app.now() - at)));
    if !maintenance.is_empty() || is_early || !config.flag("/newVersionCheck/enabled") {
        return Ok(None);
    }
    // Whatever comes of it: a server that is away is not asked each minute.
    state["askedMs"] = json!(app.now());
    system::put(app.db(), key::VERSION_CHECK_STATE, &state, app.now()).await?;
    let job = NewJob::new(app.uuid(), JobName::VersionCheck, json!({}), app.now());
    let job = job.once(JobName::VersionCheck.as_str());
    app.db().run(jobs::insert(&job, app.now())).await?;
    Ok(Some(job.wake()))
}

/// `VersionCheck`: stores what the address tells, and tells every device of a newer release. What it does not understand is
/// looked for again an hour later.
pub async fn check(app: &App) -> Result<Done, Failure> {
    let Some(address) = address(app).await else {
        return Ok(Done::nothing());
    };
    let config = settings(app).await?;
    if !config.flag("/newVersionCheck/enabled") {
        return Ok(Done::nothing());
    }
    let sign = if address.contains('?') { '&' } else { '?' };
    let channel = config.text("/newVersionCheck/channel");
    let address = format!("{address}{sign}channel={channel}");
    let answer = app.document(&address, LIMITS, true).await;
    let answer = answer.map_err(|error| Failure::Passing(error.to_string()))?;
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let text = answer["version"].as_str().unwrap_or_default();
    let Some(release) = Release::parse(text) else {
        return Err(Failure::Final(format!("{address} tells no version")));
    };
    let now = app.now();
    let checked_at = Millis(now).to_string();
    let state =
        json!({ "checkedAt": checked_at, "askedMs": now, "releaseVersion": format!("v{release}") });
    system::put(app.db(), key::VERSION_CHECK_STATE, &state, now).await?;
    let running = app.version().await;
    if let Some(kind) = release.newer_than(running) {
        let event = Event::new_release(&checked_at, running, release.0, Some(kind));
        let event = event.map_err(|error| Failure::Final(error.to_string()))?;
        app.announce(vec![Announcement::to_everybody(event)]).await;
    }
    Ok(Done::nothing())
}

async fn address(app: &App) -> Option<String> {
    let address = app.variables.get(ADDRESS).await;
    address.filter(|address| !address.is_empty())
}
