//! Table `asset_device`: what devices of the generation 2.7 call the files that they sent (api/v32.md section 11).

use std::collections::HashMap;

use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::json_texts;

/// Longest name of a device or of its file that is kept, bytes.
const LONGEST: usize = 1000;

/// A file as its device knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub device_id: String,
    /// What it calls the file.
    pub device_asset_id: String,
}

/// Keeps where an asset came from, unless that is known. `None` for names that are too long to be any.
pub fn remember(asset_id: &str, device: &Device) -> Option<Statement> {
    let is_name = |text: &str| text.len() <= LONGEST;
    (is_name(&device.device_id) && is_name(&device.device_asset_id)).then(|| {
        stmt!(
            "insert into asset_device (asset_id, device_id, device_asset_id) select a.id, cast(?2 as text), \
             cast(?3 as text) from asset a where a.id = ?1 on conflict (asset_id) do nothing",
            asset_id,
            device.device_id.as_str(),
            device.device_asset_id.as_str(),
        )
    })
}

/// Where these assets came from; read with [`by_asset`].
pub fn of_assets(ids: &[String]) -> Statement {
    stmt!(
        "select d.asset_id, d.device_id, d.device_asset_id from asset_device d where d.asset_id in json_list(?1)",
        json_texts(ids),
    )
}

/// Reads the rows of [`of_assets`].
pub fn by_asset(rows: &Rows) -> Result<HashMap<String, Device>, DbError> {
    rows.iter().map(|row| by_id(&row)).collect()
}

fn by_id(row: &Row<'_>) -> Result<(String, Device), DbError> {
    let device = Device {
        device_id: row.get("device_id")?,
        device_asset_id: row.get("device_asset_id")?,
    };
    Ok((row.get("asset_id")?, device))
}

/// What the caller's device calls its assets that are neither hidden nor in the trash. Names `caller`; read with [`names`].
pub fn of_device(device_id: &str) -> Statement {
    stmt!(
        "select d.device_asset_id from caller c join asset_device d on d.device_id = ?1 \
         join asset a on a.id = d.asset_id and a.owner_id = c.user_id where c.link_id is null \
         and a.status = 'active' and a.visibility <> 'hidden' order by d.device_asset_id",
        device_id,
    )
}

/// Which of these files of a device the caller has, hidden ones and those in the trash included. Names `caller`; read with [`names`].
pub fn existing(device_id: &str, device_asset_ids: &[String]) -> Statement {
    stmt!(
        "select d.device_asset_id from caller c join asset_device d on d.device_id = ?1 \
         join asset a on a.id = d.asset_id and a.owner_id = c.user_id where c.link_id is null \
         and a.status <> 'deleted' and d.device_asset_id in json_list(?2) order by d.device_asset_id",
        device_id,
        json_texts(device_asset_ids),
    )
}

/// Reads the rows of [`of_device`] and [`existing`].
pub fn names(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get("device_asset_id")).collect()
}
