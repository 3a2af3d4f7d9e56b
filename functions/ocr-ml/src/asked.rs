//! `Ocr` where an external service has the networks (docs/external-ml.md).

use edge_api::config::{Service, SystemConfig};
use edge_http::{
    App,
    consumer::{Done, Failure},
    seen::text as seen,
    service::{Subject, answer, entries},
};
use edge_installed::picture;
use edge_store::jobs::Job;

use crate::text;

/// Has the service read the previews of the assets of these jobs, one after the other. The fate of each, in their order.
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
    let Some(photo) = text::photo(app, job).await? else {
        return Ok(Done::nothing());
    };
    let bytes = picture::bytes(app, text::preview(&photo)?).await?;
    let entries = entries::lines(model, config);
    let subject = Subject::Picture(&bytes);
    let answer = app.predict(service, &entries, subject, answer::lines);
    let lines = seen::sure(app, answer.await?, config);
    Ok(seen::keep(app, &photo, &lines))
}
