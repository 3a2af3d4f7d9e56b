//! Statements of workflows use their index: an upload asks for them, whoever has none.

use edge_api::enums::WorkflowTrigger;
use edge_store::{jobs::triggers, workflows};

use crate::plans::walked;

#[test]
fn no_statement_of_workflows_walks_through_a_table() {
    let statements = [
        triggers::insert("asset", WorkflowTrigger::AssetCreate, 0),
        workflows::select(None, None),
        workflows::select(Some("id"), None),
        workflows::select(None, Some(WorkflowTrigger::AssetCreate)),
        workflows::delete("id"),
        workflows::run_statement("id"),
        workflows::asset_statement("asset", "owner"),
        workflows::album_named("name"),
    ];
    for statement in statements {
        let sql = statement.sql.clone();
        // The row that names the caller, the list of queues, and what was found before.
        let short = [
            "caller",
            "SCAN c",
            "SCAN (",
            "SCAN first",
            "SCAN w",
            "SCAN s",
            "SCAN named",
            "SCAN heads",
            "CONSTANT ROW",
        ];
        let walked = walked(statement, &short);
        assert!(walked.is_empty(), "{walked:#?} in {sql}");
    }
}
