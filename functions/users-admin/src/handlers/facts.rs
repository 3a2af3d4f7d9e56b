//! What administrators see and set of a user's things.

use axum::{Json, extract::State};
use edge_api::{
    assets::{AssetStats, AssetStatsQuery},
    enums::{AssetVisibility, CalendarHeatmapType},
    id::UserId,
    permission::perm::{self, Admin},
    preferences::{Preferences, PreferencesUpdate},
    sessions::SessionResponse,
    users::{CalendarHeatmapQuery, CalendarHeatmapResponse},
};
use edge_http::{App, Auth, Error, Guard, Id, Result, Valid, ValidQuery};
use edge_platform::Rows;
use edge_store::{
    assets::read::{self, Counted},
    sessions, user_metadata,
    users::{self, heatmap},
};

use super::found;

/// How many photos and videos a user has (`getUserStatisticsAdmin`).
pub async fn statistics(
    auth: Auth<Admin<perm::AdminUserRead>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
    ValidQuery(query): ValidQuery<AssetStatsQuery>,
) -> Result<Json<AssetStats>> {
    if query.visibility == Some(AssetVisibility::Locked) && !auth.elevated {
        return Err(Error::unauthorized("Elevated permission is required"));
    }
    // An open locked folder is the caller's own.
    if query.visibility == Some(AssetVisibility::Locked) && id.as_str() != auth.user_id {
        return Err(Error::bad_request(
            "You may not access another user's locked timeline",
        ));
    }
    let which = Counted {
        visibility: query.visibility,
        is_favorite: query.is_favorite,
        is_trashed: query.is_trashed,
    };
    let batch = vec![
        users::find(id.as_str()),
        read::statistics_statement(id.as_str(), which),
    ];
    let answers = app.db().batch(batch).await?;
    found(answers.first())?;
    Ok(Json(read::statistics(second(&answers)?)?))
}

/// How many assets a user added or took on each day (`getUserCalendarHeatmapAdmin`).
pub async fn heatmap(
    _auth: Auth<Admin<perm::AdminUserRead>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
    ValidQuery(query): ValidQuery<CalendarHeatmapQuery>,
) -> Result<Json<CalendarHeatmapResponse>> {
    let by = query.kind.unwrap_or(CalendarHeatmapType::Upload);
    let period = heatmap::Period::of(query.from, query.to, app.now())
        .ok_or_else(|| Error::bad_request("The period is too long"))?;
    let batch = vec![
        users::find(id.as_str()),
        heatmap::count(id.as_str(), by, period),
    ];
    let answers = app.db().batch(batch).await?;
    found(answers.first())?;
    Ok(Json(heatmap::read(second(&answers)?, by, period)?))
}

/// A user's sessions, last used first (`getUserSessionsAdmin`).
pub async fn sessions(
    guard: Guard<Admin<perm::AdminSessionRead>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
) -> Result<Json<Vec<SessionResponse>>> {
    let statements = vec![
        users::find(id.as_str()),
        sessions::list_of(id.as_str(), app.now()),
    ];
    let (_, answers) = guard.admit(&app, statements).await?;
    found(answers.first())?;
    let listed: Result<Vec<_>> = second(&answers)?
        .iter()
        .map(|row| Ok(sessions::read(&row)?))
        .collect();
    Ok(Json(listed?))
}

/// A user's preferences (`getUserPreferencesAdmin`).
pub async fn preferences(
    guard: Guard<Admin<perm::AdminUserRead>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
) -> Result<Json<Preferences>> {
    let (_, answers) = guard.admit(&app, with_preferences(id.as_str())).await?;
    found(answers.first())?;
    Ok(Json(user_metadata::preferences(second(&answers)?)?))
}

/// Changes what the body names of a user's preferences (`updateUserPreferencesAdmin`).
pub async fn update_preferences(
    guard: Guard<Admin<perm::AdminUserUpdate>>,
    State(app): State<App>,
    Id(id): Id<UserId>,
    Valid(update): Valid<PreferencesUpdate>,
) -> Result<Json<Preferences>> {
    let (_, answers) = guard.admit(&app, with_preferences(id.as_str())).await?;
    found(answers.first())?;
    let stored = second(&answers)?;
    let preferences =
        user_metadata::update_preferences(app.db(), id.as_str(), stored, &update, app.now())
            .await?;
    Ok(Json(preferences))
}

fn with_preferences(id: &str) -> Vec<edge_platform::Statement> {
    vec![
        users::find(id),
        user_metadata::find(id, user_metadata::PREFERENCES),
    ]
}

/// What was asked beside the user's account.
fn second(answers: &[Rows]) -> Result<&Rows> {
    answers
        .get(1)
        .ok_or_else(|| Error::internal("two statements, other answers"))
}
