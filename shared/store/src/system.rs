//! Tables `system_metadata` and `version_history`: what the server knows of itself.

use edge_platform::{Database, DbError, Statement, stmt};
use serde_json::Value as Json;

/// Keys of `system_metadata`.
pub mod key {
    /// The configuration: what differs from the defaults.
    pub const SYSTEM_CONFIG: &str = "system-config";
    /// `{isOnboarded}`: whether the administrator finished the first steps.
    pub const ADMIN_ONBOARDING: &str = "admin-onboarding";
    /// `{lastUpdate, lastImportFileName}` of the place names.
    pub const REVERSE_GEOCODING_STATE: &str = "reverse-geocoding-state";
    /// `{licenseKey, activationKey, activatedAt}` of the server.
    pub const LICENSE: &str = "license";
    /// `{checkedAt, releaseVersion}` of the last look for a new release.
    pub const VERSION_CHECK_STATE: &str = "version-check-state";
    /// `{isMaintenanceMode, secret, action, error}` while the maintenance mode is on; no row: it is off.
    pub const MAINTENANCE_MODE: &str = "maintenance-mode";
}

/// SQL condition: the maintenance mode is off ([`key::MAINTENANCE_MODE`]).
pub const IN_SERVICE: &str =
    "not exists (select 1 from system_metadata mm where mm.key = 'maintenance-mode')";

/// One version that this server has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Row id.
    pub id: String,
    /// `3.1.0`.
    pub version: String,
    /// When it first ran, epoch ms.
    pub created_at: i64,
}

/// What `GET /server/config` is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Boot {
    /// An administrator exists.
    pub is_initialized: bool,
    /// The administrator finished the first steps.
    pub is_onboarded: bool,
    /// The maintenance mode is on.
    pub is_in_maintenance: bool,
    /// [`key::SYSTEM_CONFIG`].
    pub config: Option<Json>,
}

/// Selects one value; read it with [`value`].
pub fn find_statement(key: &str) -> Statement {
    stmt!("select value from system_metadata where key = ?1", key)
}

/// The value that [`find_statement`] selected, `None` when it was never stored.
pub fn value(rows: &edge_platform::Rows) -> Result<Option<Json>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let text: String = row.get("value")?;
    let parsed = serde_json::from_str(&text);
    parsed
        .map(Some)
        .map_err(|error| DbError::Other(format!("system_metadata.value: {error}")))
}

/// One value. One round trip.
pub async fn find(db: &dyn Database, key: &str) -> Result<Option<Json>, DbError> {
    value(&db.run(find_statement(key)).await?)
}

/// Stores one value. One round trip.
pub async fn put(db: &dyn Database, key: &str, value: &Json, now: i64) -> Result<(), DbError> {
    db.run(stmt!(
        "insert into system_metadata (key, value, updated_at) values (?1, ?2, ?3) \
         on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at",
        key,
        value.to_string(),
        now,
    ))
    .await?;
    Ok(())
}

/// Removes one value.
pub fn delete(key: &str) -> Statement {
    stmt!("delete from system_metadata where key = ?1", key)
}

/// How far the server is set up, and its configuration. One round trip.
pub async fn boot(db: &dyn Database) -> Result<Boot, DbError> {
    let admin = stmt!("select count(*) as n from users where is_admin = 1 and deleted_at is null");
    let results = db
        .batch(vec![
            admin,
            find_statement(key::ADMIN_ONBOARDING),
            find_statement(key::SYSTEM_CONFIG),
            find_statement(key::MAINTENANCE_MODE),
        ])
        .await?;
    let [admins, onboarding, config, maintenance] = results.as_slice() else {
        return Err(DbError::Other("four results expected".to_owned()));
    };
    let admins: i64 = admins.first().map_or(Ok(0), |row| row.get("n"))?;
    let onboarding = value(onboarding)?;
    Ok(Boot {
        config: value(config)?,
        is_in_maintenance: !maintenance.is_empty(),
        is_initialized: admins > 0,
        is_onboarded: onboarding.is_some_and(|state| state["isOnboarded"] == Json::Bool(true)),
    })
}

/// All versions that have run, newest first, this one included: it is recorded when it is new.
/// One round trip.
pub async fn version_history(
    db: &dyn Database,
    id: &str,
    version: &str,
    now: i64,
) -> Result<Vec<VersionRow>, DbError> {
    let record = stmt!(
        "insert into version_history (id, version, created_at) \
         select cast(?1 as text), cast(?2 as text), cast(?3 as bigint) \
         where not exists (select 1 from version_history where version = ?2)",
        id,
        version,
        now,
    );
    let select =
        stmt!("select id, version, created_at from version_history order by created_at desc, id");
    let results = db.batch(vec![record, select]).await?;
    let rows = results
        .last()
        .into_iter()
        .flat_map(edge_platform::Rows::iter);
    rows.map(|row| {
        Ok(VersionRow {
            id: row.get("id")?,
            version: row.get("version")?,
            created_at: row.get("created_at")?,
        })
    })
    .collect()
}
