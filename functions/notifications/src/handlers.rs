//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    Patch, Permission,
    common::distinct,
    id::NotificationId,
    notifications::{
        NotificationDeleteAll, NotificationQuery, NotificationResponse, NotificationUpdate,
        NotificationUpdateAll,
    },
    permission::perm,
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result, Valid, ValidQuery, serve::no_content,
};
use edge_platform::Rows;
use edge_store::notifications;

/// The caller's notifications, newest first, at most a hundred (`getNotifications`).
pub async fn list(
    guard: Guard<perm::NotificationRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<NotificationQuery>,
) -> Result<Json<Vec<NotificationResponse>>> {
    let (_, answers) = guard.admit(&app, vec![notifications::list(&query)]).await?;
    let rows = answers.iter().flat_map(Rows::iter);
    let found: Result<Vec<_>> = rows.map(|row| Ok(notifications::read(&row)?)).collect();
    Ok(Json(found?))
}

/// One notification (`getNotification`).
pub async fn get(
    guard: Guard<perm::NotificationRead>,
    State(app): State<App>,
    Id(id): Id<NotificationId>,
) -> Result<Json<NotificationResponse>> {
    let query = NotificationQuery {
        id: Some(id),
        level: None,
        kind: None,
        unread: None,
    };
    let (_, answers) = guard.admit(&app, vec![notifications::list(&query)]).await?;
    found(&answers, Permission::NotificationRead)
}

fn found(answers: &[Rows], permission: Permission) -> Result<Json<NotificationResponse>> {
    let row = answers.last().and_then(Rows::first);
    let row = row.ok_or_else(|| Error::no_access(permission))?;
    Ok(Json(notifications::read(&row)?))
}

/// Notes that one was read, or not yet (`updateNotification`).
pub async fn update(
    auth: Auth<perm::NotificationUpdate>,
    State(app): State<App>,
    Id(id): Id<NotificationId>,
    Valid(body): Valid<NotificationUpdate>,
) -> Result<Json<NotificationResponse>> {
    let write = notifications::update(id.as_str(), body.read_at, app.now());
    let answers = app.run_as(&auth, vec![write]).await?;
    found(&answers, Permission::NotificationUpdate)
}

/// Deletes one (`deleteNotification`).
pub async fn delete(
    auth: Auth<perm::NotificationDelete>,
    State(app): State<App>,
    Id(id): Id<NotificationId>,
) -> Result<Response> {
    let write = notifications::delete(id.as_str(), app.now());
    let answers = app.run_as(&auth, vec![write]).await?;
    if answers.first().map_or(0, Rows::changed) == 0 {
        return Err(Error::no_access(Permission::NotificationDelete));
    }
    Ok(no_content())
}

/// Notes that these were read, or not yet; all of them must be the caller's (`updateNotifications`).
pub async fn update_all(
    guard: Guard<perm::NotificationUpdate>,
    State(app): State<App>,
    Valid(body): Valid<NotificationUpdateAll>,
) -> Result<Response> {
    let ids = distinct(&body.ids);
    let (auth, answers) = guard.admit(&app, vec![notifications::owned(&ids)]).await?;
    all_owned(&answers, &ids, Permission::NotificationUpdate)?;
    let read_at = match body.read_at {
        Patch::Absent => return Ok(no_content()),
        Patch::Null => None,
        Patch::Value(at) => Some(at),
    };
    let writes = notifications::batch_update(&ids, read_at, app.now());
    app.run_as(&auth, writes).await?;
    Ok(no_content())
}

/// Deletes these; all of them must be the caller's (`deleteNotifications`).
pub async fn delete_all(
    guard: Guard<perm::NotificationDelete>,
    State(app): State<App>,
    Valid(body): Valid<NotificationDeleteAll>,
) -> Result<Response> {
    let ids = distinct(&body.ids);
    let (auth, answers) = guard.admit(&app, vec![notifications::owned(&ids)]).await?;
    all_owned(&answers, &ids, Permission::NotificationDelete)?;
    let writes = notifications::batch_delete(&ids, app.now());
    app.run_as(&auth, writes).await?;
    Ok(no_content())
}

/// Refuses a list of which the caller has not everything.
fn all_owned(answers: &[Rows], ids: &[&str], permission: Permission) -> Result<()> {
    let row = answers.last().and_then(Rows::first);
    let total: i64 = row.map_or(Ok(0), |row| row.get("total"))?;
    if usize::try_from(total).is_ok_and(|total| total == ids.len()) {
        Ok(())
    } else {
        Err(Error::no_access(permission))
    }
}
