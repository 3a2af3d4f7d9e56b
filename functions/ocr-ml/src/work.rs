//! What each kind of job does.

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App,
    consumer::{Done, Failure, none_done},
    mass, ml,
};
use edge_store::{companions, jobs::Job};

use crate::{asked, text};

/// Why a job waits for a companion.
const LEFT: &str = "a companion reads text";

/// Does a claimed job of those that are done one by one. Where text is not to be read nothing is done.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let config = app.job_settings().await?;
    if model(app, &config).await?.is_none() {
        return Ok(Done::nothing());
    }
    match job.kind {
        JobName::OcrQueueAll => mass::run(app, job, JobName::Ocr).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}

/// Reads the pictures of several jobs: the network that reads is read once for many of their lines.
pub async fn together(app: &App, jobs: &[Job]) -> Vec<Result<Done, Failure>> {
    let config = match app.job_settings().await {
        Ok(config) => config,
        Err(failure) => return none_done(jobs, &failure),
    };
    match model(app, &config).await {
        Ok(Some(model)) => match config.service() {
            Some(service) => asked::run(app, jobs, &config, (&model, &service)).await,
            None => by_ours(app, jobs, &config, &model).await,
        },
        Ok(None) => jobs.iter().map(|_| Ok(Done::nothing())).collect(),
        Err(failure) => none_done(jobs, &failure),
    }
}

/// Has our own networks look, or leaves the pictures to a companion that has them look while one is there.
async fn by_ours(
    app: &App,
    jobs: &[Job],
    config: &SystemConfig,
    model: &str,
) -> Vec<Result<Done, Failure>> {
    match companions::has_learner(app.db(), JobName::Ocr, app.now()).await {
        Ok(true) => none_done(jobs, &Failure::Companion(LEFT.to_owned())),
        Ok(false) => text::run(app, jobs, config, model).await,
        Err(error) => none_done(jobs, &Failure::from(error)),
    }
}

/// The model, installed or of an external service; `None`: text is not to be read. Errors: it is not installed.
async fn model(app: &App, config: &SystemConfig) -> Result<Option<String>, Failure> {
    if !ml::wants_text(config) {
        return Ok(None);
    }
    let model = app.text_model(config).await.ok_or_else(|| {
        let name = config.text("/machineLearning/ocr/modelName");
        Failure::Final(format!(
            "no model for text is installed: {name} is configured (cargo xtask models add)"
        ))
    })?;
    Ok(Some(model))
}
