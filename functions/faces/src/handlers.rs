//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    faces::{FaceCreate, FaceDelete, FaceRef, FaceResponse, FacesQuery},
    id::{FaceId, PersonId},
    people::PersonResponse,
    permission::perm,
};
use edge_http::{App, Error, Guard, Id, Response, Result, Valid, ValidQuery, serve::no_content};
use edge_platform::{Rows, Statement};
use edge_store::{
    assets::{edits, frame::Frame, remove},
    caller::Caller,
    faces, jobs, people,
};
use http::StatusCode;

use crate::rules;

/// The faces on an asset (`getFaces`).
pub async fn list(
    guard: Guard<perm::FaceRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<FacesQuery>,
) -> Result<Json<Vec<FaceResponse>>> {
    let id = query.id.as_str();
    let reads = vec![faces::list(id), edits::frame(id)];
    let (_, answers) = guard.admit(&app, reads).await?;
    let faces = answers.first().map(faces::read).transpose()?.flatten();
    let mut faces = faces.ok_or_else(|| Error::no_access(Permission::AssetRead))?;
    if let Some(frame) = frame(answers.get(1))? {
        for face in &mut faces {
            rules::show(face, &frame);
        }
    }
    Ok(Json(faces))
}

/// How the asset is edited; `None`: it is shown as it is.
fn frame(rows: Option<&Rows>) -> Result<Option<Frame>> {
    Ok(rows.map(edits::read_frame).transpose()?.flatten())
}

/// Stores a face that was drawn by hand (`createFace`).
pub async fn create(
    guard: Guard<perm::FaceCreate>,
    State(app): State<App>,
    Valid(body): Valid<FaceCreate>,
) -> Result<StatusCode> {
    let (asset, person) = (body.asset_id.as_str(), body.person_id.as_str());
    let reads = vec![
        faces::own_asset(asset),
        people::find(person),
        edits::frame(asset),
    ];
    let (auth, answers) = guard.admit(&app, reads).await?;
    check(answers.first(), Permission::AssetUpdate)?;
    check(answers.get(1), Permission::PersonRead)?;
    let drawn = rules::place(&body)?;
    let place = frame(answers.get(2))?.map_or(drawn, |frame| frame.original(drawn));
    let insert = faces::insert(&app.uuid(), asset, person, place, app.now());
    let batch = vec![remove::hold(&[asset]), people::hold(&[person]), insert];
    repaired(&app, &auth, batch, &[person]).await?;
    Ok(StatusCode::CREATED)
}

fn check(rows: Option<&Rows>, permission: Permission) -> Result<()> {
    if rows.is_none_or(Rows::is_empty) {
        return Err(Error::no_access(permission));
    }
    Ok(())
}

/// Runs a batch that takes faces from people or gives them some, and puts their portraits right. The last result is the last
/// of the people.
async fn repaired(
    app: &App,
    caller: &Caller,
    mut batch: Vec<Statement>,
    people: &[&str],
) -> Result<Vec<Rows>> {
    batch.extend(people::batch_repair(people, app.now()));
    let stored = batch.len().saturating_sub(1);
    batch.extend(people.last().map(|id| people::find(id)));
    let answers = app.run_as(caller, batch).await?;
    if let Some(stored) = answers.get(stored) {
        app.wake(jobs::many::stored(stored)?).await;
    }
    Ok(answers)
}

/// The person of a face of the caller; `None`: it is nobody's.
fn person_of(rows: Option<&Rows>, permission: Permission) -> Result<Option<String>> {
    faces::person_of(rows)?.ok_or_else(|| Error::no_access(permission))
}

/// Gives a face to a person, who is named in the path (`reassignFacesById`).
pub async fn reassign(
    guard: Guard<perm::FaceUpdate>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
    Valid(body): Valid<FaceRef>,
) -> Result<Json<PersonResponse>> {
    let reads = vec![people::find(id.as_str()), faces::find(body.id.as_str())];
    let (auth, answers) = guard.admit(&app, reads).await?;
    check(answers.first(), Permission::PersonUpdate)?;
    let from = person_of(answers.get(1), Permission::FaceUpdate)?;
    let people: Vec<&str> = from.as_deref().into_iter().chain([id.as_str()]).collect();
    let batch = vec![
        people::hold(&people),
        faces::set_person(body.id.as_str(), id.as_str(), app.now()),
    ];
    let answers = repaired(&app, &auth, batch, &people).await?;
    let person = people::first(answers.last())?;
    Ok(Json(person.ok_or_else(|| {
        Error::no_access(Permission::PersonUpdate)
    })?))
}

/// Removes a face for good, or puts it away (`deleteFace`).
pub async fn delete(
    guard: Guard<perm::FaceDelete>,
    State(app): State<App>,
    Id(id): Id<FaceId>,
    Valid(body): Valid<FaceDelete>,
) -> Result<Response> {
    let reads = vec![faces::find(id.as_str())];
    let (auth, answers) = guard.admit(&app, reads).await?;
    let person = person_of(answers.first(), Permission::FaceDelete)?;
    let people: Vec<&str> = person.as_deref().into_iter().collect();
    let mut batch = vec![people::hold(&people)];
    if body.force {
        batch.extend(faces::batch_delete(id.as_str()));
    } else {
        batch.push(faces::hide(id.as_str(), app.now()));
    }
    repaired(&app, &auth, batch, &people).await?;
    Ok(no_content())
}
