//! What a run of a workflow reads and writes.

use edge_api::{
    enums::{AssetOrder, WorkflowTrigger},
    workflows::WorkflowStep,
};
use edge_platform::{DbError, Rows, Statement, Value, stmt};

use super::{step, trigger};
use crate::albums::{self, NewAlbum};

/// A workflow as its runs see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Whose it is.
    pub owner_id: String,
    /// What started it.
    pub trigger: WorkflowTrigger,
    /// It is not switched off.
    pub is_enabled: bool,
    /// How its runs end is written down.
    pub is_logging: bool,
    /// What it does, in this order.
    pub steps: Vec<RunStep>,
}

/// A step and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStep {
    /// From 0.
    pub position: i64,
    /// What it does.
    pub step: WorkflowStep,
}

/// Reads a workflow for [`run`]; those of deleted accounts are gone.
pub fn run_statement(id: &str) -> Statement {
    stmt!(
        "select w.owner_id, w.trigger_name, w.is_enabled, w.is_logging, s.position, s.method, s.config, s.is_enabled as step_enabled \
         from workflow w join users u on u.id = w.owner_id left join workflow_step s on s.workflow_id = w.id \
         where w.id = ?1 and u.deleted_at is null order by s.position",
        id
    )
}

/// Reads the rows of [`run_statement`]; `None`: it is gone.
pub fn run(rows: &Rows) -> Result<Option<Run>, DbError> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut run = Run {
        owner_id: first.get("owner_id")?,
        trigger: trigger(&first)?,
        is_enabled: first.get("is_enabled")?,
        is_logging: first.get("is_logging")?,
        steps: Vec::new(),
    };
    for row in rows.iter() {
        if let Some(step) = step(&row)? {
            let position = row.get("position")?;
            run.steps.push(RunStep { position, step });
        }
    }
    Ok(Some(run))
}

/// The oldest album with exactly this name that the caller is a member of; column `id`. Names `caller`.
pub fn album_named(name: &str) -> Statement {
    stmt!(
        "select al.id as id from caller c join album_user m on m.user_id = c.user_id join album al on al.id = m.album_id \
         where al.album_name = ?1 and al.deleted_at is null order by al.created_at, al.id limit 1",
        name
    )
}

/// Which step of which workflow, and its configuration before and after: JSON texts.
fn place(workflow_id: &str, step: &RunStep, after: &str) -> Vec<Value> {
    let before = step.step.config.clone().map(serde_json::Value::Object);
    vec![
        workflow_id.into(),
        step.position.into(),
        step.step.method.as_str().into(),
        before.map(|before| before.to_string()).into(),
        after.into(),
    ]
}

/// Gives a step another configuration (JSON) unless it was changed meanwhile; `changed()` is 0 then.
pub fn set_config(workflow_id: &str, step: &RunStep, config: &str) -> Statement {
    Statement::new(
        "update workflow_step set config = cast(?5 as text) where workflow_id = ?1 and position = ?2 and method = ?3 \
         and config = ?4",
        place(workflow_id, step, config),
    )
}

/// Makes an album of the caller, if the step has this configuration (JSON), which names the album: of two runs
/// only the one whose [`set_config`] came first makes it. Names `caller`; `now` in epoch ms.
pub fn create_album(
    id: &str,
    name: &str,
    (workflow_id, step, config): (&str, &RunStep, &str),
    now: i64,
) -> Vec<Statement> {
    let album = NewAlbum {
        id,
        name,
        description: "",
        order: AssetOrder::Desc,
    };
    let mut batch = albums::insert(&album, now);
    for statement in &mut batch {
        let first = statement.params.len() + 1;
        statement.sql = format!(
            "{} and exists (select 1 from workflow_step s where s.workflow_id = ?{first} and s.position = ?{} \
             and s.config = ?{})",
            statement.sql,
            first + 1,
            first + 2
        )
        .into();
        statement.params.push(workflow_id.into());
        statement.params.push(step.position.into());
        statement.params.push(config.into());
    }
    batch
}
