//! Jobs that run workflows (`WorkflowAssetTrigger`; api/workflows.md section 3).

use edge_api::enums::{QueueName, WorkflowTrigger};
use edge_platform::{Statement, stmt};

use super::{
    kinds::consumer_of,
    turns::{BEHIND, Line},
};
use crate::{json_texts, tags::SET_NOW};

/// Workflows of one owner that one event starts at most, newest first.
const STARTED: i64 = 100;

/// One job for each workflow of the asset's owner that this starts, unless it waits for this asset already. Nothing when there is no
/// such asset or workflow. Read with [`super::many::stored`]; `now` in epoch ms.
///
/// In a batch it comes behind jobs of other queues: the counts of jobs are taken in the order of the queues' names.
pub fn insert(asset_id: &str, trigger: WorkflowTrigger, now: i64) -> Statement {
    insert_if("", asset_id, trigger, now)
}

/// The same as part of a job's end (`{held}`): a worker that lost its lease starts nothing.
pub fn insert_held(asset_id: &str, trigger: WorkflowTrigger, now: i64) -> Statement {
    insert_if(" and {held}", asset_id, trigger, now)
}

fn insert_if(condition: &str, asset_id: &str, trigger: WorkflowTrigger, now: i64) -> Statement {
    let line = Line::of(consumer_of(QueueName::Workflow));
    let turn = line.turn("o.owner_id");
    let behind = BEHIND
        .replace("{nth}", "w.nth - 1")
        .replace("{turn}", "first.turn");
    let started = "wf.trigger_name = ?2 and wf.is_enabled = 1";
    stmt!(
        format!(
            "insert into job (id, queue, kind, payload, dedupe_key, run_after, created_at, updated_at, owner_id, turn) \
             select uuid7(), 'workflow', 'WorkflowAssetTrigger', \
             '{{\"workflowId\":\"' || w.id || '\",\"assetId\":\"' || cast(?1 as text) || '\"}}', \
             'WorkflowAssetTrigger:' || w.id || ':' || cast(?1 as text), cast(?3 as bigint), cast(?3 as bigint), \
             cast(?3 as bigint), first.owner_id, first.turn + {behind} \
             from (select o.owner_id, {turn} as turn from asset o where o.id = ?1 and exists (select 1 from workflow wf \
             where wf.owner_id = o.owner_id and {started})) first \
             cross join (select wf.id, wf.owner_id, row_number() over (order by wf.created_at desc, wf.id) as nth \
             from asset a join workflow wf on wf.owner_id = a.owner_id where a.id = ?1 and {started} \
             order by nth limit {STARTED}) w where w.owner_id = first.owner_id{condition} \
             on conflict do nothing returning id, queue"
        ),
        asset_id,
        trigger.as_str(),
        now
    )
}

/// Runs that one request starts at most.
const TAGGED: i64 = 10_000;

/// The same for the owner's assets of these whose tags have just changed: behind [`crate::tags::set_by_hand`] of the same `now`
/// (epoch ms).
pub fn insert_tagged(owner_id: &str, asset_ids: &[&str], now: i64) -> Statement {
    let turn = Line::of(consumer_of(QueueName::Workflow)).turn("o.id");
    let behind = BEHIND
        .replace("{nth}", "s.nth")
        .replace("{turn}", "first.turn");
    let started = "wf.owner_id = ?1 and wf.trigger_name = ?2 and wf.is_enabled = 1";
    stmt!(
        format!(
            "insert into job (id, queue, kind, payload, dedupe_key, run_after, created_at, updated_at, owner_id, turn) \
             select uuid7(), 'workflow', 'WorkflowAssetTrigger', \
             '{{\"workflowId\":\"' || s.workflow_id || '\",\"assetId\":\"' || s.asset_id || '\"}}', \
             'WorkflowAssetTrigger:' || s.workflow_id || ':' || s.asset_id, cast(?4 as bigint), cast(?4 as bigint), \
             cast(?4 as bigint), first.owner_id, first.turn + {behind} \
             from (select o.id as owner_id, {turn} as turn from users o where o.id = ?1 \
             and exists (select 1 from workflow wf where {started})) first \
             cross join (select w.id as workflow_id, t.id as asset_id, row_number() over (order by t.id, w.nth) - 1 as nth \
             from (select wf.id, row_number() over (order by wf.created_at desc, wf.id) as nth from workflow wf \
             where {started} order by nth limit {STARTED}) w cross join (select a.id from json_rows(?3) v cross join asset a \
             where a.id = v.value and a.owner_id = ?1 and {SET_NOW}) t order by nth limit {TAGGED}) s \
             where 1 = 1 on conflict do nothing returning id, queue"
        ),
        owner_id,
        WorkflowTrigger::AssetTagged.as_str(),
        json_texts(asset_ids),
        now
    )
}
