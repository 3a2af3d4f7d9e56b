//! HTTP in, HTTP out. Only administrators come here. Reads take one database round trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    enums::JobName,
    id::LibraryId,
    libraries::{
        CreateLibrary, LibraryResponse, LibraryStatistics, PathValidation, UpdateLibrary,
        ValidateLibrary, Validation,
    },
    permission::perm,
};
use edge_http::{App, Auth, Error, Guard, Id, Response, Result, Valid, library, serve::no_content};
use edge_platform::Rows;
use edge_store::{
    jobs::{self, NewJob},
    libraries,
};
use http::StatusCode;
use serde_json::json;

/// Name of a library that was given none.
const NAME: &str = "New External Library";

/// What a library leaves out that was told nothing.
const EXCLUDED: [&str; 6] = [
    "**/@eaDir/**",
    "**/._*",
    "**/#recycle/**",
    "**/#snapshot/**",
    "**/.stversions/**",
    "**/.stfolder/**",
];

fn found(rows: Option<&Rows>) -> Result<LibraryResponse> {
    let libraries = rows.map(libraries::read).transpose()?.unwrap_or_default();
    let library = libraries.into_iter().next();
    library.ok_or_else(|| Error::bad_request("Library not found"))
}

/// All libraries (`getAllLibraries`).
pub async fn list(
    guard: Guard<perm::Admin<perm::LibraryRead>>,
    State(app): State<App>,
) -> Result<Json<Vec<LibraryResponse>>> {
    let (_, answers) = guard.admit(&app, vec![libraries::list()]).await?;
    let rows = answers.first().map(libraries::read).transpose()?;
    Ok(Json(rows.unwrap_or_default()))
}

/// One library (`getLibrary`).
pub async fn get(
    guard: Guard<perm::Admin<perm::LibraryRead>>,
    State(app): State<App>,
    Id(id): Id<LibraryId>,
) -> Result<Json<LibraryResponse>> {
    let find = libraries::find(id.as_str());
    let (_, answers) = guard.admit(&app, vec![find]).await?;
    Ok(Json(found(answers.first())?))
}

/// Makes a library (`createLibrary`). Its paths are not looked at.
pub async fn create(
    _: Auth<perm::Admin<perm::LibraryCreate>>,
    State(app): State<App>,
    Valid(body): Valid<CreateLibrary>,
) -> Result<(StatusCode, Json<LibraryResponse>)> {
    let id = app.uuid();
    let excluded = EXCLUDED.map(str::to_owned).to_vec();
    let insert = libraries::insert(
        &id,
        body.owner_id.as_str(),
        body.name.as_deref().unwrap_or(NAME),
        &body.import_paths.unwrap_or_default(),
        &body.exclusion_patterns.unwrap_or(excluded),
        app.now(),
    );
    let answers = app.db().batch(vec![insert, libraries::find(&id)]).await?;
    let rows = answers.last().map(libraries::read).transpose()?;
    // An owner that does not exist is an error of the database in the contract (500). The caller's mistake is told as one here.
    let failed = || Error::bad_request("Failed to create library");
    let library = rows.unwrap_or_default().into_iter().next();
    let library = library.ok_or_else(failed)?;
    Ok((StatusCode::CREATED, Json(library)))
}

/// Changes a library (`updateLibrary`).
pub async fn update(
    guard: Guard<perm::Admin<perm::LibraryUpdate>>,
    State(app): State<App>,
    Id(id): Id<LibraryId>,
    Valid(body): Valid<UpdateLibrary>,
) -> Result<Json<LibraryResponse>> {
    let find = || libraries::find(id.as_str());
    let (_, answers) = guard.admit(&app, vec![find()]).await?;
    found(answers.first())?;
    let paths = body.import_paths.as_deref();
    for checked in examined(&app, paths.unwrap_or_default()).await? {
        if let Some(message) = checked.message {
            return Err(Error::bad_request(format!(
                "Invalid import path: {message}"
            )));
        }
    }
    let excluded = body.exclusion_patterns.as_deref();
    let update = libraries::update(
        id.as_str(),
        body.name.as_deref(),
        paths,
        excluded,
        app.now(),
    );
    let answers = app.db().batch(vec![update, find()]).await?;
    Ok(Json(found(answers.last())?))
}

/// What there is to say about import paths. Two calls of the bucket for each.
async fn examined(app: &App, paths: &[String]) -> Result<Vec<PathValidation>> {
    let mut examined = Vec::new();
    for path in paths {
        let message = library::check(app, path).await?;
        examined.push(PathValidation {
            import_path: path.clone(),
            is_valid: message.is_none(),
            message,
        });
    }
    Ok(examined)
}

/// Looks at import paths, of whatever library (`validate`).
pub async fn validate(
    _: Auth<perm::Admin<perm::All>>,
    State(app): State<App>,
    Id(_): Id<LibraryId>,
    Valid(body): Valid<ValidateLibrary>,
) -> Result<Json<Validation>> {
    let import_paths = examined(&app, &body.import_paths.unwrap_or_default()).await?;
    Ok(Json(Validation { import_paths }))
}

/// Looks through a library soon (`scanLibrary`).
pub async fn scan(
    guard: Guard<perm::Admin<perm::LibraryUpdate>>,
    State(app): State<App>,
    Id(id): Id<LibraryId>,
) -> Result<Response> {
    let find = libraries::find(id.as_str());
    let (_, answers) = guard.admit(&app, vec![find]).await?;
    found(answers.first())?;
    let kinds = [
        JobName::LibrarySyncFilesQueueAll,
        JobName::LibraryScanAssetsQueueAll,
    ];
    store(&app, &kinds, id.as_str(), Vec::new()).await
}

/// Deletes a library (`deleteLibrary`): a job removes its assets; its files stay.
pub async fn delete(
    guard: Guard<perm::Admin<perm::LibraryDelete>>,
    State(app): State<App>,
    Id(id): Id<LibraryId>,
) -> Result<Response> {
    let find = libraries::find(id.as_str());
    let (_, answers) = guard.admit(&app, vec![find]).await?;
    found(answers.first())?;
    let delete = libraries::delete(id.as_str(), app.now());
    store(&app, &[JobName::LibraryDelete], id.as_str(), vec![delete]).await
}

/// Stores jobs about a library, each at most once at a time, with what goes before.
async fn store(
    app: &App,
    kinds: &[JobName],
    id: &str,
    mut batch: Vec<edge_platform::Statement>,
) -> Result<Response> {
    let now = app.now();
    let new = |kind: &JobName| {
        let job = NewJob::new(app.uuid(), *kind, json!({ "id": id }), now);
        job.once(format!("{kind}:{id}"))
    };
    let stored: Vec<NewJob> = kinds.iter().map(new).collect();
    batch.extend(stored.iter().map(|job| jobs::insert(job, now)));
    app.db().batch(batch).await?;
    app.wake(stored.iter().map(NewJob::wake).collect()).await;
    Ok(no_content())
}

/// What a library holds (`getLibraryStatistics`).
pub async fn statistics(
    guard: Guard<perm::Admin<perm::LibraryStatistics>>,
    State(app): State<App>,
    Id(id): Id<LibraryId>,
) -> Result<Json<LibraryStatistics>> {
    let reads = vec![
        libraries::find(id.as_str()),
        libraries::statistics(id.as_str()),
    ];
    let (_, answers) = guard.admit(&app, reads).await?;
    let [library, statistics] = answers.as_slice() else {
        return Err(Error::internal("two results expected"));
    };
    if library.is_empty() {
        return Err(Error::bad_request(format!(
            "Library {} not found",
            id.as_str()
        )));
    }
    Ok(Json(libraries::read_statistics(statistics)?))
}
