//! Area `plugins`: plugins for workflows (api/features.md).

edge_http::area! {
    "plugins";
    GET "/plugins" => unbuilt as searchPlugins;
    GET "/plugins/methods" => unbuilt as searchPluginMethods;
    GET "/plugins/templates" => unbuilt as searchPluginTemplates;
    GET "/plugins/{id}" => unbuilt as getPlugin;
}
