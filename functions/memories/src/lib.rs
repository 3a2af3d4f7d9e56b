//! Area `memories`: on-this-day memories (api/features.md).

edge_http::area! {
    "memories";
    GET "/memories" => unbuilt as searchMemories;
    POST "/memories" => unbuilt as createMemory;
    GET "/memories/statistics" => unbuilt as memoriesStatistics;
    GET "/memories/{id}" => unbuilt as getMemory;
    PUT "/memories/{id}" => unbuilt as updateMemory;
    #[hidden] PATCH "/memories/{id}" => unbuilt as updateMemory;
    DELETE "/memories/{id}" => unbuilt as deleteMemory;
    PUT "/memories/{id}/assets" => unbuilt as addMemoryAssets;
    DELETE "/memories/{id}/assets" => unbuilt as removeMemoryAssets;
}
