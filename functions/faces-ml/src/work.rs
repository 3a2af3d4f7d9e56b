//! What each kind of job does.

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App,
    consumer::{Done, Failure, none_done},
    mass, ml,
};
use edge_store::{companions, face_vectors, jobs::Job};

use crate::{asked, detect, recognize, sort};

/// Why a job waits for a companion.
const LEFT: &str = "a companion looks for faces";

/// Does a claimed job of those that are done one by one. Where faces are switched off nothing is done.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let config = app.job_settings().await?;
    let Some(model) = model(app, &config).await? else {
        return Ok(Done::nothing());
    };
    match job.kind {
        JobName::AssetDetectFacesQueueAll => detect_all(app, job, &model).await,
        JobName::FacialRecognition => recognize::run(app, job, &config, &model).await,
        JobName::FacialRecognitionQueueAll => sort::run(app, job).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
}

/// Looks for faces in the pictures of several jobs: the network that makes vectors is read once for all of them.
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
    match companions::has_learner(app.db(), JobName::AssetDetectFaces, app.now()).await {
        Ok(true) => none_done(jobs, &Failure::Companion(LEFT.to_owned())),
        Ok(false) => detect::run(app, jobs, config, model).await,
        Err(error) => none_done(jobs, &Failure::from(error)),
    }
}

/// The model, installed or of an external service; `None`: faces are switched off. Errors: it is not installed.
async fn model(app: &App, config: &SystemConfig) -> Result<Option<String>, Failure> {
    if !ml::wants_faces(config) {
        return Ok(None);
    }
    let model = app.face_model(config).await.ok_or_else(|| {
        let name = config.text("/machineLearning/facialRecognition/modelName");
        Failure::Final(format!(
            "no model for faces is installed: {name} is configured (cargo xtask models add)"
        ))
    })?;
    Ok(Some(model))
}

/// Faces looked for in all pictures. With `force` the blocks of other models go first: nobody reads them any more, and each face that
/// is found again gets a vector of this model in the place of its former one.
async fn detect_all(app: &App, job: &Job, model: &str) -> Result<Done, Failure> {
    let mut done = mass::run(app, job, JobName::AssetDetectFaces).await?;
    if job.flag("force") && job.text("after").is_none() {
        done.results.push(face_vectors::clear_other_blocks(model));
    }
    Ok(done)
}
