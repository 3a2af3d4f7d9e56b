//! HTTP in, HTTP out. One database round trip each.

use axum::{Json, extract::State};
use edge_api::{assets::AssetResponse, perm::FolderRead, search::FolderQuery};
use edge_http::{App, Guard, Result, ValidQuery};
use edge_store::folders;

/// Folders that have assets (`getUniqueOriginalPaths`).
pub async fn list(guard: Guard<FolderRead>, State(app): State<App>) -> Result<Json<Vec<String>>> {
    let (_, results) = guard.admit(&app, vec![folders::list()]).await?;
    let rows = results.into_iter().next().unwrap_or_default();
    Ok(Json(folders::read_list(&rows)?))
}

/// The assets right in one folder (`getAssetsByOriginalPath`).
pub async fn contents(
    guard: Guard<FolderRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<FolderQuery>,
) -> Result<Json<Vec<AssetResponse>>> {
    let reads = vec![folders::contents(&query.path)];
    let (auth, results) = guard.admit(&app, reads).await?;
    let rows = results.into_iter().next().unwrap_or_default();
    Ok(Json(folders::read(&rows, &auth.user_id)?))
}
