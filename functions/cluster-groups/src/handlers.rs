//! HTTP in, HTTP out. Reads take one round trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    cluster_groups::{ClusterGroupRequestCreate, ClusterGroupRequestResponse},
    enums::JobName,
    id::{ClusterGroupId, ClusterGroupRequestId},
    permission::perm,
    users::UserResponse,
};
use edge_http::{App, Auth, Error, Guard, Id, Response, Result, Valid, serve::no_content};
use edge_platform::Rows;
use edge_store::{
    cluster_groups::{self, Before, Sorting},
    jobs::{self, NewJob},
    notifications,
};
use http::StatusCode;
use serde_json::json;

/// Requests that ask the caller (`getClusterGroupRequests`).
pub async fn requests(
    guard: Guard<perm::ClusterGroupRequestRead>,
    State(app): State<App>,
) -> Result<Json<Vec<ClusterGroupRequestResponse>>> {
    let (_, answers) = guard.admit(&app, vec![cluster_groups::to_me()]).await?;
    let requests = answers.first().map(cluster_groups::requests).transpose()?;
    Ok(Json(requests.unwrap_or_default()))
}

/// Requests of the caller's group that wait (`getClusterGroupRequestsForGroup`).
pub async fn group_requests(
    guard: Guard<perm::ClusterGroupRequestRead>,
    State(app): State<App>,
    Id(id): Id<ClusterGroupId>,
) -> Result<Json<Vec<ClusterGroupRequestResponse>>> {
    let select = cluster_groups::of_group(id.as_str());
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    let rows = answers.first().filter(|rows| !rows.is_empty());
    let rows = rows.ok_or_else(|| Error::no_access(Permission::ClusterGroupRequestRead))?;
    Ok(Json(cluster_groups::requests(rows)?))
}

/// Asks an account to join the caller's group: 201, or 200 when it was asked already (`createClusterGroupRequest`).
pub async fn request(
    guard: Guard<perm::ClusterGroupRequestCreate>,
    State(app): State<App>,
    Id(id): Id<ClusterGroupId>,
    Valid(body): Valid<ClusterGroupRequestCreate>,
) -> Result<(StatusCode, Json<ClusterGroupRequestResponse>)> {
    let (group, user) = (id.as_str(), body.user_id.as_str());
    let select = cluster_groups::before(group, user);
    let (auth, answers) = guard.admit(&app, vec![select]).await?;
    let before = read_before(answers.first(), group)?;
    if user == auth.user_id {
        return Err(Error::bad_request(
            "Cannot request to join your own cluster group",
        ));
    }
    if !before.is_user {
        return Err(Error::bad_request("User not found"));
    }
    if before.is_member {
        return Err(Error::bad_request(
            "User is already a member of the cluster group",
        ));
    }
    if let Some(request) = before.request {
        return Ok((StatusCode::OK, Json(request)));
    }
    if before.is_full {
        return Err(Error::bad_request(
            "Too many cluster group requests wait for an answer",
        ));
    }
    let (new, now) = (app.uuid(), app.now());
    let batch = vec![
        cluster_groups::insert(&new, group, user, now),
        notifications::cluster_group_request(&app.uuid(), &new, group, now),
        cluster_groups::before(group, user),
    ];
    let answers = app.run_as(&auth, batch).await?;
    app.announce_notifications(&answers).await;
    let request = read_before(answers.last(), group)?.request;
    // The caller left the group, or the account was deleted, a moment ago.
    let request = request.ok_or_else(|| Error::no_access(Permission::ClusterGroupRequestCreate))?;
    Ok((StatusCode::CREATED, Json(request)))
}

fn read_before(rows: Option<&Rows>, group: &str) -> Result<Before> {
    let before = rows.map(|rows| cluster_groups::read_before(rows, group));
    let before = before.transpose()?.flatten();
    before.ok_or_else(|| Error::no_access(Permission::ClusterGroupRequestCreate))
}

/// Joins the group that asks the caller (`acceptClusterGroupRequest`).
pub async fn accept(
    auth: Auth<perm::ClusterGroupRequestCreate>,
    State(app): State<App>,
    Id(id): Id<ClusterGroupRequestId>,
) -> Result<Response> {
    let batch = cluster_groups::batch_accept(id.as_str(), app.now());
    let answers = app.run_as(&auth, batch.into()).await?;
    if answers.get(1).is_none_or(|joined| joined.changed() == 0) {
        return Err(Error::no_access(Permission::ClusterGroupRequestCreate));
    }
    Ok(no_content())
}

/// Declines a request, or takes back one of the caller's group (`deleteClusterGroupRequest`).
pub async fn delete_request(
    auth: Auth<perm::ClusterGroupRequestDelete>,
    State(app): State<App>,
    Id(id): Id<ClusterGroupRequestId>,
) -> Result<Response> {
    let delete = cluster_groups::delete(id.as_str());
    let answers = app.run_as(&auth, vec![delete]).await?;
    if answers.first().is_none_or(|rows| rows.changed() == 0) {
        return Err(Error::no_access(Permission::ClusterGroupRequestDelete));
    }
    Ok(no_content())
}

/// The other members of the caller's group (`getClusterGroupUsers`).
pub async fn users(
    guard: Guard<perm::ClusterGroupRead>,
    State(app): State<App>,
    Id(id): Id<ClusterGroupId>,
) -> Result<Json<Vec<UserResponse>>> {
    let select = cluster_groups::members(id.as_str());
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    Ok(Json(members(
        answers.first(),
        Permission::ClusterGroupRead,
    )?))
}

fn members(rows: Option<&Rows>, permission: Permission) -> Result<Vec<UserResponse>> {
    let members = rows
        .map(cluster_groups::read_members)
        .transpose()?
        .flatten();
    members.ok_or_else(|| Error::no_access(permission))
}

/// Leaves a group for one of the caller's own (`leaveClusterGroup`).
pub async fn leave(
    guard: Guard<perm::ClusterGroupLeave>,
    State(app): State<App>,
    Id(id): Id<ClusterGroupId>,
) -> Result<Response> {
    let select = cluster_groups::members(id.as_str());
    let (auth, answers) = guard.admit(&app, vec![select]).await?;
    members(answers.first(), Permission::ClusterGroupLeave)?;
    let leave = cluster_groups::leave(id.as_str(), &app.uuid(), app.now());
    let answers = app.run_as(&auth, vec![leave]).await?;
    if answers.first().is_none_or(|rows| rows.changed() == 0) {
        return Err(Error::bad_request(
            "Cannot leave a cluster group without any other members",
        ));
    }
    Ok(no_content())
}

/// Has the faces of all members sorted anew (`clusterGroupRegeneratePeople`). Who asks again before that is done changes nothing: it would
/// begin anew, and nobody's faces would come to an end.
pub async fn regenerate(
    guard: Guard<perm::ClusterGroupRead>,
    State(app): State<App>,
    Id(id): Id<ClusterGroupId>,
) -> Result<Response> {
    let reads = vec![
        cluster_groups::members(id.as_str()),
        cluster_groups::sorting(id.as_str()),
    ];
    let (_, answers) = guard.admit(&app, reads).await?;
    members(answers.first(), Permission::ClusterGroupRead)?;
    let sorting = answers.get(1).map(cluster_groups::read_sorting);
    match sorting.transpose()? {
        Some(Sorting::Asked) => return Ok(no_content()),
        Some(Sorting::Recognising) => {
            return Err(Error::bad_request(
                "People of this cluster group are being recognized; try again when that is done",
            ));
        }
        Some(Sorting::Done) | None => {}
    }
    let (kind, now) = (JobName::FacialRecognitionQueueAll, app.now());
    let payload = json!({ "force": true, "group": id.as_str() });
    let job = NewJob::new(app.uuid(), kind, payload, now).once(format!("{kind}:{}", id.as_str()));
    app.db().run(jobs::insert(&job, now)).await?;
    app.wake(vec![job.wake()]).await;
    Ok(no_content())
}
