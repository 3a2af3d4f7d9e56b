//! Handlers of the system-config area, in the order of its route table.

use std::sync::Arc;

use axum::{Json, extract::State};
use edge_api::{
    config::{
        SystemConfig, SystemConfigUpdate,
        storage_template::{OPTIONS, StorageTemplateOptions},
    },
    enums::JobName,
    permission::perm,
    realtime::{Announcement, Event},
};
use edge_http::{App, Auth, Error, Result, Valid, mail::Post, ml, serve::log};
use edge_store::{
    jobs::{self, NewJob},
    system::{self, key},
};

use serde_json::Value;

use crate::rules;

/// The whole configuration (`getConfig`). Read afresh, so an administrator always sees what is stored.
pub async fn get(
    _auth: Auth<perm::Admin<perm::SystemConfigRead>>,
    State(app): State<App>,
) -> Result<Json<SystemConfig>> {
    Ok(Json(app.stored_settings().await?))
}

/// Replaces the configuration; only what differs from the defaults is stored (`updateConfig`).
pub async fn update(
    _auth: Auth<perm::Admin<perm::SystemConfigUpdate>>,
    State(app): State<App>,
    Valid(update): Valid<SystemConfigUpdate>,
) -> Result<Json<SystemConfig>> {
    save(&app, update).await
}

async fn save(app: &App, update: SystemConfigUpdate) -> Result<Json<SystemConfig>> {
    let config = SystemConfig::from(update);
    rules::check(&config)?;
    let before = app.stored_settings().await?;
    check_mails(app, &before, &config).await?;
    system::put(app.db(), key::SYSTEM_CONFIG, &config.to_stored(), app.now()).await?;
    app.keep_settings(Arc::new(config.clone()));
    look_anew(app, &before, &config).await?;
    let saved = Announcement::to_everybody(Event::config_update());
    app.announce(vec![saved]).await;
    Ok(Json(config))
}

/// What different models find is never compared: another one looks at all pictures anew, and what the former made goes
/// (api/jobs-ml.md section 6.2). Nothing is queued while it is not installed or not wanted. For faces an external service may have
/// another model under the same configured name: ours stands in for the contract's default.
async fn look_anew(app: &App, before: &SystemConfig, config: &SystemConfig) -> Result<()> {
    let is_another = |model: &str| {
        let path = format!("/machineLearning/{model}/modelName");
        before.text(&path) != config.text(&path)
    };
    let mut kinds = Vec::new();
    if is_another("clip") && app.clip_model(config).await.is_some() {
        kinds.push(JobName::SmartSearchQueueAll);
    }
    if ml::wants_faces(config) {
        let (former, faces) = (app.face_model(before).await, app.face_model(config).await);
        let is_replaced = former.is_some() && former != faces;
        if faces.is_some() && (is_replaced || is_another("facialRecognition")) {
            kinds.push(JobName::AssetDetectFacesQueueAll);
        }
    }
    if is_another("ocr") && ml::wants_text(config) && app.text_model(config).await.is_some() {
        kinds.push(JobName::OcrQueueAll);
    }
    let now = app.now();
    for kind in kinds {
        let payload = serde_json::json!({ "force": true });
        let job = NewJob::new(app.uuid(), kind, payload, now).once(kind.as_str());
        app.db().run(jobs::insert(&job, now)).await?;
        app.wake(vec![job.wake()]).await;
    }
    Ok(())
}

/// A mail server that was just configured must let this installation in (api/admin.md section 5).
async fn check_mails(app: &App, before: &SystemConfig, config: &SystemConfig) -> Result<()> {
    let section = |config: &SystemConfig| config.as_value().pointer("/notifications/smtp").cloned();
    if !Post::is_on(config) || section(before) == section(config) {
        return Ok(());
    }
    let verified = match Post::new(config) {
        Ok(post) => post.verify(app).await,
        Err(error) => Err(error),
    };
    verified.map_err(|error| {
        log(&format!("mail server: {error}"));
        Error::bad_request("Invalid SMTP configuration")
    })
}

/// What holds when nothing was configured (`getConfigDefaults`).
pub async fn defaults(_auth: Auth<perm::Admin<perm::SystemConfigRead>>) -> Json<SystemConfig> {
    Json(SystemConfig::defaults())
}

/// Tokens and presets for the storage template (`getStorageTemplateOptions`).
pub async fn storage_template_options(
    _auth: Auth<perm::Admin<perm::SystemConfigRead>>,
) -> Json<StorageTemplateOptions> {
    Json(OPTIONS)
}

/// The whole configuration, as clients of 3.2 ask for it (`getAdminConfig`; api/v32.md section 2).
pub async fn get_admin(
    _auth: Auth<perm::Admin<perm::AdminConfigRead>>,
    State(app): State<App>,
) -> Result<Json<SystemConfig>> {
    Ok(Json(app.stored_settings().await?))
}

/// Replaces the configuration (`updateAdminConfig`).
pub async fn update_admin(
    _auth: Auth<perm::Admin<perm::AdminConfigUpdate>>,
    State(app): State<App>,
    Valid(update): Valid<SystemConfigUpdate>,
) -> Result<Json<SystemConfig>> {
    save(&app, update).await
}

/// What holds when nothing was configured (`getAdminConfigDefaults`).
pub async fn defaults_admin(_auth: Auth<perm::Admin<perm::AdminConfigRead>>) -> Json<SystemConfig> {
    Json(SystemConfig::defaults())
}

/// The part of the configuration that users need (`getUserConfig`).
pub async fn get_user(
    _auth: Auth<perm::UserConfigRead>,
    State(app): State<App>,
) -> Result<Json<Value>> {
    Ok(Json(app.stored_settings().await?.of_user()))
}

/// The same of the defaults (`getUserConfigDefaults`).
pub async fn defaults_user(_auth: Auth<perm::UserConfigRead>) -> Json<Value> {
    Json(SystemConfig::defaults().of_user())
}

/// The part that the login page needs (`getPublicConfig`).
pub async fn get_public(State(app): State<App>) -> Result<Json<Value>> {
    Ok(Json(app.stored_settings().await?.public()))
}

/// The same of the defaults (`getPublicConfigDefaults`).
pub async fn defaults_public() -> Json<Value> {
    Json(SystemConfig::defaults().public())
}
