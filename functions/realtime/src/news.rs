//! What a device is told when it connects, besides the version.

use edge_api::{
    realtime::Event,
    server::{Release, ServerVersion},
};
use edge_http::settings;
use serde_json::Value;

/// The newest release by the last look for one, where looking is switched on (api/realtime.md section 3), to a server that says it
/// is of the version `running`.
pub fn release(
    running: ServerVersion,
    state: Option<Value>,
    config: Option<Value>,
) -> Option<Event> {
    let state = state.filter(|_| settings::read(config).flag("/newVersionCheck/enabled"))?;
    let release = Release::parse(state["releaseVersion"].as_str()?)?;
    let checked_at = state["checkedAt"].as_str()?;
    let kind = release.newer_than(running);
    Event::new_release(checked_at, running, release.0, kind).ok()
}
