//! What each kind of job does.

use edge_api::{config::Service, enums::JobName};
use edge_http::{
    App,
    consumer::{Done, Failure, none_done},
    ml,
};
use edge_store::{companions, jobs::Job};

use crate::{all, asked, look};

/// Why a job waits for a companion.
const LEFT: &str = "a companion looks at pictures";

/// Does a claimed job of those that are done one by one. Where searches by meaning are switched off nothing is done.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let Some((model, _)) = model(app).await? else {
        return Ok(Done::nothing());
    };
    match job.kind {
        JobName::SmartSearchQueueAll => all::run(app, job, &model).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}

/// Has the pictures of several jobs looked at, by our own network, here or at a companion, or by that of a service.
pub async fn together(app: &App, jobs: &[Job]) -> Vec<Result<Done, Failure>> {
    match model(app).await {
        Ok(Some((model, Some(service)))) => {
            let looked = asked::look(app, jobs, &model, &service).await;
            look::keep_all(app, &model, looked).await
        }
        Ok(Some((model, None))) => by_ours(app, jobs, &model).await,
        Ok(None) => jobs.iter().map(|_| Ok(Done::nothing())).collect(),
        Err(failure) => none_done(jobs, &failure),
    }
}

/// Looks at the pictures by our own network, or leaves them to a companion that has it look while one is there.
async fn by_ours(app: &App, jobs: &[Job], model: &str) -> Vec<Result<Done, Failure>> {
    match companions::has_learner(app.db(), JobName::SmartSearch, app.now()).await {
        Ok(true) => none_done(jobs, &Failure::Companion(LEFT.to_owned())),
        Ok(false) => {
            let looked = look::here(app, jobs, model).await;
            look::keep_all(app, model, looked).await
        }
        Err(error) => none_done(jobs, &Failure::from(error)),
    }
}

/// The model, and the service that runs it if not we do; `None`: searches by meaning are switched off. Errors: it is not installed.
async fn model(app: &App) -> Result<Option<(String, Option<Service>)>, Failure> {
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
    Ok(Some((model, config.service())))
}
