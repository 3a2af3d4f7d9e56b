//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
    ml,
};
use edge_store::jobs::Job;

use crate::{all, look};

/// Does a claimed job. Where searches by meaning are switched off nothing is done.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let config = app.job_settings().await?;
    if !ml::wants_clip(&config) {
        return Ok(Done::nothing());
    }
    let model = app.clip_model(&config).await.ok_or_else(|| {
        let name = config.text("/machineLearning/clip/modelName");
        Failure::Final(format!(
            "no model for searches by meaning is installed: {name} is configured (cargo xtask models add)"
        ))
    })?;
    match job.kind {
        JobName::SmartSearch => look::run(app, job, &model).await,
        JobName::SmartSearchQueueAll => all::run(app, job, &model).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}
