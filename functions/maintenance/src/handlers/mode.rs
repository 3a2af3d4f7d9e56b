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
use edge_http::{App, Error, Guard, Response, Result, Valid, cookies, maintenance::Mode};
use http::{HeaderMap, StatusCode};

type Admin = perm::Admin<perm::Maintenance>;

/// Begins the mode, says what it is for, or ends it (`setMaintenanceMode`). Restoring a backup is not built.
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
    let Some(mut mode) = mode else {
        let (auth, _) = guard?.admit(&app, Vec::new()).await?;
        refuse_restore(&body)?;
        if body.action == MaintenanceAction::End {
            return Ok(StatusCode::CREATED.into_response());
        }
        let mode = Mode::begin(&app, body.action);
        mode.store(&app).await?;
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
    refuse_restore(&body)?;
    if body.action == MaintenanceAction::End {
        Mode::end(&app).await?;
    } else {
        mode.action = body.action;
        mode.store(&app).await?;
    }
    Ok(StatusCode::CREATED.into_response())
}

fn refuse_restore(body: &SetMaintenance) -> Result<()> {
    if body.action == MaintenanceAction::RestoreDatabase {
        return Err(Error::NotImplemented);
    }
    Ok(())
}

/// Whether the mode is on, and what for (`getMaintenanceStatus`). What went wrong is for whoever holds its cookie.
pub async fn status(State(app): State<App>, headers: HeaderMap) -> Result<Json<MaintenanceStatus>> {
    let Some(mode) = Mode::read(&app).await? else {
        return Ok(Json(MaintenanceStatus {
            active: false,
            action: MaintenanceAction::End,
            error: None,
        }));
    };
    let is_holder = mode.holder(&app, &headers).is_ok();
    let error = mode.error.map(|error| {
        if is_holder {
            error
        } else {
            "Something went wrong, see logs!".to_owned()
        }
    });
    Ok(Json(MaintenanceStatus {
        active: true,
        action: mode.action,
        error,
    }))
}

/// Trades a token for its cookie, and says whose it is (`maintenanceLogin`).
pub async fn login(
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
