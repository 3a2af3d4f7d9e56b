//! Models that look at pictures in companions (docs/companion.md, "Networks").

use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App, Error, Result,
    consumer::{self, Failure},
    ml,
};
use edge_protocol::learning::Model;
use edge_store::jobs::Job;

/// The installed model that is to look at pictures for jobs of this kind; `None`: there is none, it is not wanted, or a service has it, and
/// the edge knows what that means for a job.
pub async fn model(app: &App, config: &SystemConfig, kind: JobName) -> Result<Option<Model>> {
    if config.service().is_some() {
        return Ok(None);
    }
    let name = match kind {
        JobName::SmartSearch => app.clip_model(config).await,
        JobName::AssetDetectFaces if ml::wants_faces(config) => app.face_model(config).await,
        JobName::Ocr if ml::wants_text(config) => app.text_model(config).await,
        _ => None,
    };
    let Some(name) = name else {
        return Ok(None);
    };
    let manifest = app.objects.head(&ml::manifest_key(&name)).await?;
    Ok(manifest.map(|manifest| Model {
        name,
        version: manifest.etag,
    }))
}

/// Lets a job wait whose model is another one than the companion was told of; gives what to answer.
///
/// # Errors
/// The database did not answer.
pub async fn changed(app: &App, job: &Job) -> Result<Error> {
    let waits = Failure::Waiting("the model changed meanwhile".to_owned());
    consumer::fail(app, job, waits).await?;
    Ok(Error::PreconditionFailed)
}
