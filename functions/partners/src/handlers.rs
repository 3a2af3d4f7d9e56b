//! HTTP in, HTTP out.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    enums::PartnerDirection,
    id::UserId,
    partners::{PartnerCreate, PartnerQuery, PartnerResponse, PartnerUpdate},
    permission::perm,
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result, Valid, ValidQuery, serve::no_content,
};
use edge_platform::Rows;
use edge_store::{caller::Caller, partners};
use http::StatusCode;

/// With whom the caller shares, or who shares with the caller (`getPartners`).
pub async fn list(
    guard: Guard<perm::PartnerRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<PartnerQuery>,
) -> Result<Json<Vec<PartnerResponse>>> {
    let reads = vec![partners::list(query.direction, None)];
    let (_, answers) = guard.admit(&app, reads).await?;
    let found: Result<Vec<_>> = answers
        .iter()
        .flat_map(Rows::iter)
        .map(|row| Ok(partners::read(&row)?))
        .collect();
    Ok(Json(found?))
}

/// Shows the caller's assets to somebody (`createPartner`).
pub async fn create(
    auth: Auth<perm::PartnerCreate>,
    State(app): State<App>,
    Valid(body): Valid<PartnerCreate>,
) -> Result<(StatusCode, Json<PartnerResponse>)> {
    share(&app, &auth, &body.shared_with_id).await
}

/// The same, with the id in the path (`createPartnerDeprecated`).
pub async fn create_by_path(
    auth: Auth<perm::PartnerCreate>,
    State(app): State<App>,
    Id(id): Id<UserId>,
) -> Result<(StatusCode, Json<PartnerResponse>)> {
    share(&app, &auth, &id).await
}

async fn share(
    app: &App,
    caller: &Caller,
    with: &UserId,
) -> Result<(StatusCode, Json<PartnerResponse>)> {
    if with.as_str() == caller.user_id {
        return Err(Error::bad_request("Cannot share with yourself"));
    }
    let batch = vec![
        partners::insert(with.as_str(), app.now()),
        partners::list(PartnerDirection::SharedBy, Some(with.as_str())),
    ];
    let answers = app.run_as(caller, batch).await?;
    let [inserted, partner] = answers.as_slice() else {
        return Err(Error::internal("two statements, but not two results"));
    };
    // Nobody is there, whoever asks: all accounts are listed to all users.
    let row = partner
        .first()
        .ok_or_else(|| Error::bad_request("User not found"))?;
    if inserted.changed() == 0 {
        return Err(Error::bad_request("Partner already exists"));
    }
    Ok((StatusCode::CREATED, Json(partners::read(&row)?)))
}

/// Shows or hides what somebody shares in the caller's own timeline (`updatePartner`).
pub async fn update(
    auth: Auth<perm::PartnerUpdate>,
    State(app): State<App>,
    Id(id): Id<UserId>,
    Valid(body): Valid<PartnerUpdate>,
) -> Result<Json<PartnerResponse>> {
    let batch = vec![
        partners::set_in_timeline(id.as_str(), body.in_timeline, app.now()),
        partners::list(PartnerDirection::SharedWith, Some(id.as_str())),
    ];
    let answers = app.run_as(&auth, batch).await?;
    let row = answers.last().and_then(Rows::first);
    let row = row.ok_or_else(|| Error::no_access(Permission::PartnerUpdate))?;
    Ok(Json(partners::read(&row)?))
}

/// Ends what the caller shows to somebody (`removePartner`).
pub async fn delete(
    auth: Auth<perm::PartnerDelete>,
    State(app): State<App>,
    Id(id): Id<UserId>,
) -> Result<Response> {
    let answers = app
        .run_as(&auth, partners::batch_delete(id.as_str()))
        .await?;
    if answers.last().map_or(0, Rows::changed) == 0 {
        return Err(Error::bad_request("Partner not found"));
    }
    Ok(no_content())
}
