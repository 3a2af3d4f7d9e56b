//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure, none_done},
    ml,
};
use edge_store::jobs::Job;

use crate::{all, look};

/// Does a claimed job of those that are done one by one. Where searches by meaning are switched off nothing is done.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let Some(model) = model(app).await? else {
        return Ok(Done::nothing());
    };
    match job.kind {
        JobName::SmartSearchQueueAll => all::run(app, job, &model).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}

/// Looks at the pictures of several jobs: the network is read once for all of them.
pub async fn together(app: &App, jobs: &[Job]) -> Vec<Result<Done, Failure>> {
    match model(app).await {
        Ok(Some(model)) => look::run(app, jobs, &model).await,
        Ok(None) => jobs.iter().map(|_| Ok(Done::nothing())).collect(),
        Err(failure) => none_done(jobs, &failure),
    }
}

/// The installed model; `None`: searches by meaning are switched off. Errors: it is not installed.
async fn model(app: &App) -> Result<Option<String>, Failure> {
    let config = app.job_settings().await?;
    if !ml::wants_clip(&config) {
        return Ok(None);
    }
    let model = app.clip_model(&config).await.ok_or_else(|| {
        let name = config.text("/machineLearning/clip/modelName");
        Failure::Final(format!(
            "no model for searches by meaning is installed: {name} is configured (cargo xtask models add)"
        ))
    })?;
    Ok(Some(model))
}
