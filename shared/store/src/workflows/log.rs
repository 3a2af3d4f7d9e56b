//! Table `workflow_log`: how runs ended (api/v32.md section 8).

use edge_api::{
    enums::WorkflowResult,
    time::Millis,
    workflows::{LOGGED, LoggedStep, WorkflowLogEntry, WorkflowLogQuery},
};
use edge_platform::{DbError, Row, Rows, Statement, stmt};

use super::RunStep;

/// Entries are kept so long, milliseconds.
const KEPT: i64 = 90 * 86_400_000;

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// The entry's id.
    pub id: &'a str,
    /// The workflow.
    pub workflow_id: &'a str,
    /// What the run was about.
    pub asset_id: &'a str,
    /// How it ended.
    pub result: WorkflowResult,
    /// Its last step, when it ended early.
    pub last: Option<&'a RunStep>,
}

/// Writes down how a run ended, if its workflow is logged: the entry takes the place of the oldest one when there are
/// [`LOGGED`]. `now` in epoch ms.
pub fn keep(ended: &Ended<'_>, now: i64) -> Vec<Statement> {
    let count = stmt!(
        "update workflow set log_count = log_count + 1 where id = ?1 and is_logging = 1",
        ended.workflow_id
    );
    let entry = stmt!(
        format!(
            "insert into workflow_log (workflow_id, place, id, at, result, asset_id, step_position, step_method) \
             select w.id, w.log_count % {LOGGED}, cast(?2 as text), cast(?3 as bigint), cast(?4 as text), cast(?5 as text), \
             cast(?6 as integer), cast(?7 as text) from workflow w where w.id = ?1 and w.is_logging = 1 \
             on conflict (workflow_id, place) do update set id = excluded.id, at = excluded.at, result = excluded.result, \
             asset_id = excluded.asset_id, step_position = excluded.step_position, step_method = excluded.step_method"
        ),
        ended.workflow_id,
        ended.id,
        now,
        ended.result.as_str(),
        ended.asset_id,
        ended.last.map(|step| step.position),
        ended.last.map(|step| step.step.method.as_str())
    );
    vec![count, entry]
}

/// The entries of a workflow of the caller, newest first, for [`read_log`]; one row without an entry when it has none, none when
/// it is not the caller's. Names `caller`.
pub fn log(workflow_id: &str, query: &WorkflowLogQuery) -> Statement {
    stmt!(
        "select l.id, l.at, l.result, l.asset_id, l.step_position, l.step_method from caller c \
         join workflow w on w.owner_id = c.user_id and w.id = ?1 left join (select e.workflow_id, e.id, e.at, e.result, e.asset_id, \
         e.step_position, e.step_method from workflow_log e where e.workflow_id = ?1 and e.at < cast(?2 as bigint) \
         and (cast(?3 as text) is null or e.result = ?3) order by e.at desc, e.id desc limit ?4) l on l.workflow_id = w.id \
         order by l.at desc, l.id desc",
        workflow_id,
        query.before.map_or(i64::MAX >> 10, |before| before.0),
        query.result.map(WorkflowResult::as_str),
        query.limit
    )
}

/// Reads the rows of [`log`]; `None`: there is no such workflow.
pub fn read_log(rows: &Rows) -> Result<Option<Vec<WorkflowLogEntry>>, DbError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut entries = Vec::new();
    for row in rows.iter() {
        if let Some(id) = row.get::<Option<String>>("id")? {
            entries.push(entry(&row, id)?);
        }
    }
    Ok(Some(entries))
}

fn entry(row: &Row<'_>, id: String) -> Result<WorkflowLogEntry, DbError> {
    let result: String = row.get("result")?;
    let unknown = || DbError::Other(format!("workflow_log.result: {result}"));
    let position: Option<i64> = row.get("step_position")?;
    let method: Option<String> = row.get("step_method")?;
    let step = position.zip(method);
    Ok(WorkflowLogEntry {
        id,
        at: Millis(row.get("at")?),
        result: WorkflowResult::parse(&result).ok_or_else(unknown)?,
        trigger_data_id: row.get("asset_id")?,
        last_step: step.map(|(index, method)| LoggedStep { index, method }),
    })
}

/// Removes entries of long ago. `now` in epoch ms.
pub fn prune(now: i64) -> Statement {
    stmt!("delete from workflow_log where at < ?1", now - KEPT)
}
