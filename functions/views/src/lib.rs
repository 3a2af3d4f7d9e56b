//! Area `views`: the folder view (api/features.md).

mod handlers;

edge_http::area! {
    "views";
    GET "/view/folder" => handlers::contents as getAssetsByOriginalPath;
    GET "/view/folder/unique-paths" => handlers::list as getUniqueOriginalPaths;
}
