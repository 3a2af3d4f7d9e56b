//! Area `server`: facts about the server (api/features.md).

mod handlers;
mod metrics;
mod rules;

edge_http::area! {
    "server";
    #[root] GET "/.well-known/immich" => handlers::well_known as getWellKnown;
    #[root] GET "/custom.css" => handlers::custom_css as getCustomCss;
    #[hidden] GET "/spec.json" => handlers::spec as getSpec;
    GET "/server/about" => handlers::about as getAboutInfo;
    GET "/server/apk-links" => handlers::apk_links as getApkLinks;
    GET "/server/config" => handlers::config as getServerConfig;
    GET "/server/features" => handlers::features as getServerFeatures;
    GET "/server/license" => handlers::license as getServerLicense;
    PUT "/server/license" => handlers::set_license as setServerLicense;
    DELETE "/server/license" => handlers::delete_license as deleteServerLicense;
    GET "/server/media-types" => handlers::media_types as getSupportedMediaTypes;
    #[hidden] GET "/server/metrics" => handlers::metrics as getMetrics;
    GET "/server/ping" => handlers::ping as pingServer;
    GET "/server/statistics" => handlers::server_statistics as getServerStatistics;
    GET "/server/storage" => handlers::storage as getStorage;
    GET "/server/version" => handlers::version as getServerVersion;
    GET "/server/version-check" => handlers::version_check as getVersionCheck;
    GET "/server/version-history" => handlers::version_history as getVersionHistory;
}
