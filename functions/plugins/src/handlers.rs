//! HTTP in, HTTP out. The core plugin is part of the program, so nothing is read but the caller.

use axum::Json;
use edge_api::{
    id::PluginId,
    permission::perm,
    plugins::{
        PluginMethodQuery, PluginMethodResponse, PluginQuery, PluginResponse,
        PluginTemplateResponse, core,
    },
};
use edge_http::{Auth, Error, Id, Result, ValidQuery};

/// All plugins: there is one (`searchPlugins`).
pub async fn search(
    _auth: Auth<perm::PluginRead>,
    ValidQuery(query): ValidQuery<PluginQuery>,
) -> Json<Vec<PluginResponse>> {
    Json(core().find(&query).into_iter().collect())
}

/// One plugin (`getPlugin`).
pub async fn get(
    _auth: Auth<perm::PluginRead>,
    Id(id): Id<PluginId>,
) -> Result<Json<PluginResponse>> {
    let plugin = core().by_id(&id);
    Ok(Json(
        plugin.ok_or_else(|| Error::bad_request("Plugin not found"))?,
    ))
}

/// What steps of workflows may do (`searchPluginMethods`).
pub async fn methods(
    _auth: Auth<perm::PluginRead>,
    ValidQuery(query): ValidQuery<PluginMethodQuery>,
) -> Json<Vec<PluginMethodResponse>> {
    Json(core().methods(&query))
}

/// What workflows may be made from (`searchPluginTemplates`).
pub async fn templates(_auth: Auth<perm::PluginRead>) -> Json<Vec<PluginTemplateResponse>> {
    Json(core().templates())
}
