//! Area `server`: facts about the server (api/features.md).

edge_http::area! {
    "server";
    #[root] GET "/.well-known/immich" => unbuilt as getWellKnown;
    #[root] GET "/custom.css" => unbuilt as getCustomCss;
    GET "/server/about" => unbuilt as getAboutInfo;
    GET "/server/apk-links" => unbuilt as getApkLinks;
    GET "/server/config" => unbuilt as getServerConfig;
    GET "/server/features" => unbuilt as getServerFeatures;
    GET "/server/license" => unbuilt as getServerLicense;
    PUT "/server/license" => unbuilt as setServerLicense;
    DELETE "/server/license" => unbuilt as deleteServerLicense;
    GET "/server/media-types" => unbuilt as getSupportedMediaTypes;
    GET "/server/ping" => unbuilt as pingServer;
    GET "/server/statistics" => unbuilt as getServerStatistics;
    GET "/server/storage" => unbuilt as getStorage;
    GET "/server/version" => unbuilt as getServerVersion;
    GET "/server/version-check" => unbuilt as getVersionCheck;
    GET "/server/version-history" => unbuilt as getVersionHistory;
}
