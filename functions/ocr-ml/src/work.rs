//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
    mass, ml,
};
use edge_store::jobs::Job;

use crate::text;

/// Does a claimed job. Where text is not to be read nothing is done.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let config = app.job_settings().await?;
    if !ml::wants_text(&config) {
        return Ok(Done::nothing());
    }
    let model = app.text_model(&config).await.ok_or_else(|| {
        let name = config.text("/machineLearning/ocr/modelName");
        Failure::Final(format!(
            "no model for text is installed: {name} is configured (cargo xtask models add)"
        ))
    })?;
    match job.kind {
        JobName::Ocr => text::run(app, job, &config, &model).await,
        JobName::OcrQueueAll => mass::run(app, job, JobName::Ocr).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}
