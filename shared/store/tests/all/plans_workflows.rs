//! Statements of workflows use their index: an upload asks for them, whoever has none.

use edge_api::{
    enums::{WorkflowResult, WorkflowTrigger},
    workflows::WorkflowLogQuery,
};
use edge_store::{
    jobs::triggers,
    workflows::{self, Ended},
};

use crate::plans::walked;

#[test]
fn no_statement_of_workflows_walks_through_a_table() {
    let query = WorkflowLogQuery {
        before: None,
        limit: 50,
        result: None,
    };
    let ended = Ended {
        id: "entry",
        workflow_id: "id",
        asset_id: "asset",
        result: WorkflowResult::Completed,
        last: None,
    };
    let statements = [
        triggers::insert("asset", WorkflowTrigger::AssetCreate, 0),
        triggers::insert_tagged("owner", &["asset"], 0),
        workflows::select(None, None, None),
        workflows::select(Some("id"), None, None),
        workflows::select(None, Some(WorkflowTrigger::AssetCreate), Some(true)),
        workflows::delete("id"),
        workflows::run_statement("id"),
        workflows::asset_statement("asset", "owner"),
        workflows::album_named("name"),
        workflows::log("id", &query),
        workflows::prune(0),
    ];
    let statements = statements.into_iter().chain(workflows::keep(&ended, 0));
    for statement in statements {
        let sql = statement.sql.clone();
        // The row that names the caller, the list of queues, the ids of the request, and what was found before.
        let short = [
            "caller",
            "json_each",
            "SCAN c",
            "SCAN (",
            "SCAN first",
            "SCAN w",
            "SCAN s",
            "SCAN t",
            "SCAN l",
            "SCAN named",
            "SCAN heads",
            "CONSTANT ROW",
        ];
        let walked = walked(statement, &short);
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}
