//! Area `sessions`: logged-in devices (api/features.md).

edge_http::area! {
    "sessions";
    GET "/sessions" => unbuilt as getSessions;
    POST "/sessions" => unbuilt as createSession;
    DELETE "/sessions" => unbuilt as deleteAllSessions;
    PUT "/sessions/{id}" => unbuilt as updateSession;
    #[hidden] PATCH "/sessions/{id}" => unbuilt as updateSession;
    DELETE "/sessions/{id}" => unbuilt as deleteSession;
    POST "/sessions/{id}/lock" => unbuilt as lockSession;
}
