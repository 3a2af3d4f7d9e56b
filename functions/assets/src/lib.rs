//! Area `assets`: photos and videos: upload, delivery, facts, updates (api/features.md).

mod dialect;
mod handlers;
mod rules;
mod upload;

edge_http::area! {
    "assets";
    POST "/assets" => handlers::upload as uploadAsset;
    PUT "/assets" => unbuilt as updateAssets;
    #[hidden] PATCH "/assets" => unbuilt as updateAssets;
    DELETE "/assets" => unbuilt as deleteAssets;
    POST "/assets/bulk-upload-check" => handlers::bulk_upload_check as checkBulkUpload;
    PUT "/assets/copy" => unbuilt as copyAsset;
    POST "/assets/jobs" => unbuilt as runAssetJobs;
    PUT "/assets/metadata" => unbuilt as updateBulkAssetMetadata;
    DELETE "/assets/metadata" => unbuilt as deleteBulkAssetMetadata;
    GET "/assets/statistics" => handlers::statistics as getAssetStatistics;
    GET "/assets/{id}" => handlers::get as getAssetInfo;
    PUT "/assets/{id}" => unbuilt as updateAsset;
    #[hidden] PATCH "/assets/{id}" => unbuilt as updateAsset;
    GET "/assets/{id}/edits" => unbuilt as getAssetEdits;
    PUT "/assets/{id}/edits" => unbuilt as editAsset;
    DELETE "/assets/{id}/edits" => unbuilt as removeAssetEdits;
    GET "/assets/{id}/metadata" => unbuilt as getAssetMetadata;
    PUT "/assets/{id}/metadata" => unbuilt as updateAssetMetadata;
    GET "/assets/{id}/metadata/{key}" => unbuilt as getAssetMetadataByKey;
    DELETE "/assets/{id}/metadata/{key}" => unbuilt as deleteAssetMetadata;
    GET "/assets/{id}/ocr" => unbuilt as getAssetOcr;
    GET "/assets/{id}/original" => handlers::download as downloadAsset;
    GET "/assets/{id}/thumbnail" => handlers::view as viewAsset;
    GET "/assets/{id}/video/playback" => handlers::play as playAssetVideo;
    GET "/assets/{id}/video/stream/main.m3u8" => unbuilt as getMainPlaylist;
    DELETE "/assets/{id}/video/stream/{sessionId}" => unbuilt as endSession;
    GET "/assets/{id}/video/stream/{sessionId}/{variantIndex}/playlist.m3u8" => unbuilt as getMediaPlaylist;
    GET "/assets/{id}/video/stream/{sessionId}/{variantIndex}/{filename}" => unbuilt as getSegment;
}
