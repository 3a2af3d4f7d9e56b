//! Handlers of the jobs area, in the order of its route table.

use axum::{Json, extract::State};
use edge_api::{
    enums::{JobName, QueueCommand, QueueName},
    input::from_path_enum,
    jobs::{JobCreate, QueueCommandBody, QueueLegacy, QueueResponse, QueuesLegacy},
    permission::perm,
};
use edge_http::{App, Auth, Error, Response, Result, Valid, extract::Params, serve::no_content};
use edge_store::jobs::{self, NewJob, queues};
use serde_json::json;

use crate::rules::{self, Plan};

/// All queues, as an object keyed by name (`getQueuesLegacy`).
pub async fn list(
    _auth: Auth<perm::Admin<perm::JobRead>>,
    State(app): State<App>,
) -> Result<Json<QueuesLegacy>> {
    Ok(Json(QueuesLegacy(queues::list(app.db(), app.now()).await?)))
}

/// Queues a piece of maintenance work (`createJob`).
pub async fn create(
    _auth: Auth<perm::Admin<perm::JobCreate>>,
    State(app): State<App>,
    Valid(body): Valid<JobCreate>,
) -> Result<Response> {
    let (kind, payload) = rules::manual(body.name);
    // At night the same kinds are stored under their names; those that are told something differ by it.
    let key = if payload == json!({}) {
        kind.as_str()
    } else {
        body.name.as_str()
    };
    let job = NewJob::new(app.uuid(), kind, payload, app.now()).once(key);
    app.db().run(jobs::insert(&job, app.now())).await?;
    app.wake(vec![job.wake()]).await;
    Ok(no_content())
}

/// Commands a queue (`runQueueCommandLegacy`).
pub async fn command(
    _auth: Auth<perm::Admin<perm::JobCreate>>,
    State(app): State<App>,
    params: Params,
    Valid(body): Valid<QueueCommandBody>,
) -> Result<Json<QueueLegacy>> {
    let name: QueueName = from_path_enum("name", params.text("name"))?;
    let now = app.now();
    let commands = match body.command {
        QueueCommand::Start => return Ok(Json(start(&app, name, body.force).await?.into())),
        QueueCommand::Resume => {
            let (queue, wakes) = queues::resume(app.db(), name, now).await?;
            app.wake(wakes).await;
            return Ok(Json(queue.into()));
        }
        QueueCommand::Pause => vec![queues::set_paused(name, true, now)],
        QueueCommand::Empty => vec![queues::empty(name)],
        QueueCommand::ClearFailed => vec![queues::clear_failed(name)],
    };
    let queue = queues::get_after(app.db(), name, commands, now).await?;
    Ok(Json(queue.into()))
}

async fn start(app: &App, name: QueueName, force: Option<bool>) -> Result<QueueResponse> {
    let kind: JobName = match rules::start(name) {
        Plan::Store(kind) => kind,
        Plan::Invalid => return Err(Error::bad_request(format!("Invalid job name: {name}"))),
    };
    let payload = force.map_or_else(|| json!({}), |force| json!({ "force": force }));
    let job = NewJob::new(app.uuid(), kind, payload, app.now()).once(kind.as_str());
    let queue = queues::start(app.db(), &job, app.now()).await?;
    let queue = queue.ok_or_else(|| Error::bad_request("Job is already running"))?;
    app.wake(vec![job.wake()]).await;
    Ok(queue)
}
