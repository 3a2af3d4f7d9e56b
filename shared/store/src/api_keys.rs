//! Table `api_key`: keys of the API and what each may do (api/auth.md section 6).

use edge_api::{api_keys::ApiKeyResponse, id::ApiKeyId, permission::Permission, time::Millis};
use edge_platform::{DbError, Row, Statement, stmt};

macro_rules! columns {
    () => {
        "k.id, k.name, k.permissions, k.created_at, k.updated_at"
    };
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewApiKey<'a> {
    /// Id, made by the caller.
    pub id: &'a str,
    /// SHA-256 of the secret, base64.
    pub key_digest: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// As the user names it.
    pub name: &'a str,
    /// What it may do.
    pub permissions: &'a [Permission],
}

/// Makes a key at `now` (epoch ms).
pub fn insert(key: &NewApiKey<'_>, now: i64) -> Statement {
    stmt!(
        "insert into api_key (id, key_digest, user_id, name, permissions, created_at, updated_at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        key.id,
        key.key_digest,
        key.user_id,
        key.name,
        to_json(key.permissions),
        now
    )
}

/// The caller's keys, newest first, for [`read`]; names `caller`.
pub fn list_mine() -> Statement {
    stmt!(concat!(
        "select ",
        columns!(),
        " from caller c join api_key k on k.user_id = c.user_id order by k.created_at desc, k.id"
    ))
}

/// One of the caller's keys, for [`read`]; names `caller`.
pub fn find_mine(id: &str) -> Statement {
    stmt!(
        concat!(
            "select ",
            columns!(),
            " from caller c join api_key k on k.user_id = c.user_id where k.id = ?1"
        ),
        id
    )
}

/// The key the caller came in with, for [`read`]; names `caller`.
pub fn find_current() -> Statement {
    stmt!(concat!(
        "select ",
        columns!(),
        " from caller c join api_key k on k.id = c.api_key_id"
    ))
}

/// One of the user's keys, for [`read`].
pub fn find(id: &str, user_id: &str) -> Statement {
    stmt!(
        concat!(
            "select ",
            columns!(),
            " from api_key k where k.id = ?1 and k.user_id = ?2"
        ),
        id,
        user_id
    )
}

/// Renames one of the user's keys or changes what it may do; `changed()` is 0 when it is not one.
pub fn update(
    id: &str,
    user_id: &str,
    name: Option<&str>,
    permissions: Option<&[Permission]>,
    now: i64,
) -> Statement {
    stmt!(
        "update api_key set name = coalesce(cast(?3 as text), name), \
         permissions = coalesce(cast(?4 as text), permissions), updated_at = ?5 \
         where id = ?1 and user_id = ?2",
        id,
        user_id,
        name,
        permissions.map(to_json),
        now
    )
}

/// Gives one of the user's keys another secret (digest as [`NewApiKey::key_digest`]), if it still may do what `key` says;
/// `changed()` is 0 otherwise.
pub fn rotate(key: &ApiKeyResponse, user_id: &str, key_digest: &str, now: i64) -> Statement {
    stmt!(
        "update api_key set key_digest = ?3, updated_at = ?4 \
         where id = ?1 and user_id = ?2 and updated_at = ?5",
        key.id.as_str(),
        user_id,
        key_digest,
        now,
        key.updated_at.0
    )
}

/// Removes one of the user's keys; `changed()` is 0 when it is not one.
pub fn delete(id: &str, user_id: &str) -> Statement {
    stmt!(
        "delete from api_key where id = ?1 and user_id = ?2",
        id,
        user_id
    )
}

/// Reads a key as clients see it. Permissions this version does not know are left out.
pub fn read(row: &Row<'_>) -> Result<ApiKeyResponse, DbError> {
    let permissions: String = row.get("permissions")?;
    let permissions: Vec<String> = serde_json::from_str(&permissions)
        .map_err(|error| DbError::Other(format!("api_key.permissions: {error}")))?;
    Ok(ApiKeyResponse {
        id: ApiKeyId::from_trusted(row.get::<String>("id")?),
        name: row.get("name")?,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        permissions: permissions
            .iter()
            .filter_map(|text| Permission::parse(text))
            .collect(),
    })
}

fn to_json(permissions: &[Permission]) -> String {
    let texts: Vec<&str> = permissions.iter().map(|held| held.as_str()).collect();
    serde_json::Value::from(texts).to_string()
}
