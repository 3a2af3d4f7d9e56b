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
    GET "/assets/statistics" => handlers::statistics as getAssetStatistics;
    GET "/assets/{id}" => handlers::get as getAssetInfo;
    PUT "/assets/{id}" => handlers::update_one as updateAsset;
    #[hidden] PATCH "/assets/{id}" => handlers::update_one as updateAsset;
    GET "/assets/{id}/ocr" => handlers::ocr as getAssetOcr;
}
