//! Single values of the stored system configuration, for areas that need one flag and not the whole tree
//! (`edge_api::config`).

use edge_platform::{DbError, Rows, Statement, stmt};

/// `value` of the stored (sparse) system configuration; no row when nothing was configured.
pub fn stored() -> Statement {
    stmt!("select m.value as config from system_metadata m where m.key = 'system-config'")
}

/// A flag by JSON pointer, e.g. `/passwordLogin/enabled`, in the answer to [`stored`]; `default` when it
/// was not changed.
pub fn flag(stored: &Rows, pointer: &str, default: bool) -> Result<bool, DbError> {
    let Some(row) = stored.first() else {
        return Ok(default);
    };
    let config: String = row.get("config")?;
    let config: serde_json::Value = serde_json::from_str(&config)
        .map_err(|error| DbError::Other(format!("system-config: {error}")))?;
    Ok(config
        .pointer(pointer)
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(default))
}
