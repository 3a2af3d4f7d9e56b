//! What networks of companions found in pictures is looked at and stored.

use axum::{body::Body, extract::State};
use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App, Error, Response, Result,
    consumer::{self, Done},
    extract::read_limited,
    seen,
    serve::no_content,
    service::answer::{self, Faces},
    vectors,
};
use edge_leases::{
    caller::Holder,
    network::{changed, model},
};
use edge_protocol::learning::{Face, Found, LEAST_NUMBERS, LONGEST_FOUND, Line, Model};
use edge_store::{
    face_vectors::detect,
    jobs::{self, Job},
    ocr,
};

/// Most numbers of a face's vector: those of the largest models (api/jobs-ml.md section 6.2).
const MOST_NUMBERS: usize = 512;

/// Stores what a network found in a picture, and ends the job (`finishCompanionNetwork`). 400: no network can have found this. 412: the job
/// is somebody else's by now, or another model is to look, and the job waits for that.
pub async fn finish(holder: Holder, State(app): State<App>, body: Body) -> Result<Response> {
    let job = holder.job(&app).await?;
    if !jobs::is_seen(job.kind) {
        return Err(Error::bad_request(format!("No network does {}", job.kind)));
    }
    let bytes = read_limited(body, LONGEST_FOUND).await?;
    let found: Found = serde_json::from_slice(&bytes)
        .map_err(|error| Error::bad_request(format!("Invalid JSON: {error}")))?;
    let done = done(&app, &job, found).await?;
    let wakes = consumer::conclude(&app, &job, done).await?;
    app.wake(wakes.ok_or(Error::PreconditionFailed)?).await;
    Ok(no_content())
}

/// What a finished job stores: the same as the functions `faces-ml` and `ocr-ml` do with the answers of a service. What is to be looked for
/// is said by the configuration of now.
async fn done(app: &App, job: &Job, found: Found) -> Result<Done> {
    let config = app.settings().await?;
    match (job.kind, found) {
        (JobName::AssetDetectFaces, Found::Faces { model, size, faces }) => {
            let faces = faces_of(size, faces)?;
            check_model(app, &config, job, &model).await?;
            faces_done(app, job, &config, &model.name, faces).await
        }
        (JobName::Ocr, Found::Text { model, lines }) => {
            let lines = lines_of(lines)?;
            check_model(app, &config, job, &model).await?;
            text_done(app, job, &config, lines).await
        }
        (kind, _) => Err(Error::bad_request(format!("This is no outcome of {kind}"))),
    }
}

/// Refuses what another model found than the one that is to look by now.
async fn check_model(app: &App, config: &SystemConfig, job: &Job, told: &Model) -> Result<()> {
    let wanted = model(app, config, job.kind).await?;
    if wanted.as_ref() == Some(told) {
        Ok(())
    } else {
        Err(changed(app, job).await?)
    }
}

/// The faces, within the bounds of a service's. 400: they are not.
fn faces_of(size: (u32, u32), faces: Vec<Face>) -> Result<Faces> {
    let face = |face: Face| answer::Face {
        edges: face.edges,
        score: face.score,
        vector: face.vector,
    };
    let faces = Faces {
        size,
        faces: faces.into_iter().map(face).collect(),
    };
    let first = faces.faces.first().map_or(0, |face| face.vector.len());
    let are_some = (LEAST_NUMBERS..=MOST_NUMBERS).contains(&first);
    let checked = faces.check(|length| length == first && are_some);
    checked.map_err(Error::bad_request)?;
    Ok(faces)
}

/// The lines, within the bounds of a service's. 400: they are not.
fn lines_of(lines: Vec<Line>) -> Result<Vec<answer::Line>> {
    let line = |line: Line| {
        let scores = (line.box_score, line.text_score);
        answer::Line::new(line.corners, scores, line.text)
    };
    let lines: Vec<answer::Line> = lines.into_iter().map(line).collect();
    answer::check_lines(&lines).map_err(Error::bad_request)?;
    Ok(lines)
}

async fn faces_done(
    app: &App,
    job: &Job,
    config: &SystemConfig,
    model: &str,
    faces: Faces,
) -> Result<Done> {
    let Some(photo) = detect::find(app.db(), asset_of(job)).await? else {
        return Ok(Done::nothing());
    };
    // Vectors of several lengths would make no block.
    if let Some(face) = faces.faces.first()
        && let Some(other) = detect::newest(app.db(), &photo.owner_id, model).await?
    {
        let (wanted, got) = (vectors::read(&other)?.len(), face.vector.len());
        if wanted != got {
            let text = format!("A vector of {got} numbers where the one before has {wanted}");
            return Err(Error::bad_request(text));
        }
    }
    let least_score = config.real("/machineLearning/facialRecognition/minScore");
    let found = seen::faces::sure(faces, least_score);
    Ok(seen::faces::keep(app, model, &photo, found))
}

async fn text_done(
    app: &App,
    job: &Job,
    config: &SystemConfig,
    lines: Vec<answer::Line>,
) -> Result<Done> {
    let Some(photo) = ocr::find(app.db(), asset_of(job)).await? else {
        return Ok(Done::nothing());
    };
    let lines = seen::text::sure(app, lines, config);
    Ok(seen::text::keep(app, &photo, &lines))
}

/// The id of a job's asset, which was read when the job was leased.
fn asset_of(job: &Job) -> &str {
    job.text("id").unwrap_or_default()
}
