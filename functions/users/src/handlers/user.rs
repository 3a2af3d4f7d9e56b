//! Users as others see them.

use axum::{Json, extract::State};
use edge_api::{config::SystemConfig, id::UserId, permission::perm, users::UserResponse};
use edge_http::{App, Error, Guard, Id, Result};
use edge_platform::Rows;
use edge_store::{system, users};

/// All users, or only oneself when the server keeps its users private (`searchUsers`).
pub async fn list(
    guard: Guard<perm::UserRead>,
    State(app): State<App>,
) -> Result<Json<Vec<UserResponse>>> {
    let statements = vec![
        users::list_active(),
        system::find_statement(system::key::SYSTEM_CONFIG),
    ];
    let (auth, answers) = guard.admit(&app, statements).await?;
    let [rows, config] = answers.as_slice() else {
        return Err(Error::internal("two statements, other answers"));
    };
    let config = system::value(config)?
        .as_ref()
        .map_or_else(SystemConfig::defaults, SystemConfig::from_stored);
    let sees_all = auth.is_admin || config.flag("/server/publicUsers");
    let found: Result<Vec<_>> = rows.iter().map(|row| Ok(users::public(&row)?)).collect();
    let mut found = found?;
    found.retain(|user| sees_all || user.id.as_str() == auth.user_id);
    Ok(Json(found))
}

/// One user (`getUser`).
pub async fn get(
    guard: Guard<perm::UserRead>,
    State(app): State<App>,
    Id(id): Id<UserId>,
) -> Result<Json<UserResponse>> {
    let (_, answers) = guard
        .admit(&app, vec![users::find_active(id.as_str())])
        .await?;
    Ok(Json(first(&answers)?))
}

/// The user in the answer to `users::find_active`; missing and deleted ones look the same.
pub fn first(answers: &[Rows]) -> Result<UserResponse> {
    let row = answers
        .first()
        .and_then(Rows::first)
        .ok_or_else(|| Error::bad_request("User not found"))?;
    Ok(users::public(&row)?)
}
