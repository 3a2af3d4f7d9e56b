//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use std::collections::{HashMap, HashSet};

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    common::{BulkIdResponse, IdsAtOnce, bulk_added, distinct},
    enums::{BulkIdErrorReason, JobName},
    id::PersonId,
    people::{
        MergePeople, PeopleQuery, PeopleResponse, PeopleUpdate, PeopleUpdateItem, PersonCreate,
        PersonResponse, PersonStatistics, PersonUpdate, ReassignFaces,
    },
    permission::perm,
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result, Valid, ValidQuery,
    media::{Delivery, deliver},
    serve::no_content,
};
use edge_platform::{Rows, Statement};
use edge_store::{
    albums::read_texts,
    assets::response,
    caller::Caller,
    jobs::{self, NewJob},
    people::{self, Change},
};
use http::{HeaderMap, StatusCode};

use crate::{closest, rules};

/// Cache rule of portraits (api/features.md section A): a new one comes under the same path.
const CACHE: &str = "private, no-cache, no-transform";

/// The caller's people (`getAllPeople`). Two round trips when they are to be ordered by likeness.
pub async fn list(
    guard: Guard<perm::PersonRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<PeopleQuery>,
) -> Result<Json<PeopleResponse>> {
    if query.closest_person_id.is_some() || query.closest_asset_id.is_some() {
        return closest::list(guard, &app, &query).await;
    }
    let (_, answers) = guard.admit(&app, people::page(&query)).await?;
    Ok(Json(people::read_page(&answers, &query)?))
}

/// One person (`getPerson`).
pub async fn get(
    guard: Guard<perm::PersonRead>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
) -> Result<Json<PersonResponse>> {
    let (_, answers) = guard.admit(&app, vec![people::find(id.as_str())]).await?;
    Ok(Json(found(answers.first(), Permission::PersonRead)?))
}

fn found(rows: Option<&Rows>, permission: Permission) -> Result<PersonResponse> {
    people::first(rows)?.ok_or_else(|| Error::no_access(permission))
}

/// How many photos show a person (`getPersonStatistics`).
pub async fn statistics(
    guard: Guard<perm::PersonStatistics>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
) -> Result<Json<PersonStatistics>> {
    let (_, answers) = guard
        .admit(&app, vec![people::statistics(id.as_str())])
        .await?;
    let row = answers.first().and_then(Rows::first);
    let row = row.ok_or_else(|| Error::no_access(Permission::PersonStatistics))?;
    Ok(Json(PersonStatistics {
        assets: row.get("assets")?,
    }))
}

/// The portrait of a person (`getPersonThumbnail`).
pub async fn thumbnail(
    guard: Guard<perm::PersonRead>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
    headers: HeaderMap,
) -> Result<Response> {
    let (_, answers) = guard.admit(&app, vec![people::find(id.as_str())]).await?;
    let person = found(answers.first(), Permission::PersonRead)?;
    let missing = "Person thumbnail not found";
    if person.thumbnail_path.is_empty() {
        return Err(Error::not_found(missing));
    }
    let what = Delivery {
        key: &person.thumbnail_path,
        content_type: "image/jpeg",
        file_name: None,
        cache: Some(CACHE),
        missing,
    };
    deliver(&app, &headers, what).await
}

/// Makes a person without faces (`createPerson`).
pub async fn create(
    auth: Auth<perm::PersonCreate>,
    State(app): State<App>,
    Valid(body): Valid<PersonCreate>,
) -> Result<(StatusCode, Json<PersonResponse>)> {
    rules::check_birth_date(body.birth_date, app.now())?;
    let id = app.uuid();
    let batch = vec![people::insert(&id, &body, app.now()), people::find(&id)];
    let answers = app.run_as(&auth, batch).await?;
    let person = found(answers.last(), Permission::PersonCreate)?;
    Ok((StatusCode::CREATED, Json(person)))
}

/// What [`people::featured`] found: the people who are the caller's, and the faces that may stand for them.
fn faces(answers: &[Rows]) -> Result<HashMap<String, Option<String>>> {
    let rows = answers.iter().flat_map(Rows::iter);
    rows.map(|row| Ok((row.get("id")?, row.get("face_id")?)))
        .collect()
}

/// Changes a person (`updatePerson`).
pub async fn update(
    guard: Guard<perm::PersonUpdate>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
    Valid(body): Valid<PersonUpdate>,
) -> Result<Json<PersonResponse>> {
    rules::check_birth_date(body.birth_date.value(), app.now())?;
    let asset = body.feature_face_asset_id.as_ref().map(AsRef::as_ref);
    let reads = people::featured(&[(id.as_str(), asset)]);
    let (auth, answers) = guard.admit(&app, reads).await?;
    let own = faces(&answers)?;
    let face = own.get(id.as_str());
    let face = face.ok_or_else(|| Error::no_access(Permission::PersonUpdate))?;
    if asset.is_some() && face.is_none() {
        return Err(Error::bad_request(
            "Invalid assetId for feature face or asset is offline",
        ));
    }
    let change = Change {
        id: id.as_str(),
        update: &body,
        face_id: face.as_deref().filter(|_| asset.is_some()),
    };
    let mut batch = people::update(&[change], app.now());
    let of_person = batch.len();
    batch.push(people::find(id.as_str()));
    let portrayed: Vec<&str> = asset.map(|_| id.as_str()).into_iter().collect();
    let answers = with_portraits(&app, &auth, batch, &portrayed).await?;
    let person = answers.get(of_person);
    Ok(Json(found(person, Permission::PersonUpdate)?))
}

/// Runs a batch and has new portraits made of these people.
async fn with_portraits(
    app: &App,
    caller: &Caller,
    mut batch: Vec<Statement>,
    portrayed: &[&str],
) -> Result<Vec<Rows>> {
    if !portrayed.is_empty() {
        batch.push(jobs::portraits::insert_for(portrayed, app.now()));
    }
    let answers = app.run_as(caller, batch).await?;
    if let (Some(stored), false) = (answers.last(), portrayed.is_empty()) {
        app.wake(jobs::many::stored(stored)?).await;
    }
    Ok(answers)
}

/// What can be changed: own people, whose portrait, if one is asked for, shows them.
fn possible<'a>(
    last: &HashMap<&'a str, &'a PersonUpdate>,
    own: &'a HashMap<String, Option<String>>,
    now: i64,
) -> Vec<Change<'a>> {
    let change = |(id, update): (&&'a str, &&'a PersonUpdate)| {
        let wants_face = update.feature_face_asset_id.is_some();
        let face = own.get(*id)?;
        let is_born = rules::check_birth_date(update.birth_date.value(), now).is_ok();
        let is_possible = is_born && (!wants_face || face.is_some());
        is_possible.then(|| Change {
            id,
            update,
            face_id: face.as_deref().filter(|_| wants_face),
        })
    };
    last.iter().filter_map(change).collect()
}

/// Changes people; one result per item, in order. Of changes of the same person the last counts (`updatePeople`).
pub async fn update_many(
    guard: Guard<perm::PersonUpdate>,
    State(app): State<App>,
    Valid(body): Valid<PeopleUpdate>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let now = app.now();
    let items: Vec<_> = body
        .people
        .into_iter()
        .map(PeopleUpdateItem::split)
        .collect();
    let last: HashMap<&str, &PersonUpdate> = items
        .iter()
        .map(|(id, update)| (id.as_str(), update))
        .collect();
    let asked: Vec<(&str, Option<&str>)> = last
        .iter()
        .map(|(id, update)| {
            (
                *id,
                update.feature_face_asset_id.as_ref().map(AsRef::as_ref),
            )
        })
        .collect();
    let (auth, answers) = guard.admit(&app, people::featured(&asked)).await?;
    let own = faces(&answers)?;
    let changes = possible(&last, &own, now);
    let mut ids: Vec<&str> = changes.iter().map(|change| change.id).collect();
    ids.sort_unstable();
    let portrayed = changes.iter().filter(|change| change.face_id.is_some());
    let portrayed: Vec<&str> = portrayed.map(|change| change.id).collect();
    let mut batch = vec![people::hold(&ids)];
    batch.extend(people::update(&changes, now));
    let last = batch.len();
    let answers = with_portraits(&app, &auth, batch, &portrayed).await?;
    let changed = read_texts(answers.get(1..last).unwrap_or_default())?;
    let changed: HashSet<&str> = changed.iter().map(String::as_str).collect();
    let answer = |id: &PersonId| {
        if changed.contains(id.as_str()) {
            BulkIdResponse::ok(id.as_str())
        } else {
            BulkIdResponse::failed(id.as_str(), BulkIdErrorReason::Unknown)
        }
    };
    Ok(Json(items.iter().map(|(id, _)| answer(id)).collect()))
}

/// Removes a person; the faces stay (`deletePerson`).
pub async fn delete(
    auth: Auth<perm::PersonDelete>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
) -> Result<Response> {
    let removed = remove(
        &app,
        &auth,
        people::batch_delete(&[id.as_str()], app.now()),
        Vec::new(),
    )
    .await?;
    if removed.is_empty() {
        return Err(Error::no_access(Permission::PersonDelete));
    }
    Ok(no_content())
}

/// Removes people, all or none (`deletePeople`).
pub async fn delete_many(
    guard: Guard<perm::PersonDelete>,
    State(app): State<App>,
    Valid(body): Valid<IdsAtOnce>,
) -> Result<Response> {
    let ids = distinct(&body.ids);
    let (auth, answers) = guard.admit(&app, vec![people::owned(&ids)]).await?;
    check_owned(answers.first(), &ids, Permission::PersonDelete)?;
    remove(
        &app,
        &auth,
        people::batch_delete(&ids, app.now()),
        Vec::new(),
    )
    .await?;
    Ok(no_content())
}

/// Refuses the whole request unless all people are the caller's.
fn check_owned(rows: Option<&Rows>, ids: &[&str], permission: Permission) -> Result<()> {
    if rows.map_or(0, Rows::len) == ids.len() {
        Ok(())
    } else {
        Err(Error::no_access(permission))
    }
}

/// Runs a batch whose last statement removes people, then what follows from it, and has their pictures deleted; gives who is gone.
async fn remove(
    app: &App,
    caller: &Caller,
    mut batch: Vec<Statement>,
    then: Vec<Statement>,
) -> Result<Vec<String>> {
    let now = app.now();
    let cleaning = NewJob::new(app.uuid(), JobName::FileDelete, serde_json::json!({}), now);
    let last = batch.len().saturating_sub(1);
    batch.push(jobs::insert(&cleaning, now));
    let repairs = !then.is_empty();
    batch.extend(then);
    let answers = app.run_as(caller, batch).await?;
    let mut wakes = vec![cleaning.wake()];
    if let Some(stored) = answers.last().filter(|_| repairs) {
        wakes.extend(jobs::many::stored(stored)?);
    }
    app.wake(wakes).await;
    Ok(read_texts(answers.get(last..=last).unwrap_or_default())?)
}

/// Makes people part of another; one result per id, in order (`mergePerson`).
pub async fn merge(
    guard: Guard<perm::PersonMerge>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
    Valid(body): Valid<MergePeople>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let (auth, answers) = guard.admit(&app, vec![people::find(id.as_str())]).await?;
    found(answers.first(), Permission::PersonMerge)?;
    if asked.contains(&id.as_str()) {
        return Err(Error::bad_request("Cannot merge a person into themselves"));
    }
    let ids = distinct(asked.iter().copied());
    let merged = join(&app, &auth, id.as_str(), &ids).await?;
    Ok(Json(bulk_added(&asked, &[], &merged)))
}

/// Makes people part of the first of them, as clients of 3.2 ask for it (`mergePeople`, api/v32.md section 6): whoever has another
/// name or birthday than those before stays apart. Answers for all but the first.
pub async fn merge_many(
    guard: Guard<perm::PersonMerge>,
    State(app): State<App>,
    Valid(body): Valid<MergePeople>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let ids = distinct(asked.iter().copied());
    let (auth, answers) = guard.admit(&app, vec![people::find_many(&ids)]).await?;
    let people = answers.first().map(response::people).transpose()?;
    let people = people.unwrap_or_default();
    let (Some((into, others)), Some(first)) = (asked.split_first(), people.first()) else {
        return Err(Error::no_access(Permission::PersonMerge));
    };
    if first.id.as_str() != *into {
        return Err(Error::no_access(Permission::PersonMerge));
    }
    let alike = rules::alike(&people);
    let merged = if alike.is_empty() {
        Vec::new()
    } else {
        join(&app, &auth, into, &alike).await?
    };
    let apart = people.iter().skip(1).map(|person| person.id.as_str());
    let apart: HashSet<&str> = apart.filter(|id| !alike.contains(id)).collect();
    let mut results = bulk_added(others, &[(*into).to_owned()], &merged);
    for result in &mut results {
        if apart.contains(result.id.as_str()) {
            *result = BulkIdResponse::failed(&result.id, BulkIdErrorReason::Validation);
        }
    }
    Ok(Json(results))
}

/// Makes people of the caller part of another; gives the ids of those who are gone.
async fn join(app: &App, caller: &Caller, into: &str, ids: &[&str]) -> Result<Vec<String>> {
    let now = app.now();
    let batch = people::batch_merge(into, ids, now);
    remove(app, caller, batch, people::batch_repair(&[into], now)).await
}

/// Gives the faces of people on assets to another person; answers with this one and those who lost faces
/// (`reassignFaces`).
pub async fn reassign(
    guard: Guard<perm::PersonReassign>,
    State(app): State<App>,
    Id(id): Id<PersonId>,
    Valid(body): Valid<ReassignFaces>,
) -> Result<Json<Vec<PersonResponse>>> {
    let from = body.data.iter().map(|face| face.person_id.as_str());
    let all = distinct([id.as_str()].into_iter().chain(from));
    let (auth, answers) = guard.admit(&app, vec![people::owned(&all)]).await?;
    check_owned(answers.first(), &all, Permission::PersonReassign)?;
    let now = app.now();
    let mut batch = vec![
        people::hold(&all),
        people::reassign(id.as_str(), &body.data, now),
    ];
    batch.extend(people::batch_repair(&all, now));
    let stored = batch.len().saturating_sub(1);
    batch.push(people::find_many(&all));
    let answers = app.run_as(&auth, batch).await?;
    if let Some(stored) = answers.get(stored) {
        app.wake(jobs::many::stored(stored)?).await;
    }
    let people = answers.last().map(response::people).transpose()?;
    Ok(Json(people.unwrap_or_default()))
}
