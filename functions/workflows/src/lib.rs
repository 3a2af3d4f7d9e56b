//! Area `workflows`: what happens by itself when assets come or are read (api/workflows.md). The scheduler runs them.

mod handlers;
mod rules;

edge_http::area! {
    "workflows";
    GET "/workflows" => handlers::search as searchWorkflows;
    POST "/workflows" => handlers::create as createWorkflow;
    GET "/workflows/triggers" => handlers::triggers as getWorkflowTriggers;
    GET "/workflows/{id}" => handlers::get as getWorkflow;
    PUT "/workflows/{id}" => handlers::update as updateWorkflow;
    #[hidden] PATCH "/workflows/{id}" => handlers::update as updateWorkflow;
    DELETE "/workflows/{id}" => handlers::delete as deleteWorkflow;
    #[hidden] GET "/workflows/{id}/logs" => handlers::logs as getWorkflowLogs;
    GET "/workflows/{id}/share" => handlers::share as getWorkflowForShare;
}
