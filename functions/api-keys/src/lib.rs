//! Area `api-keys`: API keys of the caller (api/features.md).

edge_http::area! {
    "api-keys";
    GET "/api-keys" => unbuilt as getApiKeys;
    POST "/api-keys" => unbuilt as createApiKey;
    GET "/api-keys/me" => unbuilt as getMyApiKey;
    GET "/api-keys/{id}" => unbuilt as getApiKey;
    PUT "/api-keys/{id}" => unbuilt as updateApiKey;
    #[hidden] PATCH "/api-keys/{id}" => unbuilt as updateApiKey;
    DELETE "/api-keys/{id}" => unbuilt as deleteApiKey;
}
