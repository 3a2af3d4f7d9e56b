//! HTTP in, HTTP out. Reads take one database round trip, writes two.

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    activities::{
        ActivityCreate, ActivityQuery, ActivityResponse, ActivityStatistics,
        ActivityStatisticsQuery,
    },
    id::ActivityId,
    permission::perm,
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result, Valid, ValidQuery, serve::no_content,
};
use edge_platform::Rows;
use edge_store::{activities, albums};
use http::StatusCode;

/// Likes and comments of an album, oldest first (`getActivities`).
pub async fn list(
    guard: Guard<perm::ActivityRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<ActivityQuery>,
) -> Result<Json<Vec<ActivityResponse>>> {
    let reads = vec![
        albums::readable(query.album_id.as_str()),
        activities::list(&query),
    ];
    let (_, answers) = guard.admit(&app, reads).await?;
    let rows = of_album(&answers)?;
    let found: Result<Vec<_>> = rows.iter().map(|row| Ok(activities::read(&row)?)).collect();
    Ok(Json(found?))
}

/// How many of each there are (`getActivityStatistics`).
pub async fn statistics(
    guard: Guard<perm::ActivityStatistics>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<ActivityStatisticsQuery>,
) -> Result<Json<ActivityStatistics>> {
    let reads = vec![
        albums::readable(query.album_id.as_str()),
        activities::statistics(&query),
    ];
    let (_, answers) = guard.admit(&app, reads).await?;
    Ok(Json(activities::read_statistics(of_album(&answers)?)?))
}

/// The second of two results, if the first says that the caller may read the album.
fn of_album(answers: &[Rows]) -> Result<&Rows> {
    match answers {
        [readable, rows] if !readable.is_empty() => Ok(rows),
        _ => Err(Error::no_access(Permission::AlbumRead)),
    }
}

/// Likes or comments; a like that is there already is answered with 200 (`createActivity`).
pub async fn create(
    guard: Guard<perm::ActivityCreate>,
    State(app): State<App>,
    Valid(body): Valid<ActivityCreate>,
) -> Result<(StatusCode, Json<ActivityResponse>)> {
    let asset = body.asset_id.as_ref().map(AsRef::as_ref);
    let read = activities::standing(body.album_id.as_str(), asset);
    let (auth, answers) = guard.admit(&app, vec![read]).await?;
    let standing = answers.first().and_then(Rows::first);
    let standing = standing.ok_or_else(|| Error::no_access(Permission::ActivityCreate))?;
    if !standing.get::<bool>("has_asset")? {
        return Err(Error::bad_request("Asset is not in the album"));
    }
    let id = app.uuid();
    let batch = vec![
        activities::insert(&id, &body, app.now()),
        activities::made(&id, &body),
    ];
    let answers = app.run_as(&auth, batch).await?;
    let [inserted, made] = answers.as_slice() else {
        return Err(Error::internal("two statements, but not two results"));
    };
    // The album, the asset or the membership may have gone since.
    let row = made.first();
    let row = row.ok_or_else(|| Error::no_access(Permission::ActivityCreate))?;
    let status = if inserted.changed() == 0 {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(activities::read(&row)?)))
}

/// Takes back a like or comment; the owner of the album may remove any (`deleteActivity`).
pub async fn delete(
    auth: Auth<perm::ActivityDelete>,
    State(app): State<App>,
    Id(id): Id<ActivityId>,
) -> Result<Response> {
    let answers = app
        .run_as(&auth, vec![activities::delete(id.as_str())])
        .await?;
    if answers.first().map_or(0, Rows::changed) == 0 {
        return Err(Error::no_access(Permission::ActivityDelete));
    }
    Ok(no_content())
}
