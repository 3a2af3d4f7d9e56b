//! Handlers of the system-metadata area, in the order of its route table.

use axum::{Json, extract::State, response::Response};
use edge_api::{
    permission::perm,
    server::{ReverseGeocodingState, VersionCheckState},
    users::{Onboarding, OnboardingResponse},
};
use edge_http::{App, Auth, Result, Valid, serve::no_content};
use edge_store::system::{self, key};
use serde_json::{Value, json};

type Read = Auth<perm::Admin<perm::SystemMetadataRead>>;
type Update = Auth<perm::Admin<perm::SystemMetadataUpdate>>;

/// Whether the administrator finished the first steps (`getAdminOnboarding`).
pub async fn onboarding(_auth: Read, State(app): State<App>) -> Result<Json<OnboardingResponse>> {
    let state = system::find(app.db(), key::ADMIN_ONBOARDING)
        .await?
        .unwrap_or_default();
    Ok(Json(OnboardingResponse {
        is_onboarded: state["isOnboarded"] == Value::Bool(true),
    }))
}

/// Remembers whether the administrator finished the first steps (`updateAdminOnboarding`).
pub async fn set_onboarding(
    _auth: Update,
    State(app): State<App>,
    Valid(state): Valid<Onboarding>,
) -> Result<Response> {
    let state = json!({ "isOnboarded": state.is_onboarded });
    system::put(app.db(), key::ADMIN_ONBOARDING, &state, app.now()).await?;
    Ok(no_content())
}

/// When place names were last imported (`getReverseGeocodingState`).
pub async fn reverse_geocoding(
    _auth: Read,
    State(app): State<App>,
) -> Result<Json<ReverseGeocodingState>> {
    let state = system::find(app.db(), key::REVERSE_GEOCODING_STATE)
        .await?
        .unwrap_or_default();
    Ok(Json(ReverseGeocodingState {
        last_update: text(&state, "lastUpdate"),
        last_import_file_name: text(&state, "lastImportFileName"),
    }))
}

/// What the last look for a new release found (`getVersionCheckState`).
pub async fn version_check(_auth: Read, State(app): State<App>) -> Result<Json<VersionCheckState>> {
    let state = system::find(app.db(), key::VERSION_CHECK_STATE)
        .await?
        .unwrap_or_default();
    Ok(Json(VersionCheckState {
        checked_at: text(&state, "checkedAt"),
        release_version: text(&state, "releaseVersion"),
    }))
}

fn text(state: &Value, key: &str) -> Option<String> {
    state[key].as_str().map(str::to_owned)
}
