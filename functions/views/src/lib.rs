//! Area `views`: the folder view (api/features.md).

edge_http::area! {
    "views";
    GET "/view/folder" => unbuilt as getAssetsByOriginalPath;
    GET "/view/folder/unique-paths" => unbuilt as getUniqueOriginalPaths;
}
