//! Area `workflows`: automation (api/features.md).

edge_http::area! {
    "workflows";
    GET "/workflows" => unbuilt as searchWorkflows;
    POST "/workflows" => unbuilt as createWorkflow;
    GET "/workflows/triggers" => unbuilt as getWorkflowTriggers;
    GET "/workflows/{id}" => unbuilt as getWorkflow;
    PUT "/workflows/{id}" => unbuilt as updateWorkflow;
    #[hidden] PATCH "/workflows/{id}" => unbuilt as updateWorkflow;
    DELETE "/workflows/{id}" => unbuilt as deleteWorkflow;
    GET "/workflows/{id}/share" => unbuilt as getWorkflowForShare;
}
