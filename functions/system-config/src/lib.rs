//! Area `system-config`: the configuration of the server (api/features.md).

mod handlers;
mod rules;

edge_http::area! {
    "system-config";
    #[hidden] GET "/admin/config" => handlers::get_admin as getAdminConfig;
    #[hidden] PUT "/admin/config" => handlers::update_admin as updateAdminConfig;
    #[hidden] GET "/admin/config/defaults" => handlers::defaults_admin as getAdminConfigDefaults;
    #[hidden] GET "/config" => handlers::get_user as getUserConfig;
    #[hidden] GET "/config/defaults" => handlers::defaults_user as getUserConfigDefaults;
    #[hidden] GET "/public/config" => handlers::get_public as getPublicConfig;
    #[hidden] GET "/public/config/defaults" => handlers::defaults_public as getPublicConfigDefaults;
    GET "/system-config" => handlers::get as getConfig;
    PUT "/system-config" => handlers::update as updateConfig;
    GET "/system-config/defaults" => handlers::defaults as getConfigDefaults;
    GET "/system-config/storage-template-options" => handlers::storage_template_options as getStorageTemplateOptions;
}
