//! Handlers of the queues area, in the order of its route table.

use axum::{Json, extract::State};
use edge_api::{
    enums::QueueName,
    input::from_path_enum,
    jobs::{QueueDelete, QueueJob, QueueJobsQuery, QueueResponse, QueueUpdate},
    permission::perm,
};
use edge_http::{
    App, Auth, Error, Response, Result, Valid, ValidQuery, extract::Params, serve::no_content,
};
use edge_store::jobs::queues;

fn queue_name(params: &Params) -> Result<QueueName> {
    Ok(from_path_enum("name", params.text("name"))?)
}

/// All queues (`getQueues`).
pub async fn list(
    _auth: Auth<perm::Admin<perm::QueueRead>>,
    State(app): State<App>,
) -> Result<Json<Vec<QueueResponse>>> {
    Ok(Json(queues::list(app.db(), app.now()).await?))
}

/// One queue (`getQueue`).
pub async fn get(
    _auth: Auth<perm::Admin<perm::QueueRead>>,
    State(app): State<App>,
    params: Params,
) -> Result<Json<QueueResponse>> {
    let name = queue_name(&params)?;
    Ok(Json(queues::get(app.db(), name, app.now()).await?))
}

/// Pauses or resumes a queue (`updateQueue`).
pub async fn update(
    _auth: Auth<perm::Admin<perm::QueueUpdate>>,
    State(app): State<App>,
    params: Params,
    Valid(body): Valid<QueueUpdate>,
) -> Result<Json<QueueResponse>> {
    let (name, now) = (queue_name(&params)?, app.now());
    match body.is_paused {
        None => Ok(Json(queues::get(app.db(), name, now).await?)),
        Some(true) if name == QueueName::BackgroundTask => Err(Error::bad_request(
            "The BackgroundTask queue cannot be paused",
        )),
        Some(true) => {
            let pause = vec![queues::set_paused(name, true, now)];
            Ok(Json(queues::get_after(app.db(), name, pause, now).await?))
        }
        Some(false) => {
            let (queue, wakes) = queues::resume(app.db(), name, now).await?;
            app.wake(wakes).await;
            Ok(Json(queue))
        }
    }
}

/// The jobs of a queue, by state (`getQueueJobs`).
pub async fn jobs(
    _auth: Auth<perm::Admin<perm::QueueJobRead>>,
    State(app): State<App>,
    params: Params,
    ValidQuery(query): ValidQuery<QueueJobsQuery>,
) -> Result<Json<Vec<QueueJob>>> {
    let name = queue_name(&params)?;
    let states = query.status.unwrap_or_default();
    Ok(Json(
        queues::jobs(app.db(), name, &states, app.now()).await?,
    ))
}

/// Removes waiting jobs, and failed ones on request (`emptyQueue`).
pub async fn empty(
    _auth: Auth<perm::Admin<perm::QueueJobDelete>>,
    State(app): State<App>,
    params: Params,
    Valid(body): Valid<QueueDelete>,
) -> Result<Response> {
    let name = queue_name(&params)?;
    let mut commands = vec![queues::empty(name)];
    if body.failed {
        commands.push(queues::clear_failed(name));
    }
    app.db().batch(commands).await?;
    Ok(no_content())
}
