//! `AssetDetectFaces` where an external service has the networks (docs/external-ml.md).

use edge_api::config::{Service, SystemConfig};
use edge_http::{
    App,
    consumer::{Done, Failure},
    service::{
        Subject,
        answer::{self, Faces},
        entries,
    },
};
use edge_installed::picture as preview;
use edge_ml::faces::Frame;
use edge_store::{faces::Place, jobs::Job};
use edge_vectors::code;

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
    let found = found(answer.await?, least_score);
    Ok(detect::store(app, model, &photo, found))
}

/// Places of faces and their codes. What the service is not sure of, and what is not within the picture, is no face.
fn found(answer: Faces, least_score: f64) -> Vec<(Place, String)> {
    let size = answer.size;
    let sure = answer
        .faces
        .into_iter()
        .filter(|face| face.score >= least_score);
    let found = sure.filter_map(|face| {
        let [x1, y1, x2, y2] = face.edges;
        let place = detect::within(size, Frame { x1, y1, x2, y2 })?;
        Some((place, code::of(&face.vector)))
    });
    found.collect()
}
