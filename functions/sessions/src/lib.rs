//! Area `sessions`: logged-in devices (api/auth.md section 2).

mod handlers;

edge_http::area! {
    "sessions";
    GET "/sessions" => handlers::list as getSessions;
    POST "/sessions" => handlers::create as createSession;
    DELETE "/sessions" => handlers::delete_others as deleteAllSessions;
    PUT "/sessions/{id}" => handlers::update as updateSession;
    #[hidden] PATCH "/sessions/{id}" => handlers::update as updateSession;
    DELETE "/sessions/{id}" => handlers::delete as deleteSession;
    POST "/sessions/{id}/lock" => handlers::lock as lockSession;
}
