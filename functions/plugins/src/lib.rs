//! Area `plugins`: plugins for workflows (api/workflows.md).

mod handlers;

edge_http::area! {
    "plugins";
    GET "/plugins" => handlers::search as searchPlugins;
    GET "/plugins/methods" => handlers::methods as searchPluginMethods;
    GET "/plugins/templates" => handlers::templates as searchPluginTemplates;
    GET "/plugins/{id}" => handlers::get as getPlugin;
}
