//! Table `asset_metadata`: key-values that clients keep with an asset (api/assets.md section 11).

use edge_api::{assets::AssetMetadataResponse, id::AssetId, time::Millis};
use edge_platform::{DbError, Rows, Statement, stmt};
use serde_json::{Map, Value};

use crate::{access::one_asset_read, json_texts, own_assets};

/// One value to set.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// Whose.
    pub asset_id: &'a str,
    /// Free text.
    pub key: &'a str,
    /// Any object.
    pub value: &'a Map<String, Value>,
}

/// Digits of a key's length in the text of an item.
const LENGTH_DIGITS: usize = 7;

impl Item<'_> {
    /// All three parts in one text, which both databases can take apart by position: asset id (36
    /// characters), length of the key (7 digits), key, value. So any number of items is one parameter.
    fn text(&self) -> String {
        let length = self.key.chars().count();
        let value = Value::Object(self.value.clone());
        format!(
            "{}{length:0width$}{}{value}",
            self.asset_id,
            self.key,
            width = LENGTH_DIGITS
        )
    }
}

/// Sets values of assets of one owner; assets that do not exist (any more) are left out. No two items may have
/// the same asset and key. Returns rows for [`responses`]; `now` in epoch ms.
pub fn set(owner_id: &str, items: &[Item<'_>], now: i64) -> Statement {
    let texts: Vec<String> = items.iter().map(Item::text).collect();
    stmt!(
        "insert into asset_metadata (asset_id, key, owner_id, value, created_at, updated_at, update_id) \
         select a.id, substr(sent.value, 44, cast(substr(sent.value, 37, 7) as integer)), a.owner_id, \
         substr(sent.value, 44 + cast(substr(sent.value, 37, 7) as integer)), cast(?3 as bigint), \
         cast(?3 as bigint), uuid7() from json_rows(?2) sent cross join asset a \
         where a.id = substr(sent.value, 1, 36) and a.owner_id = ?1 on conflict (asset_id, key) do update set value = excluded.value, \
         updated_at = excluded.updated_at, update_id = excluded.update_id returning asset_id, key, value, updated_at",
        owner_id,
        json_texts(&texts),
        now,
    )
}

/// One row when the caller may read the asset; names `caller c`.
pub fn readable(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select a.id from caller c join asset a on a.id = ?1 where a.status <> 'deleted' and {}",
            one_asset_read()
        ),
        asset_id,
    )
}

/// The values of one asset, whoever may see it: run it beside [`readable`].
pub fn list(asset_id: &str) -> Statement {
    stmt!(
        "select asset_id, key, value, updated_at from asset_metadata where asset_id = ?1 order by key",
        asset_id,
    )
}

/// One value of one asset, whoever may see it: run it beside [`readable`].
pub fn get(asset_id: &str, key: &str) -> Statement {
    stmt!(
        "select asset_id, key, value, updated_at from asset_metadata where asset_id = ?1 and key = ?2",
        asset_id,
        key,
    )
}

/// Removes values (asset id, key) of one owner and tells sync.
pub fn delete(owner_id: &str, items: &[(&str, &str)]) -> [Statement; 2] {
    let assets: Vec<&str> = items.iter().map(|(asset_id, _)| *asset_id).collect();
    let pairs: Vec<String> = items
        .iter()
        .map(|(asset_id, key)| format!("{asset_id}/{key}"))
        .collect();
    let (assets, pairs) = (json_texts(&assets), json_texts(&pairs));
    let own = own_assets("?2", "?1");
    let condition = format!("asset_id in {own} and asset_id || '/' || key in json_list(?3)");
    [
        stmt!(
            format!(
                "insert into asset_metadata_audit (owner_id, id, asset_id, key) \
                 select owner_id, uuid7(), asset_id, key from asset_metadata where {condition}"
            ),
            owner_id,
            &assets,
            &pairs,
        ),
        stmt!(
            format!("delete from asset_metadata where {condition}"),
            owner_id,
            assets,
            pairs,
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
