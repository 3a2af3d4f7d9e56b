//! Area `assets`: photos and videos: upload, facts, updates (api/features.md).

mod dialect;
mod handlers;
mod rules;
mod upload;

edge_http::area! {
    "assets";
    POST "/assets" => handlers::upload as uploadAsset;
    PUT "/assets" => handlers::update_many as updateAssets;
    #[hidden] PATCH "/assets" => handlers::update_many as updateAssets;
    DELETE "/assets" => handlers::remove as deleteAssets;
    POST "/assets/bulk-upload-check" => handlers::bulk_upload_check as checkBulkUpload;
    PUT "/assets/copy" => handlers::copy as copyAsset;
    POST "/assets/jobs" => handlers::run_jobs as runAssetJobs;
    PUT "/assets/metadata" => handlers::metadata::set_many as updateBulkAssetMetadata;
    DELETE "/assets/metadata" => handlers::metadata::delete_many as deleteBulkAssetMetadata;
    GET "/assets/statistics" => handlers::statistics as getAssetStatistics;
    GET "/assets/{id}" => handlers::get as getAssetInfo;
    PUT "/assets/{id}" => handlers::update_one as updateAsset;
    #[hidden] PATCH "/assets/{id}" => handlers::update_one as updateAsset;
    GET "/assets/{id}/metadata" => handlers::metadata::list as getAssetMetadata;
    PUT "/assets/{id}/metadata" => handlers::metadata::set as updateAssetMetadata;
    GET "/assets/{id}/metadata/{key}" => handlers::metadata::get as getAssetMetadataByKey;
    DELETE "/assets/{id}/metadata/{key}" => handlers::metadata::delete as deleteAssetMetadata;
    GET "/assets/{id}/ocr" => handlers::ocr as getAssetOcr;
}
