//! HTTP in, HTTP out. In the maintenance mode whoever holds its cookie may do all of this.

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::IntoResponse,
};
use edge_api::{
    backups::{Backup, Backups, DeleteBackups},
    enums::MaintenanceAction,
    permission::perm,
};
use edge_http::{
    App, Counted, Error, Guard, Response, Result, Valid, backup, cookies,
    extract::Params,
    maintenance::Mode,
    media::{Delivery, deliver},
};
use edge_store::system;
use futures::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, StatusCode};

/// Sizes that are asked for at the same time.
const AT_ONCE: usize = 6;

/// Neither kept nor packed on the way.
const CACHE: &str = "private, no-cache, no-transform";

/// Times in names are of this zone.
const ZONE: &str = "UTC";

/// All backups (`listDatabaseBackups`).
pub async fn list(
    guard: Result<Guard<perm::Admin<perm::Maintenance>>>,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<Backups>> {
    Mode::admit(&app, &headers, guard).await?;
    let names = backup::sorted(backup::names(&app).await?);
    let found = stream::iter(names)
        .map(async |filename: String| {
            let meta = app.objects.head(&backup::key(&filename)).await?;
            Ok::<_, Error>(meta.map(|meta| Backup {
                filename,
                filesize: i64::try_from(meta.size).unwrap_or(i64::MAX),
                timezone: ZONE,
            }))
        })
        .buffered(AT_ONCE)
        .try_collect::<Vec<Option<Backup>>>()
        .await?;
    let backups = found.into_iter().flatten().collect();
    Ok(Json(Backups { backups }))
}

/// Deletes backups (`deleteDatabaseBackup`): all of them, or none when one name is none.
pub async fn delete(
    guard: Result<Guard<perm::Admin<perm::BackupDelete>>>,
    State(app): State<App>,
    headers: HeaderMap,
    Valid(body): Valid<DeleteBackups>,
) -> Result<StatusCode> {
    Mode::admit(&app, &headers, guard).await?;
    if !body.backups.iter().all(|name| backup::is_name(name)) {
        return Err(invalid());
    }
    let keys: Vec<String> = body.backups.iter().map(|name| backup::key(name)).collect();
    app.objects.delete(&keys).await?;
    Ok(StatusCode::OK)
}

/// The bytes of a backup (`downloadDatabaseBackup`).
pub async fn download(
    guard: Result<Guard<perm::Admin<perm::BackupDownload>>>,
    State(app): State<App>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response> {
    Mode::admit(&app, &headers, guard).await?;
    let name = params.text("filename");
    if !backup::is_name(name) {
        return Err(invalid());
    }
    let is_packed = name.rsplit('.').next() == Some("gz");
    let what = Delivery {
        key: &backup::key(name),
        content_type: if is_packed {
            "application/gzip"
        } else {
            "application/sql"
        },
        file_name: Some(name.to_owned()),
        cache: Some(CACHE),
        missing: "Not Found",
    };
    deliver(&app, &headers, what).await
}

/// Begins the maintenance mode on a server that has no administrator yet, to restore one from a backup (`startDatabaseRestoreFlow`).
pub async fn start_restore(
    _counted: Counted,
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response> {
    let boot = system::boot(app.db()).await?;
    if boot.is_in_maintenance {
        return Err(Error::not_found("Not Found"));
    }
    if boot.is_initialized {
        return Err(Error::bad_request("The server already has an admin"));
    }
    let mode = Mode::begin(&app, MaintenanceAction::SelectDatabaseRestore);
    mode.store(&app).await?;
    let claims = mode.claims(&app, "admin");
    let cookie = mode.cookie(&claims, cookies::is_https(&uri, &headers));
    let cookies = cookies::append(cookie.into_iter().collect());
    Ok((StatusCode::CREATED, cookies).into_response())
}

/// What is said of a name that is none.
pub fn invalid() -> Error {
    Error::bad_request("Invalid backup name!")
}
