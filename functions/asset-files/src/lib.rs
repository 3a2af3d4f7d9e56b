//! Area `asset-files`: the generated and side files of an asset, by ids of their own (api/v32.md section 4).

mod handlers;

edge_http::reads_originals!();

edge_http::area! {
    "asset-files";
    #[hidden] GET "/asset-files" => handlers::list as searchAssetFiles;
    #[hidden] GET "/asset-files/{id}" => handlers::get as getAssetFile;
    #[hidden] DELETE "/asset-files/{id}" => handlers::delete as deleteAssetFile;
    #[hidden] GET "/asset-files/{id}/download" => handlers::download as downloadAssetFile;
}
