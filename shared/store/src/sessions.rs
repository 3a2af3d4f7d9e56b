//! Table `session`: logged-in devices.

use edge_platform::{Statement, stmt};

/// Records a use of the session: device, app version, time (epoch ms).
pub fn touch(
    id: &str,
    device_type: &str,
    device_os: &str,
    app_version: Option<&str>,
    now: i64,
) -> Statement {
    stmt!(
        "update session set device_type = ?2, device_os = ?3, app_version = ?4, updated_at = ?5 where id = ?1",
        id,
        device_type,
        device_os,
        app_version,
        now,
    )
}

/// Opens the locked folder for this session until `until` (epoch ms).
pub fn elevate(id: &str, until: i64) -> Statement {
    stmt!(
        "update session set pin_expires_at = ?2 where id = ?1",
        id,
        until
    )
}
