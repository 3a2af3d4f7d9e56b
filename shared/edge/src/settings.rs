//! The system configuration: as it is stored for requests, kept for a few seconds for jobs.

use std::sync::{Arc, Mutex, PoisonError};

use edge_api::config::SystemConfig;
use edge_store::system::{self, key};

use crate::{App, Result, consumer::Failure};

/// How long an isolate may work jobs off by what it read (ms). DESIGN section 2 allows a few seconds.
const KEEP: i64 = 5_000;

/// What this isolate last read.
#[derive(Default)]
pub struct SettingsCache(Mutex<Option<(i64, Arc<SystemConfig>)>>);

impl App {
    /// The configuration as it is stored now, for whatever a client sees of it. One round trip.
    pub async fn stored_settings(&self) -> Result<SystemConfig> {
        Ok(read(system::find(self.db(), key::SYSTEM_CONFIG).await?))
    }

    /// The configuration for jobs, which may work for some seconds by an older one; at most one round trip in five
    /// seconds.
    pub async fn settings(&self) -> Result<Arc<SystemConfig>> {
        let now = self.now();
        if let Some((read_at, config)) = self.settings.lock().as_ref()
            && (0..KEEP).contains(&(now - read_at))
        {
            return Ok(config.clone());
        }
        let config = Arc::new(self.stored_settings().await?);
        self.keep_settings(config.clone());
        Ok(config)
    }

    /// [`App::settings`] with the errors of jobs.
    pub async fn job_settings(&self) -> std::result::Result<Arc<SystemConfig>, Failure> {
        let settings = self.settings().await;
        settings.map_err(|error| Failure::Passing(format!("settings: {error:?}")))
    }

    /// Replaces what this isolate remembers, after it stored a new configuration.
    pub fn keep_settings(&self, config: Arc<SystemConfig>) {
        *self.settings.lock() = Some((self.now(), config));
    }
}

/// The configuration by the value of its row.
pub fn read(stored: Option<serde_json::Value>) -> SystemConfig {
    stored.map_or_else(SystemConfig::defaults, |stored| {
        SystemConfig::from_stored(&stored)
    })
}

impl SettingsCache {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(i64, Arc<SystemConfig>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
