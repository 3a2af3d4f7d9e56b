//! HTTP in, HTTP out. Reads take one round trip, a removal two.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    asset_files::{AssetFileQuery, AssetFileResponse},
    enums::{AssetFileType, JobName},
    id::AssetFileId,
    media_type,
    permission::perm,
};
use edge_http::{
    App, Error, Guard, Id, Response, Result, ValidQuery,
    media::{self, CACHE_PRIVATE, Delivery},
    serve::no_content,
};
use edge_platform::Rows;
use edge_store::{
    assets::side_files,
    jobs::{self, NewJob},
};
use http::{HeaderMap, HeaderValue, header};

/// The files of an asset (`searchAssetFiles`).
pub async fn list(
    guard: Guard<perm::AssetFileRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<AssetFileQuery>,
) -> Result<Json<Vec<AssetFileResponse>>> {
    let select = side_files::of_asset(&query);
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    let files = answers.first().map(side_files::read_all).transpose()?;
    // Without access there is not even the row of the asset.
    let files = files.flatten();
    Ok(Json(
        files.ok_or_else(|| Error::no_access(Permission::AssetRead))?,
    ))
}

/// One file (`getAssetFile`).
pub async fn get(
    guard: Guard<perm::AssetFileRead>,
    State(app): State<App>,
    Id(id): Id<AssetFileId>,
) -> Result<Json<AssetFileResponse>> {
    let select = side_files::find(id.as_str());
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    Ok(Json(found(answers.first(), Permission::AssetFileRead)?))
}

fn found(rows: Option<&Rows>, permission: Permission) -> Result<AssetFileResponse> {
    let file = rows.map(side_files::read).transpose()?.flatten();
    file.ok_or_else(|| Error::no_access(permission))
}

/// The bytes of a file (`downloadAssetFile`).
pub async fn download(
    guard: Guard<perm::AssetFileDownload>,
    State(app): State<App>,
    Id(id): Id<AssetFileId>,
    headers: HeaderMap,
) -> Result<Response> {
    let select = side_files::find(id.as_str());
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    let file = found(answers.first(), Permission::AssetFileDownload)?;
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let delivery = Delivery {
        key: &file.path,
        content_type: media_type::mime_type(&file.path),
        file_name: Some(name.to_owned()),
        cache: Some(CACHE_PRIVATE),
        missing: "Not Found",
    };
    let mut response = media::deliver(&app, &headers, delivery).await?;
    // A sidecar is XML that somebody wrote: opened in a browser it must not run as a page of ours.
    let sent = response.headers_mut();
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    sent.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Removes a file of the caller's own asset; its object goes with a job (`deleteAssetFile`).
pub async fn delete(
    guard: Guard<perm::AssetFileDelete>,
    State(app): State<App>,
    Id(id): Id<AssetFileId>,
) -> Result<Response> {
    let select = side_files::find_own(id.as_str());
    let (_, answers) = guard.admit(&app, vec![select]).await?;
    let file = found(answers.first(), Permission::AssetFileDelete)?;
    if file.kind == AssetFileType::Sidecar {
        return Err(Error::bad_request("Sidecar files cannot be deleted"));
    }
    if file.is_edited {
        // Visitors of links would see the unedited picture.
        return Err(Error::bad_request("Files of an edit go with the edit"));
    }
    let now = app.now();
    let cleaning = NewJob::new(app.uuid(), JobName::FileDelete, serde_json::json!({}), now);
    let mut batch = side_files::batch_delete(id.as_str(), now);
    batch.push(jobs::insert(&cleaning, now));
    app.db().batch(batch).await?;
    app.wake(vec![cleaning.wake()]).await;
    Ok(no_content())
}
