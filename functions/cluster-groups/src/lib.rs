//! Area `cluster-groups`: accounts in which people are recognised together (api/v32.md section 5).

mod handlers;

edge_http::area! {
    "cluster-groups";
    #[hidden] GET "/cluster-groups/requests" => handlers::requests as getClusterGroupRequests;
    #[hidden] DELETE "/cluster-groups/requests/{id}" => handlers::delete_request as deleteClusterGroupRequest;
    #[hidden] POST "/cluster-groups/requests/{id}/accept" => handlers::accept as acceptClusterGroupRequest;
    #[hidden] POST "/cluster-groups/{id}/leave" => handlers::leave as leaveClusterGroup;
    #[hidden] POST "/cluster-groups/{id}/regenerate-people" => handlers::regenerate as clusterGroupRegeneratePeople;
    #[hidden] GET "/cluster-groups/{id}/requests" => handlers::group_requests as getClusterGroupRequestsForGroup;
    #[hidden] PUT "/cluster-groups/{id}/requests" => handlers::request as createClusterGroupRequest;
    #[hidden] GET "/cluster-groups/{id}/users" => handlers::users as getClusterGroupUsers;
}
