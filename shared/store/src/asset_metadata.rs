//! Table `asset_metadata`: key-values that clients keep with an asset (api/assets.md section 11).

use edge_api::{assets::AssetMetadataResponse, id::AssetId, time::Millis};
use edge_platform::{DbError, Rows, Statement, stmt};
use serde_json::{Map, Value};

use crate::access::{ASSET_OWN, ASSET_READ};

/// A value of an asset that is inserted in the same batch; nothing happens when that insert did nothing.
pub fn insert_for_new(
    asset_id: &str,
    owner_id: &str,
    key: &str,
    value: &Map<String, Value>,
    now: i64,
) -> Statement {
    stmt!(
        "insert into asset_metadata (asset_id, key, owner_id, value, created_at, updated_at, update_id) \
         select a.id, cast(?3 as text), a.owner_id, cast(?4 as text), cast(?5 as bigint), cast(?5 as bigint), \
         uuid7() from asset a where a.id = ?1 and a.owner_id = ?2 \
         on conflict (asset_id, key) do update set value = excluded.value, updated_at = excluded.updated_at, \
         update_id = uuid7()",
        asset_id,
        owner_id,
        key,
        Value::Object(value.clone()).to_string(),
        now,
    )
}

/// Sets one value; names `caller c`, who must own the asset. Returns the row for [`responses`].
pub fn upsert(asset_id: &str, key: &str, value: &Map<String, Value>, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into asset_metadata (asset_id, key, owner_id, value, created_at, updated_at, update_id) \
             select a.id, cast(?2 as text), a.owner_id, cast(?3 as text), cast(?4 as bigint), cast(?4 as bigint), \
             uuid7() from caller c join asset a on a.id = ?1 where a.status <> 'deleted' and {ASSET_OWN} \
             on conflict (asset_id, key) do update set value = excluded.value, updated_at = excluded.updated_at, \
             update_id = uuid7() returning asset_id, key, value, updated_at"
        ),
        asset_id,
        key,
        Value::Object(value.clone()).to_string(),
        now,
    )
}

/// The values of one asset; names `caller c`, who may read the asset.
pub fn list(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select m.asset_id, m.key, m.value, m.updated_at from caller c join asset a on a.id = ?1 \
             join asset_metadata m on m.asset_id = a.id where a.status <> 'deleted' and {ASSET_READ} order by m.key"
        ),
        asset_id,
    )
}

/// Removes one value and tells sync; both statements name `caller c`, who must own the asset. The second one
/// says by its number of changed rows whether there was one.
pub fn delete(asset_id: &str, key: &str) -> [Statement; 2] {
    let own = format!(
        "exists (select 1 from caller c join asset a on a.id = asset_metadata.asset_id where {ASSET_OWN})"
    );
    [
        stmt!(
            format!(
                "insert into asset_metadata_audit (owner_id, id, asset_id, key) select owner_id, uuid7(), asset_id, \
                 key from asset_metadata where asset_id = ?1 and key = ?2 and {own}"
            ),
            asset_id,
            key,
        ),
        stmt!(
            format!("delete from asset_metadata where asset_id = ?1 and key = ?2 and {own}"),
            asset_id,
            key,
        ),
    ]
}

/// Reads rows of `asset_metadata`; with the asset's id in bulk answers.
pub fn responses(rows: &Rows, is_bulk: bool) -> Result<Vec<AssetMetadataResponse>, DbError> {
    rows.iter()
        .map(|row| {
            let value: String = row.get("value")?;
            let asset_id: String = row.get("asset_id")?;
            Ok(AssetMetadataResponse {
                asset_id: is_bulk.then(|| AssetId::from_trusted(asset_id)),
                key: row.get("key")?,
                value: serde_json::from_str(&value)
                    .map_err(|error| DbError::Other(format!("asset_metadata.value: {error}")))?,
                updated_at: Millis(row.get("updated_at")?),
            })
        })
        .collect()
}
