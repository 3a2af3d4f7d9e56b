//! The maintenance mode (api/admin.md section 3).

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::IntoResponse,
};
use edge_api::{
    enums::{MaintenanceAction, StorageFolder},
    maintenance::{
        DetectedFolder, DetectedInstall, MaintenanceLogin, MaintenanceStatus, SetMaintenance,
    },
    permission::perm,
};
use edge_http::{
    App, Counted, Error, Guard, Response, Result, Valid,
    backup::{self, Restore},
    cookies,
    maintenance::Mode,
};
use http::{HeaderMap, StatusCode};

type Admin = perm::Admin<perm::Maintenance>;

/// Begins the mode, says what it is for, or ends it (`setMaintenanceMode`). A restore that it is for begins at once,
/// and lasts (docs/backups.md).
///
/// An administrator begins it; while it is on, whoever holds its cookie may go on.
pub async fn set(
    guard: Result<Guard<Admin>>,
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Valid(body): Valid<SetMaintenance>,
) -> Result<Response> {
    let mode = Mode::read(&app).await?;
    let Some(mode) = mode else {
        let (auth, _) = guard?.admit(&app, Vec::new()).await?;
        if body.action == MaintenanceAction::End {
            return Ok(StatusCode::CREATED.into_response());
        }
        let file = restored(&app, &body).await?;
        let mode = Mode::begin(&app, body.action);
        mode.store(&app).await?;
        restore(&app, file).await?;
        Mode::announce(&app, true).await;
        let claims = mode.claims(&app, &auth.name);
        let cookie = mode.cookie(&claims, cookies::is_https(&uri, &headers));
        let cookies = cookies::append(cookie.into_iter().collect());
        return Ok((StatusCode::CREATED, cookies).into_response());
    };
    if let Err(error) = mode.holder(&app, &headers) {
        // A session is asked for in vain, so that the answer is this and not that there is no session now.
        if let Ok(guard) = guard {
            drop(guard.admit(&app, Vec::new()).await);
        }
        return Err(error);
    }
    go_on(&app, mode, &body).await?;
    Ok(StatusCode::CREATED.into_response())
}

/// What whoever holds the cookie wants. Errors: 400 while a backup is being restored: half of a database is no use to anybody.
async fn go_on(app: &App, mut mode: Mode, body: &SetMaintenance) -> Result<()> {
    if Restore::read(app).await?.is_some() {
        return Err(Error::bad_request("A database restore is in progress"));
    }
    if body.action == MaintenanceAction::End {
        return Mode::end(app).await;
    }
    let file = restored(app, body).await?;
    (mode.action, mode.error) = (body.action, None);
    mode.store(app).await?;
    restore(app, file).await?;
    Mode::tell(app).await;
    Ok(())
}

/// Name of the backup to restore, if there is one. Errors: 400 when its name is none, or there is no such file.
async fn restored<'a>(app: &App, body: &'a SetMaintenance) -> Result<Option<&'a str>> {
    let name = body.restore_backup_filename.as_deref();
    let Some(name) = name.filter(|_| body.action == MaintenanceAction::RestoreDatabase) else {
        return Ok(None);
    };
    if !backup::is_name(name) {
        return Err(Error::bad_request("Invalid backup file format!"));
    }
    match app.objects.head(&backup::key(name)).await? {
        Some(_) => Ok(Some(name)),
        None => Err(Error::bad_request(format!("ENOENT: no such file {name}"))),
    }
}

async fn restore(app: &App, file: Option<&str>) -> Result<()> {
    match file {
        Some(file) => Restore::begin(app, file).await,
        None => Ok(()),
    }
}

/// Whether the mode is on, and what for (`getMaintenanceStatus`). What went wrong is for whoever holds its cookie. One round trip.
pub async fn status(State(app): State<App>, headers: HeaderMap) -> Result<Json<MaintenanceStatus>> {
    let Some((mode, restore)) = Mode::with_restore(&app).await? else {
        return Ok(Json(MaintenanceStatus {
            active: false,
            action: MaintenanceAction::End,
            error: None,
            progress: None,
            task: None,
        }));
    };
    let is_holder = mode.holder(&app, &headers).is_ok();
    Ok(Json(mode.status(restore.as_ref(), is_holder)))
}

/// Trades a token for its cookie, and says whose it is (`maintenanceLogin`).
pub async fn login(
    _counted: Counted,
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Valid(body): Valid<MaintenanceLogin>,
) -> Result<Response> {
    let mode = Mode::read(&app).await?;
    let mode = mode.ok_or_else(|| Error::bad_request("Not in maintenance mode"))?;
    let claims = match body.token.filter(|token| !token.is_empty()) {
        Some(token) => mode.verify(&app, &token)?,
        None => mode.holder(&app, &headers)?,
    };
    let cookie = mode.cookie(&claims, cookies::is_https(&uri, &headers));
    let cookies = cookies::append(cookie.into_iter().collect());
    Ok((StatusCode::CREATED, cookies, Json(claims.payload())).into_response())
}

/// Entries of a folder that are counted at most: each takes a call of the bucket.
const COUNTED: usize = 100;

/// What another installation left in the bucket (`detectPriorInstall`). In the mode nobody needs to say who he is.
pub async fn detect(
    guard: Result<Guard<Admin>>,
    State(app): State<App>,
) -> Result<Json<DetectedInstall>> {
    if Mode::read(&app).await?.is_none() {
        guard?.admit(&app, Vec::new()).await?;
    }
    let mut storage = Vec::new();
    for folder in StorageFolder::VALUES {
        storage.push(look_at(&app, *folder).await);
    }
    Ok(Json(DetectedInstall { storage }))
}

/// Entries are what lies directly in a folder, up to [`COUNTED`]; the marker `.immich` is none.
async fn look_at(app: &App, folder: StorageFolder) -> DetectedFolder {
    let prefix = format!("{folder}/");
    let marker = format!("{prefix}.immich");
    let (mut after, mut files, mut readable) = (None::<String>, 0, true);
    while files < COUNTED {
        let keys = app.objects.list(&prefix, after.as_deref()).await;
        readable = keys.is_ok();
        let first = keys.unwrap_or_default().into_iter().next();
        let Some(rest) = first.as_deref().and_then(|key| key.strip_prefix(&prefix)) else {
            break;
        };
        let entry = rest.split('/').next().unwrap_or(rest);
        let is_folder = entry.len() < rest.len();
        files += usize::from(entry != ".immich");
        // Behind all keys in the entry.
        let end = if is_folder { "/\u{10ffff}" } else { "" };
        after = Some(format!("{prefix}{entry}{end}"));
    }
    let written = app.objects.put(&marker, bytes::Bytes::new(), "text/plain");
    DetectedFolder {
        folder,
        readable,
        writable: written.await.is_ok(),
        files: i64::try_from(files).unwrap_or(i64::MAX),
    }
}
