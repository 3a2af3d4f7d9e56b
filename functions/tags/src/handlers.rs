//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    common::{BulkIdResponse, CountResponse, IdsAtOnce, bulk_added, bulk_removed},
    enums::JobName,
    id::TagId,
    permission::perm,
    tags::{self as wire, TagBulkAssets, TagCreate, TagResponse, TagUpdate, TagUpsert},
};
use edge_http::{App, Auth, Error, Guard, Id, Response, Result, Valid, serve::no_content};
use edge_platform::{Rows, Statement};
use edge_store::{
    albums::read_texts,
    assets::{remove::hold, response},
    caller::Caller,
    jobs,
    tags::{self, Owner},
};
use http::StatusCode;

use crate::rules;

/// Most wake-ups that one request sends.
const WAKES: usize = 1_000;

/// The caller's tags by value (`getAllTags`).
pub async fn list(
    guard: Guard<perm::TagRead>,
    State(app): State<App>,
) -> Result<Json<Vec<TagResponse>>> {
    let (_, answers) = guard.admit(&app, vec![tags::list()]).await?;
    Ok(Json(response::tags(
        answers.first().unwrap_or(&Rows::default()),
    )?))
}

/// One tag (`getTagById`).
pub async fn get(
    guard: Guard<perm::TagRead>,
    State(app): State<App>,
    Id(id): Id<TagId>,
) -> Result<Json<TagResponse>> {
    let (_, answers) = guard.admit(&app, vec![tags::find(id.as_str())]).await?;
    Ok(Json(found(answers.first(), Permission::TagRead)?))
}

fn found(rows: Option<&Rows>, permission: Permission) -> Result<TagResponse> {
    let tags = rows.map(response::tags).transpose()?.unwrap_or_default();
    tags.into_iter()
        .next()
        .ok_or_else(|| Error::no_access(permission))
}

/// Makes a tag, below another or at the top (`createTag`).
pub async fn create(
    guard: Guard<perm::TagCreate>,
    State(app): State<App>,
    Valid(body): Valid<TagCreate>,
) -> Result<(StatusCode, Json<TagResponse>)> {
    let parent = body.parent_id.as_ref().map(AsRef::as_ref);
    let reads = parent.map(tags::find).into_iter().collect();
    let (auth, answers) = guard.admit(&app, reads).await?;
    let parent = match parent {
        None => None,
        Some(_) => Some(found(answers.first(), Permission::TagRead)?.value),
    };
    let values = [rules::value(parent.as_deref(), &body.name)?];
    let mut batch = tags::find_values(&values);
    let mut id = String::new();
    let new_id = || {
        // The last one is that of the tag itself; where there is such a tag, nothing has it.
        id = app.uuid();
        id.clone()
    };
    let upsert = tags::batch_upsert(Owner::Caller, &values, new_id, app.now());
    batch.extend(upsert);
    if let Some(color) = &body.color {
        let [value] = &values;
        let color = wire::color(color);
        batch.push(tags::set_color(&id, value, Some(&color), app.now()));
    }
    batch.extend(tags::find_values(&values));
    let answers = app.run_as(&auth, batch).await?;
    let is_there = answers.first().is_some_and(|rows| !rows.is_empty());
    if is_there {
        return Err(Error::bad_request("A tag with that name already exists"));
    }
    let tag = found(answers.last(), Permission::TagCreate)?;
    Ok((StatusCode::CREATED, Json(tag)))
}

/// Makes tags by their paths, with all above them, where they are missing (`upsertTags`).
pub async fn upsert(
    auth: Auth<perm::TagCreate>,
    State(app): State<App>,
    Valid(body): Valid<TagUpsert>,
) -> Result<Json<Vec<TagResponse>>> {
    let values = rules::values(&body.tags)?;
    if values.is_empty() {
        return Ok(Json(Vec::new()));
    }
    let reads = tags::find_values(&values);
    let wanted = reads.len();
    let mut batch = tags::batch_upsert(Owner::Caller, &values, || app.uuid(), app.now());
    batch.extend(reads);
    let answers = app.run_as(&auth, batch).await?;
    let last = answers.get(answers.len().saturating_sub(wanted)..);
    Ok(Json(tags::by_value(last.unwrap_or_default(), &values)?))
}

/// Changes the colour of a tag, or renames it with all below it (`updateTag`).
pub async fn update(
    guard: Guard<perm::TagUpdate>,
    State(app): State<App>,
    Id(id): Id<TagId>,
    Valid(body): Valid<TagUpdate>,
) -> Result<Json<TagResponse>> {
    let (auth, answers) = guard.admit(&app, vec![tags::find(id.as_str())]).await?;
    let old = found(answers.first(), Permission::TagUpdate)?.value;
    let renamed = body.name.as_ref().map(|name| rules::renamed(&old, name));
    let value = renamed.transpose()?.unwrap_or_else(|| old.clone());
    let is_renamed = value != old;
    let mut batch = Vec::new();
    if is_renamed {
        batch.extend(tags::rename(id.as_str(), &old, &value, app.now()));
    }
    if let Some(color) = body.color.change() {
        let color = color.as_deref().map(wire::color);
        let write = tags::set_color(id.as_str(), &value, color.as_deref(), app.now());
        batch.push(write);
    }
    batch.push(tags::find(id.as_str()));
    let answers = app.run_as(&auth, batch).await?;
    if is_renamed {
        after_renaming(&app, &answers).await?;
    }
    Ok(Json(found(answers.last(), Permission::TagUpdate)?))
}

/// `answers` begin with those of [`tags::rename`]. Errors: another tag has the name, or one below would become too long.
async fn after_renaming(app: &App, answers: &[Rows]) -> Result<()> {
    let [renamed, _, sidecars, ..] = answers else {
        return Err(Error::internal("three statements, but not three results"));
    };
    if renamed.changed() == 0 {
        return Err(Error::bad_request("A tag with that name already exists"));
    }
    wake(app, sidecars).await
}

/// Wakes the writers of sidecars.
async fn wake(app: &App, sidecars: &Rows) -> Result<()> {
    let mut wakes = jobs::many::stored(sidecars)?;
    // One message each: the sweep of the scheduler finds those that wait behind the first ones.
    wakes.truncate(WAKES);
    app.wake(wakes).await;
    Ok(())
}

/// Removes a tag and all below it (`deleteTag`).
pub async fn delete(
    auth: Auth<perm::TagDelete>,
    State(app): State<App>,
    Id(id): Id<TagId>,
) -> Result<Response> {
    let batch = tags::delete(id.as_str(), app.now());
    let answers = app.run_as(&auth, batch.into()).await?;
    let [_, sidecars, removed] = answers.as_slice() else {
        return Err(Error::internal("three statements, but not three results"));
    };
    if removed.changed() == 0 {
        return Err(Error::no_access(Permission::TagDelete));
    }
    wake(&app, sidecars).await?;
    Ok(no_content())
}

/// Puts tags on assets; foreign ids are passed over (`bulkTagAssets`).
pub async fn tag_many(
    auth: Auth<perm::TagAsset>,
    State(app): State<App>,
    Valid(body): Valid<TagBulkAssets>,
) -> Result<Json<CountResponse>> {
    let tag_ids: Vec<&str> = body.tag_ids.iter().map(AsRef::as_ref).collect();
    let asset_ids: Vec<&str> = body.asset_ids.iter().map(AsRef::as_ref).collect();
    let (tag_ids, asset_ids) = rules::pairs(&tag_ids, &asset_ids)?;
    if tag_ids.is_empty() || asset_ids.is_empty() {
        return Ok(Json(CountResponse { count: 0 }));
    }
    let write = tags::insert_pairs(&tag_ids, &asset_ids);
    let changed = change(&app, &auth, write, &asset_ids, true).await?;
    let count = i64::try_from(changed.len()).unwrap_or(i64::MAX);
    Ok(Json(CountResponse { count }))
}

/// Puts a tag on assets; one result per id, in order (`tagAssets`).
pub async fn tag_assets(
    guard: Guard<perm::TagAsset>,
    State(app): State<App>,
    Id(id): Id<TagId>,
    Valid(body): Valid<IdsAtOnce>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let (tag, assets) = rules::pairs(&[id.as_str()], &asked)?;
    let reads = vec![tags::find(id.as_str()), tags::tagged(id.as_str(), &assets)];
    let (auth, answers) = guard.admit(&app, reads).await?;
    found(answers.first(), Permission::TagAsset)?;
    let before = read_texts(answers.get(1..).unwrap_or_default())?;
    let write = tags::insert_pairs(&tag, &assets);
    let added = change(&app, &auth, write, &assets, true).await?;
    Ok(Json(bulk_added(&asked, &before, &added)))
}

/// Takes a tag off assets; one result per id, in order (`untagAssets`).
pub async fn untag_assets(
    guard: Guard<perm::TagAsset>,
    State(app): State<App>,
    Id(id): Id<TagId>,
    Valid(body): Valid<IdsAtOnce>,
) -> Result<Json<Vec<BulkIdResponse>>> {
    let asked: Vec<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let (_, assets) = rules::pairs(&[id.as_str()], &asked)?;
    let (auth, answers) = guard.admit(&app, vec![tags::find(id.as_str())]).await?;
    found(answers.first(), Permission::TagAsset)?;
    let write = tags::delete_pairs(id.as_str(), &assets);
    let removed = change(&app, &auth, write, &assets, false).await?;
    Ok(Json(bulk_removed(&asked, &removed)))
}

/// Changes what is tagged and has it written into sidecar files; gives the assets of the pairs that `write` returns. Where tags
/// were added, workflows start (api/v32.md section 8).
async fn change(
    app: &App,
    caller: &Caller,
    write: Statement,
    asset_ids: &[&str],
    is_adding: bool,
) -> Result<Vec<String>> {
    let now = app.now();
    let ids: Vec<String> = asset_ids.iter().map(|&id| id.to_owned()).collect();
    let mut batch = vec![
        hold(asset_ids),
        caller.scoped(write),
        caller.scoped(tags::set_by_hand(asset_ids, now)),
        jobs::many::insert_for_assets(JobName::SidecarWrite, &ids, None, Some(tags::SET_NOW), now),
    ];
    if is_adding {
        let started = jobs::triggers::insert_tagged(&caller.user_id, asset_ids, now);
        batch.push(started);
    }
    let answers = app.db().batch(batch).await?;
    let [_, pairs, _, stored @ ..] = answers.as_slice() else {
        return Err(Error::internal("four statements, but not four results"));
    };
    for stored in stored {
        wake(app, stored).await?;
    }
    Ok(read_texts(std::slice::from_ref(pairs))?)
}
