//! Handlers of the server area, in the order of its route table.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edge_api::{
    media_type,
    permission::perm,
    server::{
        PONG, Ping, ServerAbout, ServerApkLinks, ServerConfig, ServerFeatures, ServerMediaTypes,
        ServerStats, ServerStorage, ServerVersion, VersionCheckState, VersionHistory,
    },
    time::Millis,
    users::{LicenseKey, UserLicense},
};
use edge_http::{App, Auth, Error, Guard, Result, Valid, ml, settings};
use edge_platform::Rows;
use edge_store::{
    companions,
    jobs::queues,
    statistics,
    system::{self, key},
    users,
};
use http::header;
use serde_json::{Value, json};

use crate::{metrics, rules};

/// Where clients find the API (`/.well-known/immich`; api/clients.md section 1).
pub async fn well_known() -> Json<Value> {
    Json(json!({ "api": { "endpoint": "/api" } }))
}

/// The administrator's style sheet (`/custom.css`; api/clients.md section 1).
pub async fn custom_css(State(app): State<App>) -> Result<Response> {
    let css = app.stored_settings().await?.custom_css().to_owned();
    Ok(([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response())
}

/// The OpenAPI document of what is built, made from the route tables by `cargo xtask generate` (`getSpec`).
pub async fn spec() -> Response {
    let json = (header::CONTENT_TYPE, "application/json");
    ([json], include_str!("spec.json")).into_response()
}

/// Version and build (`getAboutInfo`).
pub async fn about(
    guard: Guard<perm::ServerAbout>,
    State(app): State<App>,
) -> Result<Json<ServerAbout>> {
    let statements = vec![system::find_statement(key::LICENSE)];
    let (_, answers) = guard.admit(&app, statements).await?;
    let is_licensed = answers.first().and_then(Rows::first).is_some();
    Ok(Json(
        rules::about(&*app.variables, app.version().await, is_licensed).await,
    ))
}

/// Where the Android app can be had (`getApkLinks`).
pub async fn apk_links(
    _auth: Auth<perm::ServerApkLinks>,
    State(app): State<App>,
) -> Json<ServerApkLinks> {
    Json(rules::apk_links(app.version().await))
}

/// What clients need before anybody logs in (`getServerConfig`).
pub async fn config(State(app): State<App>) -> Result<Response> {
    let boot = system::boot(app.db()).await?;
    if boot.is_in_maintenance {
        // Nothing else is said then (api/admin.md section 3).
        return Ok(Json(json!({ "maintenanceMode": true })).into_response());
    }
    let settings = settings::read(boot.config);
    let config: ServerConfig = settings.server_config(boot.is_initialized, boot.is_onboarded);
    Ok(Json(config).into_response())
}

/// What is configured and built (`getServerFeatures`).
pub async fn features(State(app): State<App>) -> Result<Json<ServerFeatures>> {
    let reads = vec![
        system::find_statement(key::SYSTEM_CONFIG),
        companions::streams(app.now()),
    ];
    let rows = app.db().batch(reads).await?;
    let config = settings::read(rows.first().map(system::value).transpose()?.flatten());
    let is_wanted = ml::wants_clip(&config) || ml::wants_faces(&config) || ml::wants_text(&config);
    let is_up = match config.service().filter(|_| is_wanted) {
        Some(service) => app.is_service_up(service).await,
        None => true,
    };
    let there = rules::There {
        streams: companions::has_streams(rows.get(1))?,
        models: rules::Models {
            faces: is_up && app.face_model(&config).await.is_some(),
            clip: is_up && app.clip_model(&config).await.is_some(),
            text: is_up && app.text_model(&config).await.is_some(),
        },
    };
    Ok(Json(rules::built(config.features(), there)))
}

/// The server's licence (`getServerLicense`).
pub async fn license(
    _auth: Auth<perm::Admin<perm::ServerLicenseRead>>,
    State(app): State<App>,
) -> Result<Json<UserLicense>> {
    let stored = system::find(app.db(), key::LICENSE).await?;
    stored
        .and_then(|stored| users::read_license(&stored.to_string()))
        .map(Json)
        .ok_or_else(|| Error::not_found("Not Found"))
}

/// Stores a key for the server that its issuer has signed (`setServerLicense`).
pub async fn set_license(
    _auth: Auth<perm::Admin<perm::ServerLicenseUpdate>>,
    State(app): State<App>,
    Valid(sent): Valid<LicenseKey>,
) -> Result<Json<UserLicense>> {
    let license = edge_http::license::accept(&app, sent, &["IMSV-"]).await?;
    system::put(app.db(), key::LICENSE, &json!(license), app.now()).await?;
    Ok(Json(license))
}

/// Removes the server's licence; none is what was wanted (`deleteServerLicense`).
pub async fn delete_license(
    _auth: Auth<perm::Admin<perm::ServerLicenseDelete>>,
    State(app): State<App>,
) -> Result<Response> {
    app.db().run(system::delete(key::LICENSE)).await?;
    Ok(edge_http::serve::no_content())
}

/// File types that can be uploaded (`getSupportedMediaTypes`).
pub async fn media_types() -> Json<ServerMediaTypes> {
    Json(media_type::SUPPORTED)
}

/// Users, assets and jobs in numbers, as text for Prometheus, which sends an administrator's API key with `serverStatistics` or a
/// session token (`getMetrics`; an addition of ours). Two round trips besides the caller's.
pub async fn metrics(
    _auth: Auth<perm::Admin<perm::ServerStatistics>>,
    State(app): State<App>,
) -> Result<Response> {
    let stats = rules::stats(statistics::usage_by_user(app.db()).await?);
    let queues = queues::list(app.db(), app.now()).await?;
    let kind = (header::CONTENT_TYPE, metrics::MEDIA_TYPE);
    Ok(([kind], metrics::text(&stats, &queues)).into_response())
}

/// `pong` (`pingServer`).
pub async fn ping() -> Json<Ping> {
    Json(PONG)
}

/// What all users store (`getServerStatistics`).
pub async fn server_statistics(
    _auth: Auth<perm::Admin<perm::ServerStatistics>>,
    State(app): State<App>,
) -> Result<Json<ServerStats>> {
    Ok(Json(rules::stats(
        statistics::usage_by_user(app.db()).await?,
    )))
}

/// Space in use (`getStorage`).
pub async fn storage(
    _auth: Auth<perm::ServerStorage>,
    State(app): State<App>,
) -> Result<Json<ServerStorage>> {
    let rows = app.db().run(statistics::bytes_in_use()).await?;
    let used = rows.first().map_or(Ok(0), |row| row.get("n"))?;
    Ok(Json(ServerStorage::new(used, rules::CAPACITY)))
}

/// Version of the API (`getServerVersion`).
pub async fn version(State(app): State<App>) -> Json<ServerVersion> {
    Json(app.version().await)
}

/// What the last look for a new release found (`getVersionCheck`).
pub async fn version_check(
    _auth: Auth<perm::ServerVersionCheck>,
    State(app): State<App>,
) -> Result<Json<VersionCheckState>> {
    let state = system::find(app.db(), key::VERSION_CHECK_STATE).await?;
    Ok(Json(state.map_or_else(
        VersionCheckState::default,
        |state| VersionCheckState {
            checked_at: state["checkedAt"].as_str().map(str::to_owned),
            release_version: state["releaseVersion"].as_str().map(str::to_owned),
        },
    )))
}

/// Versions that this server has run (`getVersionHistory`).
pub async fn version_history(State(app): State<App>) -> Result<Json<Vec<VersionHistory>>> {
    let version = app.version().await.to_string();
    let rows = system::version_history(app.db(), &app.uuid(), &version, app.now()).await?;
    let history = rows.into_iter().map(|row| VersionHistory {
        id: row.id,
        created_at: Millis(row.created_at),
        version: row.version,
    });
    Ok(Json(history.collect()))
}
