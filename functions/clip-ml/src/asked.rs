//! `SmartSearch` where an external service has the network (docs/external-ml.md).

use edge_api::config::Service;
use edge_http::{
    App,
    consumer::Failure,
    service::{Subject, answer, entries},
};
use edge_installed::picture;
use edge_store::{asset_vectors::Photo, jobs::Job};

use crate::look::{self, Looked};

/// What the service says of the previews of the assets of these jobs, one after the other.
pub async fn look(app: &App, jobs: &[Job], model: &str, service: &Service) -> Vec<Looked> {
    let one = async |job: &Job| one(app, job, model, service).await;
    app.ask_in_turn(service, jobs, one).await
}

async fn one(app: &App, job: &Job, model: &str, service: &Service) -> Looked {
    let Some(photo) = look::photo(app, job).await? else {
        return Ok(None);
    };
    let vector = vector(app, &photo, model, service).await?;
    Ok(Some((photo, vector)))
}

async fn vector(
    app: &App,
    photo: &Photo,
    model: &str,
    service: &Service,
) -> Result<Vec<f32>, Failure> {
    let bytes = picture::bytes(app, look::preview(photo)?).await?;
    let entries = entries::clip_picture(model);
    let subject = Subject::Picture(&bytes);
    app.predict(service, &entries, subject, answer::clip).await
}
