//! Area `system-config`: the configuration of the server (api/features.md).

edge_http::area! {
    "system-config";
    GET "/system-config" => unbuilt as getConfig;
    PUT "/system-config" => unbuilt as updateConfig;
    GET "/system-config/defaults" => unbuilt as getConfigDefaults;
    GET "/system-config/storage-template-options" => unbuilt as getStorageTemplateOptions;
}
