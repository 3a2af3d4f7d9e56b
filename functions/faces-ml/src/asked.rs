//! `AssetDetectFaces` where an external service has the networks (docs/external-ml.md).

use edge_api::config::{Service, SystemConfig};
use edge_http::{
    App,
    consumer::{Done, Failure},
    seen::faces as seen,
    service::{Subject, answer, entries},
};
use edge_installed::picture as preview;
use edge_store::jobs::Job;

use crate::detect;

/// Has the service look for faces in the previews of the assets of these jobs, one after the other. The fate of each, in their order.
pub async fn run(
    app: &App,
    jobs: &[Job],
    config: &SystemConfig,
    by: (&str, &Service),
) -> Vec<Result<Done, Failure>> {
    let one = async |job: &Job| one(app, job, config, by).await;
    app.ask_in_turn(by.1, jobs, one).await
}

async fn one(
    app: &App,
    job: &Job,
    config: &SystemConfig,
    (model, service): (&str, &Service),
) -> Result<Done, Failure> {
    let Some(photo) = detect::photo(app, job).await? else {
        return Ok(Done::nothing());
    };
    let bytes = preview::bytes(app, detect::preview_of(&photo)?).await?;
    let entries = entries::faces(model, config);
    let subject = Subject::Picture(&bytes);
    let answer = app.predict(service, &entries, subject, answer::faces);
    let least_score = config.real("/machineLearning/facialRecognition/minScore");
    let found = seen::sure(answer.await?, least_score);
    Ok(seen::keep(app, model, &photo, found))
}
