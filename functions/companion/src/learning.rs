//! Pictures at which a companion's network looks (docs/companion.md, "Networks"): what it is told, what it reads, what is stored.

use axum::extract::State;
use edge_api::{config::SystemConfig, enums::JobName};
use edge_http::{
    App, Error, Response, Result,
    consumer::{Done, Failure, id_of},
    media::{self, Delivery},
    seen, vectors,
};
use edge_leases::{
    caller::Holder,
    network::{changed, model},
};
use edge_protocol::{
    learning::Model,
    wire::{Outcome, Task},
};
use edge_store::{
    asset_vectors::{self, Photo},
    jobs::{self, Job, companion},
};
use http::{HeaderMap, Uri};

/// Longest name of a model's file, bytes.
const LONGEST_FILE: usize = 300;

/// What is to be done; `None`: nothing any more, or the edge is to do it, which has the job back then.
pub async fn task(app: &App, job: &Job) -> std::result::Result<Option<Task>, Failure> {
    let Some(photo) = photo(app, job).await? else {
        return Ok(None);
    };
    if photo.preview.is_none() {
        return Err(Failure::Final("the asset has no preview".to_owned()));
    }
    let config = app.job_settings().await?;
    let model = model(app, &config, job.kind).await;
    let model = model.map_err(|error| Failure::Passing(format!("the model: {error:?}")))?;
    if model.is_none() {
        companion::to_edge(app.db(), job, app.now()).await?;
    }
    Ok(model.and_then(|model| asked(job.kind, model, &config)))
}

/// What a network is asked for by a job of this kind.
fn asked(kind: JobName, model: Model, config: &SystemConfig) -> Option<Task> {
    let of_text = |name: &str| format!("/machineLearning/ocr/{name}");
    Some(match kind {
        JobName::SmartSearch => Task::Vector { model },
        JobName::AssetDetectFaces => Task::Faces {
            model,
            least_score: config.real("/machineLearning/facialRecognition/minScore"),
        },
        JobName::Ocr => Task::Text {
            model,
            shorter: u32::try_from(config.int(&of_text("maxResolution"))).unwrap_or(u32::MAX),
            least_score: config.real(&of_text("minDetectionScore")),
        },
        _ => return None,
    })
}

/// What a finished job stores: the same as the function `clip-ml` does. What was found in pictures is the function `companion-ml`'s. Errors:
/// 400, what the companion says cannot be; 412, another model is to look by now, and the job waits for that.
pub async fn done(app: &App, job: &Job, outcome: Outcome) -> Result<Done> {
    let (JobName::SmartSearch, Outcome::Seen(told)) = (job.kind, outcome) else {
        let text = format!("This is no outcome of {}", job.kind);
        return Err(Error::bad_request(text));
    };
    told.check().map_err(Error::bad_request)?;
    let config = app.settings().await?;
    let model = model(app, &config, job.kind).await?;
    let Some(model) = model.filter(|model| *model == told.model) else {
        return Err(changed(app, job).await?);
    };
    let Some(photo) = seen_photo(app, job).await? else {
        return Ok(Done::nothing());
    };
    if let Some(other) = asset_vectors::newest(app.db(), &photo.owner_id, &model.name).await? {
        let (wanted, got) = (vectors::read(&other)?.len(), told.vector.len());
        if wanted != got {
            let text = format!("A vector of {got} numbers where the one before has {wanted}");
            return Err(Error::bad_request(text));
        }
    }
    Ok(seen::keep(app, &model.name, &photo, &told.vector, 1).await?)
}

/// The preview of the unedited picture at which a network looks, whole or a range of it (`readCompanionPreview`).
pub async fn preview(
    holder: Holder,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response> {
    let missing = "The preview is missing";
    let job = holder.job(&app).await?;
    if !jobs::is_seen(job.kind) {
        return Err(Error::not_found(missing));
    }
    let photo = seen_photo(&app, &job).await?;
    let key = photo.and_then(|photo| photo.preview);
    let key = key.ok_or_else(|| Error::not_found(missing))?;
    deliver(&app, &headers, &key, missing).await
}

/// A file of the model that looks at the job's picture, by its name below the model's folder, whole or a range of it
/// (`readCompanionModel`). 412: it is another model by now, and the job waits for that.
pub async fn file(
    holder: Holder,
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let missing = "The model has no such file";
    let (version, file) = (parameter(&uri, "version"), parameter(&uri, "file"));
    if !is_file(&file) {
        return Err(Error::not_found(missing));
    }
    let job = holder.job(&app).await?;
    if !jobs::is_seen(job.kind) {
        return Err(Error::not_found(missing));
    }
    let config = app.settings().await?;
    let model = model(&app, &config, job.kind).await?;
    let Some(model) = model.filter(|model| model.version == version) else {
        return Err(changed(&app, &job).await?);
    };
    let key = format!("models/{}/{file}", model.name);
    deliver(&app, &headers, &key, missing).await
}

async fn deliver(
    app: &App,
    headers: &HeaderMap,
    key: &str,
    missing: &'static str,
) -> Result<Response> {
    let delivery = Delivery {
        key,
        content_type: "application/octet-stream",
        file_name: None,
        cache: None,
        missing,
    };
    media::deliver(app, headers, delivery).await
}

/// The asset of a job; `None`: there is no such asset any more.
async fn photo(app: &App, job: &Job) -> std::result::Result<Option<Photo>, Failure> {
    Ok(asset_vectors::find(app.db(), id_of(job)?).await?)
}

/// The same for a job that a companion holds, whose payload [`task`] has read.
async fn seen_photo(app: &App, job: &Job) -> Result<Option<Photo>> {
    let id = job.text("id").unwrap_or_default();
    Ok(asset_vectors::find(app.db(), id).await?)
}

/// A parameter of the query; empty when it is missing.
fn parameter(uri: &Uri, name: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let value = pairs.find(|(key, _)| key == name);
    value.map_or_else(String::new, |(_, value)| value.into_owned())
}

/// Whether a model may have a file of this name: nothing else of the bucket is read by it. The same as manifests may name.
fn is_file(name: &str) -> bool {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part.chars().all(inside)
            && !part.contains("..")
    };
    name.len() <= LONGEST_FILE && name.split('/').all(is_part)
}
