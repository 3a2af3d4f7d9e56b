//! Area `memories`: what happened on this day in other years (api/features.md section A, Memories).

mod handlers;

edge_http::area! {
    "memories";
    GET "/memories" => handlers::search as searchMemories;
    POST "/memories" => handlers::create as createMemory;
    GET "/memories/statistics" => handlers::statistics as memoriesStatistics;
    GET "/memories/{id}" => handlers::get as getMemory;
    PUT "/memories/{id}" => handlers::update as updateMemory;
    #[hidden] PATCH "/memories/{id}" => handlers::update as updateMemory;
    DELETE "/memories/{id}" => handlers::delete as deleteMemory;
    PUT "/memories/{id}/assets" => handlers::add_assets as addMemoryAssets;
    DELETE "/memories/{id}/assets" => handlers::remove_assets as removeMemoryAssets;
}
