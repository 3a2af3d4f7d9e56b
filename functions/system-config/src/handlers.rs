//! Handlers of the system-config area, in the order of its route table.

use std::sync::Arc;

use axum::{Json, extract::State};
use edge_api::{
    config::{
        SystemConfig, SystemConfigUpdate,
        storage_template::{OPTIONS, StorageTemplateOptions},
    },
    permission::perm,
    realtime::{Announcement, Event},
};
use edge_http::{App, Auth, Result, Valid};
use edge_store::system::{self, key};

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
    let config = SystemConfig::from(update);
    rules::check(&config)?;
    system::put(app.db(), key::SYSTEM_CONFIG, &config.to_stored(), app.now()).await?;
    app.keep_settings(Arc::new(config.clone()));
    let saved = Announcement::to_everybody(Event::config_update());
    app.announce(vec![saved]).await;
    Ok(Json(config))
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
