//! Area `asset-metadata`: key-values that clients keep with assets (api/assets.md section 11), apart from `assets` because that is as
//! large as it may be (docs/decisions/0007-sizes.md).

mod handlers;

edge_http::area! {
    "asset-metadata";
    PUT "/assets/metadata" => handlers::set_many as updateBulkAssetMetadata;
    DELETE "/assets/metadata" => handlers::delete_many as deleteBulkAssetMetadata;
    GET "/assets/{id}/metadata" => handlers::list as getAssetMetadata;
    PUT "/assets/{id}/metadata" => handlers::set as updateAssetMetadata;
    GET "/assets/{id}/metadata/{key}" => handlers::get as getAssetMetadataByKey;
    DELETE "/assets/{id}/metadata/{key}" => handlers::delete as deleteAssetMetadata;
}
