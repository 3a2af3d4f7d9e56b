//! Tables `workflow` and `workflow_step`: what happens by itself when assets come or are read (api/workflows.md).

mod asset;
mod log;
mod run;

use edge_api::{
    enums::WorkflowTrigger,
    id::WorkflowId,
    time::Millis,
    workflows::{WorkflowCreate, WorkflowResponse, WorkflowStep, WorkflowUpdate},
};
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

pub use asset::{Asset, asset, asset_statement};
pub use log::{Ended, keep, log, prune, read_log};
pub use run::{Run, RunStep, album_named, create_album, run, run_statement, set_config};

use crate::json_texts;

/// The caller's workflow of this id or all of them, newest first, for [`read`]; one statement. Names `caller`.
pub fn select(
    id: Option<&str>,
    trigger: Option<WorkflowTrigger>,
    logging: Option<bool>,
) -> Statement {
    let named = [
        ("id", id.map(Value::from)),
        ("trigger_name", trigger.map(|it| it.as_str().into())),
        ("is_logging", logging.map(Value::from)),
    ];
    let (columns, params): (Vec<&str>, Vec<Value>) = named
        .into_iter()
        .filter_map(|(column, value)| Some((column, value?)))
        .unzip();
    let conditions = columns.iter().zip(1..);
    let conditions: Vec<String> = conditions
        .map(|(column, place)| format!(" and w.{column} = ?{place}"))
        .collect();
    let condition = conditions.concat();
    Statement::new(
        format!(
            "select w.id, w.trigger_name, w.name, w.description, w.is_enabled, w.is_logging, w.created_at, w.updated_at, s.method, \
             s.config, s.is_enabled as step_enabled from caller c join workflow w on w.owner_id = c.user_id{condition} \
             left join workflow_step s on s.workflow_id = w.id order by w.created_at desc, w.id, s.position"
        ),
        params,
    )
}

/// Reads the rows of [`select`].
pub fn read(rows: &Rows) -> Result<Vec<WorkflowResponse>, DbError> {
    let mut workflows: Vec<WorkflowResponse> = Vec::new();
    for row in rows.iter() {
        let id: String = row.get("id")?;
        if workflows.last().is_none_or(|last| last.id.as_str() != id) {
            workflows.push(workflow(&row, id)?);
        }
        if let (Some(workflow), Some(step)) = (workflows.last_mut(), step(&row)?) {
            workflow.steps.push(step);
        }
    }
    Ok(workflows)
}

fn workflow(row: &Row<'_>, id: String) -> Result<WorkflowResponse, DbError> {
    Ok(WorkflowResponse {
        id: WorkflowId::from_trusted(id),
        trigger: trigger(row)?,
        name: row.get("name")?,
        description: row.get("description")?,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        enabled: row.get("is_enabled")?,
        logging: row.get("is_logging")?,
        steps: Vec::new(),
    })
}

/// The column `trigger_name`.
fn trigger(row: &Row<'_>) -> Result<WorkflowTrigger, DbError> {
    let name: String = row.get("trigger_name")?;
    WorkflowTrigger::parse(&name)
        .ok_or_else(|| DbError::Other(format!("workflow.trigger_name: {name}")))
}

/// The columns of `workflow_step`; `None` when the workflow has no steps.
fn step(row: &Row<'_>) -> Result<Option<WorkflowStep>, DbError> {
    let Some(method) = row.get::<Option<String>>("method")? else {
        return Ok(None);
    };
    let config: Option<String> = row.get("config")?;
    let config = config.map(|config| {
        serde_json::from_str(&config)
            .map_err(|error| DbError::Other(format!("workflow_step.config: {error}")))
    });
    Ok(Some(WorkflowStep {
        method,
        config: config.transpose()?,
        enabled: row.get("step_enabled")?,
    }))
}

/// Stores a workflow of the caller with its steps. Names `caller`; `now` in epoch ms.
pub fn batch_insert(id: &str, new: &WorkflowCreate, now: i64) -> Vec<Statement> {
    let insert = stmt!(
        "insert into workflow (id, owner_id, trigger_name, name, description, is_enabled, created_at, updated_at, is_logging) \
         select cast(?1 as text), c.user_id, cast(?2 as text), cast(?3 as text), cast(?4 as text), \
         cast(?5 as integer), cast(?6 as bigint), cast(?6 as bigint), cast(?7 as integer) from caller c",
        id,
        new.trigger.as_str(),
        new.name.as_deref(),
        new.description.as_deref(),
        new.enabled,
        now,
        new.logging
    );
    vec![insert, insert_steps(id, &new.steps)]
}

/// Digits of the length of a method's name in [`insert_steps`]: a text of a request has at most 1,000 characters.
const DIGITS: usize = 5;

/// Stores steps of a workflow of the caller, all in one statement. Lists count from 0 or from 1, by the engine; steps from 0. Names `caller`.
fn insert_steps(id: &str, steps: &[WorkflowStep]) -> Statement {
    let row = |step: &WorkflowStep| {
        let config = step
            .config
            .as_ref()
            .map(|config| serde_json::Value::Object(config.clone()).to_string());
        format!(
            "{}{:0DIGITS$}{}{}",
            u8::from(step.enabled),
            step.method.chars().count(),
            step.method,
            config.unwrap_or_default()
        )
    };
    let rows: Vec<String> = steps.iter().map(row).collect();
    let method = DIGITS + 2;
    let length = format!("cast(substr(v.value, 2, {DIGITS}) as integer)");
    stmt!(
        format!(
            "insert into workflow_step (workflow_id, position, method, config, is_enabled) \
             select w.id, row_number() over (order by v.position) - 1, substr(v.value, {method}, {length}), \
             nullif(substr(v.value, {method} + {length}), ''), cast(substr(v.value, 1, 1) as integer) \
             from caller c join workflow w on w.owner_id = c.user_id and w.id = ?1 cross join json_rows(?2) v"
        ),
        id,
        json_texts(&rows)
    )
}

/// Changes what was sent of a workflow of the caller. New steps take the place of all old ones, and change no time. Names
/// `caller`; `now` in epoch ms.
pub fn batch_update(id: &str, changes: &WorkflowUpdate, now: i64) -> Vec<Statement> {
    let mut batch = Vec::new();
    if changes.changes_workflow() {
        batch.push(update(id, changes, now));
    }
    if let Some(steps) = &changes.steps {
        batch.push(stmt!(
            "delete from workflow_step where workflow_id in (select w.id from caller c join workflow w \
             on w.owner_id = c.user_id and w.id = ?1)",
            id
        ));
        batch.push(insert_steps(id, steps));
    }
    batch
}

fn update(id: &str, changes: &WorkflowUpdate, now: i64) -> Statement {
    let name = changes.name.clone().change();
    let description = changes.description.clone().change();
    stmt!(
        "update workflow set trigger_name = coalesce(cast(?3 as text), trigger_name), \
         is_enabled = coalesce(cast(?4 as integer), is_enabled), is_logging = coalesce(cast(?9 as integer), is_logging), \
         name = case when cast(?5 as integer) = 1 then cast(?6 as text) else name end, \
         description = case when cast(?7 as integer) = 1 then cast(?8 as text) else description end, updated_at = ?2 \
         where id = ?1 and owner_id in (select c.user_id from caller c)",
        id,
        now,
        changes.trigger.map(WorkflowTrigger::as_str),
        changes.enabled,
        name.is_some(),
        name.flatten(),
        description.is_some(),
        description.flatten(),
        changes.logging
    )
}

/// Removes a workflow of the caller with its steps; `changed()` is 0 when there is none. Names `caller`.
pub fn delete(id: &str) -> Statement {
    stmt!(
        "delete from workflow where id = ?1 and owner_id in (select c.user_id from caller c)",
        id
    )
}
