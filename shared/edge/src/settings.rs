//! The system configuration as handlers see it: read from the database, kept for a few seconds.

use std::sync::{Arc, Mutex, PoisonError};

use edge_api::config::SystemConfig;
use edge_store::system::{self, key};

use crate::{App, Result};

/// How long an isolate may answer with what it read (ms). DESIGN section 2 allows a few seconds.
const KEEP: i64 = 5_000;

/// What this isolate last read.
#[derive(Default)]
pub struct SettingsCache(Mutex<Option<(i64, Arc<SystemConfig>)>>);

impl App {
    /// The configuration; at most one round trip in five seconds.
    pub async fn settings(&self) -> Result<Arc<SystemConfig>> {
        let now = self.now();
        if let Some((read_at, config)) = self.settings.lock().as_ref()
            && (0..KEEP).contains(&(now - read_at))
        {
            return Ok(config.clone());
        }
        let stored = system::find(self.db(), key::SYSTEM_CONFIG).await?;
        let config = Arc::new(stored.map_or_else(SystemConfig::defaults, |stored| {
            SystemConfig::from_stored(&stored)
        }));
        self.keep_settings(config.clone());
        Ok(config)
    }

    /// Replaces what this isolate remembers, after it stored a new configuration.
    pub fn keep_settings(&self, config: Arc<SystemConfig>) {
        *self.settings.lock() = Some((self.now(), config));
    }
}

impl SettingsCache {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(i64, Arc<SystemConfig>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
