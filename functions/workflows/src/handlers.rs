//! HTTP in, HTTP out. Reads take one database round trip, an update two.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    enums::WorkflowTrigger,
    id::WorkflowId,
    permission::perm,
    plugins::types_of,
    workflows::{
        TriggerResponse, WorkflowCreate, WorkflowLogEntry, WorkflowLogQuery, WorkflowQuery,
        WorkflowResponse, WorkflowShare, WorkflowUpdate,
    },
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result, Valid, ValidQuery, serve::no_content,
};
use edge_platform::Rows;
use edge_store::workflows;
use http::StatusCode;

use crate::rules;

/// The caller's workflows (`searchWorkflows`).
pub async fn search(
    guard: Guard<perm::WorkflowRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<WorkflowQuery>,
) -> Result<Json<Vec<WorkflowResponse>>> {
    let id = query.id.as_ref().map(AsRef::as_ref);
    let select = workflows::select(id, query.trigger, query.logging);
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    let rows = answers.first();
    Ok(Json(
        rows.map(workflows::read).transpose()?.unwrap_or_default(),
    ))
}

/// What may start a workflow (`getWorkflowTriggers`).
pub async fn triggers(_auth: Auth<perm::Any>) -> Json<Vec<TriggerResponse>> {
    let response = |trigger: &WorkflowTrigger| TriggerResponse {
        trigger: *trigger,
        types: types_of(*trigger),
    };
    Json(WorkflowTrigger::VALUES.iter().map(response).collect())
}

/// Makes a workflow; the answer shows no steps, as in 3.1.0 (`createWorkflow`).
pub async fn create(
    auth: Auth<perm::WorkflowCreate>,
    State(app): State<App>,
    Valid(mut body): Valid<WorkflowCreate>,
) -> Result<(StatusCode, Json<WorkflowResponse>)> {
    rules::check(&mut body.steps, body.trigger)?;
    let id = app.uuid();
    let mut batch = workflows::batch_insert(&id, &body, app.now());
    batch.push(workflows::select(Some(&id), None, None));
    let answers = app.run_as(&auth, batch).await?;
    let workflow = found(answers.last(), Permission::WorkflowCreate)?;
    let workflow = WorkflowResponse {
        steps: Vec::new(),
        ..workflow
    };
    Ok((StatusCode::CREATED, Json(workflow)))
}

/// One workflow (`getWorkflow`).
pub async fn get(
    guard: Guard<perm::WorkflowRead>,
    State(app): State<App>,
    Id(id): Id<WorkflowId>,
) -> Result<Json<WorkflowResponse>> {
    Ok(Json(one(guard, &app, &id).await?))
}

/// One workflow as another server takes it (`getWorkflowForShare`).
pub async fn share(
    guard: Guard<perm::WorkflowRead>,
    State(app): State<App>,
    Id(id): Id<WorkflowId>,
) -> Result<Json<WorkflowShare>> {
    Ok(Json(one(guard, &app, &id).await?.into()))
}

/// How runs of a workflow ended, newest first (`getWorkflowLogs`).
pub async fn logs(
    guard: Guard<perm::WorkflowLogs>,
    State(app): State<App>,
    Id(id): Id<WorkflowId>,
    ValidQuery(query): ValidQuery<WorkflowLogQuery>,
) -> Result<Json<Vec<WorkflowLogEntry>>> {
    let select = workflows::log(id.as_str(), &query);
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    let entries = answers.first().map(workflows::read_log).transpose()?;
    let entries = entries.flatten();
    Ok(Json(entries.ok_or_else(|| {
        Error::no_access(Permission::WorkflowLogs)
    })?))
}

async fn one(
    guard: Guard<perm::WorkflowRead>,
    app: &App,
    id: &WorkflowId,
) -> Result<WorkflowResponse> {
    let select = workflows::select(Some(id.as_str()), None, None);
    let (_, answers) = guard.admit(app, vec![select]).await?;
    found(answers.first(), Permission::WorkflowRead)
}

fn found(rows: Option<&Rows>, permission: Permission) -> Result<WorkflowResponse> {
    let workflows = rows.map(workflows::read).transpose()?.unwrap_or_default();
    let workflow = workflows.into_iter().next();
    workflow.ok_or_else(|| Error::no_access(permission))
}

/// Changes a workflow; steps that are sent take the place of all others (`updateWorkflow`).
pub async fn update(
    guard: Guard<perm::WorkflowUpdate>,
    State(app): State<App>,
    Id(id): Id<WorkflowId>,
    Valid(mut body): Valid<WorkflowUpdate>,
) -> Result<Json<WorkflowResponse>> {
    let select = workflows::select(Some(id.as_str()), None, None);
    let (auth, answers) = guard.admit(&app, vec![select]).await?;
    let stored = found(answers.first(), Permission::WorkflowUpdate)?;
    if let Some(steps) = &mut body.steps {
        rules::check(steps, body.trigger.unwrap_or(stored.trigger))?;
    }
    let mut batch = workflows::batch_update(id.as_str(), &body, app.now());
    if batch.is_empty() {
        return Ok(Json(stored));
    }
    batch.push(workflows::select(Some(id.as_str()), None, None));
    let answers = app.run_as(&auth, batch).await?;
    Ok(Json(found(answers.last(), Permission::WorkflowUpdate)?))
}

/// Removes a workflow (`deleteWorkflow`).
pub async fn delete(
    auth: Auth<perm::WorkflowDelete>,
    State(app): State<App>,
    Id(id): Id<WorkflowId>,
) -> Result<Response> {
    let delete = workflows::delete(id.as_str());
    let answers = app.run_as(&auth, vec![delete]).await?;
    if answers.first().is_none_or(|rows| rows.changed() == 0) {
        return Err(Error::no_access(Permission::WorkflowDelete));
    }
    Ok(no_content())
}
