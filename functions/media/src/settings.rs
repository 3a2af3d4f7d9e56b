//! The configuration, as jobs read it.

use std::sync::Arc;

use edge_api::config::SystemConfig;
use edge_http::{App, consumer::Failure};

/// The configuration.
pub async fn read(app: &App) -> Result<Arc<SystemConfig>, Failure> {
    let settings = app.settings().await;
    settings.map_err(|error| Failure::Passing(format!("settings: {error:?}")))
}
