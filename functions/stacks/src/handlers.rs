//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use std::collections::HashSet;

use axum::{Json, extract::State, response::IntoResponse};
use edge_api::{
    Permission,
    common::IdsAtOnce,
    id::{AssetId, StackId},
    permission::perm,
    realtime::{Announcement, Event},
    stacks::{StackCreate, StackQuery, StackResponse, StackUpdate},
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result, Valid, ValidQuery, extract::Params, json_array,
    owned::check_owned, serve::no_content,
};
use edge_platform::Rows;
use edge_store::{
    assets::remove::owned_count,
    stacks::{self, Membership, Which},
};
use http::StatusCode;

/// Fewest assets of a stack: one with less dissolves.
const FEWEST: i64 = 2;

/// The caller's stacks (`searchStacks`). Of more than two thousand assets in all some are in memory at a time.
pub async fn search(
    guard: Guard<perm::StackRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<StackQuery>,
) -> Result<Response> {
    let primary = query.primary_asset_id.as_ref().map(AsRef::as_ref);
    let which = primary.map_or(Which::All, Which::Of);
    let (auth, answers) = guard.admit(&app, vec![stacks::select(which)]).await?;
    let rows = answers.into_iter().next().unwrap_or_default();
    if primary.is_some() || rows.len() < stacks::AT_ONCE {
        return Ok(Json(stacks::read(&rows)?).into_response());
    }
    drop(rows);
    let sizes = app.db().run(auth.caller.scoped(stacks::sizes())).await?;
    let groups = stacks::groups(&sizes)?;
    let ask = |ids: &String| stacks::select(Which::These(ids));
    let read = |_: String, rows: &Rows| stacks::read(rows);
    Ok(json_array::of_groups(app, auth.caller, groups, ask, read))
}

/// One stack (`getStack`).
pub async fn get(
    guard: Guard<perm::StackRead>,
    State(app): State<App>,
    Id(id): Id<StackId>,
) -> Result<Json<StackResponse>> {
    let select = stacks::select(Which::One(id.as_str()));
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    Ok(Json(found(answers.last(), Permission::StackRead)?))
}

fn found(rows: Option<&Rows>, permission: Permission) -> Result<StackResponse> {
    let stacks = rows.map(stacks::read).transpose()?.unwrap_or_default();
    let stack = stacks.into_iter().next();
    stack.ok_or_else(|| Error::no_access(permission))
}

/// Stacks assets; the stacks that they are in become one (`createStack`).
pub async fn create(
    guard: Guard<perm::StackCreate>,
    State(app): State<App>,
    Valid(body): Valid<StackCreate>,
) -> Result<(StatusCode, Json<StackResponse>)> {
    let mut seen = HashSet::new();
    let ids: Vec<&str> = body.asset_ids.iter().map(AsRef::as_ref).collect();
    let ids: Vec<&str> = ids.into_iter().filter(|id| seen.insert(*id)).collect();
    let (auth, answers) = guard.admit(&app, vec![owned_count(&ids)]).await?;
    check_owned(answers.first(), &ids, Permission::AssetUpdate)?;
    if ids.len() < 2 {
        return Err(Error::bad_request("A stack needs two different assets"));
    }
    let id = app.uuid();
    let mut batch = stacks::batch_create(&id, &ids, app.now());
    batch.push(stacks::select(Which::One(&id)));
    let answers = app.run_as(&auth, batch).await?;
    let stack = found(answers.last(), Permission::StackCreate)?;
    changed(&app, &auth.user_id).await;
    Ok((StatusCode::CREATED, Json(stack)))
}

/// Tells the owner's devices that his stacks changed.
async fn changed(app: &App, user_id: &str) {
    let event = Event::asset_stack_update();
    app.announce(vec![Announcement::to_user(user_id, event)])
        .await;
}

/// Chooses the asset that stands for a stack (`updateStack`).
pub async fn update(
    auth: Auth<perm::StackUpdate>,
    State(app): State<App>,
    Id(id): Id<StackId>,
    Valid(body): Valid<StackUpdate>,
) -> Result<Json<StackResponse>> {
    let mut batch = Vec::new();
    if let Some(primary) = &body.primary_asset_id {
        batch.push(stacks::set_primary(
            id.as_str(),
            primary.as_str(),
            app.now(),
        ));
    }
    batch.push(stacks::select(Which::One(id.as_str())));
    let answers = app.run_as(&auth, batch).await?;
    let stack = found(answers.last(), Permission::StackUpdate)?;
    if body
        .primary_asset_id
        .is_some_and(|primary| primary != stack.primary_asset_id)
    {
        return Err(Error::bad_request("Primary asset must be in the stack"));
    }
    changed(&app, &auth.user_id).await;
    Ok(Json(stack))
}

/// Dissolves a stack (`deleteStack`).
pub async fn delete(
    guard: Guard<perm::StackDelete>,
    State(app): State<App>,
    Id(id): Id<StackId>,
) -> Result<Response> {
    dissolve(guard, &app, &[id.as_str()]).await
}

/// Dissolves stacks; one that is not the caller's fails all (`deleteStacks`).
pub async fn delete_many(
    guard: Guard<perm::StackDelete>,
    State(app): State<App>,
    Valid(body): Valid<IdsAtOnce>,
) -> Result<Response> {
    let ids: HashSet<&str> = body.ids.iter().map(AsRef::as_ref).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    dissolve(guard, &app, &ids).await
}

async fn dissolve(guard: Guard<perm::StackDelete>, app: &App, ids: &[&str]) -> Result<Response> {
    let (auth, answers) = guard.admit(app, vec![stacks::owned(ids)]).await?;
    if answers.first().map_or(0, Rows::len) != ids.len() {
        return Err(Error::no_access(Permission::StackDelete));
    }
    if !ids.is_empty() {
        app.run_as(&auth, stacks::batch_delete(ids, app.now()))
            .await?;
        changed(app, &auth.user_id).await;
    }
    Ok(no_content())
}

/// Takes an asset out of a stack, which dissolves when only one is left (`removeAssetFromStack`).
pub async fn remove_asset(
    guard: Guard<perm::StackUpdate>,
    State(app): State<App>,
    params: Params,
) -> Result<Response> {
    let (id, asset): (StackId, AssetId) = (params.id("id")?, params.id("assetId")?);
    let read = stacks::membership(id.as_str(), asset.as_str());
    let (auth, answers) = guard.admit(&app, vec![read]).await?;
    let membership = answers.first().map(Membership::read).transpose()?.flatten();
    let membership = membership.ok_or_else(|| Error::no_access(Permission::StackUpdate))?;
    if !membership.is_member {
        return Err(Error::bad_request("Asset not in stack"));
    }
    if membership.is_primary {
        return Err(Error::bad_request("Cannot remove stack's primary asset"));
    }
    let batch = if membership.size > FEWEST {
        stacks::batch_remove(id.as_str(), asset.as_str(), app.now())
    } else {
        stacks::batch_delete(&[id.as_str()], app.now())
    };
    app.run_as(&auth, batch).await?;
    changed(&app, &auth.user_id).await;
    Ok(no_content())
}
