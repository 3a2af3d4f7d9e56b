//! Area `api-keys`: API keys of the caller (api/auth.md section 6).

mod handlers;
mod rules;

edge_http::area! {
    "api-keys";
    GET "/api-keys" => handlers::list as getApiKeys;
    POST "/api-keys" => handlers::create as createApiKey;
    GET "/api-keys/me" => handlers::get_current as getMyApiKey;
    GET "/api-keys/{id}" => handlers::get as getApiKey;
    PUT "/api-keys/{id}" => handlers::update as updateApiKey;
    #[hidden] PATCH "/api-keys/{id}" => handlers::update as updateApiKey;
    DELETE "/api-keys/{id}" => handlers::delete as deleteApiKey;
    #[hidden] POST "/api-keys/{id}/rotate" => handlers::rotate as rotateApiKey;
}
