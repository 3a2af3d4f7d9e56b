//! Preferences, onboarding and licence: the caller's documents in `user_metadata`.

use axum::{Json, body::Body, extract::State};
use edge_api::{
    permission::perm,
    preferences::{Preferences, PreferencesUpdate},
    users::{LicenseKey, Onboarding, OnboardingResponse, UserLicense},
};
use edge_http::{App, Auth, Error, Guard, Result, Valid, license, serve::no_content};
use edge_platform::Rows;
use edge_store::{user_metadata, users};
use http::Response;

/// The preferences, defaults included (`getMyPreferences`).
pub async fn preferences(
    guard: Guard<perm::UserPreferenceRead>,
    State(app): State<App>,
) -> Result<Json<Preferences>> {
    let statements = vec![user_metadata::mine(user_metadata::PREFERENCES)];
    let (_, answers) = guard.admit(&app, statements).await?;
    Ok(Json(user_metadata::preferences(only(&answers)?)?))
}

/// Changes what the body names and leaves the rest (`updateMyPreferences`).
pub async fn update_preferences(
    guard: Guard<perm::UserPreferenceUpdate>,
    State(app): State<App>,
    Valid(update): Valid<PreferencesUpdate>,
) -> Result<Json<Preferences>> {
    let statements = vec![user_metadata::mine(user_metadata::PREFERENCES)];
    let (auth, answers) = guard.admit(&app, statements).await?;
    let stored = only(&answers)?;
    let preferences =
        user_metadata::update_preferences(app.db(), &auth.user_id, stored, &update, app.now())
            .await?;
    Ok(Json(preferences))
}

/// Whether the first steps were finished (`getUserOnboarding`).
pub async fn onboarding(
    guard: Guard<perm::UserOnboardingRead>,
    State(app): State<App>,
) -> Result<Json<OnboardingResponse>> {
    let statements = vec![user_metadata::mine(user_metadata::ONBOARDING)];
    let (_, answers) = guard.admit(&app, statements).await?;
    let document: Option<String> = only(&answers)?
        .first()
        .map(|row| row.get("value"))
        .transpose()?;
    Ok(Json(OnboardingResponse {
        is_onboarded: user_metadata::is_onboarded(document.as_deref()),
    }))
}

/// Remembers that the first steps were finished, or not (`setUserOnboarding`).
pub async fn set_onboarding(
    auth: Auth<perm::UserOnboardingUpdate>,
    State(app): State<App>,
    Valid(body): Valid<Onboarding>,
) -> Result<Json<OnboardingResponse>> {
    let answer = OnboardingResponse {
        is_onboarded: body.is_onboarded,
    };
    let document = serde_json::to_string(&answer).map_err(Error::internal)?;
    let put = user_metadata::put(
        &auth.user_id,
        user_metadata::ONBOARDING,
        &document,
        app.now(),
    );
    app.db().run(put).await?;
    Ok(Json(answer))
}

/// Forgets that the first steps were finished (`deleteUserOnboarding`).
pub async fn delete_onboarding(
    auth: Auth<perm::UserOnboardingDelete>,
    State(app): State<App>,
) -> Result<Response<Body>> {
    let batch = user_metadata::batch_delete(&auth.user_id, user_metadata::ONBOARDING);
    app.db().batch(batch).await?;
    Ok(no_content())
}

/// The licence (`getUserLicense`).
pub async fn get_license(
    guard: Guard<perm::UserLicenseRead>,
    State(app): State<App>,
) -> Result<Json<UserLicense>> {
    let statements = vec![user_metadata::mine(user_metadata::LICENSE)];
    let (_, answers) = guard.admit(&app, statements).await?;
    let document: Option<String> = only(&answers)?
        .first()
        .map(|row| row.get("value"))
        .transpose()?;
    document
        .and_then(|json| users::read_license(&json))
        .map(Json)
        .ok_or_else(|| Error::not_found("Not Found"))
}

/// Stores a key, of a user or of a server, that its issuer has signed (`setUserLicense`).
pub async fn set_license(
    auth: Auth<perm::UserLicenseUpdate>,
    State(app): State<App>,
    Valid(sent): Valid<LicenseKey>,
) -> Result<Json<UserLicense>> {
    let license = license::accept(&app, sent, &["IMCL-", "IMSV-"]).await?;
    let document = serde_json::to_string(&license).map_err(Error::internal)?;
    let put = user_metadata::put(&auth.user_id, user_metadata::LICENSE, &document, app.now());
    app.db().run(put).await?;
    Ok(Json(license))
}

/// Removes the licence (`deleteUserLicense`).
pub async fn delete_license(
    auth: Auth<perm::UserLicenseDelete>,
    State(app): State<App>,
) -> Result<Response<Body>> {
    let batch = user_metadata::batch_delete(&auth.user_id, user_metadata::LICENSE);
    app.db().batch(batch).await?;
    Ok(no_content())
}

/// The answer to the one statement that was sent along.
fn only(answers: &[Rows]) -> Result<&Rows> {
    answers
        .first()
        .ok_or_else(|| Error::internal("one statement, no answer"))
}
