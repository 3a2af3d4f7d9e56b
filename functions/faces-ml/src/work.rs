//! What each kind of job does.

use edge_api::enums::JobName;
use edge_http::{
    App,
    consumer::{Done, Failure},
    mass, ml,
};
use edge_store::{face_vectors, jobs::Job};

use crate::{detect, recognize, sort};

/// Does a claimed job. Where faces are switched off nothing is done.
pub async fn work(app: &App, job: &Job) -> Result<Done, Failure> {
    let config = app.job_settings().await?;
    if !ml::wants_faces(&config) {
        return Ok(Done::nothing());
    }
    let model = app.face_model(&config).await.ok_or_else(|| {
        let name = config.text("/machineLearning/facialRecognition/modelName");
        Failure::Final(format!(
            "no model for faces is installed: {name} is configured (cargo xtask models add)"
        ))
    })?;
    match job.kind {
        JobName::AssetDetectFaces => detect::run(app, job, &config, &model).await,
        JobName::AssetDetectFacesQueueAll => detect_all(app, job, &model).await,
        JobName::FacialRecognition => recognize::run(app, job, &config, &model).await,
        JobName::FacialRecognitionQueueAll => sort::run(app, job).await,
        kind => Err(Failure::Final(format!("{kind} is not built yet"))),
    }
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
