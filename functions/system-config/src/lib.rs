//! Area `system-config`: the configuration of the server (api/features.md).

mod handlers;
mod rules;

edge_http::area! {
    "system-config";
    GET "/system-config" => handlers::get as getConfig;
    PUT "/system-config" => handlers::update as updateConfig;
    GET "/system-config/defaults" => handlers::defaults as getConfigDefaults;
    GET "/system-config/storage-template-options" => handlers::storage_template_options as getStorageTemplateOptions;
}
